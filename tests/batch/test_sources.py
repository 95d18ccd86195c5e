"""Clips at an address: listed, fetched and gone again; what goes wrong is one sentence."""

from __future__ import annotations

import functools
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import fsspec
import pytest

from posture.batch import sources
from posture.batch.clips import Clip
from posture.batch.sources import (
    Remote,
    as_clip,
    clips_at,
    clips_listed,
    fetched,
    is_address,
    local_path,
    shown,
    told_apart,
)
from posture.errors import CannotWrite, MissingLibrary, UnusableClip
from posture.outputs.words import LANGUAGES, sentence

SECRET = "hunter2"  # noqa: S105 - nobody's


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        pass


class Odd(BaseHTTPRequestHandler):
    """Answers as its path says."""

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        name = self.path.partition("?")[0].strip("/").partition(".")[0]
        if name.isdigit():
            self.send_error(int(name))
            return
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(b"x" * 10)
            self.wfile.flush()
        if name == "silent" and self.command == "GET":
            time.sleep(3)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler: object) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)  # type: ignore[arg-type] # or a partial
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture
def web(tmp_path: Path) -> Iterator[str]:
    """A folder on a web server."""
    there = tmp_path / "web"
    (there / "sub").mkdir(parents=True)
    (there / "a b.mp4").write_bytes(b"clip a")
    (there / "notes.txt").write_bytes(b"no clip")
    (there / "sub" / "c.mov").write_bytes(b"clip c")
    with serving(functools.partial(Quiet, directory=str(there))) as address:
        yield address


@pytest.fixture
def memory() -> Iterator[str]:
    """A store in this process."""
    system = fsspec.filesystem("memory")
    for name, told in (("a.mp4", b"one"), ("sub/デモ.mp4", b"two"), ("notes.txt", b"-")):
        system.pipe(f"/clips/{name}", told)
    yield "memory://clips"
    system.rm("/clips", recursive=True)


@pytest.mark.parametrize(
    ("wanted", "is_one"),
    [
        *(("s3://bucket/a.mp4", True), ("https://host/a", True), ("file:///a.mp4", True)),
        *(("C:\\clips\\a.mp4", False), ("clips/a.mp4", False), ("", False), ("://x", False)),
    ],
)
def test_an_address_is_told_from_a_path(wanted: str, *, is_one: bool) -> None:
    assert is_address(wanted) is is_one


@pytest.mark.parametrize(
    ("url", "told"),
    [
        (f"https://me:{SECRET}@host:8443/a.mp4?sig={SECRET}#t", "https://host:8443/a.mp4"),
        (f"s3://key:{SECRET}@bucket/a.mp4", "s3://bucket/a.mp4"),
        (f"sftp://me:{SECRET}@host/home/a b.mp4", "sftp://host/home/a b.mp4"),
        (f"https://[bad?{SECRET}", "https://"),
        (f"https://me:pass/{SECRET}@host/a.mp4", "https://"),
        (f"sftp://me:pass#{SECRET}@host/a.mp4", "sftp://"),
        ("s3://bucket/me@home.mp4", "s3://bucket/me@home.mp4"),
    ],
)
def test_names_passwords_and_tokens_are_shown_to_nobody(url: str, told: str) -> None:
    clip = as_clip(Remote(url=url, shown=shown(url)))

    assert shown(url) == told
    assert SECRET not in repr(Remote(url=url, shown=shown(url)))
    assert SECRET not in repr(clip)
    assert SECRET not in clip.name + clip.source
    assert ":" not in clip.name


def test_a_file_address_is_a_path(tmp_path: Path) -> None:
    path = tmp_path / "a b.mp4"

    assert local_path(path.as_uri()) == path
    assert local_path("https://host/a.mp4") is None


@pytest.mark.parametrize("pattern", ["", "/", "/*.mp4", "/**/*.mp4"])
def test_a_folder_and_a_pattern_give_their_clips(memory: str, pattern: str) -> None:
    found = clips_at(memory + pattern)

    names = ["memory:///clips/a.mp4", "memory:///clips/sub/デモ.mp4"]
    assert [clip.shown for clip in found.clips] == (names[:1] if pattern == "/*.mp4" else names)
    assert all(clip.mark and clip.size_bytes == 3 for clip in found.clips)
    assert found.left_out == (() if "*" in pattern else ("memory:///clips/notes.txt",))


