"""A sheet of reference values to begin from: one row of each kind."""

from __future__ import annotations

from posture.validation.sheet import COLUMNS

# Measure, side, value, unit and tool of the protocol in docs/validation.md, of a made-up person.
_ROWS = (
    ("stand", "pelvic_tilt", "right", "11", "deg", "inclinometer"),
    ("stand", "shank_lean", "right", "3", "deg", "inclinometer"),
    ("stand", "knee_flexion", "right", "-2", "deg", "goniometer"),
    ("walk", "cadence", "", "108", "steps/min", "stopwatch"),
    ("walk", "walking_speed", "", "1.31", "m/s", "stopwatch"),
    ("bend", "fingertip_floor", "", "12.5", "cm", "tape"),
    ("bend", "pelvic_rotation", "", "56", "deg", "inclinometer"),
    ("bend", "lumbar_flexion", "", "48", "deg", "inclinometer"),
    ("lunge", "lunge_dorsiflexion_straight", "right", "31", "deg", "inclinometer"),
    ("lunge", "lunge_dorsiflexion_bent", "right", "38", "deg", "inclinometer"),
    ("raise", "leg_raise_angle", "right", "72", "deg", "inclinometer"),
)
_RATERS = ("A", "B")  # the first reading of each counts; the next tells the tool's own error


def example_sheet() -> str:
    """Return the example as CSV."""
    lines = [",".join(COLUMNS)]
    lines += [
        f"p01_{clip}.mp4,{measure},{side},{value},{unit},{tool},{rater},p01"
        for rater in _RATERS
        for clip, measure, side, value, unit, tool in _ROWS
    ]
    return "\n".join(lines) + "\n"
