"""Draw clips of known truth: clip.mp4 (or still.jpg) and truth.json, a folder each."""

from __future__ import annotations

import json
import math
import os
import shutil
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from posture import machine
from posture.errors import CannotWrite
from posture.files import explained
from posture.formats.plain import plain
from posture.truth.body.figure import Figure
from posture.truth.body.looks import Outfit
from posture.truth.body.pose import Pose
from posture.truth.known import known_measures
from posture.truth.motion.gait import walking
from posture.truth.motion.motion import Place
from posture.truth.people import Population, look, someone, walk
from posture.truth.picture.render import Renderer
from posture.truth.scenario import Aim, Scenario, Variant, scenario
from posture.types import Activity, Floats, Rgb
from posture.video.sink import Sink

SCHEMA = "posture.truth/1"
_POINTS = ("ear", "shoulder", "elbow", "wrist", "fingertip", "hip", "knee", "ankle", "heel", "toe")
_DIGITS = 5  # of what truth.json says; far below what a picture shows
_ROOM_PER_CLIP = 4 << 20  # bytes; ours, the largest clips are half of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What to make."""

    out: Path
    count: int
    seed: int
    activity: Activity | None = None
    population: Population = "people"
    stills: bool = False
    plain: bool = False
    variant: Variant = "none"
    aim: Aim = "usual"
    sheet: bool = False  # a printed sheet stands beside the person
    workers: int = 2

    @property
    def asked(self) -> str:
        """What was asked beyond number and seed, as the command line says it."""
        told = {
            "--activity": self.activity.value if self.activity else "",
            "--population": self.population if self.population != "people" else "",
            "--variant": self.variant if self.variant != "none" else "",
            "--aim": self.aim if self.aim != "usual" else "",
        }
        return " ".join(
            [*(f"{name} {value}" for name, value in told.items() if value)]
            + ["--plain"] * self.plain
            + ["--sheet"] * self.sheet
            + ["--stills"] * self.stills
        )


def make(order: Order, progress: Callable[[int, int], None] | None = None) -> int:
    """Make the clips that are not there yet, in processes of their own; return how many.

    Raises
    ------
    CannotWrite
        Too little disk, no permission.
    NoRenderer
        EGL is missing.
    """
    with explained(order.out):
        order.out.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(order.out).free
    missing = [n for n in range(order.count) if not _is_there(order, n)]
    needed = len(missing) * _ROOM_PER_CLIP
    if free < needed:
        raise CannotWrite(
            "disk_too_small", path=str(order.out), needed_mb=needed >> 20, free_mb=free >> 20
        )
    done = order.count - len(missing)
    workers = max(1, min(order.workers, machine.cores(), len(missing) or 1))
    # the software renderer would start threads for every core in every worker
    os.environ.setdefault("LP_NUM_THREADS", "1")
    with ProcessPoolExecutor(
        workers, mp_context=get_context("spawn"), initializer=machine.end_with_the_parent
    ) as pool:
        for finished in as_completed([pool.submit(make_one, order, n) for n in missing]):
            finished.result()
            done += 1
            if progress is not None:
                progress(done, order.count)
    return len(missing)


def _is_there(order: Order, number: int) -> bool:
    return any(order.out.glob(f"{number:05d}_*/truth.json"))


def make_one(order: Order, number: int) -> Path:
    """Make one clip; it takes its place when it is whole."""
    drawn = scenario(
        order.seed,
        number,
        order.activity,
        order.population,
        plain=order.plain,
        variant=order.variant,
        aim=order.aim,
        sheet=order.sheet,
    )
    return write_clip(drawn, order.out / drawn.name, {"asked": order.asked}, stills=order.stills)


def write_clip(
    drawn: Scenario, folder: Path, more: Mapping[str, Any], *, stills: bool = False
) -> Path:
    """Draw a scenario into a folder that is there when it is whole; `more` goes into its truth."""
    part = folder.parent / f".{folder.name}.part"
    with explained(folder):
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            times_s = _drawn_into(part, drawn, stills=stills)
            record = {**truth_record(drawn, times_s), **more}
            truth = json.dumps(record, separators=(",", ":"))
            (part / "truth.json").write_text(truth, "utf-8")
            shutil.rmtree(folder, ignore_errors=True)
            part.rename(folder)
        finally:
            with suppress(OSError):
                shutil.rmtree(part)
    return folder


def _drawn_into(folder: Path, what: Scenario, *, stills: bool) -> Floats:
    """Draw the pictures into a file; return their times."""
    times_s = np.array([sum(what.motion.held_s) / 2]) if stills else what.times_s
    if stills:
        for _, picture in film(what, times_s):
            cv2.imwrite(
                str(folder / "still.jpg"), picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92]
            )
        return times_s
    with Sink(
        folder / "clip.mp4", what.camera.size_px, what.rate_hz, what.spoilers.quality
    ) as sink:
        for time_s, picture in film(what, times_s):
            sink.add(picture, time_s - float(times_s[0]))
    return np.asarray(times_s)


