"""Clips at an address: s3://, gs://, sftp://, https:// and whatever else `fsspec` opens.

A clip is fetched by the worker that measures it and removed afterwards. Nothing is ever sent but
what it takes to read; a name, a password or a token in an address is shown to nobody.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit
from urllib.request import url2pathname

from posture import machine
from posture.batch.clips import Clip, readable
from posture.batch.contents import Stamp
from posture.distribution import REMOTE
from posture.errors import MissingLibrary, UnusableClip
from posture.files import explained
from posture.libraries import install_command
from posture.received import whole
from posture.types import Reason
from posture.video.kinds import SUFFIXES

# What an address may begin with, and the package that opens it; empty where fsspec does itself.
KINDS: Mapping[str, str] = {
    "s3": "s3fs",
    "gs": "gcsfs",
    "gcs": "gcsfs",
    "az": "adlfs",
    "abfs": "adlfs",
    "sftp": "paramiko",
    "ssh": "paramiko",
    "smb": "smbprotocol",
    "https": "aiohttp",
    "http": "aiohttp",
    "ftp": "",
    "memory": "",
}
# What a store says of a file that changes when the file does.
_MARKS = (
    *("ETag", "etag", "Content-MD5", "md5Hash", "content_md5", "crc32c", "generation", "VersionId"),
    *("LastModified", "last_modified", "Last-Modified", "updated", "mtime", "modify", "created"),
)
LARGEST_BYTES = 30_000_000_000  # ours; an hour of a telephone's 4K takes 24
_BLOCK_BYTES = 1 << 20
_KEPT_FREE_BYTES = 500_000_000  # ours; what a full disk would take from other programs
_ASKED_AT_ONCE = 16  # ours; servers and telephones' hot spots bear that many
_CONNECT_S, _SILENT_S = 20.0, 60.0  # ours; then a host has gone away
_FETCHED = "posture-fetched-"
_AN_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")
_A_PATTERN = re.compile(r"[*\[]")
_WEB = ("http", "https")
_BY_HOST = ("sftp", "ssh", "ftp", "smb")  # a path there says nothing of its host


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A clip at an address."""

    url: str  # as it is opened: may hold a password, so it is for `fetched` only
    shown: str  # as it may be said and kept
    size_bytes: int | None = None
    mark: str = ""  # changes when the clip does; empty where the host says nothing of the kind

    def __repr__(self) -> str:
        return f"Remote({self.shown!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteClips:
    """What an address names."""

    clips: tuple[Remote, ...]
    left_out: tuple[str, ...] = ()  # neither video nor picture by their names


def is_address(wanted: str) -> bool:
    """Whether somebody names an address and no file."""
    return _AN_ADDRESS.match(wanted) is not None


def local_path(wanted: str) -> Path | None:
    """Return the path that a file:// address means; None for any other."""
    if not wanted.lower().startswith("file://"):
        return None
    return Path(url2pathname(urlsplit(wanted).path))


def shown(url: str) -> str:
    """Return an address without name, password, query and fragment, where secrets stand.

    Only its kind where a password may have ended the host before its time: user:pass/word@host.
    """
    try:
        parts = urlsplit(url)
        host = parts.netloc.rpartition("@")[2]
        if ":" in parts.netloc and host == parts.netloc and "@" in url:
            return f"{parts.scheme.lower()}://"
        return f"{parts.scheme.lower()}://{host}{parts.path}"
    except ValueError:
        return url.partition("://")[0] + "://"


def clips_at(url: str) -> RemoteClips:
    """Return the clips that an address names: a folder, a pattern with a star, or one clip.

    Raises
    ------
    UnusableClip
        Not there, no rights, no answer.
    MissingLibrary
        A package is missing that opens this kind of address.
    """
    with _told(url):
        system, path = _opened(url)
        is_web = _kind(url) in _WEB
        if _A_PATTERN.search(urlsplit(url).path):
            found = system.glob(path, detail=True)
        elif path.endswith("/") if is_web else system.isdir(path):
            found = system.find(path, detail=True)
        else:
            return RemoteClips(clips=(_one(url),))
    clips: list[Remote] = []
    left_out: list[str] = []
    for place, info in sorted(found.items()):
        address = _address(url, system, place)
        if info.get("type") == "directory":
            continue
        if not _is_named_like_a_clip(address):
            left_out.append(shown(address))
            continue
        clips.append(_remote(address, info))
    if is_web:
        clips = list(_asked([clip.url for clip in clips]))
    return RemoteClips(clips=tuple(clips), left_out=tuple(left_out))


def clips_listed(urls: Sequence[str]) -> tuple[Remote, ...]:
    """Return the clips at addresses that a list names, each asked for its size and mark.

    What cannot be had is found out by the worker that fetches it, and is a row then.
    """
    return tuple(_asked(urls))


