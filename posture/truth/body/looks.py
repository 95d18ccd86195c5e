"""What a person wears, and the body's surface in it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from posture.truth.body.figure import Figure
from posture.truth.body.shapes import normals_of
from posture.types import Bools, Floats

Colour = tuple[float, float, float]  # red, green, blue, 0..1
Top = Literal["bare", "fitted", "loose", "hanging"]
Bottoms = Literal["shorts", "tights", "trousers", "skirt"]
Hair = Literal["short", "long", "ponytail"]

SKIN_TONES: dict[str, Colour] = {
    "light": (0.87, 0.68, 0.57),
    "tan": (0.76, 0.55, 0.42),
    "brown": (0.50, 0.33, 0.23),
    "dark": (0.30, 0.19, 0.14),
}
HAIR_TONES: dict[str, Colour] = {
    "brown": (0.20, 0.12, 0.07),
    "black": (0.05, 0.045, 0.04),
    "blond": (0.62, 0.48, 0.28),
    "grey": (0.55, 0.54, 0.52),
}
SKIN, SHIRT, BOTTOMS, SHOE, HAIR, EYE = range(6)
_EYE_WHITE: Colour = (0.95, 0.94, 0.92)
_SOLE_M = 0.012  # of a shoe


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Skin, hair and clothes."""

    skin: str = "light"
    hair: str = "brown"
    hair_style: Hair = "short"
    top: Top = "fitted"
    bottoms: Bottoms = "shorts"
    barefoot: bool = False
    shirt: Colour = (0.20, 0.33, 0.55)
    bottoms_colour: Colour = (0.13, 0.13, 0.15)
    shoes: Colour = (0.85, 0.85, 0.85)
    sleeve: float = 0.55  # of the upper arm
    shirt_gap_m: float = 0.006
    bottoms_gap_m: float = 0.008
    hang: float = 1.0  # of a hanging top: 1 = straight from shoulder blades to buttocks


