"""From single errors to what a reader wants to know: per measure, by cause, events, findings."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from posture.truth.outlines import Cloud
from posture.truth.score import ClipScore, EventRow, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One line of what was asked of the numbers, and what they reach."""

    what: str
    asked: str
    reached: str


CAUSES = ("yaw", "clothing", "picture", "rate", "size", "pitch", "model")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """How far a measure is off over some clips; in its own unit."""

    measure: str
    unit: str
    clips: int
    refused: float  # share of them
    bias: float
    sd: float
    mae: float
    p95: float
    inside: float  # share within the stated 95 % interval
    stated_sd: float  # median
    skill: float  # 1 - MAE / MAE of always saying the mean


def line(rows: Sequence[Row]) -> Line:
    """Return one measure's line."""
    given = [row for row in rows if math.isfinite(row.value)]
    error = np.array([row.value - row.true for row in given])
    sds = np.array([row.sd for row in given])
    true = np.array([row.true for row in rows])
    usual = float(np.abs(true - true.mean()).mean()) if len(true) else math.nan
    nothing = not len(error)
    mae = math.nan if nothing else float(np.abs(error).mean())
    return Line(
        measure=rows[0].measure,
        unit=rows[0].unit,
        clips=len(rows),
        refused=1 - len(given) / len(rows),
        bias=math.nan if nothing else float(error.mean()),
        sd=math.nan if nothing else float(error.std()),
        mae=mae,
        p95=math.nan if nothing else float(np.quantile(np.abs(error), 0.95)),
        inside=math.nan if nothing else float((np.abs(error) <= 1.96 * sds).mean()),
        stated_sd=math.nan if nothing else float(np.median(sds)),
        skill=1 - mae / usual if usual > 0 else math.nan,
    )


def by_measure(scores: Iterable[ClipScore]) -> dict[str, list[Row]]:
    """Return all rows, by measure."""
    found: dict[str, list[Row]] = defaultdict(list)
    for one in scores:
        for row in one.rows:
            found[row.measure].append(row)
    return dict(sorted(found.items()))


def by_cause(rows: Sequence[Row], cause: str) -> dict[str, Line]:
    """Return a measure's lines by the classes of one cause."""
    classes: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        classes[row.conditions[cause]].append(row)
    return {name: line(found) for name, found in sorted(classes.items())}


