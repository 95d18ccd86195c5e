"""The command line: one sentence and the right exit status for whatever is handed to it."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import click
import numpy as np
import pytest
from click.testing import CliRunner, Result

import posture
from posture.cli import clips, main
from posture.landmarks.store import save_landmarks
from posture.outputs.words import LANGUAGES, load_words
from posture.results import write_numbers
from posture.store import open_store
from tests.outputs.make import analysis

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "samples"
LONG = "あ" * 100  # 300 bytes


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def write_clip(path: Path, frames: int, rate_hz: int = 30, side_px: int = 160) -> Path:
    """A grey clip with nobody in it."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=rate_hz)
        assert isinstance(stream, av.VideoStream)
        stream.width = stream.height = side_px
        stream.pix_fmt = "yuv420p"
        for number in range(frames):
            grey = np.full((side_px, side_px, 3), 90 + number % 40, dtype=np.uint8)
            frame = av.VideoFrame.from_ndarray(grey, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, rate_hz)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


@pytest.fixture
def bad(tmp_path: Path) -> dict[str, Path]:
    """One file of each bad kind, by what is wrong with it."""
    text = tmp_path / "notes.mp4"
    text.write_text("not a video at all\n" * 50, "utf-8")
    empty = tmp_path / "empty.mp4"
    empty.touch()
    whole = write_clip(tmp_path / "whole.mp4", 60)
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    folder = tmp_path / "folder"
    folder.mkdir()
    return {
        "not_a_video": text,
        "empty_file": empty,
        "cut_off_video": cut,
        "is_a_folder": folder,
        "no_such_file": tmp_path / "nowhere.mp4",
        "too_short": write_clip(tmp_path / "short.mp4", 10),
    }


@pytest.mark.parametrize("command", ["analyse", "check", "batch"])
@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "0.04", "21"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_playback_speed_that_no_clip_has_is_one_sentence_and_status_2(
    command: str, speed: str, language: str
) -> None:
    result = run(command, "walk.mp4", "--speed", speed, "--lang", language)

    assert result.exit_code == 2
    assert "0.05" in result.output
    assert {"en": "playback speed", "ja": "再生速度"}[language] in result.output


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "code",
    ["not_a_video", "empty_file", "cut_off_video", "is_a_folder", "no_such_file", "too_short"],
)
def test_a_bad_file_is_one_sentence_and_status_1(
    bad: dict[str, Path], tmp_path: Path, code: str, language: str
) -> None:
    clip = bad[code]

    result = run("analyse", clip, "--out", tmp_path / "out", "--lang", language)

    template = load_words("ja" if language == "ja" else "en").of("reasons", code)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith(f"{clip}: {template.split('{', maxsplit=1)[0]}")
    assert list((tmp_path / "out").rglob("*")) == []  # nothing half-written


@pytest.mark.slow
def test_a_clip_with_nobody_in_it_is_one_sentence_and_the_next_clip_is_measured(
    tmp_path: Path,
) -> None:
    nobody = write_clip(tmp_path / "nobody.mp4", 45, side_px=320)
    out = tmp_path / "out"

    result = run(
        "analyse", nobody, SAMPLES / "standing.mp4", "--out", out, "--no-video", "--lang", "en"
    )

    assert result.exit_code == 1
    assert result.stderr.splitlines() == [
        f"{nobody}: Nobody was found in the picture; film one person from the side, head to feet."
    ]
    assert "Pelvic tilt" in result.stdout
    assert {path.name for path in out.iterdir()} == {"standing"}


