"""A lab's files: what is in them is read, resampled by time, and refused where it does not fit."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from posture.cli import main
from posture.errors import BadSettings, MissingLibrary
from posture.outputs.words import LANGUAGES
from posture.types import Activity, Floats
from posture.validation import c3d
from posture.validation.lab import lab_value, read_lab
from posture.validation.sheet import LabSource, Reading, Take
from tests.validation.made import HINGE, value, write_analysis, write_sheet

TIME = np.arange(0, 10, 0.01)
BEND = 60 + 10 * np.sin(TIME)  # degrees


def reading(file: Path, channel: str, take: Take = "mean", offset_s: float = 0.0) -> Reading:
    source = LabSource(file=file, channel=channel, take=take, offset_s=offset_s, factor=1.0)
    key = (Activity.FORWARD_BEND, "pelvis_on_thigh_flexion")
    return Reading(
        row=2,
        clip="p.mp4",
        key=key,
        unit="deg",
        side=None,
        value=float("nan"),
        tool="motion_capture",
        lab=source,
    )


def csv_of(path: Path, time_s: Floats, values: Floats, name: str = "hip") -> Path:
    rows = [f"{t:.4f},{v:.6f}" for t, v in zip(time_s, values, strict=True)]
    path.write_text("\n".join([f"time,{name}", *rows]), "utf-8")
    return path


def markers(angle_deg: Floats) -> dict[str, Floats]:
    """A knee that bends so far, seen from the side: hip above, ankle swung back; metres, z up."""
    turn = np.radians(angle_deg)
    zero = np.zeros_like(turn)
    return {
        "HIP": np.stack([zero, zero, zero + 0.9], axis=1),
        "KNEE": np.stack([zero, zero, zero + 0.5], axis=1),
        "ANKLE": np.stack([-0.4 * np.sin(turn), zero, 0.5 - 0.4 * np.cos(turn)], axis=1),
    }


def trc_of(path: Path, points: dict[str, Floats], rate_hz: float = 100.0) -> Path:
    frames = len(next(iter(points.values())))
    lines = [
        f"PathFileType\t4\t(X/Y/Z)\t{path.name}",
        "DataRate\tCameraRate\tNumFrames\tNumMarkers\tUnits",
        f"{rate_hz}\t{rate_hz}\t{frames}\t{len(points)}\tm",
        "Frame#\tTime\t" + "\t\t\t".join(points),
        "\t\t" + "\t".join(f"X{i}\tY{i}\tZ{i}" for i in range(1, len(points) + 1)),
        "",
    ]
    for row in range(frames):
        cells = [f"{v:.6f}" for path in points.values() for v in path[row]]
        lines.append("\t".join([str(row + 1), f"{row / rate_hz:.4f}", *cells]))
    path.write_text("\n".join(lines), "utf-8")
    return path


def mot_of(path: Path, in_degrees: str = "yes") -> Path:
    head = ["motion", "version=1", f"nRows={len(TIME)}", "nColumns=2", f"inDegrees={in_degrees}"]
    rows = [f"{t:.3f}\t{v:.6f}" for t, v in zip(TIME, BEND, strict=True)]
    path.write_text("\n".join([*head, "endheader", "time\thip_flexion_r", *rows]), "utf-8")
    return path


# --- what is read ---------------------------------------------------------------------------------


@pytest.mark.parametrize("rate_hz", [7.0, 59.94, 250.0])
def test_a_lab_of_any_rate_gives_the_same_at_the_same_moments(
    tmp_path: Path, rate_hz: float
) -> None:
    time_s = np.arange(0, 10, 1 / rate_hz)
    file = csv_of(tmp_path / "lab.csv", time_s, 5 + 3 * time_s)

    # a line is the same at every rate: its mean from 2 to 4 s is its value at 3 s
    assert lab_value(reading(file, "hip"), (2.0, 4.0)) == pytest.approx(14.0, abs=1e-3)
    assert lab_value(reading(file, "hip", "max"), (2.0, 4.0)) == pytest.approx(17.0, abs=1e-3)
    assert lab_value(reading(file, "hip", "min"), (2.0, 4.0)) == pytest.approx(11.0, abs=1e-3)
    assert lab_value(reading(file, "hip", "range"), (2.0, 4.0)) == pytest.approx(6.0, abs=1e-3)
    assert lab_value(reading(file, "hip"), (2.0, 2.0)) == pytest.approx(11.0, abs=1e-3)


def test_the_labs_clock_may_have_begun_at_another_time(tmp_path: Path) -> None:
    file = csv_of(tmp_path / "lab.csv", TIME, 2 * TIME)

    assert lab_value(reading(file, "hip", offset_s=1.5), (1.0, 3.0)) == pytest.approx(7.0, abs=1e-3)


def test_a_motion_file_is_read(tmp_path: Path) -> None:
    lab = read_lab(mot_of(tmp_path / "a.mot"))

    assert lab.in_degrees is True
    assert lab.columns["hip_flexion_r"] == pytest.approx(BEND, abs=1e-5)


def test_angles_come_from_markers(tmp_path: Path) -> None:
    file = trc_of(tmp_path / "a.trc", markers(BEND))

    bent = lab_value(reading(file, "flexion(HIP, KNEE, ANKLE)"), (0.0, 9.9))
    leant = lab_value(reading(file, "tilt(KNEE, ANKLE, x, z)"), (0.0, 9.9))

    assert bent == pytest.approx(BEND.mean(), abs=0.1)
    assert leant == pytest.approx(bent, abs=0.01)
    for flipped in ("-tilt(KNEE,ANKLE,x,z)", "tilt(KNEE, ANKLE, -x, z)"):
        assert lab_value(reading(file, flipped), (0.0, 9.9)) == pytest.approx(-leant)
    assert lab_value(reading(file, "180-flexion(HIP,KNEE,ANKLE)"), (0, 9.9)) == pytest.approx(
        180 - bent
    )
    assert lab_value(reading(file, "HIP.z"), (0.0, 9.9)) == pytest.approx(0.9)


def test_a_c3d_file_is_read(tmp_path: Path) -> None:
    lab = read_lab(c3d_of(tmp_path / "a.c3d"))

    assert (lab.length_unit, list(lab.points)) == ("m", ["HIP", "KNEE", "ANKLE"])
    assert lab.time_s[-1] == pytest.approx(9.99)
    bent = lab_value(reading(tmp_path / "a.c3d", "flexion(HIP,KNEE,ANKLE)"), (0.0, 9.9))
    assert bent == pytest.approx(BEND.mean(), abs=0.1)


def c3d_of(path: Path) -> Path:
    """Write markers as a C3D file, in a process of its own: the library warns when imported."""
    import subprocess  # noqa: PLC0415 - only here

    np.savez(path.with_suffix(".npz"), **markers(BEND))  # type: ignore[arg-type]
    code = (
        "import sys, numpy as np, ezc3d\n"
        "kept = np.load(sys.argv[1]); made = ezc3d.c3d(); point = made['parameters']['POINT']\n"
        "point['RATE']['value'] = [100]; point['UNITS']['value'] = ['m']\n"
        "point['LABELS']['value'] = tuple(kept.files)\n"
        "data = np.ones((4, len(kept.files), len(kept[kept.files[0]])))\n"
        "for i, name in enumerate(kept.files): data[:3, i] = kept[name].T\n"
        "made['data']['points'] = data; made.write(sys.argv[2])\n"
    )
    pytest.importorskip("ezc3d", reason="the extra `lab` is not installed")
    command = [sys.executable, "-c", code, str(path.with_suffix(".npz")), str(path)]
    subprocess.run(command, check=True, capture_output=True)
    return path


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize("keep", [0, 100, 600, 700, 1100, 5000, -1000])
def test_a_c3d_file_that_was_cut_off_is_refused_and_does_not_hang(
    tmp_path: Path, keep: int
) -> None:
    whole = c3d_of(tmp_path / "a.c3d").read_bytes()
    (tmp_path / "cut.c3d").write_bytes(whole[:keep])

    with pytest.raises(BadSettings) as trouble:
        read_lab(tmp_path / "cut.c3d")

    assert trouble.value.reason.code == "lab_unreadable"


@pytest.mark.parametrize(
    ("maker", "order", "sign_at"), [(84, "<", 15), (85, "<", 13), (86, ">", 12)]
)
def test_a_file_of_every_maker_is_known_to_be_whole_or_not(
    tmp_path: Path, maker: int, order: str, sign_at: int
) -> None:
    # www.c3d.org: Intel, DEC and MIPS; two points, no analogue, frames 1 to 10, data in block 3
    head = bytearray(512)
    head[:2] = b"\x02P"
    struct.pack_into(f"{order}4H", head, 2, 2, 0, 1, 10)
    struct.pack_into(f"{order}H", head, 16, 3)
    head[sign_at] |= 0x80
    told = bytes(head) + bytes([0, 0, 1, maker]) + bytes(508)
    file = tmp_path / "a.c3d"

    file.write_bytes(told + bytes(2 * 4 * 4 * 10))
    assert c3d.is_whole(file)
    file.write_bytes(told + bytes(2 * 4 * 4 * 10 - 1))
    assert not c3d.is_whole(file)


def test_without_the_library_it_is_said_what_brings_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = c3d_of(tmp_path / "a.c3d")
    monkeypatch.setattr(c3d, "find_spec", lambda _: None)

    with pytest.raises(MissingLibrary) as trouble:
        read_lab(file)

    assert "ezc3d" in str(trouble.value.reason.values["command"])


@pytest.mark.parametrize(
    ("span_s", "offset_s"), [((11.0, 12.0), 0.0), ((8.0, 12.0), 0.0), ((2.0, 3.0), -5.0)]
)
def test_a_lab_that_does_not_cover_the_moments_is_refused(
    tmp_path: Path, span_s: tuple[float, float], offset_s: float
) -> None:
    file = csv_of(tmp_path / "lab.csv", TIME, BEND)

    with pytest.raises(BadSettings) as trouble:
        lab_value(reading(file, "hip", offset_s=offset_s), span_s)

    assert trouble.value.reason.code == "lab_no_overlap"


def test_a_gap_in_the_lab_is_not_bridged(tmp_path: Path) -> None:
    gap = (TIME < 2) | (TIME > 4)
    file = csv_of(tmp_path / "lab.csv", TIME[gap], BEND[gap])

    with pytest.raises(BadSettings):
        lab_value(reading(file, "hip"), (2.0, 4.0))
    assert lab_value(reading(file, "hip"), (0.5, 1.5)) > 0


BROKEN = {
    "a.csv": ("x,hip\n0,1\n", "lab_no_time"),
    "b.csv": ("time,hip\n1,1\n0,1\n", "lab_times"),
    "c.csv": ("time,hip\n", "lab_times"),
    "d.mot": ("name\ntime hip\n0 1\n", "lab_unreadable"),
    "e.trc": ("PathFileType\n", "lab_unreadable"),
    "f.c3d": ("no", "lab_unreadable"),
    "g.xls": ("no", "lab_kind"),
    "h.mot": ("endheader\n", "lab_no_time"),
    "i.trc": ("a\nb\nc\nFrame#\tTime\tHIP\nx\ny\n", "lab_times"),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_broken_lab_file_is_one_sentence(tmp_path: Path, name: str, language: str) -> None:
    text, code = BROKEN[name]
    (tmp_path / name).write_text(text, "utf-8")
    write_analysis(tmp_path / "results", "p.mp4", value(HINGE, 50))

    result = run(tmp_path, name, "hip", language)

    assert (tmp_path / "out").exists() is False
    line, _ = result.splitlines()
    assert line.startswith(str(tmp_path / name))
    with pytest.raises(BadSettings) as trouble:
        read_lab(tmp_path / name)
    assert trouble.value.reason.code == code


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("name", "channel"), [("gone.csv", "hip"), ("lab.csv", "knee"), ("rad.mot", "hip_flexion_r")]
)
def test_a_lab_file_that_is_not_there_a_channel_that_is_not_and_radians_are_told(
    tmp_path: Path, name: str, channel: str, language: str
) -> None:
    csv_of(tmp_path / "lab.csv", TIME, BEND)
    mot_of(tmp_path / "rad.mot", in_degrees="no")
    write_analysis(tmp_path / "results", "p.mp4", value(HINGE, 50))

    line, _ = run(tmp_path, name, channel, language).splitlines()

    assert line.startswith(str(tmp_path / name))


def run(folder: Path, file: str, channel: str, language: str) -> str:
    head = "clip,measure,unit,tool,file,channel"
    row = ("p.mp4", "pelvis_on_thigh_flexion", "deg", "motion_capture", file, channel)
    sheet = write_sheet(folder / "sheet.csv", [row], head)
    words = [sheet, folder / "results", "--out", folder / "out", "--lang", language]
    result = CliRunner().invoke(main, ["validate", *map(str, words)])
    assert isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == 1
    return result.stderr


# --- the whole way --------------------------------------------------------------------------------


def test_lab_files_of_three_people_are_compared_with_our_numbers(tmp_path: Path) -> None:
    rows = []
    for person in range(3):
        clip, lab = f"p{person}.mp4", f"p{person}.csv"
        csv_of(tmp_path / lab, TIME, np.full_like(TIME, 50.0 + 5 * person))
        write_analysis(tmp_path / "results", clip, value(HINGE, 52 + 5 * person))
        rows.append((clip, "pelvis_on_thigh_flexion", "deg", "motion_capture", lab, "hip"))
    head = "clip,measure,unit,tool,file,channel"
    sheet = write_sheet(tmp_path / "sheet.csv", rows, head)

    words = [sheet, tmp_path / "results", "--out", tmp_path / "out", "--lang", "en"]
    result = CliRunner().invoke(main, ["validate", *map(str, words)])

    assert result.exit_code == 0, result.output
    assert "2.0" in result.stdout
