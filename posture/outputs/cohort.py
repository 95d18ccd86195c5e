"""batch.html: what many clips add up to, on one page that stands alone."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from urllib.parse import quote

from markupsafe import Markup

from posture.outputs.cohort_chart import spread_of
from posture.outputs.cohort_numbers import (
    Cell,
    Changed,
    Client,
    Cohort,
    Column,
    Outlier,
    Refused,
    Row,
)
from posture.outputs.numbers import bounds, number, plain_number
from posture.outputs.session_report import REPORT_POLICY, environment
from posture.outputs.tables import LEVEL_SIGNS
from posture.outputs.words import Words
from posture.types import Label, Level, Measure, Side

# Ours: what a page of 10,000 clips can hold and somebody reads; batch.csv has all.
_CLIENTS = 60
_NAMED = 100
_GROUPS = 60
_HALVED = 4  # ours; of fewer clips a middle half says nothing

_VERDICT_LEVELS: Mapping[Label, Level] = {
    Label.NONE: Level.NOT_SUGGESTED,
    Label.INCONCLUSIVE: Level.CANNOT_TELL,
}


def cohort_html(
    cohort: Cohort,
    words: Words,
    *,
    pictures: Mapping[Outlier, bytes] | None = None,
    reports: Mapping[str, str] | None = None,
    made_by: str = "posture",
) -> str:
    """Return the page as HTML that needs no script and no network.

    `pictures` are small JPEGs of outliers, `reports` the way from the page to the reports of clips,
    by the clip's file as the table calls it.
    """
    pictures, reports = pictures or {}, reports or {}
    return (
        environment()
        .get_template("cohort.html.j2")
        .render(
            words=words,
            say=lambda code, **values: words.of("cohort", code).format(**values),
            policy=REPORT_POLICY,
            made_by=made_by,
            saw=_saw(cohort, words),
            verdicts=_verdicts(cohort, words),
            links=_links(cohort, words),
            columns=[_column(column, words) for column in cohort.followed],
            others=[_other(column, words) for column in cohort.others],
            outliers=[_outlier(one, words, pictures, reports) for one in cohort.outliers],
            clients=[_client(client, words) for client in cohort.clients[:_CLIENTS]],
            more_clients=max(0, len(cohort.clients) - _CLIENTS),
            refused=[_refused(one, words) for one in cohort.refused[:_GROUPS]],
            facts=[
                {"name": words.of("facts", kind), "count": count}
                for kind, count in cohort.facts.items()
                if kind in words.tables["facts"]
            ],
            cohort=cohort,
        )
    )


def _saw(cohort: Cohort, words: Words) -> str:
    code = "saw_all" if cohort.measured == cohort.clips else "saw"
    return words.of("cohort", code).format(
        all=cohort.clips, done=cohort.measured, failed=cohort.clips - cohort.measured
    )


def _verdicts(cohort: Cohort, words: Words) -> list[dict[str, object]]:
    return [
        {
            "name": words.of("cohort", f"verdict_{label.value}"),
            "count": count,
            "share": 100 * count / cohort.measured,
            "level": _VERDICT_LEVELS.get(label, Level.SUGGESTED).value,
            "sign": LEVEL_SIGNS[_VERDICT_LEVELS.get(label, Level.SUGGESTED)],
        }
        for label, count in cohort.verdicts.items()
    ]


def _links(cohort: Cohort, words: Words) -> list[dict[str, object]]:
    """Return each judged link with how many clips are at each level."""
    rows: list[dict[str, object]] = []
    for link, counts in cohort.levels.items():
        told = sum(counts.values())
        rows.append(
            {
                "name": words.of("links", link.value),
                "parts": [
                    {
                        "level": level.value,
                        "name": words.of("cohort", f"level_{level.value}"),
                        "sign": LEVEL_SIGNS[level],
                        "count": counts[level],
                        "share": 100 * counts[level] / told,
                    }
                    for level in Level
                    if level in counts
                ],
            }
        )
    return rows


# --- the numbers ----------------------------------------------------------------------------------


def _column(column: Column, words: Words) -> dict[str, object]:
    spread = spread_of(column)
    return {
        **_other(column, words),
        "svg": Markup(spread.svg),  # noqa: S704 - numbers only
        "low": plain_number(spread.low, column.unit, words, with_unit=False),
        "high": plain_number(spread.high, column.unit, words),
        "below": spread.below,
        "above": spread.above,
    }


def _other(column: Column, words: Words) -> dict[str, object]:
    first, middle, third = column.quartiles
    return {
        "name": words.of("measures", column.name),
        "activity": words.term(column.activity.value),
        "count": len(column.cells),
        "middle": _written(column, middle, words),
        "half": ""
        if len(column.cells) < _HALVED
        else words.of("cohort", "half").format(
            low=plain_number(first, column.unit, words, with_unit=False),
            high=plain_number(third, column.unit, words),
        ),
        "range": "" if column.reference is None else bounds(column.reference, words),
    }


def _written(column: Column, value: float, words: Words, sd: float | None = None) -> str:
    """Write a number of a column, with its error where one is given."""
    measure = Measure(
        name=column.name,
        activity=column.activity,
        side=Side.BOTH,
        value=value,
        unit=column.unit,
        spread={} if sd is None else {"all": sd},
    )
    return number(measure, words, with_error=sd is not None)


def _outlier(
    outlier: Outlier, words: Words, pictures: Mapping[Outlier, bytes], reports: Mapping[str, str]
) -> dict[str, object]:
    column, cell = outlier.column, outlier.cell
    picture = pictures.get(outlier)
    return {
        **_other(column, words),
        "file": outlier.file,
        "who": _who(cell.row),
        "value": _written(column, cell.value, words, cell.sd),
        "picture": "" if picture is None else base64.b64encode(picture).decode("ascii"),
        "href": quote(reports[outlier.file]) if outlier.file in reports else "",
    }


def _who(row: Row) -> str:
    return " · ".join(filter(None, [row.get("client", ""), row.get("visit", "")]))


# --- several visits -------------------------------------------------------------------------------


def _client(client: Client, words: Words) -> dict[str, object]:
    within = " · ".join(
        words.of("measures", change.column.name)
        for change in client.changes
        if not change.is_beyond
    )
    return {
        "name": client.name,
        "visits": words.of("cohort", "visits").format(count=len(client.visits)),
        "beyond": [_change(change, words) for change in client.changes if change.is_beyond],
        "within": words.of("cohort", "within").format(names=within) if within else "",
    }


def _change(change: Changed, words: Words) -> dict[str, object]:
    def told(cell: Cell) -> dict[str, str]:
        return {
            "visit": cell.row.get("visit", ""),
            "value": _written(change.column, cell.value, words, cell.sd),
        }

    unit = change.column.unit
    return {
        "name": words.of("measures", change.column.name),
        "before": told(change.before),
        "after": told(change.after),
        "told": words.of("cohort", "beyond").format(
            change=plain_number(abs(change.after.value - change.before.value), unit, words),
            least=plain_number(change.least, unit, words),
        ),
    }


# --- refused --------------------------------------------------------------------------------------


def _refused(refused: Refused, words: Words) -> dict[str, object]:
    """Return one kind of reason; where its sentence has numbers of each clip, each clip's own."""
    sentences = [_sentence(row, words) for row in refused.rows]
    is_one = len(set(sentences)) == 1
    shown = refused.rows[:_NAMED]
    return {
        "count": len(refused.rows),
        "reason": sentences[0],
        "clips": [
            {"file": row["file"], "reason": "" if is_one else told}
            for row, told in zip(shown, sentences, strict=False)
        ],
        "more": len(refused.rows) - len(shown),
    }


def _sentence(row: Row, words: Words) -> str:
    return row.get(f"reason_{words.language}") or row.get("reason") or row.get("reason_code", "")
