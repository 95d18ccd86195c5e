"""Try clips with trouble: what comes of each, and what is not right about it.

    python tools/try_trouble.py [WORD ...] [--list] [--values] [--examples FOLDER]

Makes the siblings of tests/trouble/siblings.py (kept under the temporary folder), analyses each
whose name holds one of the words (`pan`, `covered-knees`, `control`; none = all) and prints ok, or
what is not right by tests/trouble/right.py. With a folder of clips named as in `EXAMPLES` there,
those are tried too. `--values` prints all that was said and measured; `--list` only the names.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.trouble.right import Faults, Outcome
from tests.trouble.siblings import EXAMPLES, SIBLINGS
from tests.trouble.tried import clip_of, faults_of, faults_of_example


def main() -> int:
    """Try what was asked for; the number of clips that are not right."""
    ask = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    ask.add_argument("words", nargs="*")
    ask.add_argument("--list", action="store_true")
    ask.add_argument("--make", action="store_true", help="only make the clips, print their paths")
    ask.add_argument("--values", action="store_true")
    ask.add_argument("--examples", type=Path, help="a folder of clips named as in EXAMPLES")
    asked = ask.parse_args()

    def wanted(name: str) -> bool:
        return not asked.words or any(word in name for word in asked.words)

    chosen = [one for one in SIBLINGS if wanted(one.id)]
    if asked.list or asked.make:
        for one in chosen:
            say(str(clip_of(one)) if asked.make else one.id)
        return 0
    wrong = tried = 0
    if asked.examples is not None:
        for path in sorted(asked.examples.glob("*.mp4")):
            if path.stem in EXAMPLES and wanted(path.stem):
                start = perf_counter()
                found, faults = faults_of_example(path)
                report(f"example {path.stem}", found, faults, start, values=asked.values)
                wrong, tried = wrong + bool(faults), tried + 1
    for one in chosen:
        start = perf_counter()
        found, faults = faults_of(one)
        report(one.id, found, faults, start, values=asked.values)
        wrong, tried = wrong + bool(faults), tried + 1
    say(f"{tried - wrong} of {tried} right")
    return min(wrong, 100)


def report(name: str, found: Outcome, faults: Faults, start: float, *, values: bool) -> None:
    """Print one clip."""
    say(f"{'not ok' if faults else 'ok    '} {name}  ({perf_counter() - start:.1f} s)")
    for line in faults:
        say(f"         {line}")
    if not values:
        return
    if found.refusal is not None:
        say(f"         refused: {found.refusal}")
    if found.analysis is None:
        return
    for segment in found.analysis.segments:
        say(f"         {segment.activity.value} {segment.frames}")
    for fact in found.analysis.facts:
        say(
            f"         fact {fact.kind.value} p {fact.probability:.2f} {fact.spans_s} {fact.reason}"
        )
    for notice in found.analysis.warnings:
        say(f"         notice {notice.message}")
    for m in found.measures:
        why = f" {m.reason.code} {dict(m.reason.values)}" if m.reason else ""
        say(
            f"         {m.activity.value[:7]} {m.segment} {m.name} {m.side.value} "
            f"{m.value:.3f} +- {m.sd:.3f} {m.quality.value}{why}"
        )


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
