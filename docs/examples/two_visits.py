"""A folder of visits to one table, and what changed by more than the error.

    uv run python docs/examples/two_visits.py CLIENT measures.csv

CLIENT holds a folder for each visit, named so that they sort by date: `2026-01-10`, `2026-03-02`.
In it are the clips of that visit, or the folders that `posture analyse` made of them.
"""

import sys
from pathlib import Path

import pandas as pd

import posture
from posture.outputs.changes import changes
from posture.outputs.words import load_words

words = load_words("en")  # or "ja"
visits: dict[str, list[posture.Analysis]] = {}
for folder in sorted(path for path in Path(sys.argv[1]).iterdir() if path.is_dir()):
    visits[folder.name] = analyses = []
    for clip in sorted(folder.iterdir()):
        try:
            analyses.append(posture.load_analysis(clip) if clip.is_dir() else posture.analyse(clip))
        except posture.PostureError as error:  # one bad clip does not stop the others
            print(f"{folder.name}/{clip.name}: {words.sentence(error.reason)}")

table = pd.DataFrame(
    {
        "visit": visit,
        "clip": analysis.clip.file,
        "measure": measure.name,
        "side": measure.side.value,
        "value": measure.value,  # NaN where not measured; `why` then says why
        "sd": measure.sd,
        "unit": measure.unit,
        "quality": measure.quality.value,
        "why": words.sentence(measure.reason) if measure.reason else "",
    }
    for visit, analyses in visits.items()
    for analysis in analyses
    for measure in analysis.measures
)
table.to_csv(sys.argv[2], index=False)
print(f"{len(table)} measures of {len(visits)} visits: {sys.argv[2]}")

if len(visits) > 1:
    first, *_, last = visits
    before, after = ([m for one in visits[v] for m in one.measures] for v in (first, last))
    print(f"{first} to {last}:")
    for change in changes(before, after):  # several clips of one quantity are settled to one number
        told = "MORE THAN THE ERROR" if change.is_beyond else "within the error"
        print(
            f"  {change.before.name} ({change.side.value}): {change.before.value:.2f} to"
            f" {change.after.value:.2f} {change.after.unit}, {told} (least {change.least:.2f})"
        )
