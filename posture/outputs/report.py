"""report.html of one clip: the page of a whole check, with one clip in it."""

from __future__ import annotations

from collections.abc import Sequence

from posture.outputs.figures import Figure
from posture.outputs.session_report import KeyFrame, SessionView, session_report_html
from posture.outputs.tables import activities, person_line, warning_lines
from posture.outputs.words import Words
from posture.types import Analysis


def report_html(analysis: Analysis, figures: Sequence[Figure], words: Words) -> str:
    """Return the report page of one clip."""
    view = SessionView(
        measures=tuple((0, measure) for measure in analysis.measures),
        assessment=analysis.assessment,
        clips=(analysis.clip.file,),
        frames=tuple(
            KeyFrame(jpeg=figure.jpeg, caption=words.ui(figure.shows), size_px=figure.size_px)
            for figure in figures
        ),
        facing=analysis.view.facing,
        name=analysis.clip.file,
        about=f"{activities(analysis, words)} · {person_line(analysis, words)}",
        notes=warning_lines(analysis, words),
    )
    return session_report_html(view, words)