def is_plain(row: Row) -> bool:
    """Say whether a clip is an exact side view of fitted clothes in a clean picture."""
    at = row.conditions
    usual = {"yaw": "0-4 deg", "clothing": "fitted", "picture": "clean", "pitch": "as usual"}
    without = at.get("sheet", "none") == "none" and at.get("roll", "as usual") == "as usual"
    return without and all(at[cause] == one for cause, one in usual.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLine:
    """How far moments are off, ms."""

    kind: str
    true: int
    found: float  # share
    bias_ms: float
    sd_ms: float


def event_lines(scores: Iterable[ClipScore]) -> list[EventLine]:
    """Return a line a kind of event."""
    kinds: dict[str, list[EventRow]] = defaultdict(list)
    for one in scores:
        for event in one.events:
            kinds[event.kind].append(event)
    lines = []
    for kind, rows in sorted(kinds.items()):
        off = np.array([row.off_s for row in rows if math.isfinite(row.off_s)]) * 1000
        lines.append(
            EventLine(
                kind=kind,
                true=len(rows),
                found=len(off) / len(rows),
                bias_ms=float(off.mean()) if len(off) else math.nan,
                sd_ms=float(off.std()) if len(off) else math.nan,
            )
        )
    return lines


def confusion(scores: Iterable[ClipScore], activity: str) -> dict[str, Counter[str]]:
    """Return how often each restriction got each verdict, over clips of one activity."""
    table: dict[str, Counter[str]] = defaultdict(Counter)
    for one in scores:
        if one.activity == activity:
            table[one.restriction][one.label] += 1
    return dict(sorted(table.items()))


def markdown(
    scores: Sequence[ClipScore],
    about: Mapping[str, str],
    reached: Sequence[Asked] = (),
    real: Sequence[Cloud] = (),
    others: Sequence[ClipScore] = (),
) -> str:
    """Return the whole summary as Markdown; `others` are scores with further models."""
    rows = by_measure(scores)
    right = sum(one.activity_right for one in scores)
    parts = [
        "# What the numbers are worth",
        "",
        "Rendered bodies whose every angle is known, measured by the whole chain; none of them was",
        "trained on. Made by",
        "",
        "```",
        about["commands"],
        "```",
        "",
        f"{len(scores)} clips, model {about['model']}; the activity is right in {right}.",
        "Skill is 1 - MAE / (MAE of always saying the mean). Inside: share of true values within",
        "the stated 95 % interval; pelvic tilt is held against the bone shape of these bodies",
        "(sd 3 deg) instead of the 5 deg that are stated for people. Rendered bodies are easier",
        "than people: these are lower bounds.",
        "",
        *_reach_table(reached),
        *_real_table(real),
        "## Exact side view, fitted clothes, clean picture",
        "",
        *_table(
            [
                line(found)
                for found in ([r for r in v if is_plain(r)] for v in rows.values())
                if found
            ]
        ),
        "",
        "## All clips",
        "",
        *_table([line(found) for found in rows.values()]),
        "",
        "## Moments of walking and bending (near side)",
        "",
        "| moment | true ones | found | bias (ms) | sd (ms) |",
        "|---|---|---|---|---|",
        *(
            f"| {e.kind} | {e.true} | {e.found:.0%} | {e.bias_ms:+.0f} | {e.sd_ms:.0f} |"
            for e in event_lines(scores)
        ),
        "",
        f"Near-side heel strikes and toe-offs made up: {sum(one.false_events for one in scores)}.",
        "",
        "## Mean absolute error by cause",
        "",
    ]
    for cause in CAUSES:
        parts += [*_cause_table(rows, cause), ""] if cause != "model" else []
    parts += [*_model_table([*scores, *others]), ""]
    parts += ["## Restriction of the body against the verdict, bends alone", ""]
    parts += _confusion_table(confusion(scores, "forward_bend"))
    return "\n".join(parts) + "\n"


def _reach_table(reached: Sequence[Asked]) -> list[str]:
    if not reached:
        return []
    return [
        "## What was asked, and what is reached",
        "",
        "Exact side view, fitted clothes, clean picture, unless said otherwise.",
        "",
        "| measure | asked | reached |",
        "|---|---|---|",
        *(f"| {one.what} | {one.asked} | {one.reached} |" for one in reached),
        "",
        "Of the pelvis's tilt in natural people (sd 5 deg), 3 deg are bone shape, which no outline",
        "shows: whoever knew the posture without error would have a skill of 0.40. The sd of the",
        "posture itself (4 deg) is what an outline has to tell apart.",
        "",
    ]


def _real_table(real: Sequence[Cloud]) -> list[str]:
    if not real:
        return []
    return [
        "## Real outlines against the bodies trained on",
        "",
        "Frames that stand or bend: nothing is asked of the estimators in others. Share of them",
        "within the 99th percentile of the training bodies, seen whole and with parts that tell",
        "nothing of pelvis and spine taken as not seen where they are like nothing in training;",
        "share so far out that nothing is answered; median distance (errors grow from 0.5 on).",
        "",
        "| clip | estimator | frames | seen whole | inside | refused | distance | not seen |",
        "|---|---|---|---|---|---|---|---|",
        *(
            f"| {one.clip} | {one.estimator} | {one.frames} | {_share(one.inside_whole)} | "
            f"{_share(one.inside)} | {_share(one.refused)} | {one.away:.2f} | {one.unseen or '-'} |"
            for one in real
        ),
        "",
    ]


def _model_table(scores: Sequence[ClipScore]) -> list[str]:
    """Compare the models on the clips that all of them were scored on."""
    models: dict[str, set[str]] = defaultdict(set)
    for one in scores:
        for row in one.rows:
            models[row.conditions["model"]].add(one.clip)
    if len(models) < 2:
        return [f"model: {next(iter(models), '-')} throughout."]
    shared = set.intersection(*models.values())
    return _cause_table(by_measure(one for one in scores if one.clip in shared), "model")


def _table(lines: Sequence[Line]) -> list[str]:
    return [
        "| measure | unit | n | refused | bias | sd | MAE | p95 | inside | stated sd | skill |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *(
            f"| {one.measure} | {one.unit} | {one.clips} | {one.refused:.0%} | {_n(one.bias, '+')} "
            f"| {_n(one.sd)} | {_n(one.mae)} | {_n(one.p95)} | {_share(one.inside)} "
            f"| {_n(one.stated_sd)} | {_n(one.skill)} |"
            for one in lines
        ),
    ]


