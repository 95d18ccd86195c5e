"""Film restricted bodies and judge each one's films together, as `posture check` does."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from posture.errors import PostureError
from posture.files import whole_file
from posture.findings.evidence import JUDGED
from posture.landmarks.store import load_landmarks, save_landmarks
from posture.machine import without_native_chatter
from posture.pipeline import analyse_landmarks, join, landmarks_of
from posture.settings import Settings
from posture.truth.make import write_clip
from posture.truth.restriction.score import strongest
from posture.truth.visit import CHECK, Film, Visitor, asked_as, filmed, visitor
from posture.types import Analysis, Level, Quality, Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """Who is filmed doing what."""

    out: Path
    count: int
    seed: int
    films: tuple[Film, ...] = CHECK


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """One measure of the near side, of both, or of none, beside what is true of the film."""

    film: str
    name: str
    unit: str
    wanted: float | None  # of the simulated person
    true: float  # of the body that was filmed
    value: float | None
    sd: float | None
    quality: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one body was told."""

    name: str
    who: str
    generator: str
    kind: str
    films: tuple[str, ...]
    probability: dict[str, float]  # by link; of two legs the likelier
    level: dict[str, str]
    label: str
    because: str  # why there is no verdict where there is none
    refused: dict[str, str]  # by film
    numbers: tuple[Number, ...]


def film_all(wish: Wish, progress: Callable[[int, int], None] | None = None) -> int:
    """Film the bodies that are not filmed yet and find their points; return how many were made.

    One after the other, the points kept beside each film: a run that was cut off goes on, and
    finished bodies can be judged meanwhile.
    """
    os.environ.setdefault("LP_NUM_THREADS", "1")
    made = 0
    for number in range(wish.count):
        missing = [f for f in wish.films if not _is_whole(wish, number, f)]
        if missing:
            made += 1
            who = visitor(wish.seed, number)
            for film in missing:
                folder = wish.out / who.name / film
                if not (folder / "truth.json").exists():
                    drawn = filmed(who, film)
                    write_clip(drawn, folder, about(who, drawn.motion.speed_m_s))
                points_of(folder, Settings())
        if progress is not None:
            progress(number + 1, wish.count)
    return made


def _is_whole(wish: Wish, number: int, film: Film) -> bool:
    return any(wish.out.glob(f"{number:05d}_*/{film}/{kept(Settings())}"))


def about(who: Visitor, belt_m_s: float) -> dict[str, Any]:
    """Return what is kept of a person beside a film's truth."""
    return {
        "belt_m_s": round(belt_m_s, 4),
        "visitor": {
            "who": who.who,
            "generator": who.body.generator,
            "kind": str(who.body.kind[0]),
            "wanted": {name: round(value, 5) for name, value in who.wanted.items()},
        },
    }


def kept(settings: Settings) -> str:
    """Return the name under which a clip's points are kept beside it."""
    return f"landmarks_{Path(settings.model).stem}.npz"


def points_of(folder: Path, settings: Settings) -> Any:  # noqa: ANN401 - Landmarks
    """Return the points of a clip, found once and kept beside it."""
    there = folder / kept(settings)
    if there.exists():
        return load_landmarks(there)
    with without_native_chatter():
        found = landmarks_of(folder / "clip.mp4", settings)
    with whole_file(there) as part:
        save_landmarks(part, found)
    return found


def folders(wish: Wish) -> list[Path]:
    """Return the folders of those who are filmed."""
    return sorted(p for n in range(wish.count) for p in wish.out.glob(f"{n:05d}_*"))


def judged(homes: Sequence[Path], films: Sequence[Film], settings: Settings) -> tuple[Judged, ...]:
    """Return what each body was told whose films are all there."""
    return tuple(
        _judged(home, films, settings)
        for home in homes
        if all((home / film / kept(settings)).exists() for film in films)
    )


