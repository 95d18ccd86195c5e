"""Bodies for an estimator to learn from: single pictures, seen as the analyser sees them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace
from multiprocessing import get_context
from pathlib import Path
from typing import cast

import cv2
import numpy as np

from posture import machine
from posture.files import whole_file
from posture.landmarks.follow import follow_right
from posture.landmarks.mediapipe import Pose as Seen
from posture.landmarks.mediapipe import PoseFollower
from posture.landmarks.models import find_model
from posture.landmarks.silhouette import moved
from posture.machine import without_native_chatter
from posture.truth import people
from posture.truth.body.figure import Figure
from posture.truth.body.looks import Outfit
from posture.truth.body.pose import Pose
from posture.truth.motion.motion import on_the_floor
from posture.truth.motion.standing import (
    BendDepth,
    Stance,
    bent_pose,
    standing_pose,
    within_reach,
)
from posture.truth.picture.camera import Camera
from posture.truth.picture.render import Light, Renderer
from posture.truth.picture.room import ROOMS, Room
from posture.types import Floats, Rgb, Side

# what a row knows: (T, K) columns of `truth`
TRUTH = ("pelvis", "lumbar", "thorax", "thigh", "shank")


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What to draw."""

    out: Path
    bodies: int
    seed: int
    model: str = "full"
    workers: int = 2
    chunk: int = 25


def collect(lesson: Lesson, progress: Callable[[int, int], None] | None = None) -> None:
    """Draw and see all bodies that are not there yet: a file every `chunk` bodies."""
    lesson.out.mkdir(parents=True, exist_ok=True)
    starts = [n for n in range(0, lesson.bodies, lesson.chunk) if not _file(lesson, n).exists()]
    os.environ.setdefault("LP_NUM_THREADS", "1")
    done = lesson.bodies - len(starts) * lesson.chunk
    with ProcessPoolExecutor(
        lesson.workers,
        mp_context=get_context("spawn"),
        initializer=machine.end_with_the_parent,
    ) as pool:
        for finished in as_completed([pool.submit(_chunk, lesson, n) for n in starts]):
            finished.result()
            done += lesson.chunk
            if progress is not None:
                progress(done, lesson.bodies)


def _file(lesson: Lesson, start: int) -> Path:
    return lesson.out / f"{lesson.seed}_{start:06d}.npz"


def _chunk(lesson: Lesson, start: int) -> None:
    rows: dict[str, list[Floats]] = {}
    with without_native_chatter(), PoseFollower(find_model(lesson.model).path) as follower:
        for number in range(start, min(start + lesson.chunk, lesson.bodies)):
            for row in body_rows(lesson.seed, number, follower):
                for name, value in row.items():
                    rows.setdefault(name, []).append(value)
    with whole_file(_file(lesson, start)) as part, part.open("wb") as file:
        np.savez_compressed(
            file, allow_pickle=False, **{name: np.array(value) for name, value in rows.items()}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Sitting:
    """One body before it is drawn: who, before which camera, in which poses."""

    number: int
    outfit: Outfit
    camera: Camera
    near: Side
    light: Light
    room: Room
    poses: tuple[tuple[int, Pose], ...]  # 1 = bent; the first is all bends' neutral
    drawn: np.random.Generator  # for what the pictures themselves need


def _who(seed: int, number: int) -> tuple[np.random.Generator, people.Population, people.Someone]:
    drawn = np.random.default_rng([seed, number, 11])
    population: people.Population = "wide" if drawn.uniform() < 0.6 else "people"
    return drawn, population, people.someone(drawn, population)


def natural_line_deg(seed: int, number: int) -> float | None:
    """Return the ASIS-PSIS line of a body's bones, or None where it does not stand as people do."""
    _, population, one = _who(seed, number)
    return one.pelvis_line_deg if population == "people" else None


def sitting(seed: int, number: int) -> Sitting:
    """Return one body: standing thrice, bent thrice; the first is all bends' neutral.

    The third is the second with only pelvis and back moved, as in the calibration pose.
    """
    drawn, population, one = _who(seed, number)
    wide = population == "wide"
    look = people.look(drawn, "wide", woman=one.woman)
    outfit = Outfit(Figure(one.traits, one.pelvis_line_deg), look)
    near = Side.RIGHT if drawn.uniform() < 0.5 else Side.LEFT
    camera = _camera(drawn, outfit.figure.height_m, near)
    light = Light(strength=float(drawn.uniform(0.45, 1.15)), noise=float(drawn.uniform(1.5, 6)))
    kind = cast("Room", str(drawn.choice(list(ROOMS))))
    again = people.wide_stance(drawn) if wide else people.usual_stance(drawn)
    neutral = replace(one.stance, arms="hang")
    again = people.with_arms(again, people.arms(drawn, "wide"))
    turned = float(drawn.uniform(-18, 18))
    tilted = replace(
        again,
        pelvis=again.pelvis + turned,
        lordosis=again.lordosis + turned * float(np.clip(drawn.normal(0.95, 0.25), 0.3, 1.6)),
        kyphosis=again.kyphosis + float(drawn.normal(0, 2)),
        knee=again.knee + float(max(0.0, drawn.normal(0, 3))),
    )
    poses: list[tuple[int, Pose]] = [
        (0, standing_pose(neutral)),
        (0, standing_pose(again)),
        (0, standing_pose(tilted)),
    ]
    for share in (1.0, 1.0, float(drawn.uniform(0.25, 1.0))):
        restriction = _restriction(drawn)
        depth = _reachable(outfit, neutral, people.bend_depth(drawn, population, restriction))
        if depth is not None:
            poses.append((1, bent_pose(neutral, depth, share)))
    return Sitting(
        number=number,
        outfit=outfit,
        camera=camera,
        near=near,
        light=light,
        room=kind,
        poses=tuple(poses),
        drawn=drawn,
    )


def body_rows(seed: int, number: int, follower: PoseFollower) -> Iterator[dict[str, Floats]]:
    """Yield one body's pictures, as the pose model sees them."""
    one = sitting(seed, number)
    outfit, camera, near, drawn = one.outfit, one.camera, one.near, one.drawn
    with Renderer(camera, one.room, one.light, number) as renderer:
        actor = renderer.actor(outfit)
        for bent, pose in one.poses:
            outfit.figure.take(pose, on_the_floor(outfit, pose))
            picture, _ = renderer.frame([actor], [np.zeros(3)])
            if drawn.uniform() < 0.3:
                picture = _spoilt(picture, drawn)
            seen = _seen(follower, picture, outfit, camera, near, drawn)
            if seen is not None:
                yield row(one, bent, pose, seen)


def _restriction(drawn: np.random.Generator) -> people.Restriction:
    kinds: tuple[people.Restriction, ...] = ("none", "hamstring", "calf", "lumbar")
    return kinds[int(drawn.choice(4, p=[0.4, 0.3, 0.1, 0.2]))]


def _reachable(outfit: Outfit, stance: Stance, depth: BendDepth) -> BendDepth | None:
    try:
        return within_reach(outfit, stance, depth)
    except ValueError:
        return None


def _camera(drawn: np.random.Generator, height_m: float, near: Side) -> Camera:
    size = ((720, 720), (720, 720), (540, 540), (960, 960))[int(drawn.integers(4))]
    fill, distance = float(drawn.uniform(0.58, 0.82)), float(drawn.uniform(2.4, 4.2))
    stands = float(drawn.uniform(0.6, 1.2))
    yaw = drawn.normal(0, 3) if drawn.uniform() < 0.6 else np.clip(drawn.normal(0, 9), -20, 20)
    return Camera(
        distance_m=distance,
        height_m=stands,
        yaw_deg=float(yaw),
        pitch_deg=float(
            np.degrees(np.arctan2(0.5 * height_m - stands, distance)) + drawn.normal(0, 1.5)
        ),
        roll_deg=float(drawn.normal(0, 0.8)),
        aside_m=float(drawn.normal(0, 0.12)),
        fov_deg=2 * float(np.degrees(np.arctan(height_m / fill / 2 / distance))),
        size_px=size,
        near=near.value,
    )


def _spoilt(picture: Rgb, drawn: np.random.Generator) -> Rgb:
    if drawn.uniform() < 0.5:
        return cv2.GaussianBlur(picture, (0, 0), float(drawn.uniform(0.6, 1.8))).astype(np.uint8)
    _, packed = cv2.imencode(
        ".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(drawn.integers(25, 60))]
    )
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), dtype=np.uint8)


