from __future__ import annotations

import itertools
import json
import os
import struct
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from posture.errors import CannotWrite
from posture.formats.analysis import analysis_json
from posture.landmarks.store import load_landmarks, save_landmarks
from posture.outputs.tables import measures_csv
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.pipeline import analyse, analyse_landmarks, join
from posture.results import Results, result_folder, write_corrected, write_results, write_session
from posture.settings import Draw, Settings
from posture.types import Analysis, Floats, Rgb
from posture.video.probe import Source, VideoSettings, probe
from posture.video.sink import Sink
from tests.make import BY_POINTS, Camera, filmed
from tests.outputs.make import analysis, as_the_only_one, read_json
from tests.stick import standing

FILES = {"analysis.json", "measures.csv", "landmarks.npz", "signals.npz", "report.html"}
NPZ = Path("landmarks.npz")
SMALL = (320, 180)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def named(made: Analysis, file: str, sha256: str = "0" * 64) -> Analysis:
    """The same analysis as that of another file."""
    found = replace(made.clip, file=file, sha256=sha256)
    return replace(made, clip=found, landmarks=replace(made.landmarks, clip=found))


def video(path: Path, time_s: Sequence[float] | Floats, size_px: tuple[int, int] = SMALL) -> Source:
    """A grey clip whose pictures are shown from the given times on."""
    rate_hz = 1 / float(np.median(np.diff(time_s)))
    with Sink(path, size_px, rate_hz) as sink:
        for number, at_s in enumerate(time_s):
            picture = np.full((size_px[1], size_px[0], 3), 100 + number % 50, dtype=np.uint8)
            sink.add(picture, float(at_s))
    return probe(path, VideoSettings())


def stood_in(source: Source) -> Analysis:
    """What would come out of the clip if somebody stood in it."""
    camera = Camera(size_px=source.size_px, height_px=0.7 * source.size_px[1])
    made = as_the_only_one(filmed(standing(source.time_s), camera))
    return analyse_landmarks(replace(made, clip=source.clip), Settings(frame=BY_POINTS))


def shown(path: Path) -> Iterator[av.VideoFrame]:
    with av.open(str(path)) as opened:
        yield from opened.decode(video=0)


def seen_times(path: Path) -> Floats:
    return np.array([frame.time for frame in shown(path)])


# --- the files ------------------------------------------------------------------------------------


def test_an_analysis_of_saved_landmarks_writes_all_files_but_the_overlay(tmp_path: Path) -> None:
    made = analysis("bend", height_m=1.7)

    results = write_results(made, NPZ, tmp_path, Settings())

    assert names(tmp_path) == {"made"}
    assert names(tmp_path / "made") == FILES
    assert results == Results(
        folder=tmp_path / "made", report=tmp_path / "made" / "report.html", overlay=None
    )
    assert (results.folder / "analysis.json").read_text("utf-8") == analysis_json(made)
    assert (results.folder / "measures.csv").read_text("utf-8") == measures_csv(made)


def test_the_written_landmarks_give_the_written_numbers_again(tmp_path: Path) -> None:
    folder = write_results(analysis("bend"), NPZ, tmp_path, Settings()).folder

    again = analyse(folder / "landmarks.npz", Settings(frame=BY_POINTS))

    assert measures_csv(again) == (folder / "measures.csv").read_text("utf-8")


def test_signals_are_written_by_name_with_times_unit_and_what_positive_means(
    tmp_path: Path,
) -> None:
    made = analysis("bend")
    folder = write_results(made, NPZ, tmp_path, Settings()).folder

    with np.load(folder / "signals.npz", allow_pickle=False) as file:
        there = {name: file[name] for name in file.files}

    np.testing.assert_array_equal(there.pop("time_s"), made.landmarks.time_s)
    for signal in made.signals:
        name = f"{signal.name}.{signal.side.value}"
        np.testing.assert_array_equal(there.pop(name), signal.value)
        assert str(there.pop(f"{name}.unit")) == signal.unit
        assert str(there.pop(f"{name}.positive")) == signal.positive
    assert there == {}


