"""Fetch a pose model bundle, carrying on where an earlier try was cut off."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http import HTTPStatus
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib import request
from urllib.error import HTTPError, URLError
from urllib.parse import urljoin, urlsplit

from posture import machine
from posture.errors import ModelTrouble
from posture.landmarks.models import ModelFile, Variant, check_variant

_CHUNK = 1 << 18
_MAX_HOPS = 6  # ours; a download host needs one or two
_REDIRECTS = (301, 302, 303, 307, 308)
_SCHEMES = ("http", "https")
_DISK_CODES = {
    errno.ENOSPC: "model_download_disk_full",
    errno.EDQUOT: "model_download_disk_full",
    errno.EACCES: "model_download_no_permission",
    errno.EPERM: "model_download_no_permission",
    errno.EROFS: "model_download_no_permission",
}

Progress = Callable[[int, int], None]  # bytes done, bytes in all


def download(
    variant: Variant,
    folder: Path,
    *,
    progress: Progress = lambda _done, _total: None,
    timeout_s: float = 30.0,  # ours; of silence, not of the whole
) -> ModelFile:
    """Fetch `variant` into `folder`, carrying on where an earlier try was cut off.

    What has arrived waits in a `.part` file beside the target, which appears only whole and with
    an accepted checksum. A right file that is there already is left alone.

    Raises
    ------
    ModelTrouble
        No network, silence, cut off, refused address, HTTP error, disk full, no permission,
        wrong checksum.
    """
    target = folder / variant.file
    part = folder / f"{variant.file}.part"
    fail = partial(
        ModelTrouble,
        path=str(target),
        command=variant.command,
        url=variant.source,
        size_mb=variant.accepted[0].size_bytes / 1e6,
    )
    with suppress(ModelTrouble):
        return check_variant(target, variant)
    with _writing(fail):
        folder.mkdir(parents=True, exist_ok=True)
        if _size(part) not in {bundle.size_bytes for bundle in variant.accepted}:
            _fetch(variant, part, progress, timeout_s, fail)
        with part.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if sha256 not in {bundle.sha256 for bundle in variant.accepted}:
            part.unlink()
            expected = variant.accepted[0].sha256
            raise fail("model_download_wrong_checksum", expected=expected, found=sha256)
        machine.patiently(lambda: part.replace(target))
    return ModelFile(path=target, name=variant.name, sha256=sha256)


def _fetch(
    variant: Variant,
    part: Path,
    progress: Progress,
    timeout_s: float,
    fail: Callable[..., ModelTrouble],
) -> None:
    """Bring `part` to its full length."""
    sizes = {bundle.size_bytes for bundle in variant.accepted}
    with _opened(variant.source, _size(part), timeout_s, fail) as response:
        carries_on = response.status == HTTPStatus.PARTIAL_CONTENT
        done = _size(part) if carries_on else 0
        length = response.headers.get("Content-Length", "")
        total = done + int(length) if length.isdecimal() else variant.accepted[0].size_bytes
        if shutil.disk_usage(part.parent).free < total - done:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        with part.open("ab" if carries_on else "wb") as file:
            progress(done, total)
            for chunk in _chunks(response, fail):
                file.write(chunk)
                done += len(chunk)
                progress(done, total)
                if done > max(sizes):  # not our file, and nobody knows how long it goes on
                    return
    if done < total and done not in sizes:
        raise fail("model_download_cut_off", why=f"{done} / {total} B")


def _opened(
    url: str, start: int, timeout_s: float, fail: Callable[..., ModelTrouble]
) -> HTTPResponse:
    """Return the server's answer from byte `start` on, or from 0 when it cannot start there.

    Redirects are followed by hand: urllib's own handler would also go to ftp.
    """
    opener = request.OpenerDirector()
    for handler in (
        request.ProxyHandler(),
        request.HTTPHandler(),
        request.HTTPSHandler(),
        request.HTTPErrorProcessor(),
        request.HTTPDefaultErrorHandler(),
    ):
        opener.add_handler(handler)
    headers = {"Range": f"bytes={start}-"} if start else {}
    for _ in range(_MAX_HOPS):
        if urlsplit(url).scheme not in _SCHEMES:
            break
        asked = request.Request(url, headers=headers)  # noqa: S310 - the scheme is checked above
        try:
            response: HTTPResponse = opener.open(asked, timeout=timeout_s)
        except HTTPError as trouble:
            trouble.close()
            if trouble.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and headers:
                headers = {}
            elif trouble.code in _REDIRECTS:
                url = urljoin(url, trouble.headers.get("Location", ""))
            else:
                raise fail("model_download_http_error", status=trouble.code) from trouble
        except (OSError, HTTPException) as trouble:
            raise _line_trouble("model_download_no_network", trouble, fail) from trouble
        else:
            return response
    raise fail("model_download_refused_address", refused=url)


def _chunks(response: HTTPResponse, fail: Callable[..., ModelTrouble]) -> Iterator[bytes]:
    try:
        while chunk := response.read(_CHUNK):
            yield chunk
    except (OSError, HTTPException) as trouble:
        raise _line_trouble("model_download_cut_off", trouble, fail) from trouble


def _line_trouble(code: str, trouble: Exception, fail: Callable[..., ModelTrouble]) -> ModelTrouble:
    reason = trouble.reason if isinstance(trouble, URLError) else trouble
    if isinstance(reason, TimeoutError):
        return fail("model_download_timed_out")
    return fail(code, why=str(reason) or type(reason).__name__)


@contextmanager
def _writing(fail: Callable[..., ModelTrouble]) -> Iterator[None]:
    """Turn what the disk says into words."""
    try:
        yield
    except OSError as trouble:
        why = trouble.strerror or type(trouble).__name__
        raise fail(
            _DISK_CODES.get(trouble.errno or 0, "model_download_cannot_write"), why=why
        ) from trouble


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0
