"""One server over a data folder: a second one is refused in a sentence, a killed one holds none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from posture.outputs.words import LANGUAGES, Language, load_words
from posture.web.serve import CannotServe, alone_over

HOLDS = """
import sys, time
from pathlib import Path
from posture.web.serve import alone_over
with alone_over(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_second_server_is_refused_in_a_sentence(tmp_path: Path, language: Language) -> None:
    with (
        alone_over(tmp_path),
        pytest.raises(CannotServe) as told,
        alone_over(tmp_path),
    ):
        pass

    assert str(tmp_path) in load_words(language).sentence(told.value.reason)


def test_the_folder_is_free_again_when_its_server_was_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        with pytest.raises(CannotServe, match="serve_already"), alone_over(tmp_path):
            pass
        other.kill()
        other.wait()
        with alone_over(tmp_path):
            pass


def test_other_folders_have_servers_of_their_own(tmp_path: Path) -> None:
    with alone_over(tmp_path / "a"), alone_over(tmp_path / "b"):
        assert (tmp_path / "b").is_dir()
