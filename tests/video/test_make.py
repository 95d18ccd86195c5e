"""What writing the clips of these tests leaves behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.video import make


@pytest.mark.parametrize("codec", make.CODECS.values(), ids=make.CODECS)
def test_writing_a_clip_leaves_the_priority_of_everything_else_as_it_was(
    codec: make.Codec, tmp_path: Path
) -> None:
    before = os.sched_getscheduler(0), os.sched_getparam(0).sched_priority

    make.clip(tmp_path / f"clip.{codec.suffix}", codec=codec)

    assert (os.sched_getscheduler(0), os.sched_getparam(0).sched_priority) == before
