"""One frozen Settings made of the rooms' settings; the only reader of TOML and environment."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, is_dataclass, replace
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from posture.errors import BadSettings
from posture.findings.answers import NAMES, read_answers
from posture.formats.plain import plain
from posture.landmarks.find import LandmarkSettings
from posture.measures.found import Asked
from posture.measures.limits import QualitySettings
from posture.outputs.words import Language
from posture.received import BELT_KMH, FASTEST, HEIGHT_CM, SLOWEST, WORST_PAIN
from posture.signals.clean import CleanSettings
from posture.signals.course import ActivitySettings
from posture.signals.frame import FrameSettings
from posture.types import Activity, Answers, Side
from posture.video.probe import VideoSettings

Level = Literal["client", "trainer", "engineer"]
Draw = Literal["video", "pictures", "nothing"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(Asked):
    """Everything that shapes an analysis; what was asked for first, then the rooms' own."""

    activity: Activity | None = None  # None = find out
    height_m: float | None = None
    near_side: Side | None = None  # None = find out
    speed: float | None = None  # at which the clip plays: 0.5 = half; None = as the file says
    model: str = "full"  # lite, full, heavy or a path
    language: Language = "en"
    level: Level = "trainer"
    draw: Draw = "video"
    blur_face: bool = False  # in every picture and film that is drawn
    video: VideoSettings = field(default_factory=VideoSettings)
    landmarks: LandmarkSettings = field(default_factory=LandmarkSettings)
    clean: CleanSettings = field(default_factory=CleanSettings)
    frame: FrameSettings = field(default_factory=FrameSettings)
    activities: ActivitySettings = field(default_factory=ActivitySettings)
    quality: QualitySettings = field(default_factory=QualitySettings)

    def __post_init__(self) -> None:
        low, high = HEIGHT_CM
        if self.height_m is not None and not low <= 100 * self.height_m <= high:
            raise BadSettings("settings_unknown", what=f"height {100 * self.height_m:.0f} cm")
        if self.belt_m_s is not None and not 0 < self.belt_m_s <= BELT_KMH / 3.6:
            raise BadSettings("settings_unknown", what=f"belt speed {3.6 * self.belt_m_s:.1f} km/h")
        if self.speed is not None and not SLOWEST <= self.speed <= FASTEST:  # NaN neither
            raise BadSettings(
                "speed_unusable", speed=f"{self.speed:g}", least=SLOWEST, most=FASTEST
            )
        if self.pain is not None and not 0 <= self.pain <= WORST_PAIN:
            raise BadSettings("settings_unknown", what=f"pain {self.pain:g}")

    def as_record(self) -> dict[str, object]:
        """Return all of it as plain values, for `made_with`."""
        record: dict[str, object] = plain(asdict(self))
        return record


def load_settings(environment: Mapping[str, str], base: Settings | None = None) -> Settings:
    """Return `base` with what the TOML file named by POSTURE_SETTINGS changes.

    The file's tables are named like the fields of Settings: `[clean]` `cutoff_hz = 5.0`.

    Raises
    ------
    BadSettings
        The file cannot be read, or names something that does not exist; all faults at once.
    """
    base = base or Settings()
    named = environment.get("POSTURE_SETTINGS")
    if not named:
        return base
    try:
        table = _toml(Path(named))
    except (OSError, ValueError) as trouble:
        raise BadSettings("settings_unreadable", path=named, why=str(trouble)) from trouble
    faults: list[str] = []
    changed: Settings = _changed(base, table, "", faults)
    if faults:
        raise BadSettings("settings_unknown", what=", ".join(faults))
    return changed


def read_settings(record: Mapping[str, Any]) -> Settings:
    """Return the settings that an analysis was made with, from its `made_with`.

    What only says how a clip is read (`video`, `landmarks`) is as usual; what this version does
    not know is left alone.

    Raises
    ------
    BadSettings
        Something in it is none of a setting's values.
    """
    faults: list[str] = []
    table = {name: value for name, value in record.items() if name not in {"video", "landmarks"}}
    found: Settings = _changed(Settings(), _known(Settings(), table), "", faults)
    if faults:
        raise BadSettings("settings_unknown", what=", ".join(faults))
    return found


def _known(base: Any, table: Mapping[str, Any]) -> dict[str, Any]:  # noqa: ANN401 - any settings class
    kinds = get_type_hints(type(base))
    return {
        name: _known(getattr(base, name), value) if is_dataclass(getattr(base, name)) else value
        for name, value in table.items()
        if name in kinds and value is not None
    }


def _toml(path: Path) -> dict[str, Any]:
    """Return what a TOML file says, be it with the mark that Windows' Notepad sets before it.

    Raises
    ------
    OSError
        It cannot be read.
    ValueError
        It is none, or nests deeper than anything that is asked for.
    """
    try:
        return tomllib.loads(path.read_text("utf-8-sig"))
    except RecursionError as trouble:
        raise ValueError("expected less nesting") from trouble


def load_answers(path: Path) -> Answers:
    """Return what was asked before a check, out of a TOML file.

    Raises
    ------
    BadSettings
        The file cannot be read, or holds something that is no answer; all faults at once.
    """
    try:
        table = _toml(path)
        answers = read_answers(table)
    except (OSError, ValueError) as trouble:  # TOML and text that cannot be decoded are ValueErrors
        raise BadSettings("answers_unusable", path=str(path), what=str(trouble)) from trouble
    unknown = sorted(set(table) - set(NAMES))
    if unknown:
        raise BadSettings("answers_unusable", path=str(path), what=", ".join(unknown))
    return answers


def _changed(base: Any, table: Mapping[str, Any], where: str, faults: list[str]) -> Any:  # noqa: ANN401 - any settings class
    kinds = get_type_hints(type(base))
    changes: dict[str, Any] = {}
    for name, value in table.items():
        place = f"{where}{name}"
        if name not in kinds:
            faults.append(place)
            continue
        now = getattr(base, name)
        if is_dataclass(now) and isinstance(value, Mapping):
            changes[name] = _changed(now, value, f"{place}.", faults)
            continue
        try:
            changes[name] = _read(kinds[name], value)
        except ValueError:
            faults.append(f"{place} = {value!r}")
    return base if faults else replace(base, **changes)


def _read(kind: Any, value: Any) -> Any:  # noqa: ANN401 - any type a setting has
    """Return a value of a TOML file as the type of its field, or raise ValueError."""
    parts = get_args(kind)
    if get_origin(kind) is UnionType:
        return _read(parts[0], value)  # None cannot be written in TOML
    if get_origin(kind) is tuple and isinstance(value, list) and len(value) == len(parts):
        return tuple(_read(part, one) for part, one in zip(parts, value, strict=True))
    if get_origin(kind) is Literal and value in parts:
        return value
    if isinstance(kind, type) and issubclass(kind, Enum):
        return kind(value)
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is kind and value == value:  # noqa: PLR0124 - `true` is not 1, NaN nothing
        return value
    raise ValueError(f"expected {kind}, got {value!r}")
