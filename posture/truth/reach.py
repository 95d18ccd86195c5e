"""What was asked of the numbers, beside what they reach."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from posture.truth.score import ClipScore, Row
from posture.truth.summary import Asked, Line, by_measure, event_lines, is_plain, line

Rows = Mapping[str, Sequence[Row]]


def reach(scores: Sequence[ClipScore], held_out: Mapping[str, Mapping[str, float]]) -> list[Asked]:
    """Return every line; `held_out` are the errors the estimators were written with."""
    every = by_measure(scores)
    rows = {
        name: [row for row in found if row.conditions.get("sheet", "none") == "none"]
        for name, found in every.items()
    }
    plain = {name: [row for row in found if is_plain(row)] for name, found in rows.items()}
    return [
        *_tilt(rows, plain, held_out),
        _one(
            "hip flexion at the bottom of the bend, MAE",
            "4.0 deg",
            plain,
            _BEND + "pelvis_on_thigh_flexion",
        ),
        _one("lumbar flexion in the bend, MAE", "5.0 deg", plain, _BEND + "lumbar_flexion"),
        *_reach_of_hands(rows, plain),
        *(
            _one(f"{told}, MAE", "2 deg", plain, name)
            for told, name in (
                ("knee in standing", "standing.knee_flexion"),
                ("shank in standing", "standing.shank_lean"),
                ("trunk in standing", "standing.trunk_lean"),
                ("knee in the bend, from standing", _BEND + "knee_bend"),
                ("shank in the bend, from standing", _BEND + "ankle_in_bend"),
                ("shoulder-hip line in the bend, from standing", _BEND + "trunk_flexion"),
            )
        ),
        *_moments(scores),
        _one("peak dorsiflexion, MAE", "2.5 deg", plain, "walking.peak_dorsiflexion"),
        _one(
            "peak plantarflexion, MAE (toe joint stated)",
            "4 deg",
            plain,
            "walking.peak_plantarflexion",
        ),
        *_pitched(rows),
        *_with_sheet(every),
        _intervals(rows),
    ]


_BEND = "forward_bend."


def _tilt(rows: Rows, plain: Rows, held_out: Mapping[str, Mapping[str, float]]) -> list[Asked]:
    told = plain.get("standing.pelvic_tilt", [])
    hanging = [
        row
        for row in rows.get("standing.pelvic_tilt", [])
        if row.conditions["clothing"] == "hanging"
    ]
    away = held_out.get("change", {})
    return [
        Asked(
            what="pelvic tilt, wide range of held-out stills, MAE",
            asked="3.0 deg",
            reached=_deg(held_out.get("standing", {}).get("pelvis", math.nan)),
        ),
        Asked(what="pelvic tilt of natural people, skill", asked="0.35", reached=_skill(told)),
        Asked(
            what="pelvic tilt under a hanging top: MAE, refused, inside the interval",
            asked="5 deg or refused",
            reached=_told(
                hanging, lambda at: f"{_deg(at.mae)}, {at.refused:.0%}, {_percent(at.inside)}"
            ),
        ),
        Asked(
            what="same person's change of tilt, held-out stills: MAE; direction right over 5 deg",
            asked="2.5 deg; 99 %",
            reached="; ".join(
                [_deg(away.get("pelvis", math.nan)), _percent(away.get("direction", math.nan))]
            ),
        ),
        _one(
            "pelvis from fully back to fully forward, MAE",
            "2.5 deg",
            plain,
            "standing.pelvic_tilt_change",
        ),
        _one(
            "place of standing in that range, MAE", "-", plain, "standing.pelvic_position", "frac"
        ),
    ]


def _reach_of_hands(rows: Rows, plain: Rows) -> list[Asked]:
    name = _BEND + "fingertip_floor_m"
    turned = [row for row in rows.get(name, []) if row.conditions["yaw"] == "over 10 deg"]
    return [
        Asked(what="fingertip-floor, MAE", asked="2 cm", reached=_told(plain.get(name, []), _cm)),
        Asked(
            what="fingertip-floor at a yaw of 15 deg, MAE", asked="3 cm", reached=_told(turned, _cm)
        ),
    ]


def _moments(scores: Sequence[ClipScore]) -> list[Asked]:
    lines = {one.kind: one for one in event_lines(scores)}
    told = {"heel_strike": "heel strike", "toe_off": "toe-off"}
    return [
        Asked(
            what=f"{told[kind]}, bias / sd",
            asked="10 / 15 ms",
            reached=f"{at.bias_ms:+.0f} / {at.sd_ms:.0f} ms (n {at.true})",
        )
        for kind, at in lines.items()
        if kind in told
    ]


def _pitched(rows: Rows) -> list[Asked]:
    found = []
    for told, name in (("shank", "standing.shank_lean"), ("trunk", "standing.trunk_lean")):
        aside = [row for row in rows.get(name, []) if row.conditions["pitch"] != "as usual"]
        found.append(
            Asked(
                what=f"{told}, camera pitched 10 deg, person 15 deg off its axis: MAE, inside",
                asked="1 deg or widened",
                reached=_told(aside, _deg_inside),
            )
        )
    return found


def _with_sheet(rows: Rows) -> list[Asked]:
    """Return what the printed sheet brings; nothing where no clip has one."""
    seen = {
        name: [row for row in found if row.conditions.get("sheet", "none") != "none"]
        for name, found in rows.items()
    }
    hands = seen.get(_BEND + "fingertip_floor_m", [])
    lines = [("fingertip-floor, no height typed, MAE, inside", "0.5 cm", hands, _cm_inside)]
    for told, name in (("shank", "standing.shank_lean"), ("trunk", "standing.trunk_lean")):
        for how, cause in (("pitched 10 deg, 15 deg aside", "pitch"), ("rolled 8 deg", "roll")):
            hung = [row for row in seen.get(name, []) if row.conditions[cause] != "as usual"]
            lines.append((f"{told}, camera {how}, MAE, inside", "1 deg", hung, _deg_inside))
    return [
        Asked(what=f"with the printed sheet: {what}", asked=asked, reached=_told(found, say))
        for what, asked, found, say in lines
        if found
    ]


def _cm_inside(found: Line) -> str:
    return f"{_cm(found)}, {_percent(found.inside)}"


def _deg_inside(found: Line) -> str:
    return f"{_deg(found.mae)}, {_percent(found.inside)}, stated sd {found.stated_sd:.1f}"


def _intervals(rows: Rows) -> Asked:
    """Return how often true values lie in the stated intervals: all together, and the ends.

    On the odd-numbered clips only: the errors were fitted to the even-numbered ones of such sets.
    """
    odd = {name: [r for r in found if _is_odd(r.clip)] for name, found in rows.items()}
    lines = [
        told
        for found in odd.values()
        if found and (told := line(found)).clips * (1 - told.refused) >= _ENOUGH
    ]
    shares = sorted((one.inside, one.measure) for one in lines)
    given = [r for found in odd.values() for r in found if math.isfinite(r.value)]
    held = [abs(r.value - r.true) <= 1.96 * r.sd for r in given]
    ends = f"; {shares[0][0]:.0%} ({shares[0][1]}) to {shares[-1][0]:.0%}" if shares else ""
    fair = sum(_FAIR[0] <= share <= _FAIR[1] for share, _ in shares)
    return Asked(
        what="true values inside the stated 95 % intervals, clips they were not fitted to",
        asked="92-98 % per measure",
        reached=f"{_percent(float(np.mean(held))) if held else '-'} of all; {fair} of "
        f"{len(shares)} measures between{ends}",
    )


def _is_odd(clip: str) -> bool:
    number = clip.rpartition("/")[2][:5]
    return number.isdigit() and int(number) % 2 == 1


_FAIR = (0.92, 0.98)
_ENOUGH = 15  # values of a measure; a share of fewer says little


def _one(what: str, asked: str, rows: Rows, name: str, unit: str = "deg") -> Asked:
    def told(found: Line) -> str:
        value = _deg(found.mae) if unit == "deg" else f"{found.mae:.2f}"
        return value if found.refused == 0 else f"{value}, {found.refused:.0%} refused"

    return Asked(what=what, asked=asked, reached=_told(rows.get(name, []), told))


def _told(rows: Sequence[Row], say: Callable[[Line], str]) -> str:
    return f"{say(line(rows))} (n {len(rows)})" if rows else "-"


def _cm(found: Line) -> str:
    return f"{100 * found.mae:.1f} cm"


def _skill(rows: Sequence[Row]) -> str:
    return _told(rows, lambda found: f"{found.skill:.2f}, MAE {found.mae:.1f} deg")


def _deg(value: float) -> str:
    return f"{value:.1f} deg" if math.isfinite(value) else "-"


def _percent(value: float) -> str:
    return f"{value:.0%}" if math.isfinite(value) else "-"
