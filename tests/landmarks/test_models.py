"""Pose model bundles: the right file is found, a wrong one is named, a cut download carries on."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import shutil
import socket
import subprocess
import threading
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from posture.errors import ModelTrouble
from posture.landmarks.download import download
from posture.landmarks.models import (
    Bundle,
    ModelFile,
    Places,
    Variant,
    check_variant,
    find_model,
    load_manifest,
    places,
)

CHECKOUT = Path(__file__).parents[2]
OFFICIAL_HEAVY = "64437af838a65d18e5ba7a0d39b465540069bc8aae8308de3e318aad31fcbc7b"
OFFICIAL_LITE = "59929e1d1ee95287735ddd833b19cf4ac46d29bc7afddbbf6753c459690d574a"


def bundle(landmarks: bytes = b"landmarks" * 40_000, padding: bytes = b"") -> bytes:
    """Make a zip that holds the two networks, stored as the real ones are."""
    packed = io.BytesIO()
    packed.write(padding)
    with zipfile.ZipFile(packed, "a") as zipped:
        zipped.writestr("pose_detector.tflite", b"detector")
        zipped.writestr("pose_landmarks_detector.tflite", landmarks)
    return packed.getvalue()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def variant(data: bytes, source: str = "http://127.0.0.1:9/none") -> Variant:
    return Variant(
        name="heavy",
        file="heavy.task",
        source=source,
        licence="Apache-2.0",
        packaged=False,
        accepted=(Bundle(sha256=sha256(data), size_bytes=len(data), what="made here"),),
    )


def trouble_of(act: Callable[[], object], code: str) -> dict[str, float | str]:
    with pytest.raises(ModelTrouble, match=f"^{code}( |$)") as caught:
        act()
    assert caught.value.reason.code == code
    return dict(caught.value.reason.values)


# --- what the repository holds


@pytest.fixture(scope="module")
def here() -> tuple[Variant, ...]:
    return load_manifest(places({"POSTURE_DATA_DIR": "/nowhere"}))


def test_the_manifest_knows_three_variants_and_all_are_apache(here: tuple[Variant, ...]) -> None:
    assert [one.name for one in here] == ["lite", "full", "heavy"]
    assert {one.licence for one in here} == {"Apache-2.0"}
    assert [one.name for one in here if one.packaged] == ["lite", "full"]
    assert all(one.source.startswith("https://") for one in here)


def test_the_manifest_says_what_the_packaged_files_weigh(here: tuple[Variant, ...]) -> None:
    for one in here:
        if one.packaged:
            data = (CHECKOUT / "models" / one.file).read_bytes()
            assert (one.accepted[0].sha256, one.accepted[0].size_bytes) == (sha256(data), len(data))


def test_every_checksum_of_the_manifest_is_one_and_belongs_to_one_name(
    here: tuple[Variant, ...],
) -> None:
    sums = [accepted.sha256 for one in here for accepted in one.accepted]

    assert len(set(sums)) == len(sums) == 5
    assert all(len(bytes.fromhex(one)) == 32 for one in sums)
    assert here[0].accepted[0].sha256 == OFFICIAL_LITE
    assert here[2].accepted[0].sha256 == OFFICIAL_HEAVY


@pytest.mark.parametrize("name", ["lite", "full"])
def test_the_bundles_that_come_with_it_are_found_and_right(name: str, tmp_path: Path) -> None:
    found = find_model(name, places({"POSTURE_DATA_DIR": str(tmp_path)}))

    assert found.name == name
    assert found.path.name == f"pose_landmarker_{name}.task"


@pytest.mark.parametrize("name", ["lite", "full"])
def test_a_bundle_given_by_its_path_is_known_by_its_checksum(name: str, tmp_path: Path) -> None:
    elsewhere = tmp_path / "model.task"
    shutil.copy(CHECKOUT / "models" / f"pose_landmarker_{name}.task", elsewhere)

    found = find_model(elsewhere, places({"POSTURE_DATA_DIR": str(tmp_path)}))

    assert (found.path, found.name) == (elsewhere, name)


def test_the_data_folder_is_the_one_the_environment_names(tmp_path: Path) -> None:
    assert places({"POSTURE_DATA_DIR": str(tmp_path)}).data == tmp_path / "models"
    assert places({}).data.parts[-2:] == ("posture", "models")


# --- looking it up


@pytest.fixture
def where(tmp_path: Path) -> Places:
    """Three places, the first with a manifest of one variant."""
    data = bundle()
    packaged = tmp_path / "packaged"
    packaged.mkdir()
    (packaged / "manifest.toml").write_text(
        f"""
        [[variant]]
        name = "lite"
        file = "lite.task"
        sha256 = "{sha256(data)}"
        size_bytes = {len(data)}
        what = "made here"
        source = "http://127.0.0.1:9/none"
        licence = "none"
        packaged = true
        """,
        "utf-8",
    )
    for folder in ("checkout", "data"):
        (tmp_path / folder).mkdir()
    return Places(packaged=packaged, checkout=tmp_path / "checkout", data=tmp_path / "data")


def test_the_packaged_copy_comes_before_the_checkout_and_that_before_the_data(
    where: Places,
) -> None:
    for folder in reversed(where.folders):
        (folder / "lite.task").write_bytes(bundle())

        found = find_model("lite", where)

        assert found == ModelFile(path=folder / "lite.task", name="lite", sha256=sha256(bundle()))


def test_a_damaged_packaged_copy_is_passed_over_for_a_whole_fetched_one(where: Places) -> None:
    (where.packaged / "lite.task").write_bytes(bundle()[:100])
    (where.data / "lite.task").write_bytes(bundle())

    assert find_model("lite", where).path == where.data / "lite.task"


def test_a_missing_bundle_tells_every_place_looked_at_and_the_command(where: Places) -> None:
    told = trouble_of(lambda: find_model("lite", where), "model_missing")

    assert told["command"] == "posture models get lite"
    assert all(str(folder / "lite.task") in str(told["path"]) for folder in where.folders)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "model_truncated"),
        (bundle()[:1000], "model_truncated"),
        (bundle()[:-1], "model_truncated"),
        (bundle(b"other".ljust(360_000)), "model_wrong_checksum"),
        (b"version https://git-lfs.github.com/spec/v1\n", "model_not_a_task"),
        (b"x" * 1_000_000, "model_not_a_task"),
    ],
    ids=["empty", "head only", "a byte short", "other networks", "a pointer", "text"],
)
def test_a_wrong_file_under_the_right_name_is_said_to_be_so(
    where: Places, data: bytes, code: str
) -> None:
    path = where.checkout / "lite.task"
    path.write_bytes(data)

    told = trouble_of(lambda: find_model("lite", where), code)

    assert (told["path"], told["command"]) == (str(path), "posture models get lite")


def test_a_wrong_checksum_tells_both(where: Places) -> None:
    other = bundle(b"other".ljust(360_000))
    (where.data / "lite.task").write_bytes(other)

    told = trouble_of(lambda: find_model("lite", where), "model_wrong_checksum")

    assert (told["expected"], told["found"]) == (sha256(bundle()), sha256(other))


def test_an_unknown_name_tells_the_known_ones(where: Places) -> None:
    told = trouble_of(lambda: find_model("huge", where), "model_unknown_name")

    assert (told["name"], told["known"], told["command"]) == ("huge", "lite", "posture models list")


@pytest.mark.parametrize("wanted", ["mine.task", "no/such/folder", Path("lite")])
def test_a_path_that_leads_nowhere_is_missing_not_an_unknown_name(
    where: Places, wanted: str | Path
) -> None:
    told = trouble_of(lambda: find_model(wanted, where), "model_missing")

    assert told["path"] == str(wanted)


@pytest.mark.parametrize("padding", [b"", b"\0\0"], ids=["plain", "padded"])
def test_any_bundle_with_both_networks_may_be_given_by_path(
    where: Places, tmp_path: Path, padding: bytes
) -> None:
    own = tmp_path / "own.task"
    own.write_bytes(bundle(b"own", padding))

    found = find_model(str(own), where)

    assert found == ModelFile(path=own, name="own.task", sha256=sha256(bundle(b"own", padding)))


def test_a_text_file_named_task_is_not_a_bundle(where: Places, tmp_path: Path) -> None:
    text = tmp_path / "notes.task"
    text.write_text("no model", "utf-8")

    assert trouble_of(lambda: find_model(text, where), "model_not_a_task")["path"] == str(text)


def test_a_zip_without_the_networks_is_not_a_bundle(where: Places, tmp_path: Path) -> None:
    other = tmp_path / "hands.task"
    with zipfile.ZipFile(other, "w") as zipped:
        zipped.writestr("hand_detector.tflite", b"hands")
        zipped.writestr("pose_detector.tflite", b"")

    trouble_of(lambda: find_model(other, where), "model_not_a_task")


def test_a_given_bundle_that_is_cut_off_is_said_to_be_so(where: Places, tmp_path: Path) -> None:
    cut = tmp_path / "cut.task"
    cut.write_bytes(bundle()[:5000])

    assert trouble_of(lambda: find_model(cut, where), "model_truncated")["size_bytes"] == 5000


def test_a_given_bundle_with_a_flipped_byte_is_damaged(where: Places, tmp_path: Path) -> None:
    flipped = bytearray(bundle())
    flipped[5000] ^= 1
    damaged = tmp_path / "damaged.task"
    damaged.write_bytes(flipped)

    trouble_of(lambda: find_model(damaged, where), "model_damaged")


def test_a_folder_in_the_place_of_a_bundle_cannot_be_read(where: Places, tmp_path: Path) -> None:
    trouble_of(lambda: find_model(tmp_path, where), "model_unreadable")


def test_without_a_manifest_the_two_places_are_named(tmp_path: Path) -> None:
    nowhere = Places(packaged=tmp_path / "a", checkout=tmp_path / "b", data=tmp_path / "c")

    told = trouble_of(lambda: find_model("lite", nowhere), "model_manifest_missing")

    assert str(tmp_path / "a" / "manifest.toml") in str(told["path"])


# --- fetching it, from a server on the loopback


@dataclass
class Server:
    """What it hands out, how it behaves, and what it was asked."""

    body: bytes
    address: str = ""
    honours_range: bool = True
    tells_length: bool = True
    status: int = 200
    location: str = ""  # sends on to here unless asked for it
    cut_after: int | None = None  # bytes of one answer
    ranges: list[str] = field(default_factory=list)


def handler(server: Server) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = self.headers.get("Range", "")
            server.ranges.append(asked)
            if server.location and self.path == "/heavy.task":
                self.send_response(302)
                self.send_header("Location", server.location)
                self.end_headers()
                return
            if server.status != 200:
                self.send_error(server.status)
                return
            start = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
            start = start if server.honours_range else 0
            if start >= len(server.body):
                self.send_error(416)
                return
            answer = server.body[start:]
            self.send_response(206 if start else 200)
            if start:
                last, whole = len(server.body) - 1, len(server.body)
                self.send_header("Content-Range", f"bytes {start}-{last}/{whole}")
            if server.tells_length:
                self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer[: server.cut_after])

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def serving(server: Server) -> Iterator[Server]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler(server)) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        server.address = f"http://127.0.0.1:{listening.server_port}/heavy.task"
        try:
            yield server
        finally:
            listening.shutdown()
            thread.join()


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server(body=bundle())) as running:
        yield running


def fetch(server: Server, folder: Path, wanted: bytes | None = None) -> ModelFile:
    return download(variant(wanted or server.body, server.address), folder, timeout_s=10)


def test_a_download_arrives_whole_and_leaves_nothing_beside_it(
    server: Server, tmp_path: Path
) -> None:
    told: list[tuple[int, int]] = []
    wanted = variant(server.body, server.address)

    got = download(wanted, tmp_path / "new" / "models", progress=lambda *at: told.append(at))

    assert got.path.read_bytes() == server.body
    assert (got.name, got.sha256) == ("heavy", sha256(server.body))
    assert [file.name for file in got.path.parent.iterdir()] == ["heavy.task"]
    assert told[0] == (0, len(server.body))
    assert told[-1] == (len(server.body), len(server.body))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_right_file_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "heavy.task").write_bytes(server.body)

    fetch(server, tmp_path)

    assert server.ranges == []


def test_a_damaged_file_is_replaced(server: Server, tmp_path: Path) -> None:
    (tmp_path / "heavy.task").write_bytes(server.body[:99])

    assert fetch(server, tmp_path).path.read_bytes() == server.body


def test_a_part_is_carried_on_where_it_ends(server: Server, tmp_path: Path) -> None:
    (tmp_path / "heavy.task.part").write_bytes(server.body[:70_000])
    told: list[tuple[int, int]] = []

    got = download(
        variant(server.body, server.address), tmp_path, progress=lambda *at: told.append(at)
    )

    assert server.ranges == ["bytes=70000-"]
    assert told[0] == (70_000, len(server.body))
    assert got.path.read_bytes() == server.body


def test_a_server_that_ignores_the_range_means_starting_again(
    server: Server, tmp_path: Path
) -> None:
    server.honours_range = False
    (tmp_path / "heavy.task.part").write_bytes(b"old" * 1000)

    assert fetch(server, tmp_path).path.read_bytes() == server.body
    assert server.ranges == ["bytes=3000-"]


def test_a_part_longer_than_what_the_server_has_means_starting_again(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "heavy.task.part").write_bytes(server.body + b"more")

    assert fetch(server, tmp_path).path.read_bytes() == server.body
    assert server.ranges[1:] == [""]


def test_a_whole_part_is_not_fetched_again(server: Server, tmp_path: Path) -> None:
    (tmp_path / "heavy.task.part").write_bytes(server.body)

    assert fetch(server, tmp_path).path.read_bytes() == server.body
    assert server.ranges == []


@pytest.mark.parametrize("tells_length", [True, False], ids=["length told", "length not told"])
def test_a_line_that_drops_in_the_middle_is_carried_on_by_the_next_try(
    server: Server, tmp_path: Path, *, tells_length: bool
) -> None:
    server.tells_length = tells_length
    server.cut_after = 100_000

    told = trouble_of(lambda: fetch(server, tmp_path), "model_download_cut_off")
    server.cut_after = None
    got = fetch(server, tmp_path)

    assert told["command"] == "posture models get heavy"
    assert server.ranges == ["", "bytes=100000-"]
    assert got.path.read_bytes() == server.body


@pytest.mark.parametrize("honest", [True, False], ids=["same length", "endless"])
def test_a_wrong_checksum_leaves_nothing_behind(
    server: Server, tmp_path: Path, *, honest: bool
) -> None:
    wanted = bundle(b"other".ljust(360_000))
    server.body = server.body if honest else server.body * 9

    told = trouble_of(lambda: fetch(server, tmp_path, wanted), "model_download_wrong_checksum")

    assert told["expected"] == sha256(wanted)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("status", [403, 404, 500])
def test_what_the_server_refuses_is_told_with_its_number(
    server: Server, tmp_path: Path, status: int
) -> None:
    server.status = status

    told = trouble_of(lambda: fetch(server, tmp_path), "model_download_http_error")

    assert (told["status"], told["url"]) == (status, server.address)


def test_a_redirect_is_followed(server: Server, tmp_path: Path) -> None:
    server.location = "/elsewhere.task"

    assert fetch(server, tmp_path).path.read_bytes() == server.body


@pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://127.0.0.1/x", "/heavy.task"])
def test_a_redirect_to_another_scheme_or_in_a_circle_is_refused(
    server: Server, tmp_path: Path, location: str
) -> None:
    server.location = location

    trouble_of(lambda: fetch(server, tmp_path), "model_download_refused_address")


def test_a_source_of_another_scheme_is_refused(tmp_path: Path) -> None:
    wanted = variant(bundle(), (tmp_path / "x").as_uri())

    trouble_of(lambda: download(wanted, tmp_path), "model_download_refused_address")


def test_nobody_listening_is_no_network(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    wanted = variant(bundle(), f"http://127.0.0.1:{port}/heavy.task")

    told = trouble_of(lambda: download(wanted, tmp_path), "model_download_no_network")

    assert "refused" in str(told["why"])


def test_a_server_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        wanted = variant(bundle(), f"http://127.0.0.1:{silent.getsockname()[1]}/heavy.task")

        trouble_of(lambda: download(wanted, tmp_path, timeout_s=0.05), "model_download_timed_out")


@pytest.mark.linux
def test_a_full_disk_is_told_as_such(server: Server, tmp_path: Path) -> None:
    (tmp_path / "heavy.task.part").symlink_to("/dev/full")

    told = trouble_of(lambda: fetch(server, tmp_path), "model_download_disk_full")

    assert told["path"] == str(tmp_path / "heavy.task")


@contextmanager
def without_rights(folder: Path) -> Iterator[None]:
    """Let nobody write to or look into `folder`; root sets its rights aside for as long."""
    rank = os.geteuid()
    folder.chmod(0)
    if rank == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if rank == 0:
            os.seteuid(rank)
        folder.chmod(0o700)


@pytest.mark.linux
def test_a_folder_that_may_not_be_written_is_told_as_such(server: Server, tmp_path: Path) -> None:
    shut = tmp_path / "models"
    shut.mkdir()

    with without_rights(shut):
        told = trouble_of(lambda: fetch(server, shut), "model_download_no_permission")

    assert told["path"] == str(shut / "heavy.task")


@pytest.mark.linux
def test_a_place_that_may_not_be_looked_into_is_told_as_such(tmp_path: Path) -> None:
    file = tmp_path / "heavy.task"
    file.write_bytes(bundle())

    with without_rights(tmp_path):
        told = trouble_of(lambda: check_variant(file, variant(bundle())), "model_unreadable")

    assert told["why"] == os.strerror(errno.EACCES)


def test_a_file_where_the_folder_should_be_cannot_be_written(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "models").write_text("in the way", "utf-8")

    told = trouble_of(lambda: fetch(server, tmp_path / "models"), "model_download_cannot_write")

    assert told["why"]


# --- what an installed copy carries


@pytest.mark.slow
def test_a_wheel_carries_the_packaged_models_and_their_manifest(
    tmp_path: Path, here: tuple[Variant, ...]
) -> None:
    uv = shutil.which("uv")
    if uv is None:
        pytest.skip("uv builds the wheel and is not on the path")
    # offline: what building needs was fetched when the environment was made
    command = [uv, "build", "--wheel", "--offline", "--out-dir", str(tmp_path), str(CHECKOUT)]
    built = subprocess.run(command, capture_output=True, check=False, text=True)
    assert built.returncode == 0, built.stderr

    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as zipped:
        inside = {
            name.removeprefix("posture/_bundled/models/"): sha256(zipped.read(name))
            for name in zipped.namelist()
            if name.startswith("posture/_bundled/models/")
        }

    manifest = (CHECKOUT / "models" / "manifest.toml").read_bytes()
    assert inside.pop("manifest.toml") == sha256(manifest)
    carried = {one.file: one.accepted[0].sha256 for one in here if one.packaged}
    assert {name: inside.get(name) for name in carried} == carried
