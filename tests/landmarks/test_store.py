from __future__ import annotations

import io
import json
import os
import random
import zipfile
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from posture.errors import UnusableClip
from posture.landmarks.store import keep_outlines, load_landmarks, save_landmarks
from posture.types import Clip, Landmarks, Person, Reason, SeenPerson
from tests.make import filmed, seconds
from tests.stick import bending

COORDINATE = st.floats(-1e4, 1e4) | st.just(float("nan"))
KINDS = st.sampled_from(["float32", "float64"])


def numbers(draw: st.DrawFn, shape: tuple[int, ...]) -> Any:  # noqa: ANN401
    kind = draw(KINDS)
    return draw(
        arrays.arrays(kind, shape, elements=st.floats(-1e4, 1e4, width=32) | st.just(np.nan))
    )


@st.composite
def clips(draw: st.DrawFn) -> Landmarks:
    """Landmarks of any shape, with and without outlines and world points."""
    frames, points = draw(st.integers(1, 6)), draw(st.integers(1, 5))
    steps = draw(st.lists(st.floats(1e-4, 10), min_size=frames, max_size=frames))
    outline = arrays.arrays(
        np.int16,
        st.tuples(st.integers(1, 8), st.just(2)),
        elements=st.integers(-(2**15), 2**15 - 1),
    )
    outlines = draw(st.lists(st.none() | outline, min_size=frames, max_size=frames))
    text = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=12)
    value = st.floats(allow_nan=False) | st.integers(-(2**53), 2**53) | text
    number = st.floats(0, 1e4)
    people = st.builds(
        SeenPerson,
        number=st.integers(1, 5),
        first_s=number,
        last_s=number,
        height_frac=number,
        travel_heights=number,
    )
    return Landmarks(
        time_s=np.cumsum(np.array(steps)),
        xy_px=numbers(draw, (frames, points, 2)),
        visibility=numbers(draw, (frames, points)),
        world_m=numbers(draw, (frames, points, 3)) if draw(st.booleans()) else None,
        names=tuple(draw(st.lists(text, min_size=points, max_size=points))),
        outlines=tuple(outlines),
        size_px=draw(st.tuples(st.integers(1, 4000), st.integers(1, 4000))),
        clip=Clip(
            file=draw(text),
            sha256="0" * 64,
            duration_s=draw(number),
            frames=frames,
            size_px=draw(st.tuples(st.integers(1, 4000), st.integers(1, 4000))),
            rotation_deg=draw(st.sampled_from([0, 90, 180, 270])),
        ),
        person=Person(
            count_seen=draw(st.integers(1, 5)),
            number=1,
            chosen_because=Reason(draw(text), draw(st.dictionaries(text, value, max_size=3))),
            seen_share=draw(number),
            people=tuple(draw(st.lists(people, max_size=3))),
        ),
        model=draw(text),
    )


def assert_same(one: Landmarks, other: Landmarks) -> None:
    for field in fields(Landmarks):
        ours, theirs = getattr(one, field.name), getattr(other, field.name)
        if isinstance(ours, np.ndarray):
            assert ours.dtype == theirs.dtype, field.name
            np.testing.assert_array_equal(ours, theirs, field.name)
        elif field.name == "outlines":
            assert [o is None for o in ours] == [o is None for o in theirs]
            for mine, its in zip(ours, theirs, strict=True):
                if mine is not None:
                    assert its.dtype == np.int16
                    np.testing.assert_array_equal(mine, its)
        else:
            assert ours == theirs, field.name


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_landmarks(tmp_path / "landmarks.npz", filmed(bending(seconds(1.0))))
    return tmp_path / "landmarks.npz"


# --- there and back -------------------------------------------------------------------------------


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(made=clips())
def test_landmarks_come_back_as_they_were(tmp_path: Path, made: Landmarks) -> None:
    save_landmarks(tmp_path / "landmarks.npz", made)

    assert_same(made, load_landmarks(tmp_path / "landmarks.npz"))


def test_a_whole_clip_comes_back_as_it_was(saved: Path) -> None:
    assert_same(filmed(bending(seconds(1.0))), load_landmarks(saved))


def test_a_clip_whose_name_is_no_text_comes_back(tmp_path: Path) -> None:
    made = filmed(bending(seconds(1.0)))
    name = os.fsdecode("前屈.mp4".encode("shift_jis"))
    made = replace(made, clip=replace(made.clip, file=name))

    save_landmarks(tmp_path / "landmarks.npz", made)

    assert load_landmarks(tmp_path / "landmarks.npz").clip.file == name


def test_the_file_holds_what_the_contract_names(saved: Path) -> None:
    with np.load(saved, allow_pickle=False) as arrays_:
        there = {name: arrays_[name] for name in arrays_.files}

    assert there["time_s"].shape == (30,)
    assert there["xy_px"].shape == (30, 33, 2)
    assert there["visibility"].shape == (30, 33)
    assert {"names", "model", "size_px"} <= set(there)
    clip, person = json.loads(str(there["clip"])), json.loads(str(there["person"]))
    assert {"file", "sha256", "rotation_deg", "duration_s"} <= set(clip)
    assert {"count_seen", "chosen_because", "seen_share"} <= set(person)