def test_what_is_found_on_a_host_keeps_its_host_and_whoever_signs_in() -> None:
    for given, place in (
        (f"sftp://me:{SECRET}@host/clips", "/clips/a.mp4"),
        (f"https://me:{SECRET}@host/clips/", "https://host/clips/a.mp4"),
    ):
        kind = given.partition(":")[0]
        found = sources._address(given, None, place)  # noqa: SLF001 - no such host here

        assert found == f"{kind}://me:{SECRET}@host/clips/a.mp4"


def test_a_page_that_lists_files_gives_its_clips(web: str) -> None:
    found = clips_at(f"{web}/")

    assert [clip.shown.removeprefix(web) for clip in found.clips] == ["/a%20b.mp4", "/sub/c.mov"]
    assert [clip.size_bytes for clip in found.clips] == [6, 6]


def test_a_clip_is_fetched_under_its_own_name_and_gone_afterwards(
    web: str, memory: str, tmp_path: Path
) -> None:
    for url, told in ((f"{web}/a%20b.mp4", b"clip a"), (f"{memory}/sub/デモ.mp4", b"two")):
        with fetched(url, tmp_path) as copy:
            assert copy.read_bytes() == told
            assert copy.name in {"a b.mp4", "デモ.mp4"}
        assert list(tmp_path.glob("posture-*")) == []


def test_a_copy_is_gone_when_measuring_fails_and_what_a_killed_worker_left_too(
    memory: str, tmp_path: Path
) -> None:
    ours = sources._of_this_machine()  # noqa: SLF001 - other machines' lie beside them
    left, alive = tmp_path / f"{ours}999999999-x", tmp_path / f"{ours}1-x"
    elsewhere = tmp_path / "posture-fetched-00000000-999999999-x"
    for folder in (left, alive, elsewhere):
        folder.mkdir()

    with pytest.raises(ZeroDivisionError), fetched(f"{memory}/a.mp4", tmp_path):
        1 / 0  # noqa: B018 - any error will do

    assert {path.name for path in tmp_path.glob("posture-*")} == {alive.name, elsewhere.name}


def test_the_mark_changes_when_the_clip_does_and_not_with_a_token(web: str, tmp_path: Path) -> None:
    (first,) = clips_listed([f"{web}/a%20b.mp4?token=1"])
    (again,) = clips_listed([f"{web}/a%20b.mp4?token=2"])
    (tmp_path / "web" / "a b.mp4").write_bytes(b"another clip")
    (changed,) = clips_listed([f"{web}/a%20b.mp4"])

    assert first.mark == again.mark
    assert first.mark != changed.mark
    assert as_clip(first).stamp == as_clip(again).stamp != as_clip(changed).stamp


def test_two_that_differ_in_their_query_alone_are_told_apart() -> None:
    urls = [f"https://host/get?id={number}" for number in (1, 2, 2)]

    clips = told_apart([Remote(url=url, shown=shown(url)) for url in urls])

    assert len({clip.shown for clip in clips}) == 2
    assert all("id=" not in clip.shown for clip in clips)


def test_addresses_that_may_not_be_shown_are_told_apart_by_name_too() -> None:
    urls = [f"https://me:pass/{SECRET}@host/{name}" for name in ("a.mp4", "b.mp4")]

    clips = [as_clip(clip) for clip in told_apart([Remote(url=u, shown=shown(u)) for u in urls])]

    assert len({clip.source for clip in clips}) == len({clip.name for clip in clips}) == 2
    assert all(clip.name and SECRET not in clip.name for clip in clips)


# --- what goes wrong ------------------------------------------------------------------------------


