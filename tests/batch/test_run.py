"""A batch gives each clip one row, and none of them is ever lost or made twice."""

from __future__ import annotations

import contextlib
import os
import platform
import random
import shutil
import socket
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from posture.batch.clips import Clip, Row, Task, named
from posture.batch.contents import checksum
from posture.batch.journal import Journal
from posture.batch.ledger import Ledger
from posture.batch.lock import Lock
from posture.batch.rows import FIRST, columns, is_outside
from posture.batch.run import BatchResult, Step, Wish, outlook, run_batch
from posture.batch.shards import Shard, merge
from posture.batch.table import read_table
from posture.errors import CannotWrite, UnusableClip
from posture.settings import Settings
from posture.types import Reason
from posture.video.folder import gathered
from tests.batch.doing import Here
from tests.batch.test_table import as_parquet, with_numbers

posix = pytest.mark.skipif(platform.system() == "Windows", reason="asks for pipes and links")


def clip_in(folder: Path, name: str, contents: str | None = None) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(name if contents is None else contents, "utf-8")
    return path


def done(
    clips: Iterable[Path] | Iterable[Clip],
    out: Path,
    crew: Here | None = None,
    *,
    settings: Settings | None = None,
    **wish: object,
) -> BatchResult:
    listed = list(clips)
    asked = [one if isinstance(one, Clip) else named([str(one)])[0] for one in listed]
    if not any(isinstance(one, Clip) for one in listed):
        asked = list(named([str(one) for one in listed]))
    return run_batch(asked, out, settings or Settings(), crew or Here(), Wish(**wish))  # type: ignore[arg-type] # as a test says it


def rows_in(out: Path) -> dict[str, Row]:
    """The table's rows by file; as CSV and as Parquet the same, each file once."""
    rows = read_table(out / "batch.csv")
    assert as_parquet(out / "batch.csv") == with_numbers(rows)
    assert len({row["file"] for row in rows}) == len(rows)
    return {row["file"]: row for row in rows}


@pytest.fixture
def clips(tmp_path: Path) -> list[Path]:
    return [clip_in(tmp_path / "clips", name) for name in ("b.mp4", "立位 1.mp4", "c/a.mp4")]


def test_each_clip_has_a_row_and_a_second_run_does_nothing(
    clips: list[Path], tmp_path: Path
) -> None:
    out, again = tmp_path / "out", Here()
    done(clips, out)
    before = (out / "batch.csv").read_bytes(), (out / "batch.csv").stat().st_mtime_ns

    result = done(clips, out, again)

    assert sorted(rows_in(out)) == ["b.mp4", "c/a.mp4", "立位 1.mp4"]
    assert (again.did, result.kept, result.done) == ([], 3, 3)
    assert ((out / "batch.csv").read_bytes(), (out / "batch.csv").stat().st_mtime_ns) == before


def test_the_table_is_the_same_in_whatever_order_the_rows_come(
    clips: list[Path], tmp_path: Path
) -> None:
    done(clips, tmp_path / "one")
    done(reversed(clips), tmp_path / "other", Here(backwards=True))

    for kind in ("csv", "parquet"):
        one, other = (tmp_path / out / f"batch.{kind}" for out in ("one", "other"))
        assert one.read_bytes() == other.read_bytes()


def test_equal_clips_are_done_once_and_have_a_row_each(tmp_path: Path) -> None:
    clips = [clip_in(tmp_path, name, "the same") for name in ("a.mp4", "b.mp4", "c.mp4")]
    crew = Here()

    result = done(clips, tmp_path / "out", crew)

    rows = rows_in(tmp_path / "out")
    assert (len(crew.did), result.done) == (1, 3)
    assert len({row["sha256"] for row in rows.values()}) == 1
    assert outlook((), tmp_path / "out", Settings(), Wish()).done == 3


def test_a_clip_that_was_renamed_moved_or_touched_is_known_by_its_contents(
    clips: list[Path], tmp_path: Path
) -> None:
    done(clips, tmp_path / "out")
    moved = clips[0].rename(tmp_path / "clips" / "renamed.mp4")
    os.utime(clips[1])
    crew = Here()

    done([moved, *clips[1:]], tmp_path / "out", crew)

    assert crew.did == []
    assert sorted(rows_in(tmp_path / "out")) == ["c/a.mp4", "renamed.mp4", "立位 1.mp4"]