def test_the_cycle_of_the_near_leg_is_written_beside_the_signals_and_in_the_record(
    tmp_path: Path,
) -> None:
    made = analysis("treadmill")
    folder = write_results(made, NPZ, tmp_path, Settings()).folder
    record = json.loads((folder / "analysis.json").read_text("utf-8"))

    assert len(made.curves) == 6
    with np.load(folder / "signals.npz", allow_pickle=False) as file:
        for curve, told in zip(made.curves, record["curves"], strict=True):
            name = f"cycle.{curve.name}.{curve.side.value}"
            np.testing.assert_array_equal(file[f"{name}.mean"], curve.mean)
            np.testing.assert_array_equal(file[f"{name}.sd"], curve.sd)
            np.testing.assert_array_equal(file[f"{name}.count"], curve.count)
            assert len(file["cycle.phase"]) == len(told["mean"]) == len(told["sd"]) == 101
            assert told["strides"] == max(told["count"])
    (walk,) = record["walks"]
    assert walk["ground"] == "treadmill"
    used = [s for s in walk["strides"] if s["near"] and s["used"]]
    assert len(used) == record["curves"][0]["strides"]
    assert all(s["reason"] is None for s in used)


def test_a_run_has_its_files_too_with_its_cadence_alone(tmp_path: Path) -> None:
    folder = write_results(analysis("run"), NPZ, tmp_path, Settings()).folder

    assert names(folder) == FILES
    _, only = (folder / "measures.csv").read_text("utf-8").splitlines()
    assert only.startswith("cadence,running,")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_is_in_the_language_asked_for(tmp_path: Path, language: Language) -> None:
    results = write_results(analysis("stand"), NPZ, tmp_path, Settings(language=language))

    report = results.report.read_text("utf-8")
    assert f'<html lang="{language}">' in report
    assert load_words(language).ui("not_a_diagnosis") in report


def test_a_session_is_written_beside_the_clips(tmp_path: Path) -> None:
    session = join([analysis("bend"), analysis("treadmill")])

    path = write_session(session, tmp_path / "out")

    assert path == tmp_path / "out" / "report.html"
    assert load_words("en").ui("title") in path.read_text("utf-8")
    record = read_json((tmp_path / "out" / "session.json").read_text("utf-8"))
    assert record["schema"] == "posture.session/1"


# --- whose folder ---------------------------------------------------------------------------------


def test_the_same_clip_again_takes_its_place(tmp_path: Path) -> None:
    made = analysis("stand")
    first = write_results(made, NPZ, tmp_path, Settings())
    first.report.write_text("old")

    second = write_results(made, NPZ, tmp_path, Settings(language="ja"))

    assert second == first
    assert names(tmp_path) == {"made"}
    assert names(first.folder) == FILES
    assert 'lang="ja"' in second.report.read_text("utf-8")


def test_another_clip_of_the_same_name_gets_a_folder_of_its_own(tmp_path: Path) -> None:
    one = named(analysis("stand"), "IMG_1.mp4", "a" * 64)
    two = named(analysis("bend"), "IMG_1.mov", "b" * 64)
    folders = [write_results(a, NPZ, tmp_path, Settings()).folder for a in (one, two)]

    again = [write_results(a, NPZ, tmp_path, Settings()).folder for a in (two, one)]

    assert [folder.name for folder in folders] == ["IMG_1", "IMG_1-bbbbbbbb"]
    assert again == folders[::-1]
    for folder, made in zip(folders, (one, two), strict=True):
        record = read_json((folder / "analysis.json").read_text("utf-8"))
        assert record["clip"]["sha256"] == made.clip.sha256
        assert load_landmarks(folder / "landmarks.npz").clip == made.clip


