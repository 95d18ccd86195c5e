"""One clip: its numbers with their errors, what is not measured and why, and the ankle as a chart.

    uv run python docs/examples/one_clip.py samples/walk_normal.mp4 chart.png

The first argument is a clip, or the folder that `posture analyse` made of one.
"""

import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")  # to a file, not to a window
import matplotlib.pyplot as plt

import posture
from posture.outputs.words import load_words

words = load_words("en")  # or "ja"
clip = Path(sys.argv[1])
try:
    analysis = posture.load_analysis(clip) if clip.is_dir() else posture.analyse(clip)
except posture.PostureError as error:
    sys.exit(words.sentence(error.reason))

for measure in analysis.measures:
    line = f"{measure.name} ({measure.side.value}): "
    if measure.quality is posture.Quality.MISSING:
        line += "not measured"
    else:  # the error is one standard uncertainty; its causes add in quadrature
        causes = ", ".join(f"{cause} {sd:.2f}" for cause, sd in measure.spread.items())
        line += f"{measure.value:.2f} ± {measure.sd:.2f} {measure.unit} [{causes}]"
    if measure.reason is not None:  # why it is not measured, or to be taken with care
        line += f"; {words.sentence(measure.reason)}"
    print(line)

for finding in analysis.assessment.findings:
    print(f"{finding.link.value}: {finding.level.value}. {words.sentence(finding.because)}")

# Over time: every signal (`analysis.signals`, or `analysis.to_pandas()`), and of a walk the mean
# gait cycle of the leg towards the camera, heel strike to heel strike.
ankle = [curve for curve in analysis.curves if curve.name == "ankle_dorsiflexion"]
if ankle and sys.argv[2:]:
    for curve in ankle:
        percent = 100 * curve.phase
        plt.plot(percent, curve.mean, label=curve.side.value)
        plt.fill_between(percent, curve.mean - curve.sd, curve.mean + curve.sd, alpha=0.2)
    plt.xlabel("gait cycle (%)")
    plt.ylabel("ankle dorsiflexion (deg), mean and sd of the strides")
    plt.legend()
    plt.savefig(sys.argv[2])
    print("Chart:", sys.argv[2])