def film(what: Scenario, times_s: Floats) -> Iterator[tuple[float, Rgb]]:
    """Yield the pictures of a scenario at these times."""
    paper = what.paper
    with Renderer(what.camera, what.room, what.light, what.number, paper) as renderer:
        if what.spoilers.bench:
            renderer.hide_feet()
        actors = [renderer.actor(what.outfit)]
        offsets: list[Floats] = [np.zeros(3)]
        other = _passer_by(what) if what.spoilers.passer_by else None
        if other is not None:
            actors, offsets = [renderer.actor(other[0]), *actors], [other[2], *offsets]

        held: tuple[Pose, Place] | None = None  # who holds still is not drawn again

        def seen(time_s: float) -> Rgb:
            nonlocal held
            now = what.motion.pose_at(time_s)
            if other is not None:
                outfit, motion, _ = other
                outfit.figure.take(*motion.pose_at(time_s))
            elif now == held:
                return renderer.again()
            held = now
            what.outfit.figure.take(*now)
            return renderer.frame(actors, offsets, mirrored=what.room == "mirror")[0]

        for time_s in times_s:
            picture = seen(float(time_s))
            if what.spoilers.motion_blur:
                before = seen(max(0.0, float(time_s) - 0.4 / what.rate_hz))
                picture = cv2.addWeighted(picture, 0.5, before, 0.5, 0).astype(np.uint8)
            if what.spoilers.defocus_px:
                sharp = what.spoilers.defocus_px
                picture = cv2.GaussianBlur(picture, (0, 0), sharp).astype(np.uint8)
            yield float(time_s), picture


def _passer_by(what: Scenario) -> tuple[Outfit, Any, Floats]:
    """Return somebody who walks by behind the person."""
    drawn = np.random.default_rng([what.seed, what.number, 7])
    one = someone(drawn, "people")
    outfit = Outfit(Figure(one.traits), look(drawn, "people", woman=one.woman))
    leg_m = 0.46 * outfit.figure.height_m
    motion = walking(
        outfit,
        one.stance,
        walk(drawn, leg_m),
        what.motion.duration_s,
        overground=True,
        begins=float(drawn.uniform()),
    )
    behind = 1.1 if what.camera.near == "right" else -1.1
    return outfit, motion, np.array([behind, 0.0, 0.0])


def truth_record(what: Scenario, times_s: Floats) -> dict[str, Any]:
    """Return all that is true of a clip, ready for JSON."""
    figure, camera = what.outfit.figure, what.camera
    legs: dict[str, list[float]] = {}
    points: dict[str, list[list[float]]] = {}
    for time_s in times_s:
        pose, root = what.motion.pose_at(float(time_s))
        figure.take(pose, root)
        values = {
            "pelvis_deg": pose.pelvis,
            "lumbar_deg": pose.lumbar,
            "thorax_deg": pose.thorax,
            **{
                f"{side}_{part}_deg": getattr(leg, part)
                for side, leg in (("left", pose.left), ("right", pose.right))
                for part in ("thigh", "shank", "foot", "knee", "ankle")
            },
        }
        for name, value in values.items():
            legs.setdefault(name, []).append(round(float(value), 3))
        for name, place in figure.points(what.outfit.surface).items():
            at = camera.seen_px(place)
            points.setdefault(name, []).append([round(float(at[0]), 2), round(float(at[1]), 2)])
    start_s = float(times_s[0])
    return {
        "schema": SCHEMA,
        "seed": what.seed,
        "number": what.number,
        "activity": what.activity.value,
        "variant": what.variant,
        "population": what.population,
        "restriction": what.restriction,
        "near_side": what.near.value,
        "height_m": round(figure.height_m, 4),
        "traits": plain(asdict(what.someone.traits), _DIGITS),
        "stance": plain(asdict(what.someone.stance), _DIGITS),
        "look": plain(asdict(what.look), _DIGITS),
        "camera": plain({f.name: getattr(camera, f.name) for f in fields(camera)}, _DIGITS),
        "room": what.room,
        "light": plain(asdict(what.light), _DIGITS),
        "spoilers": plain(asdict(what.spoilers), _DIGITS),
        "rate_hz": what.rate_hz,
        "overground": what.overground,
        "time_s": [round(float(t) - start_s, 6) for t in times_s],
        "events": [
            {"kind": e.kind.value, "side": e.side.value, "time_s": round(e.time_s - start_s, 5)}
            for e in what.motion.events
            if start_s <= e.time_s <= float(times_s[-1])
        ],
        "measures": [
            {"name": k.name, "side": k.side.value, "value": round(k.value, 5), "unit": k.unit}
            for k in known_measures(what.outfit, what.motion, what.near)
            if math.isfinite(k.value)
        ],
        "angles": legs,
        "points_px": points,
    }