def test_checksums_that_begin_alike_are_still_told_apart(tmp_path: Path) -> None:
    sums = ["a" * 64, "b" * 64, "b" * 8 + "c" * 56]
    folders = [
        write_results(named(analysis("stand"), "x.mp4", s), NPZ, tmp_path, Settings()).folder
        for s in sums
    ]

    assert [folder.name for folder in folders] == ["x", "x-bbbbbbbb", f"x-{sums[2]}"]


def test_clips_of_the_same_name_written_at_the_same_time_do_not_mix(tmp_path: Path) -> None:
    clips = [named(analysis("stand"), f"x.{n}", f"{n:064x}") for n in range(6)]
    together = threading.Barrier(len(clips))

    def write(made: Analysis) -> Path:
        together.wait()
        return write_results(made, NPZ, tmp_path, Settings()).folder

    with ThreadPoolExecutor(len(clips)) as pool:
        folders = list(pool.map(write, clips))

    assert len(set(folders)) == len(clips)
    for folder, made in zip(folders, clips, strict=True):
        record = json.loads((folder / "analysis.json").read_text("utf-8"))
        assert record["clip"]["sha256"] == made.clip.sha256
        assert load_landmarks(folder / "landmarks.npz").clip.sha256 == made.clip.sha256


@pytest.mark.parametrize(
    ("file", "folder"),
    [
        ("前屈.mp4", "前屈"),
        ("a.b.mp4", "a.b"),
        ("clip", "clip"),
        (".hidden.mp4", "hidden"),
        ("..mp4", "clip"),
        ("...mp4", "clip"),
        ("a b.MOV", "a b"),
    ],
)
def test_a_folder_is_named_like_the_clip_and_lies_below_the_results(
    tmp_path: Path, file: str, folder: str
) -> None:
    made = named(analysis("stand"), file)

    assert result_folder(tmp_path / "out", made) == tmp_path / "out" / folder
    assert names(tmp_path) == {"out"}


@pytest.mark.parametrize("name", ["あ" * 83 + ".mp4", "あ" * 120 + ".mp4", "a" * 251 + ".mp4"])
def test_a_name_as_long_as_a_disk_takes_has_its_folder_and_a_second_one(
    tmp_path: Path, name: str
) -> None:
    made = [named(analysis("bend"), name, letter * 64) for letter in "abc"]
    folders = [write_results(one, NPZ, tmp_path, Settings()).folder for one in made]
    again = write_results(made[1], NPZ, tmp_path, Settings()).folder

    assert len({*folders}) == 3
    assert again == folders[1]
    assert all(len(folder.name.encode()) <= 255 for folder in folders)
    assert all(name.startswith(folder.name[:20]) for folder in folders)


def test_a_clip_whose_name_is_no_text_has_all_its_files(tmp_path: Path) -> None:
    name = os.fsdecode("前屈.mp4".encode("shift_jis"))
    made = named(analysis("stand"), name)

    results = write_results(made, NPZ, tmp_path, Settings())

    assert names(results.folder) == FILES
    record = read_json((results.folder / "analysis.json").read_text("utf-8"))
    assert os.fsencode(record["clip"]["file"]) == "前屈.mp4".encode("shift_jis")
    assert "<html" in results.report.read_text("utf-8")


def test_a_file_in_the_way_is_said_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "made").write_text("a file")

    with pytest.raises(CannotWrite, match="in_the_way"):
        write_results(analysis("stand"), NPZ, tmp_path, Settings())

    assert (tmp_path / "made").read_text() == "a file"


def test_a_clip_that_could_not_be_written_leaves_no_empty_folder(tmp_path: Path) -> None:
    made = analysis("stand")
    broken = replace(made, landmarks=replace(made.landmarks, clip="no clip"))  # type: ignore[arg-type]

    with pytest.raises(TypeError, match="asdict"):
        write_results(broken, NPZ, tmp_path, Settings())

    assert names(tmp_path) == set()


# --- the overlay ----------------------------------------------------------------------------------


