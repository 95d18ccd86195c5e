"""The doctor: what is found on this machine, and what is said of one that lacks things."""

from __future__ import annotations

import errno
import math
import os
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest

from posture.distribution import DISTRIBUTION
from posture.doctor import (
    MEDIAPIPE,
    OPENCV,
    Check,
    Machine,
    Trial,
    checkup,
    look,
    models_found,
    opencv_installed,
    try_out,
    version_of,
    write_trouble,
)
from posture.errors import ModelTrouble
from posture.landmarks.models import ModelFile, Places, places
from posture.libraries import missing_libraries
from posture.machine import System
from posture.outputs.words import LANGUAGES, sentence

WELL = Machine(
    python=(3, 12),
    system="debian",
    installer="uv pip",
    mediapipe="0.10.33",
    opencv=("opencv-contrib-python",),
    libraries_missing=(),
    trials={name: Trial(ended="well") for name in ("mediapipe", "cv2", "av")},
    models=(("lite", True, ModelFile(path=Path("lite.task"), name="lite", sha256="00")),),
    memory_mb=8000.0,
    disk_mb=50_000.0,
    results=Path("posture-results"),
    results_trouble="",
    cores=4,
)


def the(name: str, machine: Machine) -> Check:
    (check,) = (check for check in checkup(machine) if check.name == name)
    return check


def command(check: Check) -> str:
    reason = check.what_to_do or check.finding
    return str(reason.values["command"])


