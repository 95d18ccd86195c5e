"""The installed package: works from any folder, with its models and samples inside."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent


def run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {
        k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel unpacked as an installer would, the rest coming from this
    environment."""
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv is not installed: the wheel cannot be built")
    folder = tmp_path_factory.mktemp("wheel")
    built = run([uv, "build", "--wheel", "--offline", "--out-dir", str(folder), str(ROOT)], folder)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    done = run(
        [uv, "pip", "install", "--offline", "--no-deps", "--target", str(target), str(wheel)],
        folder,
    )
    assert done.returncode == 0, done.stderr
    return target


@pytest.mark.slow
def test_the_demo_runs_from_the_wheel_in_another_folder(installed: Path, tmp_path: Path) -> None:
    # -P and the target in front: the installed copy, not the checkout
    script = (
        f"import sys; sys.path.insert(0, {str(installed)!r}); import posture; "
        f"assert posture.__file__.startswith({str(installed)!r}); "
        "from posture.cli import main; main(['demo', '--lang', 'en'])"
    )

    done = run([sys.executable, "-P", "-c", script], tmp_path)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert (tmp_path / "posture-results" / "visit_walk" / "overlay.mp4").exists()
    assert str(ROOT) not in done.stdout


@pytest.mark.slow
def test_the_wheel_holds_what_it_says_and_nothing_that_lies_about(installed: Path) -> None:
    bundled = installed / "posture" / "_bundled"

    assert {path.name for path in (bundled / "models").iterdir()} == {
        "manifest.toml",
        "pose_landmarker_full.task",
        "pose_landmarker_full_points.task",
        "pose_landmarker_lite.task",
    }
    samples = {path.name for path in (ROOT / "samples").iterdir()}
    assert {path.name for path in (bundled / "samples").iterdir()} == samples
    guide = ROOT / "docs" / "guide"
    written = {path.relative_to(guide) for path in guide.rglob("*") if path.is_file()}
    packed = bundled / "guide"
    assert {path.relative_to(packed) for path in packed.rglob("*") if path.is_file()} == written
