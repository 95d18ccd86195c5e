"""From a person's traits to the surface and bones of their body at rest.

World axes: x to the person's left, y backwards (they face -y), z up; metres.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from posture.types import Floats

# Columns of the mask, in its order: each trait's stages. Three are the same for everybody here.
_STAGES = {
    "race": 3,
    "gender": 2,  # male, female
    "age": 5,  # newborn, baby, child, young, old
    "muscle": 3,
    "weight": 3,
    "height": 2,
    "proportions": 2,
    "cupsize": 3,
    "firmness": 3,
}
_AGE_BEGINS = -1 / 3  # of the five stages of age, evenly spread up to 1
ADULT_AGE = (0.4, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Traits:
    """What a body is like; all 0..1 except the local changes, -1..1."""

    gender: float  # 0 a man, 1 a woman
    age: float = 0.6  # two thirds is young, 1 old
    muscle: float = 0.5
    weight: float = 0.5
    height: float = 0.5
    proportions: float = 0.5
    local: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        low, high = ADULT_AGE
        faults = [
            f"{name} {value} is outside of {lo}..{hi}"
            for name, value, lo, hi in (
                ("gender", self.gender, 0, 1),
                ("age", self.age, low, high),
                ("muscle", self.muscle, 0, 1),
                ("weight", self.weight, 0, 1),
                ("height", self.height, 0, 1),
                ("proportions", self.proportions, 0, 1),
                *((name, value, -1, 1) for name, value in self.local.items()),
            )
            if not lo <= value <= hi
        ]
        unknown = set(self.local) - set(template().local_names)
        faults += [f"unknown local change {name!r}" for name in sorted(unknown)]
        if faults:
            raise ValueError("; ".join(faults))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Template:
    """What all bodies share."""

    faces: NDArray[np.int64]  # (F, 3)
    skin: sparse.csr_matrix  # (V, B) weights of the bones
    strongest: NDArray[np.int64]  # (V,) the bone that moves a vertex most
    neighbours: sparse.csr_matrix  # (V, V) mean over the adjoining vertices
    vertex_faces: sparse.csr_matrix  # (V, F)
    bones: tuple[str, ...]
    parents: NDArray[np.int64]  # (B,) -1 for the root
    mean: Floats  # (V + B, 3)
    local_names: tuple[str, ...]
    _directions: Floats
    _weights: Floats
    _offset: Floats
    _mask: NDArray[np.bool_]
    _local: Floats

    def bone(self, name: str) -> int:
        """Return the place of a bone."""
        return self.bones.index(name)

    def rest(self, traits: Traits) -> tuple[Floats, Floats]:
        """Return vertices (V, 3) and bone heads (B, 3) of one body at rest."""
        amounts = np.where(self._mask, _stages(traits), 1.0).prod(axis=1)
        along = amounts @ self._weights + self._offset
        flat = along @ self._directions
        for number, name in enumerate(self.local_names):
            value = traits.local.get(name, 0.0)
            if value:
                flat = flat + abs(value) * self._local[2 * number + (value < 0)]
        both = self.mean + flat.reshape(-1, 3)
        count = self.skin.shape[0]
        vertices: Floats = both[:count]
        heads: Floats = both[count:]
        return vertices, heads


def _stages(traits: Traits) -> Floats:
    """Return how much of each stage the traits are, in the mask's order."""
    parts = {
        "race": np.full(3, 1 / 3),
        "gender": _hats(traits.gender, 0.0, 2),
        "age": _hats(traits.age, _AGE_BEGINS, 5),
        "muscle": _hats(traits.muscle, 0.0, 3),
        "weight": _hats(traits.weight, 0.0, 3),
        "height": _hats(traits.height, 0.0, 2),
        "proportions": _hats(traits.proportions, 0.0, 2),
        "cupsize": _hats(0.5, 0.0, 3),
        "firmness": _hats(0.5, 0.0, 3),
    }
    return np.concatenate([parts[name] for name in _STAGES])


def _hats(value: float, begins: float, count: int) -> Floats:
    """Linear interpolation weights over `count` stages from `begins` to 1."""
    at = (value - begins) / (1 - begins) * (count - 1)
    hats: Floats = np.maximum(0.0, 1 - np.abs(at - np.arange(count)))
    return hats


@cache
def template() -> Template:
    """Read the bodies' file, made by tools/export_bodies.py."""
    packed = files("posture.truth.body").joinpath("bodies.npz")
    with as_file(packed) as path, np.load(path, allow_pickle=False) as z:
        arrays = {name: z[name] for name in z.files}
    faces = arrays["faces"].astype(np.int64)
    count, bones = int(arrays["vertices"]), tuple(arrays["bones"].tolist())
    bone_of, weight = arrays["bone_of"], arrays["bone_weight"].astype(np.float64)
    skin = sparse.csr_matrix(
        (weight.ravel(), (np.repeat(np.arange(count), bone_of.shape[1]), bone_of.ravel())),
        (count, len(bones)),
    )
    skin.sum_duplicates()
    skin = sparse.csr_matrix(sparse.diags(1 / np.asarray(skin.sum(axis=1)).ravel()) @ skin)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    touching = sparse.csr_matrix((np.ones(len(edges)), (edges[:, 0], edges[:, 1])), (count, count))
    touching = sparse.csr_matrix(touching + touching.T)
    touching.data[:] = 1.0
    degree = np.maximum(np.asarray(touching.sum(axis=1)).ravel(), 1)
    # the stub knows no index pair of this kind
    corners: Any = (np.ones(faces.size), (faces.ravel(), np.arange(faces.size) // 3))
    around = sparse.csr_matrix(corners, (count, len(faces)))
    return Template(
        faces=faces,
        skin=skin,
        strongest=np.asarray(skin.argmax(axis=1)).ravel().astype(np.int64),
        neighbours=sparse.csr_matrix(sparse.diags(1 / degree) @ touching),
        vertex_faces=around,
        bones=bones,
        parents=arrays["parents"].astype(np.int64),
        mean=arrays["mean"].astype(np.float64).reshape(-1, 3),
        local_names=tuple(arrays["local_names"].tolist()),
        _directions=arrays["directions"] * arrays["scale"][:, None],
        _weights=arrays["weights"].astype(np.float64),
        _offset=arrays["offset"].astype(np.float64),
        _mask=arrays["mask"],
        _local=arrays["local"] * arrays["local_scale"][:, None],
    )


def normals_of(vertices: Floats, shared: Template) -> Floats:
    """Return unit normals, (V, 3), pointing outwards."""
    corners = vertices[shared.faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    summed = np.asarray(shared.vertex_faces @ across)
    length = np.linalg.norm(summed, axis=1, keepdims=True)
    return np.asarray(summed / np.maximum(length, 1e-12))