def test_a_clip_whose_contents_changed_is_done_again(clips: list[Path], tmp_path: Path) -> None:
    done(clips, tmp_path / "out")
    before = rows_in(tmp_path / "out")["b.mp4"]
    clips[0].write_text("B.mp4", "utf-8")  # of the same size
    crew = Here()

    done(clips, tmp_path / "out", crew)

    assert crew.did == ["b.mp4"]
    assert rows_in(tmp_path / "out")["b.mp4"]["sha256"] != before["sha256"]


def test_a_file_is_read_once(
    clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(clips, tmp_path / "out")

    def never(path: str) -> str:
        raise AssertionError(path)

    monkeypatch.setattr("posture.batch.plan.checksum", never)
    assert done(clips, tmp_path / "out").kept == 3


def test_rows_of_other_clips_settings_and_models_come_back(
    clips: list[Path], tmp_path: Path
) -> None:  # A8
    others = [clip_in(tmp_path / "more", "z.mp4")]
    out, crew = tmp_path / "out", Here()
    for asked, settings in (
        (clips, Settings()),
        (others, Settings()),
        (clips, Settings(height_m=1.7)),
        (clips, Settings(model="lite")),
    ):
        done(asked, out, crew, settings=settings)
        assert len(rows_in(out)) == len(asked)
    assert len(crew.did) == 10

    for asked, settings in (
        (clips, Settings()),
        (others, Settings()),
        (clips, Settings(height_m=1.7)),
    ):
        assert done(asked, out, crew, settings=settings).kept == len(asked)
        assert len(rows_in(out)) == len(asked)
    assert len(crew.did) == 10


def test_another_version_measures_anew(
    clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done(clips, tmp_path / "out")
    monkeypatch.setattr("posture.batch.run.version_here", lambda: "99.0")

    assert done(clips, tmp_path / "out").kept == 0
    assert {row["version"] for row in rows_in(tmp_path / "out").values()} == {"99.0"}


def test_a_clip_can_have_settings_and_labels_of_its_own(tmp_path: Path) -> None:
    path = clip_in(tmp_path, "a.mp4")
    seen: list[Settings] = []

    class Looking(Here):
        def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
            for one, row in super().rows(tasks):
                seen.append(one.settings)
                yield one, row

    tall = Clip(
        source=str(path), name="a.mp4", overrides={"height_m": 1.9}, labels={"client": "山田"}
    )
    done([tall], tmp_path / "out", Looking())
    crew = Here()
    again = Clip(
        source=str(path), name="a.mp4", overrides={"height_m": 1.9}, labels={"client": "田中"}
    )
    done([again], tmp_path / "out", crew)
    row = rows_in(tmp_path / "out")["a.mp4"]
    done([Clip(source=str(path), name="a.mp4")], tmp_path / "out", crew)

    assert seen[0].height_m == 1.9
    assert (row["overrides"], row["client"]) == ("height_m=1.9", "田中")  # a label is no question
    assert crew.did == ["a.mp4"]  # without the height it is another question


def test_an_override_beyond_people_and_a_trouble_known_before_are_rows(tmp_path: Path) -> None:
    path = str(clip_in(tmp_path, "a.mp4"))
    crew = Here()

    done(
        [
            Clip(source=path, name="a.mp4", overrides={"height_m": 17.0}),
            Clip(source=path, name="b.mp4", trouble=Reason("no_permission")),
        ],
        tmp_path / "out",
        crew,
    )

    codes = {name: row["reason_code"] for name, row in rows_in(tmp_path / "out").items()}
    assert codes == {"a.mp4": "settings_unknown", "b.mp4": "no_permission"}
    assert crew.did == []


@posix
def test_what_is_no_file_is_never_opened_and_has_its_reason_each_time(tmp_path: Path) -> None:
    # A1, A6: pipes, sockets, devices, links into nothing, in a ring, to a device; twice
    folder = tmp_path / "clips"
    clip_in(folder, "good.mp4")
    os.mkfifo(folder / "pipe.mp4")
    (folder / "zero.mp4").symlink_to("/dev/zero")
    (folder / "nowhere.mp4").symlink_to("nowhere")
    (folder / "ring.mp4").symlink_to("ring.mp4")
    (folder / "to pipe.mov").symlink_to("pipe.mp4")
    (folder / "folder.mp4").mkdir()
    (folder / "with clips.mp4").mkdir()
    clip_in(folder / "with clips.mp4", "inside.mp4")
    (folder / "round").symlink_to(".")  # a folder that holds itself
    with socket.socket(socket.AF_UNIX) as server:
        here = Path.cwd()
        os.chdir(folder)  # its name may have 100 letters
        try:
            server.bind("socket.mp4")
        finally:
            os.chdir(here)
        expected = {
            "good.mp4": "",
            "pipe.mp4": "not_a_video",
            "socket.mp4": "not_a_video",
            "zero.mp4": "not_a_video",
            "nowhere.mp4": "no_such_file",
            "ring.mp4": "cannot_read",
            "to pipe.mov": "not_a_video",
            "folder.mp4": "is_a_folder",
            "with clips.mp4/inside.mp4": "",
        }
        for kept in (0, 2):
            result = done(gathered(str(folder)).clips, tmp_path / "out")
            rows = rows_in(tmp_path / "out")
            assert {name: row["reason_code"] for name, row in rows.items()} == expected
            assert result.kept == kept


@pytest.mark.linux
def test_names_that_are_no_text_and_names_of_several_lines_have_rows(tmp_path: Path) -> None:  # A3
    folder = tmp_path / "clips"
    clip_in(folder, "a\nb.mp4")
    Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.mp4")).write_bytes(b"\xe9")
    Path(os.fsdecode(os.fsencode(folder) + b"/\x82\xa0.mp4")).write_bytes(b"shift jis")
    clip_in(folder, "=1+1.mp4")
    for kept in (0, 4):
        assert done(gathered(str(folder)).clips, tmp_path / "out").kept == kept
        assert sorted(rows_in(tmp_path / "out")) == [
            "=1+1.mp4", "\\x82\\xa0.mp4", "a\\nb.mp4", "caf\\xe9.mp4"
        ]  # fmt: skip


def test_two_runs_on_one_folder_refuse_each_other(clips: list[Path], tmp_path: Path) -> None:  # A2
    out = tmp_path / "out"
    done(clips, out)
    before = (out / "batch.csv").read_bytes()

    with Lock(out / "batch.lock"), pytest.raises(CannotWrite, match="batch_running"):
        done(clips[:1], out)

    assert (out / "batch.csv").read_bytes() == before


def test_a_share_and_another_share_may_run_beside_each_other(
    clips: list[Path], tmp_path: Path
) -> None:
    with Ledger(tmp_path, Shard(number=1, count=2).stem):
        done(clips, tmp_path, shard=Shard(number=2, count=2))


@pytest.mark.parametrize("foreign", ["batch.csv", "batch.journal", "batch.parquet"])
def test_what_is_somebody_elses_is_never_overwritten(
    foreign: str, clips: list[Path], tmp_path: Path
) -> None:  # A7
    out = tmp_path / "out"
    path = clip_in(out, foreign, "my,own,table\n1,2,3\n")
    crew = Here()

    with pytest.raises(CannotWrite, match="batch_not_ours"):
        done(clips, out, crew)

    assert path.read_text("utf-8") == "my,own,table\n1,2,3\n"
    assert crew.did == []
    assert sorted(one.name for one in out.glob("*.*")) == sorted({foreign, "batch.lock"})


def test_a_table_of_another_version_is_set_aside(clips: list[Path], tmp_path: Path) -> None:  # A7
    out = tmp_path / "out"
    old = ",".join(FIRST) + ",old\n" + "a," * len(FIRST) + "1\n"
    clip_in(out, "batch.csv", old)
    clip_in(out, "batch.parquet", "old")

    first = done(clips, out)
    (out / "batch.csv").write_text(old, "utf-8")
    second = done(clips, out)

    assert first.set_aside == out / "batch-older-1.csv"
    assert second.set_aside == out / "batch-older-2.csv"
    assert (out / "batch-older-1.csv").read_text("utf-8") == old
    assert (out / "batch-older-1.parquet").read_text("utf-8") == "old"
    assert len(rows_in(out)) == 3


def test_a_folder_in_the_way_of_the_table_is_one_reason(clips: list[Path], tmp_path: Path) -> None:
    (tmp_path / "out" / "batch.csv").mkdir(parents=True)

    with pytest.raises(CannotWrite, match="in_the_way"):
        done(clips, tmp_path / "out")


def test_rows_of_a_table_without_its_journal_are_taken_up(
    clips: list[Path], tmp_path: Path
) -> None:
    done(clips, tmp_path / "out")
    copied = tmp_path / "copied"
    copied.mkdir()
    shutil.copy(tmp_path / "out" / "batch.csv", copied)
    crew = Here()

    assert done(clips, copied, crew).kept == 3
    assert crew.did == []


def test_a_table_torn_anywhere_is_whole_after_the_next_run(
    clips: list[Path], tmp_path: Path
) -> None:  # A4
    out = tmp_path / "out"
    done(clips, out)
    whole = (out / "batch.csv").read_bytes()
    for at in random.Random(4).sample(range(len(whole)), 12):  # noqa: S311 - no secret
        (out / "batch.csv").write_bytes(whole[:at])
        assert done(clips, out).kept == 3
        assert (out / "batch.csv").read_bytes() == whole


def test_a_table_that_lies_open_elsewhere_costs_nothing(
    clips: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, replaced = tmp_path / "out", Path.replace

    def refused(path: Path, target: Path) -> Path:
        if target.suffix != ".csv":
            return replaced(path, target)
        trouble = PermissionError(13, "in use", str(target))
        trouble.winerror = 32  # type: ignore[attr-defined] # as Windows says it
        raise trouble

    monkeypatch.setattr(Path, "replace", refused)
    monkeypatch.setattr("posture.machine._PATIENCE_S", 0.0)
    with pytest.raises(CannotWrite, match="batch_table_open"):
        done(clips, out)
    monkeypatch.undo()

    assert not list(out.glob(".batch-*"))
    assert done(clips, out).kept == 3
    assert len(rows_in(out)) == 3


def test_what_failed_outside_of_the_clip_is_tried_again_and_the_rest_when_asked(
    tmp_path: Path,
) -> None:
    clips = [clip_in(tmp_path, name) for name in ("a.mp4", "b.mp4", "c.mp4")]
    codes = {"a.mp4": "worker_died", "b.mp4": "took_too_long", "c.mp4": "not_a_video"}
    first = Failing(codes)

    done(clips, tmp_path / "out", first)
    assert outlook((), tmp_path / "out", Settings(), Wish()).failed == 3
    second = Failing(codes)
    done(clips, tmp_path / "out", second)
    third = Here()
    result = done(clips, tmp_path / "out", third, retry_failed=True)

    assert second.did == ["a.mp4"]
    assert third.did == ["a.mp4", "b.mp4", "c.mp4"]
    assert result.failed == ()
    assert {row["status"] for row in rows_in(tmp_path / "out").values()} == {"ok"}


class Failing(Here):
    """Fails with these codes, without having read the clip."""

    def __init__(self, codes: dict[str, str]) -> None:
        super().__init__()
        self.codes = codes

    def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
        for one, row in super().rows(tasks):
            yield (
                one,
                {**row, "sha256": "", "status": "failed", "reason_code": self.codes[one.name]},
            )


@pytest.mark.parametrize("beside", [False, True])
def test_parts_of_files_of_somebody_who_was_killed_are_swept_up(
    beside: bool,  # noqa: FBT001
    clips: list[Path],
    tmp_path: Path,
) -> None:
    out = tmp_path / "out"
    done(clips[:1], out)
    table = clip_in(out, ".batch-abcd1234.csv")
    part = clip_in(out, "clips/a/.landmarks-x_y1z2w3.npz")
    mine = clip_in(out, "clips/a/.mine.npz")
    with Ledger(out, Shard(number=1, count=2).stem) if beside else contextlib.nullcontext():
        done(clips, out)

    assert not table.exists()
    assert part.exists() == beside
    assert mine.exists()


def test_fresh_does_all_again_and_loses_nothing(clips: list[Path], tmp_path: Path) -> None:
    crew = Here()
    done(clips, tmp_path / "out", crew)
    done(clips, tmp_path / "out", crew, fresh=True)

    assert len(crew.did) == 6
    assert len(rows_in(tmp_path / "out")) == 3


@pytest.mark.parametrize("trouble", [KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError])
def test_a_run_that_is_broken_off_keeps_its_rows_and_its_table(
    trouble: type[BaseException], clips: list[Path], tmp_path: Path
) -> None:
    class Stopped(Here):
        def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
            yield next(super().rows(tasks))
            raise trouble

    with pytest.raises(trouble):
        done(clips, tmp_path / "out", Stopped())
    assert len(rows_in(tmp_path / "out")) == 1
    far = outlook((), tmp_path / "out", Settings(), Wish())
    assert (far.done, far.open) == (1, 2)

    assert done(clips, tmp_path / "out").kept == 1
    assert len(rows_in(tmp_path / "out")) == 3


def test_the_outlook_says_what_there_is_to_do_and_writes_nothing(
    clips: list[Path], tmp_path: Path
) -> None:
    out = tmp_path / "out"
    asked = named([*map(str, clips)])
    before = outlook(asked, out, Settings(), Wish())
    assert not out.exists()
    assert (before.done, before.failed, before.open) == (0, 0, 3)
    clips[0].write_text("", "utf-8")
    done(clips[:2], out)
    listed = {path: path.stat().st_mtime_ns for path in out.iterdir()}

    after = outlook(asked, out, Settings(), Wish())

    assert after.clips == (
        ("b.mp4", "failed"),
        ("c/a.mp4", "open"),
        ("立位 1.mp4", "done"),
    )
    assert {path: path.stat().st_mtime_ns for path in out.iterdir()} == listed


def test_every_step_is_told(clips: list[Path], tmp_path: Path) -> None:
    steps: list[Step] = []
    run_batch(
        named([*map(str, clips)]), tmp_path / "out", Settings(), Here(), progress=steps.append
    )

    assert [step.done for step in steps] == [0, 1, 2, 3]
    assert [round(step.part, 2) for step in steps] == [0.0, 0.33, 0.67, 1.0]
    assert [step.row["file"] for step in steps[1:] if step.row] == [
        "b.mp4",
        "c/a.mp4",
        "立位 1.mp4",
    ]


# --- shares


@pytest.mark.parametrize("count", [1, 2, 3, 7])
def test_every_clip_is_in_one_share_and_shares_are_about_as_large(
    count: int, tmp_path: Path
) -> None:
    drawn = random.Random(3)  # noqa: S311 - no secret
    clips = named(
        [
            str(clip_in(tmp_path, f"{n:02d}.mp4", "x" * drawn.randrange(100, 5000)))
            for n in range(40)
        ]
    )
    shuffled = list(clips)
    drawn.shuffle(shuffled)

    shares = [Shard(number=n, count=count).share(clips) for n in range(1, count + 1)]
    again = [Shard(number=n, count=count).share(shuffled) for n in range(1, count + 1)]

    assert sorted(clip.name for share in shares for clip in share) == [clip.name for clip in clips]
    assert [{c.name for c in share} for share in shares] == [{c.name for c in s} for s in again]
    loads = [sum(Path(clip.source).stat().st_size for clip in share) for share in shares]
    assert max(loads) - min(loads) < 5000


def test_addresses_are_dealt_out_as_well(tmp_path: Path) -> None:
    sources = [f"s3://b/{n}.mp4" for n in range(9)]
    clips = named([*sources, str(clip_in(tmp_path, "a.mp4", "x" * 900))])

    assert sorted(len(Shard(number=n, count=2).share(clips)) for n in (1, 2)) == [5, 5]


@pytest.mark.parametrize("together", [True, False])
def test_merged_shares_are_what_one_run_makes(together: bool, tmp_path: Path) -> None:  # noqa: FBT001
    names = [f"{n} 歩行.mp4" for n in range(9)]
    clips = [clip_in(tmp_path / "clips", name) for name in names]
    clips += [clip_in(tmp_path / "clips", "0 empty.mp4", ""), tmp_path / "clips" / "not there.mp4"]
    done(clips, tmp_path / "one")
    outs = [tmp_path / "shares" if together else tmp_path / f"share {n}" for n in (1, 2, 3)]
    for number, out in enumerate(outs, 1):
        done(clips, out, shard=Shard(number=number, count=3))

    merged = merge(dict.fromkeys(outs), tmp_path / "merged")

    assert (merged.missing, merged.unfinished, merged.done) == ((), (), 9)
    for kind in ("csv", "parquet"):
        one, other = (tmp_path / out / f"batch.{kind}" for out in ("one", "merged"))
        assert one.read_bytes() == other.read_bytes()
    crew = Here()
    assert done(clips, tmp_path / "merged", crew).kept == 10
    assert crew.did == []


def test_clips_done_by_two_shares_are_there_once(tmp_path: Path) -> None:
    clips = [clip_in(tmp_path / "clips", f"{n}.mp4") for n in range(4)]
    done(clips, tmp_path / "a", shard=Shard(number=1, count=2))
    clips.append(clip_in(tmp_path / "clips", "large.mp4", "x" * 99))  # moves the others about
    done(clips, tmp_path / "b", shard=Shard(number=2, count=2))

    merge([tmp_path / "a", tmp_path / "b"], tmp_path / "merged")

    names = list(rows_in(tmp_path / "merged"))
    assert sorted(set(names)) == names


def test_missing_and_unfinished_shares_are_named(clips: list[Path], tmp_path: Path) -> None:
    class Stopped(Here):
        def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
            yield next(super().rows(tasks))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        done(clips, tmp_path, Stopped(), shard=Shard(number=1, count=4))
    done(clips, tmp_path, shard=Shard(number=3, count=4))

    merged = merge([tmp_path], tmp_path)

    assert merged.missing == ("2/4", "4/4")
    assert merged.unfinished == ()
    assert merged.done == len(rows_in(tmp_path)) == 2


def other_settings(clips: list[Path], out: Path) -> None:
    done(clips, out, settings=Settings(height_m=1.8), shard=Shard(number=2, count=2))


def other_split(clips: list[Path], out: Path) -> None:
    done(clips, out, shard=Shard(number=2, count=3))


def other_version(clips: list[Path], out: Path) -> None:
    done(clips, out, shard=Shard(number=2, count=2))
    table = out / "batch.shard-2-of-2.csv"
    table.write_text(table.read_text("utf-8").replace(",0.1.0,", ",0.2.0,"), "utf-8")


def other_columns(_: list[Path], out: Path) -> None:
    clip_in(out, "batch.shard-2-of-2.csv", ",".join(columns()[:-1]) + "\n")


def nothing(_: list[Path], out: Path) -> None:
    out.mkdir()


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (other_settings, "merge_mixed"),
        (other_split, "merge_mixed"),
        (other_version, "merge_mixed"),
        (other_columns, "merge_other_version"),
        (nothing, "merge_nothing"),
    ],
)
def test_what_does_not_belong_together_is_refused(
    make: Callable[[list[Path], Path], None], code: str, clips: list[Path], tmp_path: Path
) -> None:
    done(clips, tmp_path / "a", shard=Shard(number=1, count=2))
    make(clips, tmp_path / "b")

    with pytest.raises(CannotWrite, match=code):
        merge([tmp_path / "a", tmp_path / "b"], tmp_path / "merged")
    assert not (tmp_path / "merged").exists()


def test_a_shares_rows_are_taken_over_by_a_whole_run_beside_it(
    clips: list[Path], tmp_path: Path
) -> None:
    done(clips, tmp_path / "out", shard=Shard(number=1, count=2))

    assert done(clips, tmp_path / "out").kept == len(
        Journal.read(tmp_path / "out" / "batch.shard-1-of-2.journal").rows
    )
    assert len(rows_in(tmp_path / "out")) == 3


def test_a_clip_that_vanishes_meanwhile_is_a_row(tmp_path: Path) -> None:
    path = clip_in(tmp_path, "a.mp4")

    class Removing(Here):
        def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
            path.unlink()
            yield from super().rows(tasks)

    done([path], tmp_path / "out", Removing())

    assert rows_in(tmp_path / "out")["a.mp4"]["reason_code"] == "no_such_file"
    assert UnusableClip("no_such_file").reason.code == "no_such_file"


def test_a_finished_run_with_an_address_that_failed_has_nothing_to_do(tmp_path: Path) -> None:
    out = tmp_path / "out"
    away = Clip(source="https://host/a.mp4", name="host/a.mp4", url="https://host/a.mp4")
    here = named([str(clip_in(tmp_path / "clips", "b.mp4"))])[0]
    done([away, here], out)

    far = outlook((), out, Settings(), Wish())

    assert (far.done, far.failed, far.open) == (1, 1, 0)


def test_a_file_that_changes_during_the_run_is_kept_under_what_it_is(tmp_path: Path) -> None:
    clip, out = clip_in(tmp_path / "clips", "a.mp4"), tmp_path / "out"
    done([clip], out)

    class Meanwhile(Here):
        def rows(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Row]]:
            told = list(tasks)
            clip_in(clip.parent, clip.name, "another")
            yield from super().rows(told)

    done([clip], out, Meanwhile(), fresh=True)

    assert rows_in(out)["a.mp4"]["sha256"] == checksum(str(clip))


@pytest.mark.parametrize("code", ["job_out_of_memory", "batch_storage"])
def test_what_the_machine_lacked_is_tried_again(code: str) -> None:
    assert is_outside(code)
