"""The name this program is installed under; on the public index `posture` is somebody else's."""

from __future__ import annotations

from importlib.metadata import version

# Import name and command are `posture`. This one is nobody's on the index, and nobody is told to
# install it from there either: it is installed from its own files.
DISTRIBUTION = "posture-backline"
# what the extras of these names in pyproject.toml bring
TRUTH = ("moderngl", "scikit-learn")
PARQUET = ("pyarrow",)
REMOTE = ("fsspec",)
LAB = ("ezc3d",)
EXCEL = ("xlsxwriter",)
PANDAS = ("pandas",)
CLUSTER = ("distributed", "fsspec")


def version_here() -> str:
    """Return the version that is installed."""
    return version(DISTRIBUTION)