def _seen(
    follower: PoseFollower,
    picture: Rgb,
    outfit: Outfit,
    camera: Camera,
    near: Side,
    drawn: np.random.Generator,
) -> Seen | None:
    """Return what the model sees, followed on a crop as in a clip: second look, facing right."""
    points = outfit.figure.points(outfit.surface)
    truth = np.array([camera.seen_px(p) for p in points.values()])
    centre = (truth.min(axis=0) + truth.max(axis=0)) / 2 + drawn.normal(0, 8, 2)
    tall = (
        0.5 * np.ptp(truth[:, 1])
        + 0.5 * outfit.figure.height_m * camera.focal_px / camera.distance_m
    )
    side = min(int(1.5 * tall) // 4 * 4, *camera.size_px)
    x, y = (
        int(min(max(round(c - side / 2), 0), whole - side))
        for c, whole in zip(centre, camera.size_px, strict=True)
    )
    crop = np.ascontiguousarray(picture[y : y + side, x : x + side])
    follower.forget()
    for _ in range(2):
        seen = follow_right(follower, crop, 0.033, faces_left=near is Side.LEFT)
    if seen is None or seen.outline is None:
        return None
    corner = np.array([x, y], dtype=np.float32)
    return replace(seen, xy_px=seen.xy_px + corner, outline=moved(seen.outline, (x, y)))


def row(one: Sitting, bent: int, pose: Pose, seen: Seen) -> dict[str, Floats]:
    """Return one picture as it is kept: what is seen of it, and what is true."""
    outfit, camera, near = one.outfit, one.camera, one.near
    figure = outfit.figure
    leg = pose.left if near is Side.LEFT else pose.right
    points = figure.points(outfit.surface)
    outline = np.zeros((128, 2), dtype=np.int16)
    assert seen.outline is not None  # noqa: S101 - told apart by the caller
    outline[: len(seen.outline)] = seen.outline
    outline[len(seen.outline) :] = seen.outline[-1]
    names = [
        f"{side}_{p}"
        for side in ("left", "right")
        for p in ("shoulder", "hip", "knee", "ankle", "heel", "toe", "fingertip", "wrist")
    ]
    return {
        "body": np.array([one.number, bent, near is Side.LEFT, TOPS.index(outfit.look.top)]),
        "truth": np.array([pose.pelvis, pose.lumbar, pose.thorax, leg.thigh, leg.shank]),
        "camera": np.array(
            [camera.yaw_deg, camera.roll_deg, camera.pitch_deg, *camera.size_px, figure.height_m]
        ),
        "true_px": np.array([camera.seen_px(points[name]) for name in names], dtype=np.float32),
        "xy_px": seen.xy_px,
        "visibility": seen.visibility,
        "outline": outline,
    }


TOPS = ("bare", "fitted", "loose", "hanging")