@pytest.mark.parametrize(
    "arguments",
    [
        ("analyse",),
        ("analyse", "a.mp4", "--activity", "dancing"),
        ("analyse", "a.mp4", "--height-cm", "17"),
        ("analyse", "a.mp4", "--person", "somebody"),
        ("analyse", "a.mp4", "--person", "1.5,40,60"),
        ("analyse", "a.mp4", "--person", "²"),
        ("analyse", "a.mp4", "--person", "9" * 5000),
        ("analyse", "a.mp4", "--person", "1e400,0.5,0.5"),
        ("analyse", "a.mp4", "--person", "0"),
        ("batch", "a.mp4", "--shard", "1/" + "9" * 5000),
        ("batch", "a.mp4", "--shard", "¹/²"),
        ("nonsense",),
        ("batch",),
    ],
)
def test_a_wrong_call_is_status_2(arguments: tuple[str, ...]) -> None:
    result = run(*arguments)

    assert result.exit_code == 2
    assert "Usage" in result.stderr


@pytest.mark.parametrize(
    ("typed", "lang", "told"),
    [
        ("analyze", "C.UTF-8", "Did you mean analyse?"),
        ("analyze", "ja_JP.UTF-8", "analyse ではありませんか?"),
        ("xyzzy", "C.UTF-8", "There is no command xyzzy"),
    ],
)
def test_a_mistyped_command_names_the_nearest(typed: str, lang: str, told: str) -> None:
    result = CliRunner(env={"LC_ALL": lang, "LANG": lang}).invoke(main, [typed])

    assert result.exit_code == 2
    assert told in result.output


def test_a_missing_model_names_the_file_and_the_command_that_gets_it(tmp_path: Path) -> None:
    environment = {"POSTURE_DATA_DIR": str(tmp_path)}
    result = CliRunner(env=environment).invoke(
        main,
        [
            "analyse",
            str(SAMPLES / "standing.mp4"),
            "--model",
            "heavy",
            "--lang",
            "en",
            "--out",
            str(tmp_path / "out"),
        ],
    )

    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert "pose_landmarker_heavy.task" in result.stderr
    assert "posture models get heavy" in result.stderr


def test_a_results_folder_that_cannot_be_made_is_told_before_anything_is_measured(
    tmp_path: Path,
) -> None:
    in_the_way = tmp_path / "out"
    in_the_way.write_text("a file", "utf-8")

    result = run(
        "analyse", SAMPLES / "standing.mp4", "--out", in_the_way / "deeper", "--lang", "en"
    )

    assert result.exit_code == 1
    assert result.stderr.count("\n") == 1
    assert "is already there" in result.stderr


def test_conventions_name_every_measure_there_is() -> None:
    from posture.measures.doubt import doubt_rows  # noqa: PLC0415 - only here

    told = run("conventions").stdout

    assert [name for _, name in doubt_rows() if f"`{name}`" not in told] == []


def commands() -> Iterator[tuple[str, click.Command]]:
    for name, command in main.commands.items():
        yield name, command
        if isinstance(command, click.Group):
            yield from ((f"{name} {sub}", inner) for sub, inner in command.commands.items())


def test_every_command_says_what_it_does_and_every_option_has_help() -> None:
    for name, command in commands():
        assert command.help, name
        for parameter in command.params:
            if isinstance(parameter, click.Option) and name.split()[0] in {
                "analyse",
                "check",
                "batch",
            }:
                assert parameter.help, f"{name} --{parameter.name}"


def test_the_readme_names_every_command() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")

    assert [name for name in main.commands if f"./start {name}" not in readme] == []


def stored_bend(folder: Path) -> Path:
    """A bend as an earlier analysis left it, so that no model is needed."""
    save_landmarks(folder / "landmarks.npz", analysis("bend").landmarks)
    return folder / "landmarks.npz"


