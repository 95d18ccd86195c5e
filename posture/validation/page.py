"""The page and the terminal's table of a comparison."""

from __future__ import annotations

import math
from collections.abc import Sequence

from markupsafe import Markup
from rich import box
from rich.table import Table
from rich.text import Text

from posture.distribution import version_here
from posture.outputs.numbers import coefficient, percent, precise_number
from posture.outputs.session_report import REPORT_POLICY, environment
from posture.outputs.words import Words
from posture.types import Quality, Unit
from posture.validation.plot import bland_altman_svg
from posture.validation.statistics import Agreement, Interval
from posture.validation.study import Group, Pair, Study, Unpaired

_SHOWN = 60  # ours; a page that names more rows is not read, the JSON file has all
_WORST = 3  # ours
Row = dict[str, object]


def study_html(study: Study, words: Words, *, is_repeat: bool = False) -> str:
    """Return the page as HTML that needs no script and no network."""

    def say(code: str, **values: object) -> str:
        return words.of("validation", code).format(**values)

    more = "_repeat" if is_repeat else ""
    pairs = [pair for group in study.groups for pair in group.pairs]
    averaged = [group for group in study.groups if group.agreement is not None]
    return (
        environment()
        .get_template("validation.html.j2")
        .render(
            words=words,
            say=say,
            policy=REPORT_POLICY,
            made_by=f"posture {version_here()}",
            title=say(f"title{more}"),
            saw=say(f"saw{more}", pairs=len(pairs), clips=study.clips, people=study.people),
            key=say("key"),
            terms=say("key_repeat" if is_repeat else "key_terms"),
            is_repeat=is_repeat,
            groups=[_group(group, words, is_repeat=is_repeat) for group in averaged],
            few=[
                say(
                    f"few_line{more}",
                    measure=_name(group, words),
                    tool=_tool(group, words),
                    pairs=len(group.pairs),
                )
                for group in study.groups
                if group.agreement is None
            ],
            unpaired=[unpaired_line(one, words) for one in study.unpaired[:_SHOWN]],
            count_unpaired=len(study.unpaired),
            more_unpaired=max(0, len(study.unpaired) - _SHOWN),
        )
    )


def unpaired_line(one: Unpaired, words: Words) -> str:
    """Say why a row of the sheet has no number of ours beside it."""
    told = one.told.get(words.language, "")
    return f"{words.sentence(one.why)} {told}".rstrip()


def _name(group: Group, words: Words) -> str:
    return words.of("measures", group.measure)


def _tool(group: Group, words: Words) -> str:
    return words.of("tools", group.tool) if group.tool else ""


def _group(group: Group, words: Words, *, is_repeat: bool) -> Row:
    told = group.agreement
    if told is None:
        raise ValueError(f"{group.measure}: expected enough pairs to average")

    def say(code: str, **values: object) -> str:
        return words.of("validation", code).format(**values)

    suspect = sum(pair.quality is Quality.SUSPECT for pair in group.pairs)
    tool = _tool(group, words)
    notes = [
        say("suspect", count=suspect) if suspect else "",
        say("missing", count=group.missing) if group.missing else "",
        say(
            "tool_sem",
            sem=precise_number(group.tool_sem, group.unit, words),
            count=group.read_twice,
        )
        if math.isfinite(group.tool_sem)
        else "",
        say("clustered") if told.people < told.pairs else "",
        say("beyond") if is_repeat and told.mdc95.low > told.promised else "",
    ]
    return {
        "name": _name(group, words),
        "about": " · ".join(
            filter(None, [words.term(group.activity.value), tool and say("against", tool=tool)])
        ),
        "tool": tool,
        "svg": Markup(bland_altman_svg(group, words)),  # noqa: S704 - numbers and our own words
        "count": say("count", pairs=told.pairs, people=told.people),
        "numbers": _numbers(told, group.unit, words, is_repeat=is_repeat),
        "notes": [note for note in notes if note],
        "worst": [_worst(pair, group.unit, words) for pair in _farthest(group)]
        if is_repeat
        else [],
        **_line(group, told, words),
    }


def _farthest(group: Group) -> Sequence[Pair]:
    return sorted(group.pairs, key=lambda pair: -abs(pair.second - pair.first))[:_WORST]


