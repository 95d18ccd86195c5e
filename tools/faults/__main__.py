"""Break the program off at random moments, and look what is left of what it promised.

    uv run python -m tools.faults                      # 68 moments, about ten minutes
    uv run python -m tools.faults --moments 10 --seed 4 --only live

At each moment somebody uploads, has a clip analysed, leads a live check, backs up, restores or
deletes, and something goes wrong in the middle of it. Then the server is killed and started again,
and everything is looked at: what was answered with success has to be there, what was deleted may
not be found in any byte, no file may lie there that belongs to nothing, and no value of a person
may stand in the log. docs/reliability.md says what is promised. Exit status 1 where it does not
hold.
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import httpx
from websockets.exceptions import WebSocketException

from tools.faults import operations as do
from tools.faults.house import House
from tools.faults.strikes import Under

_SETTLES_S = 20.0  # ours; a sweep at the start runs beside everything else
_ANALYSED_S = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One thing that people do, and how long it takes: so long a fault may strike."""

    what: str
    run: Callable[[Under], bool]
    faults: tuple[str, ...]
    within_s: float
    goes_on: frozenset[str]  # faults after which it is answered with success all the same


_PASSES = frozenset({"sleep", "clock"})
KINDS = (
    Kind(
        what="upload",
        run=do.upload,
        faults=("server", "moved", "disk", "database", "clock", "network", "sleep"),
        within_s=0.9,
        goes_on=_PASSES,
    ),
    Kind(
        what="upload",
        run=do.upload_by_browser,
        faults=("browser",),
        within_s=0.7,
        goes_on=frozenset(),
    ),
    Kind(
        what="analysis",
        run=do.analysis,
        faults=("server", "child", "disk", "database", "clock", "sleep"),
        within_s=8.0,
        goes_on=_PASSES | {"child", "database"},
    ),
    Kind(
        what="live check",
        run=do.live,
        faults=("server", "disk", "database", "clock", "network", "sleep"),
        within_s=1.5,
        goes_on=_PASSES | {"network", "database"},
    ),
    Kind(
        what="live check",
        run=do.live_left,
        faults=("browser",),
        within_s=1.0,
        goes_on=frozenset(),
    ),
    Kind(
        what="backup",
        run=do.backing_up,
        faults=("command", "server", "disk", "database", "sleep"),
        within_s=2.0,
        goes_on=_PASSES | {"server", "database"},
    ),
    Kind(
        what="restore",
        run=do.restoring,
        faults=("command", "disk", "sleep"),
        within_s=2.0,
        goes_on=_PASSES,
    ),
    Kind(
        what="deleting",
        run=do.deleting,
        faults=("server", "disk", "database", "clock", "sleep"),
        within_s=0.4,
        goes_on=_PASSES,
    ),
    Kind(
        what="retention",
        run=do.expiring,
        faults=("server", "database", "sleep"),
        within_s=4.0,
        goes_on=frozenset(),
    ),
)


WHATS = tuple(dict.fromkeys(kind.what for kind in KINDS))


@dataclass(slots=True)
class Seen:
    """What was found of one kind under one fault."""

    moments: int = 0
    answered: int = 0
    found: dict[str, list[str]] = field(default_factory=dict)  # faults, by their kind

    def add(self, kind: str, told: Sequence[str]) -> None:
        """Write down faults."""
        if told:
            self.found.setdefault(kind, []).extend(told)


def plan(moments: int, rng: Random, only: Collection[str]) -> Iterator[tuple[Kind, str]]:
    """Yield what is done at each moment and what goes wrong, all of it equally often."""
    pairs = [(kind, fault) for kind in KINDS if kind.what in only for fault in kind.faults]
    left: list[tuple[Kind, str]] = []
    for _ in range(moments):
        left = left or rng.sample(pairs, len(pairs))
        yield left.pop()