def test_answers_stand_in_the_session_and_its_report(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text('age = 44\nsaid = ["tight_evening"]\ntouch = { hamstring = "hard" }\n')

    done = run("check", stored_bend(tmp_path), "--answers", answers, "--out", tmp_path / "out")

    assert done.exit_code == 0, done.output
    session = json.loads((tmp_path / "out" / "session.json").read_text("utf-8"))
    words = load_words("en")
    assert session["answers"] == {
        "age": 44.0,
        "said": ["tight_evening"],
        "touch": {"hamstring": "hard"},
    }
    assert session["probability_calibrated_on"] == "simulated bodies"
    report = (tmp_path / "out" / "report.html").read_text("utf-8")
    assert words.term("said_tight_evening") in report
    assert words.of("web", "report_why") in report


def test_a_red_flag_in_the_answers_withholds_every_finding(tmp_path: Path) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text('red_flags = ["trauma"]\n')
    clip, out = stored_bend(tmp_path), tmp_path / "out"

    assert run("check", clip, "--answers", answers, "--out", out, "--quiet").exit_code == 0

    session = json.loads((out / "session.json").read_text("utf-8"))
    assert session["withheld"]["code"] == "withheld_red_flag"
    assert {finding["probability"] for finding in session["findings"]} == {None}
    assert session["care"] == []


@pytest.mark.parametrize(
    ("text", "fault"),
    [('habits = ["yoga"]', "habits = yoga"), ("agee = 4", "agee"), ("age = ", "Invalid value")],
)
def test_answers_that_cannot_be_used_are_named(tmp_path: Path, text: str, fault: str) -> None:
    answers = tmp_path / "answers.toml"
    answers.write_text(text)

    done = run("check", tmp_path / "landmarks.npz", "--answers", answers, "--out", tmp_path)

    assert done.exit_code == 1
    assert fault in done.output + done.stderr


@pytest.mark.slow
def test_the_command_line_and_the_library_give_the_same_numbers(tmp_path: Path) -> None:
    from posture import Settings, analyse  # noqa: PLC0415 - the library's door
    from posture.outputs.tables import measures_csv  # noqa: PLC0415

    clip = SAMPLES / "forward_bend.mp4"
    assert run("analyse", clip, "--out", tmp_path, "--no-video", "--quiet").exit_code == 0

    by_command = (tmp_path / "forward_bend" / "measures.csv").read_text("utf-8")
    assert by_command == measures_csv(analyse(clip, Settings()))


def demo(out: Path, *more: str) -> subprocess.CompletedProcess[str]:
    away = {"DISPLAY", "WAYLAND_DISPLAY"}
    environment = {k: v for k, v in os.environ.items() if k not in away} | {"COLUMNS": "80"}
    return subprocess.run(
        [sys.executable, "-m", "posture", "demo", "--out", str(out), *more],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.slow
def test_the_demo_is_a_visit_that_finds_what_its_samples_are_said_to_show(tmp_path: Path) -> None:
    import tomllib  # noqa: PLC0415 - only here

    done = demo(tmp_path, "--lang", "en")

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    samples = tomllib.loads((SAMPLES / "manifest.toml").read_text("utf-8"))["sample"]
    shown = [sample for sample in samples if sample.get("demo")]
    assert len(shown) == 5
    for sample in shown:
        folder = tmp_path / Path(sample["file"]).stem
        record = json.loads((folder / "analysis.json").read_text("utf-8"))
        expected = sample["expected"]
        assert record["clip"]["sha256"] == sample["sha256"]
        assert expected["activity"] in {s["activity"] for s in record["segments"]}
        assert record["view"]["near_side"] == expected["near_side"]
        if "verdict" in expected:
            assert record["verdict"]["label"] == expected["verdict"]
        names = {path.name for path in folder.iterdir()}
        assert any(name.startswith("key-1-") for name in names)
        assert {name for name in names if not name.startswith(("key-", "portrait-"))} == {
            "analysis.json",
            "landmarks.npz",
            "measures.csv",
            "overlay.mp4",
            "report.html",
            "signals.npz",
        }
    session = json.loads((tmp_path / "session.json").read_text("utf-8"))
    assert session["verdict"]["label"] == "hamstring"
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"The signs suggest tight hamstrings \(\d+%\)", lines[0].rstrip())
    assert lines[-1] == f"Report: {tmp_path / 'report.html'}"
    assert len(lines) < 24  # a terminal's height, and the prompt below


@pytest.mark.slow
def test_the_demo_in_japanese_with_the_real_walk_is_at_most_forty_lines(tmp_path: Path) -> None:
    done = demo(tmp_path, "--lang", "ja", "--real")

    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert re.fullmatch(r"太ももの裏が硬いようです\(\d+%\)", lines[0].rstrip())
    assert "walking.mp4" in done.stdout
    assert lines[-1] == f"レポート:{tmp_path / 'report.html'}"
    assert len(lines) <= 40


def test_all_gives_every_measure_below_the_finding(tmp_path: Path) -> None:
    clip = stored_bend(tmp_path)

    call = ["analyse", str(clip), "--out", str(tmp_path / "out"), "--lang", "en"]
    brief, whole = (
        CliRunner(env={"COLUMNS": "160"}).invoke(main, [*call, *more]) for more in ([], ["--all"])
    )

    assert whole.exit_code == 0, whole.output
    assert brief.stdout.splitlines()[:2] == whole.stdout.splitlines()[:2]
    for name in ("Turn of the upper back", "Shoulder-hip line", "Knee in standing"):
        assert name in whole.stdout
        assert name not in brief.stdout
    assert whole.stdout.splitlines()[-1].startswith("Report: ")


@pytest.mark.slow
def test_every_shared_clip_ends_with_a_result_or_one_sentence(shared: Path, tmp_path: Path) -> None:
    real = sorted((shared / "clips" / "real").glob("*"))
    assert len(real) == 9

    for clip in real:
        result = run("analyse", clip, "--out", tmp_path, "--no-video", "--lang", "en")

        lines = result.stderr.splitlines()
        assert result.exit_code in {0, 1}, clip
        assert result.exception is None or isinstance(result.exception, SystemExit), clip
        assert len(lines) == result.exit_code, (clip, lines)
        assert (tmp_path / clip.stem / "analysis.json").exists() == (result.exit_code == 0), clip


@pytest.mark.slow
def test_several_clips_of_one_person_become_one_session(tmp_path: Path) -> None:
    result = run(
        "check",
        SAMPLES / "standing.mp4",
        SAMPLES / "forward_bend.mp4",
        "--out",
        tmp_path,
        "--lang",
        "en",
    )

    assert result.exit_code == 0, result.stderr
    session = json.loads((tmp_path / "session.json").read_text("utf-8"))
    assert session["schema"] == "posture.session/1"
    assert session["verdict"]["label"] == "hamstring"
    assert {m["clip"] for m in session["measures"]} == {0, 1}
    assert {m["activity"] for m in session["measures"]} == {"standing", "forward_bend"}


# --- any terminal, any pipe -----------------------------------------------------------------------


# Python reads its .pth files in the locale's letters (site.py): of a checkout under another name it
# cannot even start in such a locale. `start` sees to that.
in_any_locale = pytest.mark.skipif(
    not str(ROOT).isascii(), reason="Python cannot start here in a locale without these letters"
)


def started(*arguments: object, **more: Any) -> subprocess.CompletedProcess[bytes]:  # noqa: ANN401
    """Run the program itself, in an environment of the test's choice."""
    environment = {**os.environ, **more.pop("environment", {})}
    more.setdefault("stdout", subprocess.PIPE)
    command = [sys.executable, "-m", "posture", *map(str, arguments)]
    return subprocess.run(
        command, env=environment, stderr=subprocess.PIPE, cwd=ROOT, check=False, **more
    )


@in_any_locale
@pytest.mark.linux
@pytest.mark.parametrize(
    "command", [("conventions",), ("--help",), ("models", "list"), ("doctor",), ("nonsense",)]
)
@pytest.mark.parametrize("lang", ["en_US.UTF-8", "ja_JP.UTF-8"])
def test_a_full_output_is_one_sentence(command: tuple[str, ...], lang: str) -> None:
    with Path("/dev/full").open("wb") as full:
        done = started(*command, stdout=full, environment={"LC_ALL": lang})
    told = done.stderr.decode()

    assert "Traceback" not in told
    assert "Exception ignored" not in told
    if command == ("nonsense",):  # says nothing there
        assert done.returncode == 2
        return
    assert done.returncode == 1
    english = "The output cannot be written further"
    sentence = "これ以上出力できません" if lang.startswith("ja") else english
    assert told.startswith(sentence)
    assert len(told.splitlines()) == 1


@pytest.mark.linux
@pytest.mark.parametrize("command", ["conventions", "--help"])
def test_a_closed_output_is_no_traceback(command: str) -> None:
    shell = f"{sys.executable} -m posture {command} >&-"
    done = subprocess.run(["sh", "-c", shell], stderr=subprocess.PIPE, cwd=ROOT, check=False)

    assert b"Traceback" not in done.stderr


def test_a_fault_of_ours_is_not_passed_off_as_the_outputs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fails(*_: object) -> None:
        raise OSError(28, "No space left on device", "a file")

    monkeypatch.setattr(clips, "settings_from", fails)

    result = run("analyse", "a.mp4")

    assert isinstance(result.exception, OSError)


@in_any_locale
@pytest.mark.linux
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
        {"LC_ALL": "C"},
        {"COLUMNS": "0"},
        {"COLUMNS": ""},
    ],
)
@pytest.mark.parametrize("lang", LANGUAGES)
def test_numbers_are_printed_on_a_terminal_that_has_few_letters(
    tmp_path: Path, environment: dict[str, str], lang: str
) -> None:
    points = tmp_path / "立位.npz"
    save_landmarks(points, analysis("bend", height_m=1.7).landmarks)
    done = started(
        *("analyse", points, "--out", tmp_path / "out", "--lang", lang, "--all"),
        environment=environment,
    )

    assert done.returncode == 0, done.stderr.decode()
    assert b"Traceback" not in done.stderr
    assert b"report.html" in done.stdout
    assert done.stdout.count(b"\n") > 10


