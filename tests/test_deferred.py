"""A module that is not needed at once is loaded when it is, and not before."""

from __future__ import annotations

import subprocess
import sys

import pytest


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_a_deferred_module_is_not_loaded_until_it_is_used() -> None:
    told = run(
        "import sys\n"
        "from posture.deferred import deferred\n"
        "with deferred('xml', 'xml.dom'):\n"
        "    import xml.dom as held\n"
        "print('xml' in sys.modules, held.Node.ELEMENT_NODE, 'xml.dom' in sys.modules)\n"
        "import xml.dom\n"
        "print(xml.dom is not held, xml.dom.Node is held.Node)"
    )

    assert told.splitlines() == ["False 1 True", "True True"]


def test_a_module_that_is_loaded_already_stays() -> None:
    told = run(
        "import xml.dom\n"
        "from posture.deferred import deferred\n"
        "with deferred('xml', 'xml.dom'):\n"
        "    import xml.dom as held\n"
        "print(held is xml.dom)"
    )

    assert told == "True"


@pytest.mark.parametrize("what", ["matplotlib", "scipy"])
def test_the_model_is_loaded_without_what_draws_or_computes_nothing_here(what: str) -> None:
    told = run(
        "import sys\n"
        "import posture.cli.clips, posture.results\n"
        "from posture.landmarks.mediapipe import tasks\n"
        "tasks().vision.PoseLandmarker\n"
        f"print({what!r} in sys.modules)"
    )

    assert told == "False"


def test_the_models_own_drawing_still_works_for_others() -> None:
    told = run(
        "from posture.landmarks.mediapipe import tasks\n"
        "print(tasks().vision.drawing_utils.plt.figure.__name__)"
    )

    assert told == "figure"
