"""A number stands once: what another module decides is imported from it, never copied."""

from __future__ import annotations

import re
from pathlib import Path

from posture.settings import Settings

HOUSE = Path(__file__).parent.parent / "posture"
NUMBER = r"=\s*\(?-?\d[\d_.]*(?:,\s*-?\d[\d_.]*)*\)?\s*,?\s*#"
NAME = r"`|[A-Z]\w+Settings|\w+\.(?:py|toml|\w+_px|\w+_deg|\w+_s)\b|SciPy's own"
COPY = re.compile(
    rf"{NUMBER}.*\b[Aa]s (?:in |for |the same in )?"
    rf"(?:{NAME}|activity recognition|any outline|the whole clip|\w+ in \w+\.toml)"
)


def copies(text: str) -> list[str]:
    """The lines that give a number and say that it is another one's."""
    return [line.strip() for line in text.splitlines() if COPY.search(line)]


def test_the_rule_sees_what_it_forbids_and_nothing_else() -> None:
    assert copies("_BENT_DEG = 35.0  # as ActivitySettings.bend_deg")
    assert copies("    least_deg: float = 20.0  # ours; as in activity recognition")
    assert copies("_HEEL_OFF_SD = 0.05  # of the cycle; as heel_off in uncertainty.toml")
    assert copies("_SAME_S = 0.2  # as in `score`: further off it is another moment")
    assert not copies("_DEEPEST = 20  # ours; nothing nests deeper than four")
    assert not copies("    row: int  # as a spreadsheet counts")
    assert not copies("straight_deg: float = ActivitySettings().straight_knee_deg  # standing")


def test_no_number_is_a_copy_of_another_one() -> None:
    """The web is looked at by its own tests."""
    found = {
        str(path.relative_to(HOUSE)): lines
        for path in sorted(HOUSE.rglob("*.py"))
        if "web" not in path.relative_to(HOUSE).parts and (lines := copies(path.read_text("utf-8")))
    }

    assert found == {}


def test_what_refuses_an_answer_can_be_set_and_is_kept_with_the_result() -> None:
    record = Settings().as_record()
    quality = record["quality"]

    assert isinstance(quality, dict)
    assert quality["refused_yaw_deg"] == 28.0
    assert quality["min_seen_frac"] == 0.6