@pytest.mark.linux
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_full_standard_error_costs_no_clip(tmp_path: Path, unbuffered: str) -> None:
    points = tmp_path / "made.npz"
    save_landmarks(points, analysis("bend", height_m=1.7).landmarks)
    command = [sys.executable, "-m", "posture", "analyse", "nowhere.mp4", str(points)]
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [*command, "--out", str(tmp_path / "out")],
            stdout=subprocess.PIPE,
            stderr=full,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": unbuffered},
            check=False,
        )

    assert done.returncode == 1
    assert (tmp_path / "out" / "made" / "report.html").is_file()


@pytest.mark.linux
@pytest.mark.parametrize(
    "words",
    [
        ("analyse", LONG),
        ("check", LONG),
        ("compare", LONG, LONG),
        ("correct", LONG),
        ("export", "walk", f"{LONG}.csv"),
        ("export", LONG, "out.csv"),
        ("report", LONG),
        ("marker", "--pdf", f"{LONG}.pdf"),
        ("batch", LONG),
        ("validate", LONG, LONG),
        ("repeat", LONG),
        ("backup", f"{LONG}.zip"),
        ("restore", f"{LONG}.zip"),
        ("truth", "make", LONG),
    ],
    ids=lambda words: words[0],
)
def test_a_name_that_no_disk_takes_is_one_line(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("POSTURE_DATA_DIR", str(tmp_path / "data"))
    open_store(tmp_path / "data").close()
    points = ROOT / "tests" / "data" / "walk_normal.landmarks.npz"
    write_numbers(posture.analyse(points), tmp_path, called="walk")
    told = run(*words)

    assert told.exit_code in {1, 2}
    assert told.exception is None or isinstance(told.exception, SystemExit), told.exception
    assert told.exit_code == 2 or told.output.count("\n") <= 2, told.output