def _cause_table(rows: Mapping[str, Sequence[Row]], cause: str) -> list[str]:
    classes = sorted({row.conditions[cause] for found in rows.values() for row in found})
    if len(classes) < 2:
        return [f"{cause}: {classes[0] if classes else '-'} throughout."]
    lines = [f"| by {cause} | " + " | ".join(classes) + " |", "|---|" + "---|" * len(classes)]
    for measure, found in rows.items():
        at = by_cause(found, cause)
        cells = [f"{_n(at[c].mae)} ({at[c].clips})" if c in at else "-" for c in classes]
        lines.append(f"| {measure} | " + " | ".join(cells) + " |")
    return lines


def _confusion_table(table: Mapping[str, Counter[str]]) -> list[str]:
    labels = sorted({label for row in table.values() for label in row})
    return [
        "| body | " + " | ".join(labels) + " |",
        "|---|" + "---|" * len(labels),
        *(
            f"| {body} | " + " | ".join(str(row[label]) for label in labels) + " |"
            for body, row in table.items()
        ),
    ]


def _n(value: float, sign: str = "") -> str:
    if not math.isfinite(value):
        return "-"
    return f"{value:{sign}.2f}" if abs(value) >= 1 or value == 0 else f"{value:{sign}.3f}"


def _share(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else "-"


def page(scores: Sequence[ClipScore]) -> str:
    """Return one page of figures: each measure's single errors on the interval it states."""
    figures = []
    for measure, rows in by_measure(scores).items():
        given = [row for row in rows if math.isfinite(row.value)]
        if not given:
            continue
        figures.append(_figure(measure, given))
    style = (
        "body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;"
        "background:Canvas;color:CanvasText}figure{margin:1.2rem 0}figcaption{font-weight:600}"
        "svg{width:100%;height:auto}"
    )
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        "<meta name=viewport content='width=device-width'><title>What the numbers are worth</title>"
        f"<style>{style}</style><h1>What the numbers are worth</h1>"
        "<p>Each dot is one clip: how far the value is from the truth. The band is the stated "
        "95&nbsp;% interval (median over the clips); orange dots lie outside of their own.</p>"
        + "".join(figures)
        + "</html>\n"
    )


_WIDE, _TALL = 800.0, 64.0


def _figure(measure: str, rows: Sequence[Row]) -> str:
    error = np.array([row.value - row.true for row in rows])
    sds = np.array([row.sd for row in rows])
    half = 1.96 * float(np.median(sds))
    reach = 1.1 * max(half, float(np.abs(error).max()), 1e-9)

    def x(value: float) -> float:
        return _WIDE / 2 * (1 + value / reach)

    dots = []
    for number, (off, sd) in enumerate(zip(error.tolist(), sds.tolist(), strict=True)):
        y = 14 + (number * 7919 % 37)  # spread out, the same every time
        colour = "#D55E00" if abs(off) > 1.96 * sd else "#0072B2"
        dots.append(f"<circle cx='{x(off):.1f}' cy='{y}' r='3.2' fill='{colour}' opacity='.75'/>")
    told = line(rows)
    caption = (
        f"{measure}: bias {_n(told.bias, '+')}, MAE {_n(told.mae)} {told.unit}, "
        f"{_share(told.inside)} inside, n {len(rows)}"
    )
    return (
        f"<figure><figcaption>{caption}</figcaption>"
        f"<svg viewBox='0 0 {_WIDE:.0f} {_TALL:.0f}' role='img' aria-label='{caption}'>"
        f"<rect x='{x(-half):.1f}' y='6' width='{x(half) - x(-half):.1f}' height='52' "
        "fill='#56B4E9' opacity='.22'/>"
        f"<line x1='{_WIDE / 2}' x2='{_WIDE / 2}' y1='2' y2='62' stroke='currentColor'/>"
        + "".join(dots)
        + "</svg></figure>"
    )