@contextlib.contextmanager
def fetched(
    url: str, folder: Path | None = None, most_bytes: int = LARGEST_BYTES
) -> Iterator[Path]:
    """Yield a copy of a clip on this machine, under its own name; it is gone afterwards.

    `folder` is where copies may lie; without it the system's for temporary files. Copies that a
    killed worker left there are removed.

    Raises
    ------
    UnusableClip
        Not there, no rights, the host went away, too large.
    CannotWrite
        No room for it.
    MissingLibrary
        A package is missing that opens this kind of address.
    """
    place = Path(tempfile.gettempdir()) if folder is None else folder
    remove_left_behind(place)
    with explained(place):
        place.mkdir(parents=True, exist_ok=True)
        own = Path(tempfile.mkdtemp(prefix=f"{_of_this_machine()}{os.getpid()}-", dir=place))
    try:
        copy = own / _file_name(url)
        _fetch(url, copy, most_bytes)
        yield copy
    finally:
        shutil.rmtree(own, ignore_errors=True)


def remove_left_behind(folder: Path | None = None) -> None:
    """Remove copies of clips that processes of this machine which are no more left in a folder.

    Without one: in the system's for temporary files.
    """
    folder = folder or Path(tempfile.gettempdir())
    ours = _of_this_machine()
    with contextlib.suppress(OSError):
        for left in folder.glob(f"{ours}*"):
            owner = left.name.removeprefix(ours).partition("-")[0]
            number = whole(owner)
            if number is not None and not machine.is_running(number):
                shutil.rmtree(left, ignore_errors=True)


def _of_this_machine() -> str:
    """Return what copies are called here; others may lie beside them where a folder is shared."""
    return f"{_FETCHED}{_digest(machine.host())[:8]}-"


def as_clip(remote: Remote) -> Clip:
    """Return the clip of an address, called what stands behind its scheme."""
    name = remote.shown.partition("://")[2].replace(":", "_").replace("\\", "_")
    stamp = None
    if remote.mark:
        halves = (int(remote.mark[:15], 16), int(remote.mark[15:30], 16))
        stamp = Stamp(remote.size_bytes or 0, *halves)
    return Clip(source=remote.shown, name=readable(name), url=remote.url, stamp=stamp)


def told_apart(clips: Iterable[Remote]) -> tuple[Remote, ...]:
    """Return clips of which no two are shown alike; one that is named twice is there once.

    Where only the query differs, a digest of it is shown: it says nothing of what stands in it.
    So is one of the whole address where nothing but its kind may be shown.
    """
    clips = list({clip.url: clip for clip in clips}.values())
    count = Counter(clip.shown for clip in clips)
    return tuple(
        replace(clip, shown=f"{clip.shown}?{_digest(_hidden(clip))[:8]}")
        if count[clip.shown] > 1 or clip.shown.endswith("://")
        else clip
        for clip in clips
    )


def _hidden(clip: Remote) -> str:
    return clip.url if clip.shown.endswith("://") else urlsplit(clip.url).query


# --- asking ---------------------------------------------------------------------------------------


def _asked(urls: Sequence[str]) -> Iterator[Remote]:
    with ThreadPoolExecutor(_ASKED_AT_ONCE) as threads:
        yield from threads.map(_one_or_unknown, urls)


def _one_or_unknown(url: str) -> Remote:
    try:
        return _one(url)
    except UnusableClip:
        return Remote(url=url, shown=shown(url))


def _one(url: str) -> Remote:
    with _told(url):
        system, path = _opened(url)
        return _remote(url, system.info(path))


def _remote(url: str, info: Mapping[str, Any]) -> Remote:
    marks = {name: str(info[name]) for name in _MARKS if info.get(name)}
    size = info.get("size")
    # an address may be given anew for each run (signed), so only what it shows counts
    text = repr((shown(url), size, sorted(marks.items())))
    return Remote(
        url=url,
        shown=shown(url),
        size_bytes=size if isinstance(size, int) else None,
        mark=_digest(text) if marks else "",
    )


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _kind(url: str) -> str:
    return url.partition("://")[0].lower()


def _opened(url: str) -> tuple[Any, str]:
    """Return the file system of an address and the path in it."""
    kind = _kind(url)
    if kind not in KINDS or "::" in url:
        raise UnusableClip("url_kind", url=shown(url), kinds=", ".join(f"{k}://" for k in KINDS))
    try:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - an extra
    except ModuleNotFoundError as trouble:
        command = install_command(*REMOTE, *filter(None, [KINDS[kind]]))
        raise MissingLibrary("url_package", url=shown(url), command=command) from trouble
    options: dict[str, Any] = {"use_listings_cache": False}
    try:
        if kind in _WEB:
            from aiohttp import ClientTimeout  # noqa: PLC0415 - a package of the user's own

            waits = ClientTimeout(total=None, sock_connect=_CONNECT_S, sock_read=_SILENT_S)
            options["client_kwargs"] = {"timeout": waits}
        elif KINDS[kind] == "paramiko":
            options = {"timeout": _CONNECT_S}
        system, path = url_to_fs(url, **options)
        if KINDS[kind] == "paramiko":
            system.ftp.get_channel().settimeout(_SILENT_S)
    except ImportError as trouble:
        command = install_command(KINDS[kind])
        raise MissingLibrary("url_package", url=shown(url), command=command) from trouble
    return system, str(path)