class Outfit:
    """One figure as it is dressed: surface at rest, what each vertex is, its colour."""

    def __init__(self, figure: Figure, look: Look) -> None:
        self.figure = figure
        self.look = look
        self._shares: dict[tuple[str, ...], Floats] = {}
        self._wears_shoes = not look.barefoot
        shod = self._shod() if self._wears_shoes else figure.vertices
        self.sole_z = float(shod[:, 2].min())
        self.kind: NDArray[np.int64] = self._kinds()
        self.surface = self._clothed(shod)
        self.colour = self._colours()

    # -- which vertex is what -------------------------------------------------------------------

    def _share(self, *starts: str) -> Floats:
        """Return how much the bones whose names start so move each vertex."""
        if starts not in self._shares:  # asked again for every picture
            bones = self.figure.shared.bones
            columns = [i for i, bone in enumerate(bones) if bone.startswith(starts)]
            mine: Any = self.figure.shared.skin[:, columns]
            self._shares[starts] = np.asarray(mine.sum(axis=1)).ravel()
        return self._shares[starts]

    @cached_property
    def _feet(self) -> Bools:
        vertices = self.figure.vertices
        low = vertices[:, 2] < vertices[:, 2].min() + 0.085 * self.figure.height_m / 1.63
        return np.asarray((self._share("foot", "toe") > 0.5) & low)

    def _kinds(self) -> NDArray[np.int64]:
        figure, look = self.figure, self.look
        z = figure.vertices[:, 2]
        leg, arm = self._share("upperleg"), self._share("upperarm")
        shank, forearm = self._share("lowerleg"), self._share("lowerarm")
        hand, foot = self._share("wrist", "finger", "metac"), self._share("foot", "toe")
        pelvis = self._share("root", "pelvis")
        torso = self._share("spine", "clavicle", "shoulder", "root", "pelvis", "neck01")
        waist = figure.head("spine04")[2] + 0.02
        collar = z < figure.head("neck01")[2] + 0.015
        core = (self._share("head", "eye", "neck03") < 0.3) & (arm + forearm + hand < 0.5)
        core &= foot < 0.5
        kinds: NDArray[np.int64] = np.full(len(z), SKIN, dtype=np.int64)
        covered = leg + pelvis
        ends = figure.head("lowerleg01.L")[2] + 0.10
        if look.bottoms in {"tights", "trousers"}:
            covered, ends = covered + shank, -9.0
        bottoms = ((covered > 0.3) | (core & (torso > 0.3))) & (z <= waist) & (z > ends)
        bottoms &= (hand + forearm + arm < 0.3) & ~(self._feet & self._wears_shoes)
        kinds[bottoms] = BOTTOMS
        if look.top != "bare":
            sleeve = (arm > 0.45) & (self._along_arm < look.sleeve) & (hand < 0.1)
            kinds[(core & (z > waist - 0.03) & collar & (leg < 0.5)) | sleeve] = SHIRT
        if self._wears_shoes:
            kinds[self._feet] = SHOE
        kinds[self._hair()] = HAIR
        kinds[self._share("eye") > 0.5] = EYE
        return kinds

    @cached_property
    def _along_arm(self) -> Floats:
        """How far down the upper arm each vertex is: 0 at the shoulder, 1 at the elbow."""
        vertices, along = self.figure.vertices, np.zeros(len(self.figure.vertices))
        for side, sign in (("L", 1), ("R", -1)):
            a, b = (self.figure.head(f"{bone}.{side}") for bone in ("upperarm01", "lowerarm01"))
            mine = np.sign(vertices[:, 0]) == sign
            along[mine] = ((vertices[mine] - a) @ (b - a)) / ((b - a) @ (b - a))
        return along

    def _hair(self) -> Bools:
        figure = self.figure
        x, y, z = figure.vertices.T
        eye, skull = figure.head("eye.L"), figure.head("head")
        on_head = self._share("head") > 0.6
        back = y > skull[1] + 0.02 - 0.35 * (z - eye[2])
        hair = on_head & ((z > eye[2] + 0.055) | (back & (z > eye[2] - 0.07)))
        ear = on_head & (np.abs(x) > 0.073) & (np.abs(z - eye[2]) < 0.04)
        hair &= ~ear
        if self.look.hair_style == "long":
            down = figure.head("spine01")[2] - 0.02
            hair |= (
                (np.abs(x) < 0.095)
                & (y > figure.head("neck01")[1] - 0.01)
                & (z > down)
                & (z < eye[2])
                & (self._share("upperarm", "lowerarm") < 0.1)
            )
        return np.asarray(hair)

    # -- surface --------------------------------------------------------------------------------

    def _shod(self) -> Floats:
        """Return the surface with shoes: toes smoothed away, thicker, on a sole."""
        shared = self.figure.shared
        vertices, feet = self.figure.vertices, np.flatnonzero(self._feet)
        floor = vertices[:, 2].min()
        smooth = vertices.copy()
        for _ in range(25):
            smooth[feet] = (0.5 * smooth + 0.5 * (shared.neighbours @ smooth))[feet]
        shod = vertices.copy()
        shod[feet] = smooth[feet]
        for sign in (1, -1):  # keep the length that smoothing took
            mine = self._feet & (np.sign(vertices[:, 0]) == sign)
            (a, b), (c, d) = ((s[mine, 1].min(), s[mine, 1].max()) for s in (vertices, shod))
            shod[mine, 1] = (shod[mine, 1] - c) / (d - c) * (b - a + 0.02) + a - 0.012
        normals = normals_of(shod, shared)
        shod[feet] += 0.006 * normals[feet]
        low = self._feet & (shod[:, 2] < floor + 0.03)
        shod[low, 2] = np.minimum(shod[low, 2], floor + _SOLE_M)
        shod[low & (normals[:, 2] < -0.3), 2] = floor - _SOLE_M
        return shod

    def _clothed(self, shod: Floats) -> Floats:
        look = self.look
        long_hair = look.hair_style == "long"
        thick = (
            self._soft(self.kind == SHIRT, 2) * look.shirt_gap_m
            + self._soft(self.kind == BOTTOMS, 2) * look.bottoms_gap_m
            + self._soft(self.kind == HAIR, 3) * (0.026 if long_hair else 0.016)
        )
        clothed: Floats = shod + normals_of(shod, self.figure.shared) * thick[:, None]
        return clothed

    def _soft(self, mask: Bools, passes: int) -> Floats:
        """Return the mask with soft edges inside of it."""
        soft = mask.astype(np.float64)
        for _ in range(passes):
            soft = 0.5 * soft + 0.5 * (self.figure.shared.neighbours @ soft)
        return np.clip(soft * 1.3, 0, 1) * mask

    def _colours(self) -> NDArray[np.float32]:
        look, figure = self.look, self.figure
        x, y, z = figure.vertices.T
        hair = HAIR_TONES[look.hair]
        palette = np.array(
            [SKIN_TONES[look.skin], look.shirt, look.bottoms_colour, look.shoes, hair, _EYE_WHITE]
        )
        colour = palette[self.kind]
        eye, on_head, bare = figure.head("eye.L"), self._share("head") > 0.6, self.kind == SKIN
        for sign in (1, -1):
            mine = (self.kind == EYE) & (np.sign(x) == sign)
            colour[mine & (y < np.quantile(y[mine], 0.35))] = (0.16, 0.10, 0.07)
        front = y < eye[1] + 0.01
        brow = on_head & bare & front & (np.abs(z - eye[2] - 0.024) < 0.005) & (np.abs(x) > 0.012)
        colour[brow] = 0.5 * colour[brow] + 0.5 * np.array(hair)
        lip = on_head & bare & (np.abs(z - (eye[2] - 0.072)) < 0.009) & (y < eye[1] - 0.005)
        colour[lip & (np.abs(x) < 0.024)] *= np.array([0.85, 0.6, 0.6])
        return colour.astype(np.float32)

    # -- in a pose ------------------------------------------------------------------------------

    def leg_m(self, side: str) -> float:
        """Return the length of a leg down to the sole, metres; `side` is L or R."""
        ankle_height = float(self.figure.head(f"foot.{side}")[2] - self.sole_z)
        return self.figure.leg_m(side) + ankle_height

    def lowest_z(self) -> float:
        """Return the height of the lowest point of the feet in the present pose, metres."""
        feet = np.flatnonzero(self._feet)
        return self.figure.lowest_z(self.surface, feet)

    def posed(self) -> Floats:
        """Return the dressed surface, (V, 3), in the figure's present pose."""
        placed = self.figure.skinned(self.surface)
        if self.look.top == "loose" or self.look.bottoms == "trousers":
            placed = self._relaxed(placed)
        if self.look.bottoms == "skirt":
            placed = self._skirted(placed)
        if self.look.top == "hanging":
            placed = self._hung(placed)
        # soles and toes give way to the floor
        placed[self._feet, 2] = np.maximum(placed[self._feet, 2], 0.0)
        return placed

    def _relaxed(self, placed: Floats) -> Floats:
        """Even loose cloth out where it lies, never inside of the body."""
        loose = np.zeros(len(placed), dtype=bool)
        if self.look.top == "loose":
            loose |= self.kind == SHIRT
        if self.look.bottoms == "trousers":
            loose |= self.kind == BOTTOMS
        rows = np.flatnonzero(loose)
        shared, even = self.figure.shared, placed.copy()
        around = shared.neighbours[rows]
        for _ in range(_RELAX):
            even[rows] = 0.4 * even[rows] + 0.6 * (around @ even)
        normals = normals_of(placed, shared)
        inside = np.einsum("ij,ij->i", even - placed, normals)
        out = np.maximum(0, -inside) + 0.010
        relaxed = placed.copy()
        relaxed[rows] = (even + normals * out[:, None])[rows]
        return relaxed

    def _hung(self, placed: Floats) -> Floats:
        """Let the top fall from the shoulder blades over the hollow of the back."""
        hips, neck = self.figure.joint("root"), self.figure.joint("neck01")
        up = neck - hips
        length = float(np.linalg.norm(up))
        up /= length
        behind = np.array([0.0, up[2], -up[1]])
        along, depth = (placed - hips) @ up / length, (placed - hips) @ behind
        cloth = (self.kind == SHIRT) | (self.kind == BOTTOMS)
        trunk = (
            cloth & (along > -0.25) & (along < 1.0) & (self._share("upperarm", "upperleg") < 0.4)
        )
        edges = np.linspace(-0.25, 1.0, 40)
        place = np.clip(np.digitize(along, edges) - 1, 0, len(edges) - 2)
        furthest = np.full(len(edges) - 1, -np.inf)
        np.maximum.at(furthest, place[trunk], depth[trunk])
        middles = (edges[1:] + edges[:-1]) / 2
        known = np.isfinite(furthest)
        gap = np.interp(
            along, middles[known], _hull(middles[known], furthest[known]) - furthest[known]
        )
        facing_back = np.clip(normals_of(placed, self.figure.shared) @ behind * 1.5, 0, 1)
        amount = self.look.hang * np.maximum(gap, 0) * facing_back * trunk
        hung: Floats = placed + amount[:, None] * behind
        return hung

    def _skirted(self, placed: Floats) -> Floats:
        """Put a skirt over the thighs: a cone about both."""
        thighs = (self.kind == BOTTOMS) & (self._share("upperleg") > 0.3)
        z, rows = placed[:, 2], np.flatnonzero(thighs)
        top, hem = float(z[rows].max()), float(z[rows].min())
        edges = np.linspace(hem, top, 14)
        place = np.clip(np.digitize(z[rows], edges) - 1, 0, len(edges) - 2)
        skirted = placed.copy()
        for part in range(len(edges) - 1):
            ring = rows[place == part]
            if len(ring) < 3:
                continue
            middle = (placed[ring, :2].max(axis=0) + placed[ring, :2].min(axis=0)) / 2
            half = (placed[ring, :2].max(axis=0) - placed[ring, :2].min(axis=0)) / 2 + 0.01
            way = (placed[ring, :2] - middle) / half
            reach = np.maximum(np.linalg.norm(way, axis=1, keepdims=True), 0.05)
            skirted[ring, :2] = middle + way / reach * half
        return skirted


