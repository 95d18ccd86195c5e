"""Each export is opened by another program, and what it finds there is what was measured."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import posture
from posture.cli import main
from posture.exports.c3d import write_c3d
from posture.exports.courses import COLUMNS, PHASES, courses
from posture.exports.dictionary import HEADING, dictionary
from posture.exports.export import FORMATS
from posture.exports.netcdf import write_netcdf
from posture.exports.opensim import write_mot, write_trc
from posture.exports.points import evenly, points_of
from posture.exports.tabular import write_csv
from posture.exports.workbook import write_workbook
from posture.outputs.words import load_words
from posture.results import write_results
from posture.settings import Settings
from posture.types import UNITS, Analysis, Facing, Signal
from tests.outputs.make import analysis

NPZ = Path("landmarks.npz")
GAP = (10, 15)  # frames in which the left heel is not seen


def made(showing: Any = "walk", *, height_m: float | None = 1.7) -> Analysis:  # noqa: ANN401
    """An analysis whose left heel, and whose first signal, is not known for some frames."""
    found = analysis(showing, height_m=height_m)
    xy = np.array(found.landmarks.xy_px)
    xy[slice(*GAP), found.landmarks.names.index("left_heel")] = math.nan
    first = found.signals[0]
    value = np.array(first.value)
    value[slice(*GAP)] = math.nan
    return replace(
        found,
        landmarks=replace(found.landmarks, xy_px=xy),
        signals=(replace(first, value=value), *found.signals[1:]),
    )


def folder(found: Analysis, out: Path, name: str = "") -> Path:
    return write_results(found, NPZ, out, Settings(), called=name).folder


def run(*asked: object) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["export", *map(str, asked), "--lang", "en"])
    return done.exit_code, done.output.strip()


def signal(found: Analysis, name: str) -> Signal:
    return next(one for one in found.signals if one.name == name)


# --- every angle over time ------------------------------------------------------------------------


def test_pandas_reads_the_csv_to_nine_digits(tmp_path: Path) -> None:
    pd = pytest.importorskip("pandas")
    found = made("all")
    write_csv(found, tmp_path / "a.csv")

    table = pd.read_csv(tmp_path / "a.csv", keep_default_na=True)

    assert tuple(table.columns) == COLUMNS
    assert len(table) == sum(len(one.value) for one in found.signals)
    for one in found.signals:
        rows = table[(table.measure == one.name) & (table.side == one.side.value)]
        assert set(rows.unit) == {one.unit}
        np.testing.assert_allclose(rows.time_s, one.time_s, rtol=1e-8, atol=1e-9)
        np.testing.assert_allclose(rows.value, one.value, rtol=1e-8, atol=1e-9)


def test_pyarrow_reads_the_parquet_to_the_digit(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet")
    found = made("all")
    out = tmp_path / "a.parquet"

    assert run(folder(found, tmp_path), out)[0] == 0

    table = pq.read_table(out)
    assert tuple(table.column_names) == COLUMNS
    assert table.equals(found.to_arrow())
    value = table.column("value").to_numpy(zero_copy_only=False)
    np.testing.assert_array_equal(value, np.concatenate([one.value for one in found.signals]))
    assert table.column("value").null_count == np.isnan(value).sum() > 0


def test_a_table_of_pandas_holds_the_same_as_one_of_pyarrow() -> None:
    pd = pytest.importorskip("pandas")
    found = made("bend")

    mine, theirs = found.to_pandas(), found.to_arrow().to_pandas()

    pd.testing.assert_frame_equal(mine, theirs, check_dtype=False)


def test_a_bend_goes_down_is_held_and_comes_up() -> None:
    found = made("bend")
    bend = next(one for one in courses(found) if one.signal.name == "trunk_flexion")
    phases = [one for one in dict.fromkeys(bend.phase) if one in PHASES]
    down = bend.signal.value[[phase == "bend_down" for phase in bend.phase]]
    up = bend.signal.value[[phase == "bend_up" for phase in bend.phase]]

    assert phases == ["bend_down", "bend_hold", "bend_up"]
    assert down[-1] > down[0] + 30
    assert up[-1] < up[0] - 30


def test_a_foot_stands_longer_than_it_swings_and_the_other_foot_has_phases_of_its_own() -> None:
    found = analysis("walk")
    near = courses(found)[0]
    counts = {name: near.phase.count(name) for name in ("stance", "swing")}

    assert counts["stance"] > counts["swing"] > 0
    foot = signal(found, "foot_pitch").value
    standing = np.array([one == "stance" for one in near.phase])
    swinging = np.array([one == "swing" for one in near.phase])
    # a standing foot lies flat most of the time, a swinging one does not
    assert np.nanmedian(np.abs(foot[standing])) < np.nanmedian(np.abs(foot[swinging]))


def test_the_error_is_that_of_the_measure_of_the_same_name() -> None:
    found = made("bend")
    own = {one.name: one.sd for one in found.measures if math.isfinite(one.sd)}
    told = {
        one.signal.name: set(one.sd[np.isfinite(one.sd)])
        for one in courses(found)
        if np.isfinite(one.sd).any()
    }

    assert "trunk_flexion" in told
    assert all(sds == {own[name]} for name, sds in told.items())


# --- points and angles for biomechanics -----------------------------------------------------------


def test_opensim_reads_the_trc_to_a_micrometre(tmp_path: Path) -> None:
    osim = pytest.importorskip("opensim", reason="opensim has no wheel for this Python or machine")
    found = made()
    write_trc(found, tmp_path / "a.trc", "a.trc")

    table = osim.TimeSeriesTableVec3(str(tmp_path / "a.trc"))

    points = points_of(found)
    assert table.getTableMetaDataString("Units") == "m"
    assert float(table.getTableMetaDataString("DataRate")) == pytest.approx(points.rate_hz)
    assert tuple(table.getColumnLabels()) == points.names
    np.testing.assert_allclose(table.getIndependentColumn(), points.time_s, atol=1e-6)
    for index, name in enumerate(points.names):
        column = table.getDependentColumn(name)
        read = np.array([column[row].to_numpy() for row in range(column.size())])
        np.testing.assert_allclose(read, points.xyz_m[:, index], atol=1e-6)


def test_opensim_reads_the_mot_in_degrees(tmp_path: Path) -> None:
    osim = pytest.importorskip("opensim", reason="opensim has no wheel for this Python or machine")
    found = made()
    write_mot(found, tmp_path / "a.mot", "a.mot")

    table = osim.TimeSeriesTable(str(tmp_path / "a.mot"))

    assert table.getTableMetaDataString("inDegrees") == "yes"
    assert {"knee_angle_r", "ankle_angle_r"} <= set(table.getColumnLabels())
    for name, ours in (("knee_angle_r", "knee_flexion"), ("ankle_angle_r", "ankle_dorsiflexion")):
        read = table.getDependentColumn(name).to_numpy()
        np.testing.assert_allclose(read, signal(found, ours).value, atol=1e-6)


def test_points_stand_upright_in_metres_and_face_forward() -> None:
    points = points_of(made())
    at = {name: np.nanmedian(points.xyz_m[:, i], axis=0) for i, name in enumerate(points.names)}
    facing = analysis("walk").view.facing

    assert facing in {Facing.LEFT, Facing.RIGHT}
    assert 1.2 < at["nose"][1] - at["right_heel"][1] < 1.8  # somebody of 1.7 m
    assert at["nose"][0] > at["right_ear"][0]
    steps = np.diff(points.xyz_m[:, points.names.index("right_hip"), 0])
    assert np.median(steps) > 0  # walks forwards


def test_ezc3d_reads_the_c3d_to_a_thousandth_of_a_millimetre(tmp_path: Path) -> None:
    ezc3d = pytest.importorskip("ezc3d")
    found = made()
    write_c3d(found, tmp_path / "a.c3d")

    read = ezc3d.c3d(str(tmp_path / "a.c3d"))

    points = points_of(found)
    point = read["parameters"]["POINT"]
    assert tuple(point["LABELS"]["value"]) == points.names
    assert point["UNITS"]["value"] == ["mm"]
    assert point["RATE"]["value"][0] == pytest.approx(points.rate_hz)
    mine = 1000 * np.moveaxis(points.xyz_m, (0, 1, 2), (2, 1, 0))
    np.testing.assert_allclose(read["data"]["points"][:3], mine, atol=1e-3)
    heel = read["data"]["meta_points"]["residuals"][0, points.names.index("left_heel")]
    assert set(heel[slice(*GAP)]) == {-1.0}
    assert heel[0] == 0


def test_uneven_times_become_even_on_the_lines_between_the_pictures() -> None:
    points = points_of(made())
    late = points.time_s + 0.4 / points.rate_hz * (np.arange(len(points.time_s)) % 2)
    path = np.stack([late, 2 * late, 0 * late], axis=-1)[:, None]
    path[20] = math.nan

    even = evenly(replace(points, time_s=late, xyz_m=path, names=("a",)))

    assert np.ptp(np.diff(even.time_s)) < 1e-9
    known = np.isfinite(even.xyz_m[:, 0, 0])
    np.testing.assert_allclose(even.xyz_m[known, 0, 1], 2 * even.time_s[known], atol=1e-3)
    assert 1 <= (~known).sum() <= 2


def test_xarray_reads_the_netcdf_as_movement_has_it(tmp_path: Path) -> None:
    xr = pytest.importorskip("xarray")
    found = made(height_m=None)  # pixels need no height
    write_netcdf(found, tmp_path / "a.nc")

    with xr.open_dataset(tmp_path / "a.nc") as read:
        # movement 0.15, docs/source/user_guide/movement_dataset.md
        assert read.position.dims == ("time", "space", "keypoints", "individuals")
        assert read.confidence.dims == ("time", "keypoints", "individuals")
        assert read.attrs["ds_type"] == "poses"
        assert read.attrs["time_unit"] == "seconds"
        assert read.attrs["fps"] == pytest.approx(30)
        assert list(read.space.values) == ["x", "y"]
        assert tuple(read.keypoints.values) == found.landmarks.names
        np.testing.assert_array_equal(read.time.values, found.landmarks.time_s)
        for index, name in enumerate(found.landmarks.names):
            one = read.position.sel(keypoints=name, individuals="client")
            np.testing.assert_array_equal(one.values, found.landmarks.xy_px[:, index])
        np.testing.assert_array_equal(read.confidence.values[..., 0], found.landmarks.visibility)


# --- one client over time -------------------------------------------------------------------------


def test_openpyxl_reads_every_measure_of_every_visit(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    visits = {"2026-01-05": analysis("bend"), "2026-02-09": analysis("all", height_m=1.7)}
    for name, found in visits.items():
        folder(found, tmp_path / "client" / name)

    assert run(tmp_path / "client", tmp_path / "client.xlsx")[0] == 0

    book = openpyxl.load_workbook(tmp_path / "client.xlsx")
    assert book.sheetnames == ["measures", "over_time", "dictionary"]
    rows = list(book["measures"].iter_rows(min_row=2, values_only=True))
    head = [cell.value for cell in book["measures"][1]]
    wanted = [(f"{name}/made", one) for name, found in visits.items() for one in found.measures]
    assert len(rows) == len(wanted)
    for row, (visit, one) in zip(rows, wanted, strict=True):
        told = dict(zip(head, row, strict=True))
        assert (told["visit"], told["measure"], told["unit"]) == (visit, one.name, one.unit)
        value = None if math.isnan(one.value) else pytest.approx(one.value, rel=1e-12)
        assert told["value"] == value
    over = [cell.value for cell in book["over_time"][1]]
    assert over[-2:] == [f"{name}/made" for name in visits]
    firsts = {tuple(row[:3]): row[-2:] for row in book["over_time"].iter_rows(values_only=True)}
    key = ("forward_bend", "trunk_flexion", "right")
    assert all(isinstance(one, float) for one in firsts[key])


# --- the dictionary -------------------------------------------------------------------------------


def test_everything_in_an_export_stands_in_the_dictionary_in_both_languages() -> None:
    found = made("all")
    rows = [dict(zip(HEADING, row, strict=True)) for row in dictionary([found])]
    named = {(row["kind"], row["name"]) for row in rows}

    assert {("column", name) for name in COLUMNS} <= named
    assert {("phase", name) for name in PHASES} <= named
    assert {("unit", unit) for unit in UNITS} <= named
    assert {("signal", one.name) for one in found.signals} <= named
    assert {("measure", one.name) for one in found.measures} <= named
    assert [row for row in rows if not (row["en"] and row["ja"])] == []
    assert all(row["positive"] for row in rows if row["kind"] == "signal")
    assert [row["name"] for row in rows if row["kind"] == "signal" and row["en"] == row["ja"]] == []


# --- the command ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", FORMATS)
def test_the_command_writes_the_file_and_its_dictionary(kind: str, tmp_path: Path) -> None:
    for module in ("ezc3d", "pyarrow", "xlsxwriter"):
        pytest.importorskip(module)
    place = folder(made(), tmp_path)
    out = tmp_path / "out.data"

    code, told = run(place / "analysis.json", out, "--format", kind)

    assert (code, told) == (0, f"{out}\n{tmp_path / 'out.data.dictionary.csv'}")
    assert out.stat().st_size > 1000
    with (tmp_path / "out.data.dictionary.csv").open(encoding="utf-8", newline="") as file:
        assert tuple(next(csv.reader(file))) == HEADING


def test_one_analysis_is_written_side_by_side_in_several_formats(tmp_path: Path) -> None:
    place = folder(made(), tmp_path)

    assert [run(place, tmp_path / f"a.{kind}")[0] for kind in ("csv", "mot", "trc", "nc")] == [
        0
    ] * 4


def test_names_that_are_no_text_or_hold_line_ends_are_written_with_escapes(tmp_path: Path) -> None:
    openpyxl, name = pytest.importorskip("openpyxl"), "caf\udce9.mp4"
    found = made()
    found = replace(found, clip=replace(found.clip, file=name))
    book, points = tmp_path / "a.xlsx", tmp_path / "two\nlines.trc"

    write_workbook({"caf\udce9": found, "plain.mp4": found}, book, load_words("en"))
    code, _ = run(folder(made(), tmp_path), points)

    sheet = openpyxl.load_workbook(book)["measures"]
    seen = [(row[0].value, row[1].value) for row in sheet.iter_rows(min_row=2)]
    assert set(seen) == {("caf\\udce9", "caf\\udce9.mp4"), ("plain.mp4", "caf\\udce9.mp4")}
    assert code == 0
    assert points.read_text("utf-8").splitlines()[0].endswith("two lines.trc")


def test_a_measure_of_another_version_is_called_as_it_is(tmp_path: Path) -> None:
    openpyxl, found = pytest.importorskip("openpyxl"), made()
    first = replace(found.measures[0], name="of_another_version")
    found = replace(found, measures=(first, *found.measures[1:]))

    write_workbook({"a": found}, tmp_path / "a.xlsx", load_words("en"))

    rows = openpyxl.load_workbook(tmp_path / "a.xlsx")["measures"].iter_rows(min_row=2)
    names = {row[4].value: row[5].value for row in rows}
    assert names[first.name] == first.name
    known = found.measures[1].name
    assert names[known] == load_words("en").of("measures", known)


BAD = {
    "format": ("made", "a.docx", "docx: there is no such format. Choose one of: csv"),
    "no ending": ("made", "a", "?: there is no such format."),
    "in the way": ("made", "there.csv", "there.csv already exists and was not changed"),
    "dictionary in the way": ("made", "that.csv", "that.csv.dictionary.csv already exists"),
    "nothing": ("empty", "a.csv", "empty: there is no analysis here."),
    "not there": ("nowhere", "a.csv", "nowhere: there is no analysis here."),
    "several": ("", "a.csv", "holds 2 analyses. Name one of them"),
    "no scale": ("made", "a.trc", "made.mp4: nobody knows how large the person is"),
    "no scale, c3d": ("made", "a.c3d", "made.mp4: nobody knows how large the person is"),
    "no signals": ("bare", "a.csv", "made.mp4: there is no angle over time"),
    "no signals, mot": ("bare", "a.mot", "made.mp4: there is no angle over time"),
    "no folder": ("made", "there.csv/a.csv", "cannot be written"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_exported_is_said_in_one_sentence(case: str, tmp_path: Path) -> None:
    pytest.importorskip("ezc3d")
    place, out, sentence = BAD[case]
    found = analysis("bend")
    folder(found, tmp_path)
    (folder(found, tmp_path, "bare") / "signals.npz").unlink()
    (tmp_path / "empty").mkdir()
    (tmp_path / "there.csv").write_text("mine", "utf-8")
    (tmp_path / "that.csv.dictionary.csv").write_text("mine", "utf-8")
    before = sorted(tmp_path.rglob("*"))

    code, told = run(tmp_path / place, tmp_path / out)

    assert code == 1
    assert sentence in told
    assert told.count("\n") == 0
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "there.csv").read_text("utf-8") == "mine"


@pytest.mark.parametrize(
    ("module", "out"), [("pyarrow", "a.parquet"), ("ezc3d", "a.c3d"), ("xlsxwriter", "a.xlsx")]
)
def test_a_package_that_is_missing_is_named_with_the_line_that_brings_it(
    module: str, out: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = folder(made(), tmp_path)
    monkeypatch.setattr("posture.exports.tabular.find_spec", lambda _: None)

    code, told = run(place, tmp_path / out)

    assert code == 1
    assert told.startswith(f"The package {module} is missing. Install it with:")
    assert told.endswith(f"install {module}")
    assert not (tmp_path / out).exists()


def test_without_pandas_an_analysis_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posture.exports.tabular.find_spec", lambda _: None)

    with pytest.raises(posture.PostureError) as caught:
        analysis("bend").to_pandas()

    told = load_words("ja").sentence(caught.value.reason)
    assert told.startswith("pandas というパッケージがありません")


def test_the_program_starts_without_any_of_the_packages() -> None:
    heavy = {"pandas", "pyarrow", "ezc3d", "xlsxwriter", "xarray"}
    script = "import sys, json, posture.exports.export; print(json.dumps(sorted(sys.modules)))"
    told = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    )

    assert heavy & set(json.loads(told.stdout)) == set()