def moment(house: House, kind: Kind, fault: str, rng: Random, seen: Seen) -> None:
    """Do one thing while something goes wrong, start again, and look."""
    under = Under(house, rng, fault)
    striking = threading.Thread(target=under.strike, args=(kind.within_s,), daemon=True)
    striking.start()
    seen.moments += 1
    is_answered = False
    why = "refused"
    try:
        is_answered = kind.run(under)
    except AssertionError as broken:
        seen.add("other", [str(broken)])
    except (httpx.HTTPError, OSError, WebSocketException) as trouble:
        why = f"{type(trouble).__name__} {trouble}"
    finally:
        under.ready.set()
        striking.join()
        under.lift()
    seen.answered += is_answered
    if fault in kind.goes_on and not is_answered:
        seen.add("other", [f"not answered: {why}"])
    house.kill()
    try:
        house.start()
    except RuntimeError as trouble:
        seen.add("other", [str(trouble)])
        return
    house.adopt()
    for what, told in _settled(house).items():
        seen.add(what, told)
    house.move_clock(0)
    house.promised.analysed.clear()


def _settled(house: House) -> dict[str, list[str]]:
    """Return what does not hold once all that runs at the start is over."""
    until_s = time.monotonic() + (_ANALYSED_S if house.promised.analysed else _SETTLES_S)
    while True:
        found = house.faults()
        if not any(found.values()) or time.monotonic() > until_s:
            return found
        time.sleep(0.2)


def run(
    moments: int,
    seed: int,
    folder: Path,
    only: Collection[str] = WHATS,
    tell: Callable[[str], object] = lambda _: None,
    minutes: float = math.inf,
) -> dict[tuple[str, str], Seen]:
    """Return what was found, by what was done and what went wrong."""
    rng = Random(seed)  # noqa: S311 - to be had again
    house = House(folder)
    seen: dict[tuple[str, str], Seen] = {}
    until_s = time.monotonic() + 60 * minutes
    house.start()
    try:
        for kind, fault in plan(moments, rng, only):
            if time.monotonic() > until_s:
                break
            row = seen.setdefault((kind.what, fault), Seen())
            moment(house, kind, fault, rng, row)
            tell(f"{kind.what}, {fault}: {row.found or 'holds'}\n")
    finally:
        house.kill()
    return seen


def table(seen: dict[tuple[str, str], Seen]) -> str:
    """Return the figures as Markdown."""
    head = ("in the middle of", "what goes wrong", "moments", "answered")
    lines = [f"| {' | '.join((*head, 'lost', 'kept', 'in the log', 'other'))} |", "|" + "---|" * 8]
    total = Seen()
    for (what, fault), one in sorted(seen.items()):
        lines.append(_row(what, fault, one))
        total.moments += one.moments
        total.answered += one.answered
        for kind, told in one.found.items():
            total.add(kind, told)
    return "\n".join([*lines, _row("all", "", total)])


def _row(what: str, fault: str, one: Seen) -> str:
    counts = [len(one.found.get(kind, ())) for kind in ("lost", "kept", "log", "other")]
    said = (what, _SAID.get(fault, fault), one.moments, one.answered, *counts)
    return f"| {' | '.join(map(str, said))} |"


_SAID = {
    "server": "the server is killed",
    "moved": "the server is killed as the clip gets its place",
    "child": "the analysing child is killed",
    "command": "the command is killed",
    "browser": "the browser is killed",
    "disk": "the disk is full",
    "database": "the database is locked for 1.5 s",
    "clock": "the clock jumps by a day",
    "network": "the line is cut",
    "sleep": "the machine sleeps",
}


def main() -> int:
    """Run, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--moments", type=int, default=68)
    parser.add_argument("--minutes", type=float, default=math.inf, help="no moment after so many")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", nargs="+", choices=WHATS, default=WHATS)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="posture-faults-") as folder:
        seen = run(
            asked.moments, asked.seed, Path(folder), asked.only, sys.stderr.write, asked.minutes
        )
    sys.stdout.write(f"{table(seen)}\n")
    found = [f"{what}, {fault}: {one.found}" for (what, fault), one in seen.items() if one.found]
    sys.stdout.writelines(f"{line}\n" for line in found)
    return int(bool(found))


if __name__ == "__main__":
    sys.exit(main())
