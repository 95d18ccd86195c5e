"""The files of a comparison, for people and programs; and the one without names."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from random import SystemRandom
from typing import Any

from posture.batch.page import refuse_foreign_page
from posture.batch.table import harmless
from posture.distribution import version_here
from posture.files import write_text
from posture.outputs.words import LANGUAGES, Words, load_words
from posture.types import Quality
from posture.validation.page import study_html, unpaired_line
from posture.validation.statistics import Interval
from posture.validation.study import Group, Pair, Study

VALIDATION_SCHEMA, REPEAT_SCHEMA = "posture.validation/1", "posture.repeat/1"
_FORMS = {
    "limits": "bias +- 1.96 sd of the differences; intervals exact for a bell (Carkeet 2015)",
    "sem": "sd of the differences / sqrt(2)",
    "mdc95": "1.96 * sqrt(2) * sem",
    "icc": "ICC(2,1): two-way random effects, absolute agreement, single measurement",
    "inside": "share of differences within 1.96 of their stated sd; Clopper-Pearson",
}
_COLUMNS = (
    *("activity", "measure", "tool", "unit", "pairs", "people", "bias", "bias_low", "bias_high"),
    *("sd", "lower", "lower_low", "lower_high", "upper", "upper_low", "upper_high"),
    *(
        "sem",
        "sem_low",
        "sem_high",
        "mdc95",
        "mdc95_low",
        "mdc95_high",
        "icc_2_1",
        "icc_low",
        "icc_high",
        "inside",
        "inside_low",
        "inside_high",
    ),
    *("promised_mdc95", "tool_sem", "suspect", "missing"),
)
_PAIR_COLUMNS = (
    *("activity", "measure", "tool", "unit", "person", "clip", "other_clip", "side", "rater"),
    *("first", "second", "sd", "quality"),
)


def write_study(study: Study, out: Path, words: Words, *, is_repeat: bool = False) -> Path:
    """Write page, JSON and the two tables into `out`, each whole or not at all; return the page.

    Raises
    ------
    CannotWrite
        Disk full, no permission, open in another program, or somebody else's page is there.
    """
    stem = "repeat" if is_repeat else "validation"
    page = out / f"{stem}.html"
    refuse_foreign_page(page)
    html = study_html(study, words, is_repeat=is_repeat)
    record = json.dumps(_record(study, is_repeat=is_repeat), ensure_ascii=False, indent=2)
    write_text(out / f"{stem}.json", record + "\n")
    write_text(out / f"{stem}.csv", _csv(_COLUMNS, map(_flat, study.groups)))
    rows = (_pair_row(group, pair) for group in study.groups for pair in group.pairs)
    write_text(out / f"{stem}-pairs.csv", _csv(_PAIR_COLUMNS, rows))
    write_text(page, html)
    return page


def write_shared(study: Study, path: Path, *, is_repeat: bool = False) -> None:
    """Write a comparison that can be handed in: numbers, and letters for people, clips and raters.

    Who is who is drawn by lot, and stands nowhere.

    Raises
    ------
    CannotWrite
        Disk full, no permission, something in the way.
    """
    pairs = [pair for group in study.groups for pair in group.pairs]
    people = _by_lot("P", (pair.person for pair in pairs))
    clips = _by_lot("C", (name for pair in pairs for name in (pair.clip, pair.other_clip)))
    raters = _by_lot("R", (pair.rater for pair in pairs))

    def hidden(pair: Pair) -> dict[str, Any]:
        return {
            **_pair(pair),
            "person": people[pair.person],
            "clip": clips[pair.clip],
            "other_clip": clips.get(pair.other_clip, ""),
            "rater": raters.get(pair.rater, ""),
        }

    record = _record(study, is_repeat=is_repeat, told=hidden)
    record["unpaired"] = [
        {"activity": one.key[0].value, "measure": one.key[1], "code": one.why.code}
        for one in study.unpaired
    ]
    record["nameless"] = True
    write_text(path, json.dumps(record, ensure_ascii=False, indent=2) + "\n")


def _by_lot(letter: str, names: Iterable[str]) -> dict[str, str]:
    found = sorted(set(names) - {""})
    SystemRandom().shuffle(found)
    return {name: f"{letter}{number:02d}" for number, name in enumerate(found, start=1)}


def _record(
    study: Study, *, is_repeat: bool, told: Callable[[Pair], dict[str, Any]] | None = None
) -> dict[str, Any]:
    told = told or _pair
    return {
        "schema": REPEAT_SCHEMA if is_repeat else VALIDATION_SCHEMA,
        "posture": version_here(),
        "measured_by": list(study.versions),
        "clips": study.clips,
        "people": study.people,
        "forms": _FORMS,
        "measures": [_group(group, told) for group in study.groups],
        "unpaired": [
            {
                "row": one.row,
                "clip": one.clip,
                "activity": one.key[0].value,
                "measure": one.key[1],
                "code": one.why.code,
                **{language: unpaired_line(one, load_words(language)) for language in LANGUAGES},
            }
            for one in study.unpaired
        ],
    }


def _group(group: Group, told: Callable[[Pair], dict[str, Any]]) -> dict[str, Any]:
    found = group.agreement
    record: dict[str, Any] = {
        "activity": group.activity.value,
        "measure": group.measure,
        "tool": group.tool,
        "unit": group.unit,
        "pairs": len(group.pairs),
        "people": len({pair.person for pair in group.pairs}),
        "suspect": sum(pair.quality is Quality.SUSPECT for pair in group.pairs),
        "missing": group.missing,
        "tool_sem": _number(group.tool_sem),
        "read_twice": group.read_twice,
        "agreement": None,
        # in the order of their ids: a file's order may say who is who
        "values": sorted(map(told, group.pairs), key=lambda one: (one["person"], one["clip"])),
    }
    if found is not None:
        record["agreement"] = {
            "bias": _interval(found.bias),
            "sd": _number(found.sd),
            "lower_limit": _interval(found.lower),
            "upper_limit": _interval(found.upper),
            "sem": _interval(found.sem),
            "mdc95": _interval(found.mdc95),
            "icc_2_1": _interval(found.icc),
            "inside": {**_interval(found.inside), "of": found.assessed},
            "promised_mdc95": _number(found.promised),
        }
    return record


def _pair(pair: Pair) -> dict[str, Any]:
    return {
        "person": pair.person,
        "clip": pair.clip,
        "other_clip": pair.other_clip,
        "side": pair.side.value if pair.side else "",
        "rater": pair.rater,
        "first": _number(pair.first),
        "second": _number(pair.second),
        "sd": _number(pair.sd),
        "quality": pair.quality.value,
    }


def _interval(of: Interval) -> dict[str, float | None]:
    return {"value": _number(of.value), "low": _number(of.low), "high": _number(of.high)}


def _number(value: float) -> float | None:
    return float(f"{value:.9g}") if math.isfinite(value) else None


def _flat(group: Group) -> Mapping[str, Any]:
    """Return a measure as one line; empty where nothing is averaged."""
    record = _group(group, _pair)
    told = record.pop("agreement") or {}
    short = {"lower_limit": "lower", "upper_limit": "upper", "icc_2_1": "icc"}
    for name in ("bias", "lower_limit", "upper_limit", "sem", "mdc95", "icc_2_1", "inside"):
        column = short.get(name, name)
        ends = told.get(name, {})
        record["icc_2_1" if name == "icc_2_1" else column] = ends.get("value")
        record |= {f"{column}_low": ends.get("low"), f"{column}_high": ends.get("high")}
    return {**record, **{name: told.get(name) for name in ("sd", "promised_mdc95")}}


def _pair_row(group: Group, pair: Pair) -> Mapping[str, Any]:
    about = {"activity": group.activity.value, "measure": group.measure, "tool": group.tool}
    return {**about, "unit": group.unit, **_pair(pair)}


def _csv(columns: Iterable[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as a spreadsheet reads them; it shall not run what begins like a formula."""
    names = tuple(columns)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(names)
    writer.writerows([_cell(row[name]) for name in names] for row in rows)
    return text.getvalue()


def _cell(value: object) -> str:
    return harmless(value) if isinstance(value, str) else "" if value is None else str(value)