def boxes(path: Path) -> list[str]:
    """The outermost boxes of an MP4, in their order."""
    data, at, found = path.read_bytes(), 0, []
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        found.append(kind.decode())
        at += size if size > 1 else struct.unpack(">Q", data[at + 8 : at + 16])[0]
    return found


def pictures_of(number: int, shows: str) -> set[str]:
    """The key picture of a moment, and the client of it alone with the back line beside it."""
    own = f"portrait-{number}-{shows}"
    return {f"key-{number}-{shows}.jpg", f"{own}.jpg", f"{own}.json"}


# 40 pictures: 30 a second, then 12, then 30 again, one of them 0.2 s late
UNEVEN_S = np.cumsum(np.repeat([1 / 30, 1 / 12, 0.2, 1 / 30], [15, 10, 1, 14])) - 1 / 30


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> tuple[Source, Analysis, Results]:
    folder = tmp_path_factory.mktemp("drawn")
    source = video(folder / "clip.mp4", UNEVEN_S)
    made = stood_in(source)
    return source, made, write_results(made, source.path, folder / "out", Settings())


def test_the_overlay_is_a_video_that_browsers_play(
    drawn: tuple[Source, Analysis, Results],
) -> None:
    _, _, results = drawn
    assert results.overlay == results.folder / "overlay.mp4"
    assert names(results.folder) == {*FILES, "overlay.mp4", *pictures_of(1, "standing")}

    with av.open(str(results.overlay)) as opened:
        stream = opened.streams.video[0]
        assert stream.codec_context.name == "h264"
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert (stream.width, stream.height) == SMALL
    order = boxes(results.overlay)
    assert order[0] == "ftyp"
    assert order.index("moov") < order.index("mdat")  # plays before it is all there


def test_the_overlay_keeps_the_clip_s_own_times(drawn: tuple[Source, Analysis, Results]) -> None:
    source, _, results = drawn
    assert results.overlay is not None

    times = seen_times(results.overlay)

    assert times == pytest.approx(source.time_s - source.time_s[0], abs=1e-3)
    with av.open(str(results.overlay)) as opened:
        assert opened.duration is not None
        duration_s = opened.duration / av.time_base
    assert duration_s == pytest.approx(source.clip.duration_s, abs=1 / 30)


def test_the_overlay_shows_the_body_on_every_picture(
    drawn: tuple[Source, Analysis, Results],
) -> None:
    _, _, results = drawn
    assert results.overlay is not None

    spread = [frame.to_ndarray(format="gray").std() for frame in shown(results.overlay)]

    assert len(spread) == len(UNEVEN_S)
    assert min(spread) > 10  # the clip itself is plain grey


def test_the_report_of_a_video_has_its_key_picture(
    drawn: tuple[Source, Analysis, Results],
) -> None:
    _, _, results = drawn

    report = results.report.read_text("utf-8")

    assert report.count('href="data:image/jpeg;base64,') == 1
    assert 'aria-label="Standing"' in report