def test_the_path_is_taken_as_it_is_given(tmp_path: Path) -> None:
    # NumPy would add .npz to a name, and the part of a file would not be where it is looked for
    save_landmarks(tmp_path / "part", filmed(bending(seconds(1.0))))

    assert [path.name for path in tmp_path.iterdir()] == ["part"]


# --- outlines that are kept -----------------------------------------------------------------------


def test_outlines_are_kept_within_the_spans_and_dropped_elsewhere() -> None:
    made = filmed(bending(seconds(1.0, rate_hz=10.0)))

    kept = keep_outlines(made, [(0.2, 0.4), (0.85, 2.0)])

    assert [o is not None for o in kept.outlines] == [i in {2, 3, 4, 9} for i in range(10)]
    assert kept.outlines[3] is made.outlines[3]
    np.testing.assert_array_equal(kept.xy_px, made.xy_px)
    assert [o is None for o in made.outlines] == [False] * 10  # the given ones stay


def test_no_spans_keep_no_outlines() -> None:
    kept = keep_outlines(filmed(bending(seconds(1.0))), [])

    assert set(kept.outlines) == {None}


# --- what is none of ours -------------------------------------------------------------------------


def refused(path: Path, code: str) -> None:
    with pytest.raises(UnusableClip, match=rf"^{code} \(file="):
        load_landmarks(path)


def test_a_damaged_file_is_refused_in_one_sentence(saved: Path) -> None:
    whole = saved.read_bytes()
    rng = random.Random(1)  # noqa: S311 - no secret
    codes = set()
    for _ in range(400):
        data = bytearray(whole)
        at = rng.randrange(len(data))
        match rng.randrange(3):
            case 0:
                data[at] ^= 1 << rng.randrange(8)
            case 1:
                del data[at:]
            case _:
                del data[at : at + rng.randrange(1, 200)]
        saved.write_bytes(data)
        try:
            load_landmarks(saved)
        except UnusableClip as trouble:
            codes.add(trouble.reason.code)

    assert codes == {"not_landmarks"}


def npz(**content: Any) -> bytes:  # noqa: ANN401
    file = io.BytesIO()
    np.savez(file, **content)
    return file.getvalue()


def zipped(**content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name, data in content.items():
            bundle.writestr(name, data)
    return file.getvalue()


def one_array(value: Any) -> bytes:  # noqa: ANN401
    file = io.BytesIO()
    np.save(file, value)
    return file.getvalue()


OTHER_FILES = {
    "empty": b"",
    "text": b"this is no archive\n",
    "video": b"\0\0\0\x20ftypisom",
    "one array": one_array(np.zeros(3)),
    "other arrays": npz(time_s=np.zeros(3)),
    "no arrays": npz(),
    "pickled objects": npz(time_s=np.array([{}], dtype=object)),
    "no arrays inside": zipped(readme=b"text"),
}


@pytest.mark.parametrize("kind", OTHER_FILES)
def test_another_file_is_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "other.npz"
    path.write_bytes(OTHER_FILES[kind])

    refused(path, "not_landmarks")


def clip_told(**changes: object) -> Any:  # noqa: ANN401 - an array of text
    told = {"file": "a.mp4", "sha256": "ab" * 32, "duration_s": 1.0, "frames": 30}
    more = {"size_px": [640, 480], "rotation_deg": 0, "left_out": 0, "capture_hz": None}
    return np.array(json.dumps({**told, **more, **changes}))


CHANGES: dict[str, dict[str, Any]] = {
    "times that fall": {"time_s": np.arange(30.0)[::-1]},
    "too few times": {"time_s": np.arange(3.0)},
    "points of another shape": {"xy_px": np.zeros((30, 33, 3))},
    "words for numbers": {"time_s": np.array(["a"] * 30)},
    "no size": {"size_px": np.zeros(0)},
    "outlines that do not add up": {"outline_counts": np.zeros(3, np.int16)},
    "a clip that is no record": {"clip": np.array("[]")},
    "a clip that is no JSON": {"clip": np.array("{")},
    "a checksum that is a number": {"clip": clip_told(sha256=5)},
    "a name that is a list": {"clip": clip_told(file=["a.mp4"])},
    "a length that is less than none": {"clip": clip_told(duration_s=-1.0)},
    "a length that is a word": {"clip": clip_told(duration_s="long")},
    "half a frame": {"clip": clip_told(frames=1.5)},
    "a person of another make": {"person": np.array('{"name": "x"}')},
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_file_with_one_thing_wrong_inside_is_refused(saved: Path, change: str) -> None:
    with np.load(saved) as whole:
        content = {name: whole[name] for name in whole.files}
    saved.write_bytes(npz(**{**content, **CHANGES[change]}))

    refused(saved, "not_landmarks")


def test_a_clip_told_as_it_is_is_taken(saved: Path) -> None:
    with np.load(saved) as whole:
        content = {name: whole[name] for name in whole.files}
    saved.write_bytes(npz(**{**content, "clip": clip_told()}))

    assert load_landmarks(saved).clip.file == "a.mp4"


def test_a_file_that_is_not_there_is_called_so(tmp_path: Path) -> None:
    refused(tmp_path / "landmarks.npz", "no_such_file")


def test_a_folder_is_called_so(tmp_path: Path) -> None:
    refused(tmp_path, "is_a_folder")
