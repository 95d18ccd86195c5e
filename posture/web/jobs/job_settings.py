"""Settings of a job: checked when they come in, turned into Settings in the worker."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from posture import received
from posture.activities import TEST_NAMES
from posture.landmarks.person import Place
from posture.outputs.words import Language
from posture.received import FASTEST, SLOWEST
from posture.settings import Settings
from posture.types import VARIANTS, Activity, Side
from posture.web.responses import Refused

JobSettings = dict[str, object]

_MODELS = ("lite", "full", "heavy")  # names only: a path would let a stranger name any file
_MOST_PEOPLE = 50  # ours; numbers above are slips of the pen
_SMALLEST_CM, _TALLEST_CM = 80.0, 250.0  # as `posture analyse` takes them
_FASTEST_KMH = 25.0
_LONGEST_S = 24 * 3600.0
_WORST_PAIN = 10.0


def checked(raw: Mapping[str, object]) -> JobSettings:
    """Return the settings in `raw` as they are kept; empty ones and "auto" are left out.

    Raises
    ------
    Refused
        Something unknown or unusable; all faults at once.
    """
    faults: list[str] = []
    kept: JobSettings = {}
    for name, value in raw.items():
        if value is None or value in ("", "auto"):
            continue
        read = _READERS.get(name)
        found = None if read is None else read(value)
        if found is None:
            faults.append(f"{name} = {str(value)[:40]}")
        else:
            kept[name] = found
    if faults:
        raise Refused("web_bad_request", what=", ".join(faults))
    return kept


def is_setting(name: str) -> bool:
    """Whether a parameter is a setting of the analysis."""
    return name in _READERS


def settings_of(
    asked: Mapping[str, object],
    *,
    base: Settings,
    language: Language,
    model: str,
    max_stored_side_px: int,
) -> Settings:
    """Return the Settings of an analysis; what is not a setting (steps) is left alone."""
    given = {name: read(asked.get(name)) for name, read in _READERS.items()}
    activity, near_side, number = given["activity"], given["near_side"], given["person"]
    height_cm, belt_kmh, pain = given["height_cm"], given["belt_kmh"], given["pain"]
    speed = given["speed"]
    place = _place(asked.get("person_at"))
    variant = next((one for one in VARIANTS if one == given["variant"]), base.variant)
    return replace(
        base,
        language=language,
        model=str(given["model"] or model),
        activity=base.activity if activity is None else Activity(activity),
        variant=variant,
        near_side=base.near_side if near_side is None else Side(near_side),
        height_m=base.height_m if height_cm is None else _number(height_cm) / 100,
        belt_m_s=base.belt_m_s if belt_kmh is None else _number(belt_kmh) / 3.6,
        speed=base.speed if speed is None else _number(speed),
        pain=base.pain if pain is None else _number(pain),
        landmarks=replace(
            base.landmarks,
            number=base.landmarks.number if number is None else int(_number(number)),
            at=base.landmarks.at
            if place is None
            else Place(time_s=place[0], x_frac=place[1], y_frac=place[2]),
        ),
        video=replace(
            base.video, window_s=span_of(given["trim"]), max_stored_side_px=max_stored_side_px
        ),
    )


def _number(value: object) -> float:
    return float(str(value))


def _one_of(*known: str) -> Callable[[object], str | None]:
    return lambda value: value if isinstance(value, str) and value in known else None


def _between(low: float, high: float) -> Callable[[object], float | None]:
    """Return a reader of numbers above `low`, up to `high`."""

    def read(value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            return None
        try:
            found = received.number(float(value) if isinstance(value, str) else value, low, high)
        except ValueError:
            return None
        return found if found is not None and found > 0 else None

    return read


def _person(value: object) -> int | None:
    number = _between(1, _MOST_PEOPLE)(value)
    return int(number) if number is not None and number.is_integer() else None


def _place(value: object) -> list[float] | None:
    """Return [time in s, x, y in shares of the picture], given as such or as "time,x,y"."""
    parts: Any = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or len(parts) != 3:  # noqa: PLR2004 - when, x and y
        return None
    found = [
        0.0 if str(part) in {"0", "0.0", "0.0000"} else _between(0, most)(part)
        for part, most in zip(parts, (_LONGEST_S, 1.0, 1.0), strict=True)
    ]
    known = [one for one in found if one is not None]
    return known if len(known) == len(found) else None


def _pain(value: object) -> float | None:
    """Return 0 to 10; unlike the lengths, 0 is an answer."""
    return 0.0 if str(value) in {"0", "0.0"} else _between(0, _WORST_PAIN)(value)


def span_of(value: object) -> tuple[float, float] | None:
    """Return [start, end] in seconds, given as such or as "start,end"."""
    parts: Any = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, (list, tuple)) or len(parts) != 2:  # noqa: PLR2004 - start and end
        return None
    read = _between(0, _LONGEST_S)
    end_s = read(parts[1])
    start_s = 0.0 if str(parts[0]) in {"0", "0.0"} else read(parts[0])
    if start_s is None or end_s is None or start_s >= end_s:
        return None
    return start_s, end_s


def _trim(value: object) -> list[float] | None:
    span = span_of(value)
    return None if span is None else list(span)


_READERS: Mapping[str, Callable[[object], object | None]] = {
    "activity": _one_of(*TEST_NAMES),
    "near_side": _one_of("left", "right"),
    "model": _one_of(*_MODELS),
    "person": _person,
    "person_at": _place,
    "height_cm": _between(_SMALLEST_CM, _TALLEST_CM),
    "belt_kmh": _between(0, _FASTEST_KMH),
    "speed": _between(SLOWEST, FASTEST),
    "pain": _pain,
    "trim": _trim,
    "variant": _one_of(*VARIANTS),
}