def fails(url: str, folder: Path, most_bytes: int = 10**9) -> str:
    with (
        pytest.raises((UnusableClip, MissingLibrary)) as told,
        fetched(url, folder, most_bytes),
    ):
        pass
    said = [sentence(told.value.reason, language) for language in LANGUAGES]
    assert all(said)
    assert SECRET not in "".join([*said, str(told.value)])
    assert list(folder.glob("posture-*")) == []
    return told.value.reason.code


@pytest.mark.parametrize(
    ("status", "code"),
    [
        *((401, "url_no_rights"), (403, "url_no_rights"), (404, "url_not_there")),
        *((410, "url_not_there"), (500, "url_host_away"), (503, "url_host_away")),
    ],
)
def test_what_a_server_says_is_a_reason(status: int, code: str, tmp_path: Path) -> None:
    with serving(Odd) as address:
        assert fails(f"{address}/{status}.mp4?token={SECRET}", tmp_path) == code


def test_a_host_that_stops_in_the_middle_is_a_reason(tmp_path: Path) -> None:
    with serving(Odd) as address:
        assert fails(f"{address}/short.mp4?token={SECRET}", tmp_path) == "url_host_away"


def test_a_host_that_falls_silent_is_a_reason(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_SILENT_S", 0.4)
    fsspec.get_filesystem_class("http").clear_instance_cache()
    begun_s = time.monotonic()
    with serving(Odd) as address:
        assert fails(f"{address}/silent.mp4", tmp_path) == "url_host_away"
        assert time.monotonic() - begun_s < 2.5


def test_nobody_at_an_address_is_a_reason(tmp_path: Path) -> None:
    with serving(Quiet) as address:
        pass

    assert fails(f"{address.replace('//', f'//me:{SECRET}@')}/a.mp4", tmp_path) == "url_host_away"


def test_a_clip_that_is_too_large_is_not_fetched(memory: str, web: str, tmp_path: Path) -> None:
    assert fails(f"{memory}/a.mp4", tmp_path, most_bytes=2) == "url_too_large"
    assert fails(f"{web}/a%20b.mp4", tmp_path, most_bytes=2) == "url_too_large"


def test_no_room_on_the_disk_is_told_before_it_is_full(
    memory: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "_KEPT_FREE_BYTES", 10**18)

    assert fails(f"{memory}/a.mp4", tmp_path) == "url_no_room"


def test_a_folder_for_copies_that_cannot_be_made_is_told(memory: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(CannotWrite), fetched(f"{memory}/a.mp4", tmp_path / "file" / "sub"):
        pass


def test_what_is_not_there_is_told(memory: str, tmp_path: Path) -> None:
    assert fails(f"{memory}/none.mp4", tmp_path) == "url_not_there"
    with pytest.raises(UnusableClip, match="url_not_there"):
        clips_at(f"{memory}/none.mp4")


@pytest.mark.parametrize(
    "url", ["gopher://host/a", "simplecache::memory://a", "zip://a.mp4::https://host/a.zip"]
)
def test_an_address_of_another_kind_is_told_with_those_that_can_be_opened(
    url: str, tmp_path: Path
) -> None:
    assert fails(url, tmp_path) == "url_kind"


@pytest.mark.parametrize(("url", "package"), [("s3://b/a.mp4", "s3fs"), ("gs://b/a", "gcsfs")])
def test_a_missing_package_is_told_with_the_line_that_brings_it(url: str, package: str) -> None:
    with pytest.raises(MissingLibrary, match="url_package") as told:
        clips_at(url)

    for language in LANGUAGES:
        assert f"install {package}" in sentence(told.value.reason, language)


def test_without_fsspec_it_is_told_with_the_line_that_brings_both(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    monkeypatch.setitem(sys.modules, "fsspec", None)

    with pytest.raises(MissingLibrary) as told:
        clips_at("https://host/a.mp4")

    assert "install fsspec aiohttp" in sentence(told.value.reason, "en")


def test_a_listed_address_that_cannot_be_asked_is_found_out_by_who_fetches_it(memory: str) -> None:
    good, gone = clips_listed([f"{memory}/a.mp4", f"{memory}/none.mp4"])

    assert good.mark
    assert (gone.shown, gone.mark) == ("memory://clips/none.mp4", "")
    assert isinstance(as_clip(gone), Clip)
