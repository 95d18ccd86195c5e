"""The client alone, cut out of a key picture without a letter on it, and the back line over it."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np

from posture.outputs.body_figure import STROKES, Stroke, telling
from posture.outputs.charts import place
from posture.outputs.overlay.backline import BackLine
from posture.outputs.overlay.bend import ruler_px
from posture.outputs.overlay.scene import Scene
from posture.outputs.tables import LEVEL_SIGNS
from posture.types import Finding, Floats, Link, Rgb, Side

Points = tuple[tuple[float, float], ...]

_MARGIN = 0.05  # ours; of the body's height, round about the client
_MOST_PX = 900  # ours; the longer side: 10 cm of paper at 230 dots an inch
_QUALITY = 84  # of JPEG; some 80 kB a picture
_SIGN = 0.030  # of the body's height: the radius of a sign's disc
_BANDS = 1 / 1000  # widths of strokes are thousandths of the body's height


@dataclass(frozen=True, slots=True, kw_only=True)
class Portrait:
    """One moment of the client, cut close, with nothing drawn on it yet."""

    jpeg: bytes
    size_px: tuple[int, int]  # width, height
    body_px: float  # how high the client is, standing
    side: Side  # towards the camera
    line: Mapping[Link, Points]  # where each link of the back line runs, px of the picture
    ruler: Points = ()  # the fingertip and the floor below it


def portrait_of(picture: Rgb, scene: Scene, frame: int) -> Portrait | None:
    """Return the client of one frame of an overlay; None where the client is not seen.

    `picture` has nothing drawn on it yet, and the size of the scene.
    """
    near, paths = scene.near(frame), BackLine().paths(scene, frame)
    box = _box(scene, frame, paths)
    if near is None or box is None:
        return None
    left, top, right, bottom = box
    scale = min(1.0, _MOST_PX / max(right - left, bottom - top))
    size_px = (max(1, round(scale * (right - left))), max(1, round(scale * (bottom - top))))
    cut = cv2.resize(picture[top:bottom, left:right], size_px, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", cut[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    ends = ruler_px(scene, frame)
    if not done:
        return None
    corner = np.array([left, top])
    return Portrait(
        jpeg=data.tobytes(),
        size_px=size_px,
        body_px=scale * scene.height_px,
        side=near,
        line={link: _points(scale * (path - corner)) for link, path in paths.items()},
        ruler=_points(scale * (np.array(ends) - corner)) if ends else (),
    )


def _box(
    scene: Scene, frame: int, paths: Mapping[Link, Floats]
) -> tuple[int, int, int, int] | None:
    """Return left, top, right, bottom of the client in whole px of the picture."""
    outline, ends = scene.outline(frame), ruler_px(scene, frame)
    seen = [scene.xy[frame], *paths.values()]
    seen += [] if outline is None else [outline]
    seen += [] if ends is None else [np.array(ends)]
    points = np.concatenate(seen)
    points = points[np.isfinite(points).all(axis=1)]
    if not points.size or not np.isfinite(scene.height_px):
        return None
    margin = _MARGIN * scene.height_px
    low = np.maximum(np.floor(points.min(axis=0) - margin), 0).astype(int)
    high = np.minimum(np.ceil(points.max(axis=0) + margin), scene.size_px).astype(int)
    if (high - low < 2).any():  # noqa: PLR2004 - out of the picture
        return None
    return int(low[0]), int(low[1]), int(high[0]), int(high[1])


def _points(path: Floats) -> Points:
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in path)


def portrait_svg(portrait: Portrait, findings: Sequence[Finding], said: str) -> str:
    """Return the picture with the back line on it, each link by its finding, as an SVG element.

    Without findings the picture is shown alone. `said` is read out in place of it.
    """
    width, height = portrait.size_px
    data = base64.b64encode(portrait.jpeg).decode("ascii")
    told = [
        (path, found)
        for link, path in portrait.line.items()
        if (found := _of(link, portrait.side, findings))
    ]
    drawn = [_band(path, STROKES[found.level], portrait.body_px) for path, found in told]
    signs = [
        _sign(
            path[len(path) // 2], STROKES[found.level], LEVEL_SIGNS[found.level], portrait.body_px
        )
        for path, found in told
    ]
    return (
        f'<svg class="portrait" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{escape(said, quote=True)}" fill="none" stroke-linecap="round" '
        f'stroke-linejoin="round"><image href="data:image/jpeg;base64,{data}" width="{width}" '
        f'height="{height}"/>{_ruler(portrait)}{"".join(drawn)}{"".join(signs)}</svg>'
    )


def _of(link: Link, side: Side, findings: Sequence[Finding]) -> Finding | None:
    """Return the finding that a link has on the side that is seen, or the more telling one."""
    own = [f for f in findings if f.link is link]
    seen = [f for f in own if f.side in {side, Side.BOTH}]
    return telling(seen or own) if own else None


def _band(path: Points, stroke: Stroke, body_px: float) -> str:
    way = "M" + "L".join(f"{place(x)} {place(y)}" for x, y in path)
    wide = stroke.width * _BANDS * body_px
    dash = " ".join(place(float(part) * _BANDS * body_px) for part in stroke.dash.split())
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    drawn = (
        f'<path d="{way}" stroke="#12161C" stroke-opacity=".55" '
        f'stroke-width="{place(wide + 4)}"{dashed}/>'
        f'<path d="{way}" stroke="{stroke.colour}" stroke-width="{place(wide)}"{dashed}/>'
    )
    if stroke.is_hatched:
        hatch = f"{place(3 * _BANDS * body_px)} {place(8 * _BANDS * body_px)}"
        drawn += (
            f'<path d="{way}" stroke="#FFFFFF" stroke-width="{place(wide)}" '
            f'stroke-linecap="butt" stroke-dasharray="{hatch}"/>'
        )
    return drawn


def _sign(at: tuple[float, float], stroke: Stroke, sign: str, body_px: float) -> str:
    radius = _SIGN * body_px
    x, y = at
    return (
        f'<circle cx="{place(x)}" cy="{place(y)}" r="{place(radius)}" fill="{stroke.colour}" '
        f'stroke="#FFFFFF" stroke-width="{place(radius / 6)}"/>'
        f'<text x="{place(x)}" y="{place(y + radius / 2)}" font-size="{place(1.45 * radius)}" '
        f'font-weight="700" text-anchor="middle" fill="{stroke.sign}">{sign}</text>'
    )


def _ruler(portrait: Portrait) -> str:
    """Draw how far the fingertip is from the floor."""
    if not portrait.ruler:
        return ""
    (x, top), (_, floor) = portrait.ruler
    tick, wide = 0.02 * portrait.body_px, max(2.0, 0.006 * portrait.body_px)
    way = "".join(
        f"M{place(x1)} {place(y1)}L{place(x2)} {place(y2)}"
        for x1, y1, x2, y2 in (
            (x, top, x, floor),
            (x - tick, top, x + tick, top),
            (x - tick, floor, x + tick, floor),
        )
    )
    return (
        f'<path d="{way}" stroke="#12161C" stroke-opacity=".7" stroke-width="{place(wide + 4)}"/>'
        f'<path d="{way}" stroke="#FFFFFF" stroke-width="{place(wide)}"/>'
    )
