"""Every sentence a person reads, in English and Japanese; the only place with words."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from posture.types import Reason

Language = Literal["en", "ja"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

# Values that are codes of [terms]; all others are said as they are: a folder may be called walking.
_TERMS = frozenset(
    {"activity", "seen", "link", "leg", "legs", "sign", "sign_for", "sign_against"}
    | {"first", "second", "other", "seen_in", "way", "reads", "condition", "exercise"}
    | {"event"}
)
# Values that are probabilities: none of them is said to be nothing or everything.
_CHANCES = frozenset({"probability", "hamstring", "calf", "back"})
_LEAST, _MOST = 0.01, 0.99  # ours; beyond them a percentage claims more than is known
_WEEK = 7


class Chance(float):
    """A probability that is written as "under 1%" where it would be written as 0%."""

    below: str
    above: str

    def __format__(self, spec: str) -> str:
        """Write it; next to none and next to certain are said in words."""
        if not spec.endswith("%") or _LEAST <= self <= _MOST:
            return super().__format__(spec)
        return self.below if self < _LEAST else self.above


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """One language's tables."""

    language: Language
    tables: Mapping[str, Mapping[str, str]]

    def sentence(self, reason: Reason) -> str:
        """Say a reason; among its values, a term or another reason is said too."""
        said: dict[str, float | str] = {}
        if "days" in reason.values:
            said["often"] = self._often(float(reason.values["days"]))
        for name, value in reason.values.items():
            if name == "because":
                said[name] = self.tables["reasons"][str(value)].format(**reason.values)
            elif name in _CHANCES and isinstance(value, float):
                said[name] = self.chance(value)
            elif name in _TERMS:
                said[name] = self.tables["terms"].get(str(value), value)
            else:
                said[name] = value
        return self.tables["reasons"][self._code(reason)].format(**said)

    def _code(self, reason: Reason) -> str:
        """Return which sentence is said: one set of an exercise has another than several."""
        once = f"{reason.code}_one"
        is_once = reason.values.get("sets") == 1 and once in self.tables["reasons"]
        return once if is_once else reason.code

    def chance(self, probability: float) -> Chance:
        """Return a probability that writes itself in this language."""
        chance = Chance(probability)
        chance.below, chance.above = self.ui("chance_below"), self.ui("chance_above")
        return chance

    def _often(self, days: float) -> str:
        """Say on how many days of a week."""
        name = "every_day" if days >= _WEEK else "days_a_week"
        return self.tables["terms"][name].format(days=days)

    def term(self, code: str) -> str:
        """Say a term such as an activity or a side."""
        return self.tables["terms"][code]

    def ui(self, name: str, **values: object) -> str:
        """Say a heading or a label."""
        return self.tables["ui"][name].format(**values)

    def of(self, table: str, code: str) -> str:
        """Say an entry of another table: links, levels, labels, measures, units, causes."""
        return self.tables[table][code]


@cache
def load_words(language: Language) -> Words:
    """Read one language's sentences: en.toml, and en.<subject>.toml of every further subject."""
    tables: dict[str, dict[str, str]] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda file: file.name):
        if not (file.name.startswith(f"{language}.") and file.name.endswith(".toml")):
            continue
        for table, rows in tomllib.loads(file.read_text("utf-8")).items():
            twice = tables.setdefault(table, {}).keys() & rows.keys()
            if twice:
                raise ValueError(f"{file.name}: said elsewhere already: {sorted(twice)}")
            tables[table].update(rows)
    return Words(language=language, tables=tables)


def sentence(reason: Reason, language: Language) -> str:
    """Say a reason in a language."""
    return load_words(language).sentence(reason)