def _worst(pair: Pair, unit: Unit, words: Words) -> str:
    first, second, off = (
        precise_number(value, unit, words)
        for value in (pair.first, pair.second, pair.second - pair.first)
    )
    return words.of("validation", "worst_line").format(
        person=pair.person, first=first, second=second, off=off
    )


def _numbers(
    told: Agreement, unit: Unit, words: Words, *, is_repeat: bool
) -> list[tuple[str, str]]:
    """Return each figure with its name and its interval."""

    def say(code: str) -> str:
        return words.of("validation", code)

    inside = round(told.inside.value * told.assessed) if told.assessed else 0
    rows = [
        (say("change" if is_repeat else "bias"), _in_unit(told.bias, unit, words)),
        (
            say("limits"),
            f"{_in_unit(told.lower, unit, words)}; {_in_unit(told.upper, unit, words)}",
        ),
        (say("sem"), _in_unit(told.sem, unit, words)),
        (say("mdc95"), _in_unit(told.mdc95, unit, words)),
    ]
    if is_repeat:
        rows.append((say("promised"), precise_number(told.promised, unit, words)))
    icc = [coefficient(value) for value in (told.icc.value, told.icc.low, told.icc.high)]
    rows.append((say("icc"), _with_ends(told.icc, icc, words)))
    if told.assessed:
        low, high = percent(told.inside.low), percent(told.inside.high)
        share = say("inside").format(
            inside=inside, of=told.assessed, value=percent(told.inside.value), low=low, high=high
        )
        rows.append((say("coverage"), share))
    return rows


def _in_unit(of: Interval, unit: Unit, words: Words) -> str:
    value = precise_number(of.value, unit, words)
    ends = [precise_number(end, unit, words, with_unit=False) for end in (of.low, of.high)]
    return _with_ends(of, [value, *ends], words)


def _with_ends(of: Interval, told: Sequence[str], words: Words) -> str:
    if not math.isfinite(of.low):
        return told[0]
    return words.of("validation", "interval").format(value=told[0], low=told[1], high=told[2])


def _line(group: Group, told: Agreement, words: Words, *, with_unit: bool = True) -> dict[str, str]:
    """Return the figures in short, as a table has them."""

    def written(value: float, *, is_last: bool = True) -> str:
        return precise_number(value, group.unit, words, with_unit=with_unit and is_last)

    return {
        "n": str(told.pairs),
        "bias": written(told.bias.value),
        "change": written(told.bias.value),
        "limits": words.of("validation", "span").format(
            low=written(told.lower.value, is_last=False), high=written(told.upper.value)
        ),
        "sem": written(told.sem.value),
        "mdc95": written(told.mdc95.value),
        "promised": written(told.promised),
        "icc": coefficient(told.icc.value),
        "coverage": percent(told.inside.value) if told.assessed else words.of("validation", "none"),
    }


# The field's own names, the same in every language.
_HEADS = {"limits": "LoA", "sem": "SEM", "mdc95": "MDC95", "icc": "ICC(2,1)"}
_COLUMNS = ("bias", "limits", "sem", "mdc95", "icc", "coverage")
_NAME = 22  # letters; ours
_REPEAT_COLUMNS = ("change", "sem", "mdc95", "promised", "icc", "coverage")


def study_table(study: Study, words: Words, *, is_repeat: bool = False) -> Table:
    """Return what a terminal shows: a line a measure that enough is known of."""
    columns = _REPEAT_COLUMNS if is_repeat else _COLUMNS
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column(words.of("validation", "measure"), overflow="fold", min_width=_NAME)
    table.add_column("n", justify="right")
    for name in columns:
        head = _HEADS.get(name) or words.of("validation", f"head_{name}")
        table.add_column(head, justify="right", no_wrap=True)
    activity = None
    for group in study.groups:
        if group.agreement is None:
            continue
        if group.activity is not activity:
            activity = group.activity
            table.add_section()
            table.add_row(Text(words.term(activity.value), style="bold"))
        line = _line(group, group.agreement, words, with_unit=False)
        about = [_name(group, words), words.of("units", group.unit), _tool(group, words)]
        table.add_row(" · ".join(filter(None, about)), line["n"], *(line[n] for n in columns))
    return table