_RELAX = 10  # passes; ours: folds go, the shape stays


def _hull(x: Floats, y: Floats) -> Floats:
    """Return the smallest concave line over points with rising x."""
    kept: list[int] = []
    for i in range(len(x)):
        while len(kept) > 1:
            a, b = kept[-2], kept[-1]
            if (y[b] - y[a]) * (x[i] - x[a]) > (y[i] - y[a]) * (x[b] - x[a]):
                break
            kept.pop()
        kept.append(i)
    return np.interp(x, x[kept], y[kept])


def ponytail(figure: Figure) -> tuple[Floats, NDArray[np.int64]]:
    """Return vertices and faces of a ponytail that hangs down from the back of the head."""
    skull, eye = figure.joint("head"), figure.joint("eye.L")
    forward = (figure.joint("eye.L") + figure.joint("eye.R")) / 2 - skull
    back = -forward / np.linalg.norm(forward)
    root = skull + 0.115 * back + np.array([0, 0, eye[2] - skull[2]]) * 0.4
    down = 0.15 * back + np.array([0, 0, -1.0])
    rings, around = 7, 8
    angle = np.linspace(0, 2 * np.pi, around, endpoint=False)
    vertices = []
    for ring in range(rings):
        share = ring / (rings - 1)
        radius = 0.004 + 0.028 * np.sin(np.pi * (0.12 + 0.88 * share) ** 0.7)
        middle = root + 0.26 * share * down / np.linalg.norm(down) + 0.04 * np.sqrt(share) * back
        circle = np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
        vertices.append(middle + radius * circle)
    faces = []
    for ring in range(rings - 1):
        for i in range(around):
            a, b = ring * around + i, ring * around + (i + 1) % around
            faces += [[a, a + around, b], [b, a + around, b + around]]
    return np.concatenate(vertices), np.array(faces)
