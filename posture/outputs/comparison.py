"""Two visits on a terminal: what changed, what did not, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from posture.errors import UnusableClip
from posture.findings.same_person import two_people
from posture.outputs.changes import Change, changes, course_of
from posture.outputs.numbers import number
from posture.outputs.words import Words
from posture.types import Analysis, Side


def comparison(
    before: Sequence[Analysis], after: Sequence[Analysis], words: Words, *, everything: bool = False
) -> RenderableType:
    """Return what changed from one visit to another, the changes beyond an error first.

    Without `everything` only what a trainer follows from visit to visit is told.

    Raises
    ------
    UnusableClip
        Nothing was measured in both.
    """
    old, new = ([m for analysis in visit for m in analysis.measures] for visit in (before, after))
    found = [change for change in changes(old, new) if everything or change.is_followed]
    if not found:
        raise UnusableClip("nothing_to_compare")
    found.sort(key=lambda change: not change.is_beyond)
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for change in found:
        went = f"{number(change.before, words)} → {number(change.after, words)}\n"
        course = (course_of(change, words), "bold" if change.is_beyond else "dim")
        table.add_row(Text(_name(change, words)), Text.assemble(went, course))
    beyond = sum(change.is_beyond for change in found)
    head = words.of("compare", "changed" if beyond else "unchanged")
    doubts = "\n".join(_doubts(before, after, words))
    return Group(
        Text(head.format(count=beyond, of=len(found)), style="bold"),
        *([Text(doubts, style="yellow")] if doubts else []),
        table,
    )


def _name(change: Change, words: Words) -> str:
    name = words.of("measures", change.after.name)
    return name if change.side is Side.BOTH else f"{name} ({words.term(change.side.value)})"


def _doubts(before: Sequence[Analysis], after: Sequence[Analysis], words: Words) -> list[str]:
    """Say what else than the client may have changed."""
    doubts = []
    both = [*before, *after]
    two = two_people([a.proportions for a in both], [a.clip.file for a in both])
    if two is not None:
        doubts.append(words.sentence(two))
    for what in ("posture", "model"):
        old, new = ({_made(analysis, what) for analysis in visit} for visit in (before, after))
        if old != new:
            one, other = (", ".join(sorted(made)) for made in (old, new))
            doubts.append(words.of("compare", f"other_{what}").format(before=one, after=other))
    return doubts


def _made(analysis: Analysis, what: str) -> str:
    made = analysis.made_with.get(what, "?")
    return str(made["name"] if isinstance(made, dict) else made)