def _judged(folder: Path, films: Sequence[Film], settings: Settings) -> Judged:
    analyses: dict[Film, Analysis] = {}
    refused: dict[str, str] = {}
    truths = {}
    for film in films:
        truths[film] = json.loads((folder / film / "truth.json").read_text("utf-8"))
        try:
            analyses[film] = analysed(folder / film, truths[film], film, settings)
        except PostureError as trouble:
            refused[film] = trouble.reason.code
    about = truths[films[0]]["visitor"]
    session = join(list(analyses.values())) if analyses else None
    links = (
        {link.value: strongest(link, session.assessment.findings) for link in JUDGED}
        if session
        else {}
    )
    verdict = session.assessment.verdict if session else None
    return Judged(
        name=folder.name,
        who=about["who"],
        generator=about["generator"],
        kind=about["kind"],
        films=tuple(films),
        probability={n: f.probability for n, f in links.items() if f.probability is not None},
        level={n: f.level.value for n, f in links.items()},
        label=verdict.label.value if verdict else "refused",
        because=session.warnings[0].message.code if session and session.warnings else "",
        refused=refused,
        numbers=tuple(
            number for film in films for number in _numbers(film, truths, list(analyses), session)
        ),
    )


def analysed(folder: Path, truth: dict[str, Any], film: Film, settings: Settings) -> Analysis:
    """Return what is made of one film: the height, and the speed of the belt, were told."""
    asked = replace(
        settings,
        height_m=truth["height_m"],
        variant=asked_as(film),
        belt_m_s=float(truth["belt_m_s"]) if film == "walk" else None,
    )
    return analyse_landmarks(points_of(folder, asked), asked)


# A gain is the difference of the same measure in two bends: of which, with which sign.
_GAINS: dict[Film, tuple[str, str, float]] = {
    "soft_knee": ("soft_knee_gain", "pelvis_on_thigh_flexion", 1.0),
    "heel_wedge": ("heel_wedge_gain", "fingertip_floor", -1.0),
}


def _with_gain(film: Film, truths: dict[Film, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what is true of a film, what it gains over the usual bend among it."""
    known: list[dict[str, Any]] = list(truths[film]["measures"])
    if film not in _GAINS:
        return known
    name, of, sign = _GAINS[film]
    one, usual = (next(m for m in truths[f]["measures"] if m["name"] == of) for f in (film, "bend"))
    gain = sign * (one["value"] - usual["value"])
    return [{**one, "name": name, "value": gain}]


def _numbers(
    film: Film,
    truths: dict[Film, dict[str, Any]],
    analysed_films: list[Film],
    session: Session | None,
) -> list[Number]:
    truth, rows = truths[film], []
    wanted = truth["visitor"]["wanted"]
    for known in _with_gain(film, truths):
        found = None
        if session is not None and film in analysed_films:
            place = analysed_films.index(film)
            own = [
                m
                for clip, m in session.measures
                if clip == place
                and m.name == known["name"]
                and m.side.value == known["side"]
                and m.activity.value == truth["activity"]
            ]
            given = [m for m in own if m.quality is not Quality.MISSING]
            found = max(given, key=lambda m: m.frames[1] - m.frames[0]) if given else None
            found = found or next(iter(own), None)
        is_given = found is not None and found.quality is not Quality.MISSING
        rows.append(
            Number(
                film=film,
                name=known["name"],
                unit=known["unit"],
                wanted=wanted.get(known["name"]),
                true=known["value"],
                value=found.value if found and is_given else None,
                sd=found.sd if found and is_given else None,
                quality=found.quality.value if found else "missing",
                reason=found.reason.code if found and found.reason else "",
            )
        )
    return rows


def right_first(one: Judged) -> bool:
    """Say whether the stiff link is the likeliest of the three."""
    told = {link: one.probability.get(link, -1.0) for link in one.level}
    return bool(told) and max(told, key=lambda link: told[link]) == one.who


def suggested(one: Judged) -> bool:
    """Say whether some link is suggested."""
    return Level.SUGGESTED.value in one.level.values()