def test_progress_counts_the_pictures_drawn(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", np.arange(36) / 30)
    told: list[tuple[str, int, int]] = []

    write_results(
        stood_in(source),
        source.path,
        tmp_path / "out",
        Settings(),
        lambda *step: told.append(step),
    )

    assert told == [("drawing", n, 36) for n in range(1, 37)]


def test_a_fast_clip_is_drawn_at_thirty_pictures_a_second(tmp_path: Path) -> None:
    source = video(tmp_path / "fast.mp4", np.arange(132) / 120)

    results = write_results(stood_in(source), source.path, tmp_path / "out", Settings())

    assert results.overlay is not None
    times = seen_times(results.overlay)
    assert times == pytest.approx(np.arange(33) / 30, abs=1e-3)


def test_a_large_clip_is_drawn_no_larger_than_a_screen_needs(tmp_path: Path) -> None:
    source = video(tmp_path / "large.mp4", np.arange(10) / 9, (1920, 1080))

    results = write_results(stood_in(source), source.path, tmp_path / "out", Settings())

    assert results.overlay is not None
    with av.open(str(results.overlay)) as opened:
        assert (opened.streams.video[0].width, opened.streams.video[0].height) == (1280, 720)


@pytest.mark.parametrize(("draw", "pictures"), [("pictures", 1), ("nothing", 0)])
def test_a_clip_can_be_left_undrawn(tmp_path: Path, draw: Draw, pictures: int) -> None:
    source = video(tmp_path / "clip.mp4", np.arange(36) / 30)

    results = write_results(stood_in(source), source.path, tmp_path / "out", Settings(draw=draw))

    assert results.overlay is None
    assert names(results.folder) == FILES | (pictures_of(1, "standing") if pictures else set())
    assert results.report.read_text("utf-8").count('<svg class="portrait"') == pictures


def test_a_corrected_analysis_keeps_the_client_alone_on_its_report(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", np.arange(36) / 30)
    found, settings = stood_in(source), Settings(draw="pictures")
    results = write_results(found, source.path, tmp_path / "out", settings)
    (tmp_path / "again").mkdir()

    write_corrected(found, tmp_path / "again", results.folder, settings.language)

    again = (tmp_path / "again" / "report.html").read_text("utf-8")
    assert again.count('<svg class="portrait"') == 1


def test_a_still_picture_is_drawn_on_as_a_picture(tmp_path: Path) -> None:
    grey = np.full((360, 640, 3), 120, dtype=np.uint8)
    assert cv2.imwrite(str(tmp_path / "still.png"), grey)
    source = probe(tmp_path / "still.png", VideoSettings())

    results = write_results(stood_in(source), source.path, tmp_path / "out", Settings())

    assert results.overlay == results.folder / "overlay.jpg"
    assert names(results.folder) == {*FILES, "overlay.jpg", *pictures_of(1, "clip")}
    back = cv2.imread(str(results.overlay))
    assert back is not None
    assert back.shape == (360, 640, 3)
    assert back.std() > 10
    assert 'aria-label="Clip"' in results.report.read_text("utf-8")


def test_a_drawing_that_is_broken_off_leaves_no_half_overlay(tmp_path: Path) -> None:
    source = video(tmp_path / "clip.mp4", np.arange(36) / 30)
    made = stood_in(source)

    def stop(_: str, done: int, __: int) -> None:
        if done == 20:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt, match=r"^$"):
        write_results(made, source.path, tmp_path / "out", Settings(), stop)

    assert names(tmp_path / "out" / "clip") == {"landmarks.npz", "signals.npz"}


# --- a real clip, with the model ------------------------------------------------------------------


@pytest.mark.slow
def test_a_rendered_body_goes_all_the_way_from_clip_to_files(shared: Path, tmp_path: Path) -> None:
    given = shared / "clips" / "truth" / "stand10_m1" / "clip.mp4"
    clip = tmp_path / "tiny.mp4"
    frames = itertools.islice(shown(given), len(UNEVEN_S))
    pictures: list[Rgb] = [np.asarray(f.to_ndarray(format="rgb24"), np.uint8) for f in frames]
    with Sink(clip, (pictures[0].shape[1], pictures[0].shape[0]), 30.0) as sink:
        for picture, at_s in zip(pictures, UNEVEN_S, strict=True):
            sink.add(picture, float(at_s))
    settings = Settings(frame=BY_POINTS, height_m=1.75)

    made = analyse(clip, settings)
    results = write_results(made, clip, tmp_path / "out", settings)

    assert names(results.folder) == {*FILES, "overlay.mp4", *pictures_of(1, "standing")}
    assert results.overlay is not None
    assert seen_times(results.overlay) == pytest.approx(UNEVEN_S, abs=1e-3)
    again = analyse(results.folder / "landmarks.npz", settings)
    assert measures_csv(again) == measures_csv(made)
    save_landmarks(tmp_path / "again.npz", made.landmarks)
    assert load_landmarks(tmp_path / "again.npz").clip == made.clip