# --- this machine


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Look once: importing mediapipe in a process of its own takes a second or two."""
    folder = tmp_path_factory.mktemp("doctor")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MPLCONFIGDIR", str(folder))  # matplotlib, under mediapipe, writes a cache
        yield look(folder / "results", places({"POSTURE_DATA_DIR": str(folder)}))


def test_exactly_one_opencv_is_installed_here(here: Machine) -> None:
    assert here.opencv == ("opencv-contrib-python",)


def test_this_machine_can_do_all_that_does_not_depend_on_its_size(here: Machine) -> None:
    failed = [
        (check.name, check.finding)
        for check in checkup(here)
        if not check.ok and check.name not in {"memory", "disk"}
    ]

    assert failed == []


def test_a_folder_that_is_not_there_yet_is_not_made(here: Machine) -> None:
    assert here.results_trouble == ""
    assert not here.results.exists()


def test_what_is_fetched_on_demand_may_be_missing(here: Machine) -> None:
    heavy = the("model_heavy", here)

    assert heavy.ok
    assert heavy.finding.code in {"doctor_model_optional", "doctor_model_right"}


def test_the_doctor_wants_what_the_package_asks_for() -> None:
    asked = metadata.requires(DISTRIBUTION) or []

    assert f"mediapipe=={MEDIAPIPE}" in asked
    assert any(one.startswith(OPENCV) for one in asked)
    wanted = metadata.metadata(DISTRIBUTION)["Requires-Python"]
    assert set(wanted.split(",")) == {">=3.11", "<3.15"}
    runs = [minor for minor in range(9, 17) if the("python", replace(WELL, python=(3, minor))).ok]
    assert runs == [11, 12, 13, 14]


# --- finding things


def installed(folder: Path, *distributions: tuple[str, str]) -> list[str]:
    for name, version in distributions:
        info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: {name}\nVersion: {version}\n", "utf-8")
    return [str(folder)]


def test_a_second_opencv_is_found(tmp_path: Path) -> None:
    search_path = installed(
        tmp_path,
        ("opencv-contrib-python", "5.0.0.93"),
        ("opencv-python-headless", "4.11.0.86"),
        ("mediapipe", "0.10.35"),
    )

    found = opencv_installed(search_path)

    assert found == ("opencv-python-headless", "opencv-contrib-python")
    assert version_of("mediapipe", search_path) == "0.10.35"
    assert version_of("av", search_path) is None
    assert not the("opencv", replace(WELL, opencv=found)).ok


def test_a_library_that_no_loader_knows_is_missing() -> None:
    assert missing_libraries(["libc.so.6", "libnosuchthing.so.9"]) == ("libnosuchthing.so.9",)


@pytest.mark.linux
@pytest.mark.parametrize(
    ("code", "trial"),
    [
        ("import sys; sys.stdout.write(sys.argv[1])", Trial(ended="well", told="said")),
        ("import os, signal; os.kill(os.getpid(), 9)", Trial(ended="crashed", told="SIGKILL")),
        ("raise ImportError('no libGL')", Trial(ended="failed", told="ImportError: no libGL")),
        ("raise SystemExit(3)", Trial(ended="failed", told="?")),
    ],
)
def test_how_a_child_ended_is_a_fact(code: str, trial: Trial) -> None:
    assert try_out(code, ["said"]) == trial


def test_a_child_that_does_not_end_is_not_waited_for() -> None:
    assert try_out("while True: pass", timeout_s=0.2).ended == "too_slow"


def test_a_manifest_that_is_not_there_is_a_finding_not_a_crash(tmp_path: Path) -> None:
    nowhere = Places(packaged=tmp_path / "a", checkout=tmp_path / "b", data=tmp_path / "c")

    check = the("model_manifest", replace(WELL, models=models_found(nowhere)))

    assert not check.ok
    assert check.finding.code == "model_manifest_missing"


@pytest.mark.linux
def test_a_file_in_the_place_of_the_results_is_told(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way", "utf-8")

    assert write_trouble(tmp_path / "results" / "clip") == os.strerror(errno.ENOTDIR)
    assert write_trouble(tmp_path / "new" / "clip") == ""
    assert not (tmp_path / "new").exists()


def test_a_drive_that_is_not_plugged_in_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("posture.doctor._is_there", lambda place: place == tmp_path)

    assert write_trouble(tmp_path / "results") == os.strerror(errno.ENOENT)


# --- judging them


def test_a_machine_that_lacks_nothing_passes_every_check() -> None:
    assert [check.name for check in checkup(WELL) if not check.ok or check.what_to_do] == []


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("0.10.35", "doctor_mediapipe_later"),
        ("0.11.0", "doctor_mediapipe_later"),
        ("0.10.4", "doctor_mediapipe_earlier"),
        (None, "doctor_mediapipe_missing"),
    ],
)
def test_any_other_mediapipe_is_refused_and_a_later_one_for_what_it_sends(
    version: str | None, code: str
) -> None:
    check = the("mediapipe", replace(WELL, mediapipe=version))

    assert (check.ok, check.finding.code) == (False, code)
    assert command(check) == "uv pip install mediapipe==0.10.33"


def test_two_opencvs_both_go_before_one_comes_back() -> None:
    both = replace(WELL, opencv=("opencv-python", "opencv-contrib-python"))

    assert command(the("opencv", both)) == (
        "uv pip uninstall opencv-python opencv-contrib-python"
        " && uv pip install opencv-contrib-python"
    )
    assert "pip uninstall -y opencv-python" in command(
        the("opencv", replace(both, installer="python -m pip"))
    )
    assert command(the("opencv", replace(WELL, opencv=()))).endswith(" opencv-contrib-python")


def test_missing_libraries_are_named_by_their_debian_packages() -> None:
    lacking = replace(WELL, libraries_missing=("libGL.so.1", "libglib-2.0.so.0"))

    assert command(the("libraries", lacking)) == "apt-get install -y libgl1 libglib2.0-0"


@pytest.mark.parametrize(
    ("trial", "code"),
    [
        (Trial(ended="crashed", told="SIGSEGV"), "doctor_native_crashed"),
        (Trial(ended="failed", told="ImportError: x"), "doctor_native_failed"),
        (Trial(ended="too_slow", told="60"), "doctor_native_too_slow"),
    ],
)
@pytest.mark.parametrize("module", ["mediapipe", "cv2", "av"])
def test_a_native_part_that_does_not_come_up_is_told_with_its_own_words(
    module: str, trial: Trial, code: str
) -> None:
    broken = replace(WELL, trials={**WELL.trials, module: trial})

    check = the(f"native_{module}", broken)

    assert (check.ok, check.finding.code) == (False, code)
    assert check.finding.values["why"] == trial.told
    assert "--force-reinstall" in command(check)


def test_a_native_part_without_its_library_is_not_mended_by_reinstalling() -> None:
    failed = {**WELL.trials, "cv2": Trial(ended="failed", told="ImportError: libGL.so.1")}
    broken = replace(WELL, trials=failed, libraries_missing=("libGL.so.1",))

    assert command(the("native_cv2", broken)) == "apt-get install -y libgl1"


@pytest.mark.parametrize(
    ("on", "told", "line"),
    [
        ("windows", "ImportError: DLL load failed while importing cv2: ...", "winget install"),
        ("fedora", "ImportError: libxcb.so.1: cannot open shared object file: ...", "dnf install"),
        ("macos", "ImportError: dlopen(cv2.abi3.so): Library not loaded", "--force-reinstall"),
    ],
)
def test_the_doctor_prints_the_machine_s_own_line(on: System, told: str, line: str) -> None:
    failed = {**WELL.trials, "cv2": Trial(ended="failed", told=told)}
    machine = replace(WELL, system=on, trials=failed)

    assert line in command(the("native_cv2", machine))
    needed = the("libraries", machine)
    assert needed.ok
    assert (needed.finding.code == "doctor_libraries_none") == (on != "fedora")


def test_a_codec_that_is_not_there_is_named() -> None:
    lacking = {**WELL.trials, "av": Trial(ended="well", told="av1, libx264")}

    check = the("native_av", replace(WELL, trials=lacking))

    assert (check.ok, check.finding.code) == (False, "doctor_codecs_missing")
    assert check.finding.values["codecs"] == "av1, libx264"


def test_a_missing_model_counts_only_when_it_comes_with_the_program() -> None:
    missing = ModelTrouble("model_missing", name="x", path="x.task", command="posture models get x")
    damaged = ModelTrouble("model_truncated", path="x.task", command="posture models get x")
    rows = (("needed", True, missing), ("optional", False, missing), ("broken", False, damaged))

    machine = replace(WELL, models=rows)

    assert not the("model_needed", machine).ok
    assert the("model_optional", machine).ok
    assert not the("model_broken", machine).ok


def test_every_failed_check_says_what_to_do() -> None:
    trouble = ModelTrouble("model_truncated", path="x.task", size_bytes=3, command="get it")
    worst = replace(
        WELL,
        python=(3, 10),
        mediapipe=None,
        opencv=(),
        libraries_missing=("libGL.so.1",),
        trials=dict.fromkeys(WELL.trials, Trial(ended="crashed", told="SIGSEGV")),
        models=(("lite", True, trouble),),
        memory_mb=1.0,
        disk_mb=1.0,
        results_trouble="Permission denied",
        cores=1,
    )

    checks = checkup(worst)

    # slow is not wrong, and only bodies of known truth need the renderer
    assert [check.name for check in checks if check.ok] == ["cores", "letters", "renderer"]
    assert [
        check.name
        for check in checks
        if not check.ok and not check.what_to_do and "command" not in check.finding.values
    ] == []


def test_too_little_memory_is_said_with_what_is_needed() -> None:
    failed = [c.finding for c in checkup(replace(WELL, memory_mb=900.0)) if not c.ok]

    assert [reason.code for reason in failed] == ["doctor_memory_low"]
    assert failed[0].values == {"free_gb": 0.9, "needed_gb": 1.0}
    assert the("memory", replace(WELL, memory_mb=math.nan)).ok


def test_without_a_renderer_it_is_said_how_to_have_one_and_nothing_is_wrong() -> None:
    none = the("renderer", WELL)
    broken = the("renderer", replace(WELL, renderer=Trial(ended="crashed", told="SIGSEGV")))
    assert none.ok
    assert broken.ok
    assert "install moderngl scikit-learn" in command(none)
    assert "libgl1-mesa-dri" in command(broken)
    assert the("renderer", replace(WELL, renderer=Trial(ended="well"))).finding.code == (
        "doctor_renderer_right"
    )


def test_a_machine_without_japanese_letters_is_told_so_and_is_no_worse_for_it() -> None:
    there, missing = the("letters", WELL), the("letters", replace(WELL, has_japanese_font=False))

    assert (there.ok, missing.ok) == (True, True)
    assert there.finding.code == "doctor_letters_right"
    for language in LANGUAGES:
        assert "fonts-noto-cjk" in sentence(missing.finding, language)
