"""report.html of one clip, or of several: the page of a whole check."""

from __future__ import annotations

from collections.abc import Sequence

from posture.measures.rhythm import rhythms
from posture.outputs.cycle_chart import cycle_caption, cycle_svg
from posture.outputs.figures import Figure
from posture.outputs.first_page import Cover
from posture.outputs.session_report import SessionView, session_report_html
from posture.outputs.tables import activities, person_line, warning_lines
from posture.outputs.why import KeyFrame
from posture.outputs.words import Words
from posture.types import Analysis, Session


def report_html(analysis: Analysis, figures: Sequence[Figure], words: Words) -> str:
    """Return the report page of one clip."""
    view = SessionView(
        measures=tuple((0, measure) for measure in analysis.measures),
        assessment=analysis.assessment,
        clips=(analysis.clip.file,),
        frames=tuple(
            KeyFrame(
                jpeg=figure.jpeg,
                caption=words.ui(figure.shows),
                size_px=figure.size_px,
                shows=figure.shows,
                portrait=figure.portrait,
            )
            for figure in figures
        ),
        facing=analysis.view.facing,
        rhythms=rhythms(analysis.signals, analysis.events),
        cover=Cover(
            name=analysis.clip.file,
            about=f"{activities(analysis, words)} · {person_line(analysis, words)}",
        ),
        notes=warning_lines(analysis, words),
        spans_s=spans_s(analysis),
        cycle=(
            cycle_svg(analysis.curves, analysis.measures, words),
            cycle_caption(analysis.curves, analysis.measures, words),
        ),
    )
    return session_report_html(view, words)


def joint_report_html(
    session: Session,
    figures: Sequence[Sequence[Figure]],
    words: Words,
    *,
    is_sample: bool = False,
) -> str:
    """Return the report page of several clips of one person, judged together.

    `figures` are the key pictures of each clip, in the order of the session. The client of
    a sample is told to be a drawn one.
    """
    analyses = session.analyses
    standing = [c for c, of_clip in enumerate(figures) for f in of_clip if f.shows == "standing"]
    first_standing = min(standing, default=None)  # people stand before a bend too
    view = SessionView(
        measures=session.measures,
        assessment=session.assessment,
        clips=tuple(analysis.clip.file for analysis in analyses),
        frames=tuple(
            KeyFrame(
                jpeg=figure.jpeg,
                caption=words.ui(figure.shows),
                size_px=figure.size_px,
                shows=figure.shows,
                clip=clip,
                portrait=figure.portrait,
            )
            for clip, of_clip in enumerate(figures)
            for figure in of_clip
            if figure.shows != "standing" or clip == first_standing
        ),
        facing=analyses[0].view.facing,
        cover=Cover(
            about=" · ".join(analysis.clip.file for analysis in analyses),
            notice=words.of("web", "report_sample") if is_sample else "",
        ),
        notes=tuple(
            f"{analysis.clip.file}: {line}"
            for analysis in analyses
            for line in warning_lines(analysis, words)
        ),
        spans_s=tuple(span for analysis in analyses for span in spans_s(analysis)),
    )
    return session_report_html(view, words)


def spans_s(analysis: Analysis) -> tuple[tuple[float, float], ...]:
    """Return from when to when each measure of a clip was taken, in seconds."""
    time_s, last = analysis.landmarks.time_s, len(analysis.landmarks.time_s) - 1
    return tuple(
        (
            float(time_s[min(m.frames[0], last)]),
            float(time_s[min(max(m.frames[1] - 1, m.frames[0]), last)]),
        )
        for m in analysis.measures
    )