def _address(given: str, system: Any, place: str) -> str:  # noqa: ANN401 - fsspec has no types
    """Return the address of what was found at an address, with the name and password of that."""
    parts = urlsplit(given)
    if _kind(given) in _BY_HOST:
        return f"{parts.scheme}://{parts.netloc}{place}"
    if _kind(given) not in _WEB:
        return str(system.unstrip_protocol(place))
    found = urlsplit(place)
    user, at, _ = parts.netloc.rpartition("@")
    return urlunsplit(found._replace(netloc=f"{user}{at}{found.netloc.rpartition('@')[2]}"))


def _is_named_like_a_clip(url: str) -> bool:
    name = PurePosixPath(unquote(urlsplit(url).path))
    return not name.name.startswith(".") and name.suffix.lower() in SUFFIXES | {".npz"}


def _file_name(url: str) -> str:
    """Return what a clip's copy is called; a server may call it anything."""
    name = unquote(urlsplit(url).path).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = re.sub(r'[\x00-\x1f<>:"|?*]', "_", name).strip(". ")
    stem, suffix = os.path.splitext(name)  # noqa: PTH122 - no path of this machine
    cut = stem.encode("utf-8", "replace")[:150].decode("utf-8", "ignore")
    return f"{cut or 'clip'}{suffix[:10]}"


# --- fetching -------------------------------------------------------------------------------------


def _fetch(url: str, copy: Path, most_bytes: int) -> None:
    room = max(0, shutil.disk_usage(copy.parent).free - _KEPT_FREE_BYTES)
    done = 0
    with _told(url):
        system, path = _opened(url)
        said = system.info(path).get("size")
        whole = said if isinstance(said, int) else 0
        _check_size(url, whole, most_bytes, room)
        options = {"block_size": 0} if _kind(url) in _WEB else {}
        with system.open(path, "rb", **options) as there, copy.open("wb") as here:
            while block := there.read(_BLOCK_BYTES):
                done += len(block)
                _check_size(url, done, most_bytes, room)
                with explained(copy):
                    here.write(block)
            with explained(copy):
                here.flush()
    if done < whole:
        raise UnusableClip("url_host_away", url=shown(url), why=f"{done} / {whole}")


def _check_size(url: str, size: int, most_bytes: int, room: int) -> None:
    if size > most_bytes:
        raise UnusableClip("url_too_large", url=shown(url), limit_gb=most_bytes / 1e9)
    if size > room:
        raise UnusableClip("url_no_room", url=shown(url))


@contextlib.contextmanager
def _told(url: str) -> Iterator[None]:
    """Turn what the packages say into a reason; their words may hold the whole address."""
    try:
        yield
    except (UnusableClip, MissingLibrary):
        raise
    except Exception as trouble:
        if type(trouble).__module__.startswith("posture."):
            raise
        why = _reason(trouble, shown(url))
        raise UnusableClip(why.code, **why.values) from None


_NO_RIGHTS = {
    *(
        "PermissionError",
        "NoCredentialsError",
        "PartialCredentialsError",
        "CredentialRetrievalError",
    ),
    *("AuthenticationException", "BadHostKeyException", "ClientAuthenticationError"),
    *("DefaultCredentialsError", "RefreshError", "LogonFailure", "UnauthorizedError"),
}
_AWAY = {
    *("OSError", "TimeoutError", "FSTimeoutError", "ClientError", "HTTPClientError"),
    *(
        "EndpointConnectionError",
        "BotoCoreError",
        "SSHException",
        "EOFError",
        "ServiceRequestError",
    ),
}
_RIGHTS_STATUS, _GONE_STATUS = (401, 403, 407), (404, 410)


def _reason(trouble: Exception, place: str) -> Reason:
    """Return what is wrong with an address, by what kind of error it is and what a server said."""
    values: dict[str, float | str] = {"url": place}
    if isinstance(trouble, FileNotFoundError) and isinstance(trouble.__cause__, Exception):
        trouble = trouble.__cause__  # said of whatever a web server answers
    kinds = {kind.__name__ for kind in type(trouble).__mro__}
    said = getattr(trouble, "status", None) or getattr(trouble, "code", None)
    status = said if isinstance(said, int) else 0
    if kinds & {"FileNotFoundError", "NotADirectoryError"} or status in _GONE_STATUS:
        return Reason("url_not_there", values)
    if kinds & _NO_RIGHTS or status in _RIGHTS_STATUS:
        return Reason("url_no_rights", values)
    why = f"HTTP {status}" if status else type(trouble).__name__
    if kinds & _AWAY:
        return Reason("url_host_away", {**values, "why": why})
    return Reason("url_unreadable", {**values, "why": why})
