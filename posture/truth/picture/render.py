"""Draw a dressed figure in a room, as a camera sees it. Needs EGL; no display, no graphics card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import moderngl
import numpy as np
from numpy.typing import NDArray

from posture.closing import Closing
from posture.errors import PostureError
from posture.libraries import bring_renderer, renderer_options
from posture.machine import system
from posture.truth.body.looks import HAIR, HAIR_TONES, Outfit, ponytail
from posture.truth.body.shapes import normals_of
from posture.truth.picture import shaders
from posture.truth.picture.camera import Camera
from posture.truth.picture.paper import Paper, pasted
from posture.truth.picture.room import WALL_M, Room, bench_in_front, room
from posture.types import Floats, Rgb


class NoRenderer(PostureError):
    """Nothing here can draw: EGL or its driver is missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Light:
    """How much light there is, what the sensor makes of it, how sharp the shadow is."""

    strength: float = 1.0
    noise: float = 2.5  # grey levels, sd
    shadow: float = 0.45


@dataclass(slots=True)
class _Actor:
    """A figure's buffers."""

    outfit: Outfit
    place: Any
    normal: Any
    drawn: Any
    shadow: Any
    tail: NDArray[np.int64] | None


class Renderer(Closing):
    """Draws one person in one room, picture after picture; use as a context."""

    def __init__(
        self, camera: Camera, kind: Room, light: Light, seed: int, paper: Paper | None = None
    ) -> None:
        self.camera, self.light = camera, light
        try:
            make: Any = moderngl.create_standalone_context  # its stub takes no strings
            self._context = make(**renderer_options(system()))
        except Exception as trouble:
            mend = bring_renderer(system())
            raise NoRenderer("no_renderer", **mend.values, because=mend.code) from trouble
        context = self._context
        context.enable(moderngl.DEPTH_TEST)
        self._many: Any = None
        self._one: Any = None
        self._ground: Any = None
        self._person = context.program(shaders.PERSON_VERTEX, shaders.PERSON_FRAGMENT)
        self._shadow = context.program(shaders.SHADOW_VERTEX, shaders.SHADOW_FRAGMENT)
        self._room = context.program(shaders.ROOM_VERTEX, shaders.ROOM_FRAGMENT)
        size = camera.size_px
        self._window = (0, 0)  # width and height of what is drawn at once
        self._open_window(size)
        key = np.array([-0.55 if camera.near == "right" else 0.55, -0.25, 1.0])
        self._key = key / np.linalg.norm(key)
        self._rng = np.random.default_rng([seed, 5])
        grain = self._rng.standard_normal((size[1] + 64, size[0] + 64)) * light.noise
        self._grain = np.repeat(np.round(grain)[..., None], 3, axis=2).astype(np.int16)
        for program in (self._person, self._room):
            self._set(program, "light", light.strength)
        self.background = self._drawn_room(room(kind, camera.near, seed))[0]
        if paper is not None:
            self.background = pasted(self.background, camera, paper, light.strength)
        blurred = cv2.GaussianBlur(self.background, (0, 0), 1.1 * max(size) / 1280)
        self.background = np.asarray(blurred, dtype=np.uint8)
        self._open_window((64, 64))  # from here on only as much as the body takes
        self._front: tuple[Rgb, Floats] | None = None
        self._last: Rgb | None = None  # without the sensor's noise
        self._maps: tuple[NDArray[np.float32], NDArray[np.float32]] | None = None
        if camera.k1:
            across, down = camera.distortion_maps()
            self._maps = across.astype(np.float32), down.astype(np.float32)

    def _open_window(self, size: tuple[int, int]) -> None:
        """Make the buffers for a part of the picture of this size."""
        if self._window != (0, 0):
            for buffer in (self._many, self._one, self._ground):
                buffer.release()
        context = self._context
        self._window = size
        self._many = context.framebuffer(
            [context.renderbuffer(size, 4, samples=4)], context.depth_renderbuffer(size, samples=4)
        )
        self._one = context.framebuffer([context.renderbuffer(size, 4)])
        self._half = (size[0] // 2, size[1] // 2)
        self._ground = context.framebuffer([context.renderbuffer(self._half, 4)])

    def hide_feet(self) -> None:
        """Put a bench between the camera and the person."""
        self._open_window(self.camera.size_px)
        picture, cover = self._drawn_room(bench_in_front(self.camera.near))
        self._front = picture, cover[..., None].astype(np.float32) / 255

    def _aim(self, program: Any, corner: tuple[int, int] = (0, 0)) -> None:  # noqa: ANN401 - untyped
        """Point a program at the window whose top left lies there in the picture."""
        (width, height), (wide, tall) = self.camera.size_px, self._window
        part = np.eye(4)
        part[0, 0], part[1, 1] = width / wide, height / tall
        part[0, 3] = (width - 2 * corner[0]) / wide - 1
        part[1, 3] = 1 - (height - 2 * corner[1]) / tall
        matrix = np.ascontiguousarray((part @ self.camera.projection).T, dtype=np.float32)
        program["projection"].write(matrix.tobytes())
        if "key" in program:
            self._set(program, "key", tuple(self._key))

    @staticmethod
    def _set(program: Any, name: str, value: object) -> None:  # noqa: ANN401 - untyped
        program[name].value = value

    def _drawn_room(self, rows: NDArray[np.float32]) -> tuple[Rgb, NDArray[np.uint8]]:
        """Return the picture of triangles and where they cover it."""
        context = self._context
        buffer = context.buffer(rows.tobytes())
        drawn = context.vertex_array(
            self._room, [(buffer, "3f 3f 3f 1f", "place", "normal", "colour", "kind")]
        )
        self._aim(self._room)
        self._many.use()
        self._many.clear(0, 0, 0, 0)
        drawn.render()
        seen = self._read()
        drawn.release()
        buffer.release()
        return seen[..., :3].copy(), seen[..., 3].copy()

    def _read(self) -> NDArray[np.uint8]:
        self._context.copy_framebuffer(self._one, self._many)
        wide, tall = self._window
        flat = np.frombuffer(self._one.read(components=4), np.uint8)
        picture: NDArray[np.uint8] = flat.reshape(tall, wide, 4)[::-1]
        return picture

    def actor(self, outfit: Outfit) -> _Actor:
        """Make a figure ready to be drawn."""
        context, shared = self._context, outfit.figure.shared
        faces, colour, kind = shared.faces, outfit.colour, outfit.kind
        rest = outfit.figure.vertices
        tail: NDArray[np.int64] | None = None
        if outfit.look.hair_style == "ponytail":
            vertices, tail = ponytail(outfit.figure)
            count, more = len(rest), len(vertices)
            faces = np.concatenate([faces, tail + count])
            hair = np.tile(np.array(HAIR_TONES[outfit.look.hair], dtype=np.float32), (more, 1))
            colour = np.concatenate([colour, hair])
            kind = np.concatenate([kind, np.full(more, HAIR)])
            rest = np.concatenate([rest, vertices])
        size = len(rest) * 12
        place, normal = context.buffer(reserve=size), context.buffer(reserve=size)
        fixed = np.concatenate([colour, rest, kind[:, None]], axis=1).astype("f4")
        index = context.buffer(faces.astype("i4").tobytes())
        drawn = context.vertex_array(
            self._person,
            [
                (place, "3f", "place"),
                (normal, "3f", "normal"),
                (context.buffer(fixed.tobytes()), "3f 3f 1f", "colour", "rest", "kind"),
            ],
            index,
        )
        shadow = context.vertex_array(self._shadow, [(place, "3f", "place")], index)
        return _Actor(outfit, place, normal, drawn, shadow, tail)

    def frame(
        self, actors: list[_Actor], offsets: list[Floats], *, mirrored: bool = False
    ) -> tuple[Rgb, NDArray[np.uint8]]:
        """Return the picture of the actors in their present poses, the last one in front.

        `offsets` moves each whole figure, metres. The second value is the last actor's mask. With
        `mirrored` the last actor is also seen in a mirror on the wall.
        """
        picture = self.background.copy()
        mask = np.zeros(picture.shape[:2], dtype=np.uint8)
        if mirrored:
            self._add(picture, actors[-1], offsets[-1], in_mirror=True)
        for actor, offset in zip(actors, offsets, strict=True):
            mask = self._add(picture, actor, offset)
        if self._front is not None:
            over, cover = self._front
            picture = np.asarray(picture * (1 - cover) + over * cover, dtype=np.uint8)
            mask = np.asarray(mask * (1 - cover[..., 0]), dtype=np.uint8)
        if self._maps is not None:
            picture = np.asarray(
                cv2.remap(picture, *self._maps, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE),
                dtype=np.uint8,
            )
            mask = np.asarray(cv2.remap(mask, *self._maps, cv2.INTER_LINEAR), dtype=np.uint8)
        self._last = picture
        return self._grained(picture), mask

    def again(self) -> Rgb:
        """Return the last picture as the sensor gives it once more, nobody having moved."""
        if self._last is None:
            raise ValueError("expected a picture before its repetition")
        return self._grained(self._last)

    def _grained(self, picture: Rgb) -> Rgb:
        if not self.light.noise:
            return picture.copy()
        height, width = picture.shape[:2]
        i, j = self._rng.integers(0, 64, 2)
        grain = self._grain[i : i + height, j : j + width]
        return np.asarray(cv2.add(picture, grain, dtype=cv2.CV_8U), dtype=np.uint8)

    def _add(
        self, picture: Rgb, actor: _Actor, offset: Floats, *, in_mirror: bool = False
    ) -> NDArray[np.uint8]:
        placed = actor.outfit.posed() + offset
        normals = normals_of(placed, actor.outfit.figure.shared)
        if actor.tail is not None:
            vertices, _ = ponytail(actor.outfit.figure)
            middle = vertices.reshape(7, 8, 3).mean(axis=1).repeat(8, axis=0)
            out = vertices - middle
            placed = np.concatenate([placed, vertices + offset])
            normals = np.concatenate([normals, out / np.linalg.norm(out, axis=1, keepdims=True)])
        if in_mirror:
            wall = WALL_M * (1.0 if self.camera.near == "right" else -1.0)
            placed = np.array([2 * wall, 0, 0]) + placed * (-1, 1, 1)
            normals = normals * (-1, 1, 1)
        actor.place.write(placed.astype("f4").tobytes())
        actor.normal.write(normals.astype("f4").tobytes())
        x0, y0, x1, y1 = self._about(placed)
        if x1 <= x0 or y1 <= y0:  # somebody who has left the picture
            return np.zeros(picture.shape[:2], dtype=np.uint8)
        if x1 - x0 > self._window[0] or y1 - y0 > self._window[1]:
            self._open_window(
                (
                    max(self._window[0], (x1 - x0 + 63) // 64 * 64),
                    max(self._window[1], (y1 - y0 + 63) // 64 * 64),
                )
            )
        corner = (x0, y0)
        self._ground.use()
        self._ground.clear(0, 0, 0, 0)
        self._context.disable(moderngl.DEPTH_TEST)
        self._aim(self._shadow, corner)
        actor.shadow.render()
        self._context.enable(moderngl.DEPTH_TEST)
        flat = np.frombuffer(self._ground.read(components=1), np.uint8)
        ground = flat.reshape(self._half[1], self._half[0])[::-1]
        self._aim(self._person, corner)
        self._set(self._person, "eye", tuple(self.camera.eye))
        self._many.use()
        self._many.clear(0, 0, 0, 0)
        if not in_mirror:
            self._context.enable(moderngl.CULL_FACE)
        actor.drawn.render()
        self._context.disable(moderngl.CULL_FACE)
        wide, tall = x1 - x0, y1 - y0
        body = self._read()[:tall, :wide]
        dark = cv2.GaussianBlur(ground[: (tall + 1) // 2, : (wide + 1) // 2], (0, 0), 5)
        shade = cv2.resize(dark, (wide, tall)).astype(np.float32) * (self.light.shadow / 255)
        alpha = body[..., 3].astype(np.float32) / 255
        under = picture[y0:y1, x0:x1] * ((1 - shade) * (1 - alpha))[..., None]
        picture[y0:y1, x0:x1] = np.clip(under + body[..., :3], 0, 255).astype(np.uint8)
        mask = np.zeros(picture.shape[:2], dtype=np.uint8)
        mask[y0:y1, x0:x1] = body[..., 3]
        return mask

    def _about(self, placed: Floats) -> tuple[int, int, int, int]:
        """Return the even box in the picture that holds the body and its shadow."""
        key = self._key
        ground = placed - key * (placed[:, 2:] / key[2])
        at = self.camera.straight_px(np.concatenate([placed, ground]))
        size = np.array(self.camera.size_px)
        low = np.clip(np.floor(at.min(axis=0)) - 24, 0, size).astype(int) // 2 * 2
        high = np.clip(np.ceil(at.max(axis=0)) + 24, 0, size).astype(int)
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def close(self) -> None:
        """Give the graphics memory back."""
        self._context.release()
