"""Real walks beside the eye: what is told of them is what was found."""

from __future__ import annotations

import math
from pathlib import Path

from click.testing import CliRunner

from posture.cli.truth import truth
from posture.truth.by_eye import ByEye, Moment, Number, markdown
from posture.types import EventKind, Side


def moment(off_ms: float, *, walk: str = "one", is_near: bool = True) -> Moment:
    return Moment(
        walk=walk,
        kind=EventKind.TOE_OFF,
        is_near=is_near,
        picture_s=0.040,
        off_s=off_ms / 1000,
    )


def test_bias_scatter_and_what_was_not_found_are_told() -> None:
    moments = (moment(-30), moment(10), moment(-10, walk="two"), moment(math.nan, walk="two"))

    lines = markdown(ByEye(moments=moments, numbers=())).splitlines()

    # the moment lies half a picture, 20 ms, before the first that shows it
    (row,) = [line for line in lines if line.startswith("| toe_off")]
    assert row == "| toe_off | near | 3 of 4 | -10 (+10) | 16 | 30 | one -10, two -10 |"


def test_a_number_stands_beside_the_eye_s_with_its_error() -> None:
    number = Number(
        walk="one", measure="stance_share", side=Side.LEFT, read=0.7, value=0.68, sd=0.03
    )

    lines = markdown(ByEye(moments=(), numbers=(number,))).splitlines()

    assert lines[-1] == "| stance_share | one | left | 0.7 | 0.68 | -0.02 | 0.03 |"


def test_a_folder_without_a_table_is_refused(tmp_path: Path) -> None:
    asked = CliRunner().invoke(truth, ["walks", str(tmp_path)])

    assert asked.exit_code == 2
    assert "expected.toml" in asked.output


def test_the_real_walks_are_told(shared: Path) -> None:
    folder = shared / "clips" / "real-landmarks"

    asked = CliRunner().invoke(truth, ["walks", str(folder)])

    assert asked.exit_code == 0
    for told in ("| heel_strike | near | 14 of 14", "| toe_off | near | 13 of 13", "stance_share"):
        assert told in asked.output
