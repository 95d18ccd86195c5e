"""What kinds of files are taken: how their names end and how their first bytes read."""

from __future__ import annotations

from dataclasses import dataclass

HEAD_BYTES = 256  # of a file that are needed to know what it is: two packets of an .m2ts

_VIDEO_SUFFIXES = (
    *(".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".mpg", ".mpeg", ".m2v", ".vob"),
    *(".ts", ".mts", ".m2ts", ".m2t", ".3gp", ".3g2", ".wmv", ".asf", ".flv"),
    *(".mxf", ".ogv", ".dv"),
)
_PICTURE_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".png", ".gif", ".webp", ".avif", ".heic", ".heif", ".hif"),
    *(".bmp", ".tif", ".tiff"),
)
SUFFIXES = frozenset([*_VIDEO_SUFFIXES, *_PICTURE_SUFFIXES])  # of clips, in lower case
# What a browser's file picker is to offer beside what it takes for a video or a picture by itself.
PICKED = ",".join(("video/*", "image/*", *_VIDEO_SUFFIXES, *_PICTURE_SUFFIXES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of file, as servers and people call it."""

    media_type: str
    suffix: str


_MP4 = Kind(media_type="video/mp4", suffix=".mp4")
_MPEG_TS = Kind(media_type="video/mp2t", suffix=".mts")
_BOXES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # QuickTime's first, at byte 4
_BRANDS = {  # of a file that begins with `ftyp`
    b"qt  ": Kind(media_type="video/quicktime", suffix=".mov"),
    b"avif": Kind(media_type="image/avif", suffix=".avif"),
    b"avis": Kind(media_type="image/avif", suffix=".avif"),
    **dict.fromkeys(
        (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"),
        Kind(media_type="image/heic", suffix=".heic"),
    ),
}
_STARTS = {
    b"\x1aE\xdf\xa3": Kind(media_type="video/webm", suffix=".webm"),
    b"\xff\xd8\xff": Kind(media_type="image/jpeg", suffix=".jpg"),
    b"\x89PNG\r\n\x1a\n": Kind(media_type="image/png", suffix=".png"),
    b"GIF8": Kind(media_type="image/gif", suffix=".gif"),
    b"II*\0": Kind(media_type="image/tiff", suffix=".tif"),
    b"MM\0*": Kind(media_type="image/tiff", suffix=".tif"),
    b"FLV\1": Kind(media_type="video/x-flv", suffix=".flv"),
    b"OggS": Kind(media_type="video/ogg", suffix=".ogv"),
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": Kind(media_type="video/x-ms-wmv", suffix=".wmv"),
    b"\x06\x0e\x2b\x34\x02\x05\x01\x01": Kind(media_type="application/mxf", suffix=".mxf"),
    b"\0\0\1\xba": Kind(media_type="video/mpeg", suffix=".mpg"),
    b"\0\0\1\xb3": Kind(media_type="video/mpeg", suffix=".mpg"),
}
_INSIDE_RIFF = {
    b"AVI ": Kind(media_type="video/x-msvideo", suffix=".avi"),
    b"WEBP": Kind(media_type="image/webp", suffix=".webp"),
}
# A transport stream has this byte at the start of every packet of 188; on camcorders' cards
# (.MTS, .m2ts) four bytes of time go before each.
_SYNC, _PACKET, _TIMED_PACKET, _TIME = 0x47, 188, 192, 4


def kind_of(head: bytes) -> Kind | None:
    """Return what kind of video or picture begins like this; None = none that is taken.

    Only containers that hold what they hold: a playlist names other files, and the name a file
    comes with says nothing. Two packets of a transport stream are 193 bytes; of a shorter `head`
    it is not known.
    """
    if head[4:8] in _BOXES:
        return _BRANDS.get(_brand(head), _MP4)
    if head.startswith(b"RIFF"):
        return _INSIDE_RIFF.get(head[8:12])
    if _is_bmp(head):
        return Kind(media_type="image/bmp", suffix=".bmp")
    for start, kind in _STARTS.items():
        if head.startswith(start):
            return kind
    return _MPEG_TS if _is_transport_stream(head) else None


def is_photo_container(head: bytes) -> bool:
    """Whether a file begins like HEIC or AVIF: a photo in the boxes of a video."""
    kind = kind_of(head)
    return kind is not None and kind.media_type in {"image/heic", "image/avif"}


def _brand(head: bytes) -> bytes:
    """Return the brand that says most: `mif1` is any still picture, AVIF or HEIC."""
    if head[4:8] != b"ftyp":
        return b""
    end = min(int.from_bytes(head[:4], "big"), len(head))
    brands = [head[8:12], *(head[at : at + 4] for at in range(16, end - 3, 4))]
    if brands[0] in {b"mif1", b"msf1"}:
        return next((one for one in (b"avif", b"avis") if one in brands), brands[0])
    return brands[0]


def _is_bmp(head: bytes) -> bool:
    return head.startswith(b"BM") and head[6:10] == b"\0\0\0\0"  # reserved, always nought


def _is_transport_stream(head: bytes) -> bool:
    def at(place: int) -> bool:
        return len(head) > place and head[place] == _SYNC

    return (at(0) and at(_PACKET)) or (at(_TIME) and at(_TIME + _TIMED_PACKET))
