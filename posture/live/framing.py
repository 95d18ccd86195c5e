"""What is wrong with the view, the most important thing first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from posture.live.body import Body, Seen
from posture.measures.limits import QualitySettings
from posture.signals.frame import FrameSettings
from posture.types import Facing, Reason, Side

View = Literal["standing", "walking", "lying"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FramingSettings:
    """When a view will not do; all ours unless said."""

    dark: float = 0.12  # mean brightness; below it webcams lengthen the exposure and blur
    edge_frac: float = 0.01  # of the picture; a point this near to the edge is as good as out
    bystander: float = 0.6  # of the client's size; smaller people are far behind
    highest: float = 0.93  # body height over picture height; the arms need room as well
    lowest: float = (
        0.45  # below it a foot has too few pixels (live.md: torso 86 px is a worst case)
    )
    lowest_walking: float = 0.3  # walkers need width; the bundled walking sample has 0.41
    off_centre: float = 0.22  # of the width, from the middle; the bend reaches forward 0.35 heights
    turned_deg: float = QualitySettings().suspect_yaw_deg  # bends go wrong from about 20 on
    refused_deg: float = QualitySettings().refused_yaw_deg
    rolled_deg: float = 9.0  # ankle to shoulder; people stand within 5 of the vertical
    upright_deg: float = 20.0  # trunk against thigh; standing people bend under 10
    tilted_deg: float = 12.0  # hip off the picture's middle; a laptop lid leans back up to 10
    walking_fps: float = 24.0  # fewer delivered, and no time of a step is worth telling
    least_fps: float = 8.0  # fewer, and a pose held for 1 s is seen only now and then
    walkway_heights: float = 1.7  # picture width; two steps and the body itself


# These keep a step from being measured; of the others the client is told, and then it goes on.
HARD = frozenset(
    {"nobody", "bystander", "front_view", "feet_out", "head_out", "side_out", "too_near"}
    | {"other_side_wanted", "not_lying", "arms_up"}
)

_SETTINGS = FramingSettings()


def problem_of(
    seen: Seen,
    body: Body | None,
    view: View,
    *,
    people: int | None = None,
    near: Side | None = None,
    settings: FramingSettings = _SETTINGS,
) -> Reason | None:
    """Return what keeps this view from being a good one, None where nothing does.

    `people` is how many of the client's size the last look found; `near` the side that has to be
    towards the camera, if it matters.
    """
    if seen.brightness < settings.dark:
        return Reason("live_too_dark")
    if body is None:
        return Reason("live_nobody")
    if people is not None and people > 1:
        return Reason("live_bystander")
    if view == "lying":
        return _cut_off(seen, body, settings, across=True) or (
            None if body.is_lying else Reason("live_not_lying")
        )
    return (
        _facing(body, near, settings)
        or _cut_off(seen, body, settings, across=view == "standing")
        or _distance(seen, body, view, settings)
        or _place(seen, body, view, settings)
        or _camera(seen, body, view, settings)
    )


def code_of(problem: Reason) -> str:
    """Return a problem's code as the page and the prompts know it."""
    return problem.code.removeprefix("live_")


def is_hard(problem: Reason | None) -> bool:
    """Whether nothing can be measured until this is mended."""
    return problem is not None and code_of(problem) in HARD


def of_clients_size(seen: Seen, body: Body | None, settings: FramingSettings = _SETTINGS) -> int:
    """Return how many people the last look found that could be taken for the client."""
    sizes = [float(np.ptp(xy[:, 1])) for xy in seen.people or ()]
    largest = max(sizes, default=0.0)
    reference = largest if body is None else max(1.0, body.sole_y - body.top_y)
    return sum(size >= settings.bystander * reference for size in sizes)


def _facing(body: Body, near: Side | None, settings: FramingSettings) -> Reason | None:
    if body.facing in {Facing.FRONT, Facing.BACK}:
        return Reason("live_front_view")
    if near is not None and body.near is not near:
        return Reason("live_other_side_wanted")
    if abs(body.yaw_deg) > settings.refused_deg:
        return Reason("live_front_view")
    return None


def _cut_off(seen: Seen, body: Body, settings: FramingSettings, *, across: bool) -> Reason | None:
    width, height = seen.size_px
    feet = body.sole_y > (1 - settings.edge_frac) * height or not body.feet_seen
    head = body.top_y < settings.edge_frac * height or not body.head_seen
    if feet and head:
        return Reason("live_too_near")
    if feet:
        return Reason("live_feet_out")
    if head:
        return Reason("live_head_out")
    edge_px = settings.edge_frac * width
    if across and (body.left_x < edge_px or body.right_x > width - edge_px):
        return Reason("live_side_out")
    return None


def _distance(seen: Seen, body: Body, view: View, settings: FramingSettings) -> Reason | None:
    share = body.height_px / seen.size_px[1]
    if share > settings.highest:
        return Reason("live_too_near")
    lowest = settings.lowest_walking if view == "walking" else settings.lowest
    return Reason("live_too_far") if share < lowest else None


def _place(seen: Seen, body: Body, view: View, settings: FramingSettings) -> Reason | None:
    width = seen.size_px[0]
    if view == "standing" and abs(body.hip_x / width - 0.5) > settings.off_centre:
        return Reason("live_off_centre")
    if abs(body.yaw_deg) > settings.turned_deg:
        return Reason("live_turned")
    if view == "walking" and width < settings.walkway_heights * body.height_px:
        return Reason("live_walkway_short")
    return None


def _camera(seen: Seen, body: Body, view: View, settings: FramingSettings) -> Reason | None:
    """Judge the camera by the body: it knows no other upright thing in the picture."""
    upright = abs(body.hips_deg) <= settings.upright_deg  # somebody who bends leans anyhow
    if view == "standing" and upright and abs(body.lean_deg) > settings.rolled_deg:
        return Reason("live_camera_rolled")
    focal_px = FrameSettings().focal_widths * max(seen.size_px)
    # a level camera at hip height sees the hip at half of the picture's height
    off_deg = math.degrees(math.atan((body.hip_y - seen.size_px[1] / 2) / focal_px))
    if abs(off_deg) > settings.tilted_deg:
        return Reason("live_camera_tilted")
    least = settings.walking_fps if view == "walking" else settings.least_fps
    if seen.camera_fps < least:
        return Reason("live_few_frames", {"fps": round(seen.camera_fps), "least": least})
    return None
