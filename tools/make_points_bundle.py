"""Make the bundle without an outline: the same points, in half the time.

    uv run --with ai-edge-litert python tools/make_points_bundle.py full

The landmark network ends in five outputs. One, the person's mask, takes 46 of its 332 operations
and nearly half of its time, and nothing else rests on it. This leaves those operations out and puts
zeros where the mask was, so that MediaPipe runs the network as before; all other outputs rest on
the same operations, in the same order, with the same weights. The result is one and the same file
on every machine: `models/manifest.toml` names its checksum, and `tests/landmarks/test_points.py`
holds its points to those of the whole network.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import zipfile
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

MODELS = Path(__file__).parent.parent / "models"
NETWORK = "pose_landmarks_detector.tflite"
MASK = (1, 256, 256, 1)
DATED = (2021, 7, 2, 0, 0, 0)  # the networks' own; a zip's dates would differ from run to run


def without_mask(network: bytes) -> bytes:
    """Return the network without the operations that only its mask rests on."""
    model: Any = schema.ModelT.InitFromObj(schema.Model.GetRootAsModel(network, 0))
    graph = model.subgraphs[0]
    mask = next(o for o in graph.outputs if tuple(graph.tensors[o].shape) == MASK)
    needed = {int(output) for output in graph.outputs if output != mask}
    kept = []
    for operation in reversed(graph.operators):
        if any(int(output) in needed for output in operation.outputs):
            needed.update(int(number) for number in operation.inputs if number >= 0)
            kept.append(operation)
    graph.operators = kept[::-1]
    used = {graph.tensors[number].buffer for number in needed}
    for number, buffer in enumerate(model.buffers):
        is_metadata = any(entry.buffer == number for entry in model.metadata or [])
        if number not in used and not is_metadata:
            buffer.data = None  # weights of what is left out
    zeros = schema.BufferT()
    zeros.data = np.zeros(np.prod(MASK) * np.dtype(np.float32).itemsize, np.uint8)
    model.buffers.append(zeros)
    graph.tensors[mask].buffer = len(model.buffers) - 1  # the output stays, as a constant
    builder = flatbuffers.Builder(1 << 20)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def make(name: str) -> Path:
    """Write the bundle of points of a variant beside the whole one, and return where."""
    target = MODELS / f"pose_landmarker_{name}_points.task"
    with (
        zipfile.ZipFile(MODELS / f"pose_landmarker_{name}.task") as whole,
        zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as points,
    ):
        for member in whole.namelist():
            content = whole.read(member)
            entry = zipfile.ZipInfo(member, DATED)
            points.writestr(entry, without_mask(content) if member == NETWORK else content)
    return target


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("variant", nargs="?", default="full")
    made = make(parser.parse_args().variant)
    weighed = made.stat().st_size, hashlib.sha256(made.read_bytes()).hexdigest()
    sys.stdout.write(f"{made.name} {weighed[0]} {weighed[1]}\n")
