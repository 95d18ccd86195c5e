"""The printed sheet, pasted into pictures by a known camera: what it says, when it is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from posture.footage.facts import facts_of
from posture.footage.plane import plane_at
from posture.footage.sheet import PAGE_CORNERS, SheetLook, sheet_in
from posture.footage.similarity import applied, inverse
from posture.footage.steady import as_filmed, steadied
from posture.footage.yardstick import believed, sheet_of, to_level
from posture.landmarks.store import load_landmarks, save_landmarks
from posture.settings import Settings
from posture.truth.picture.camera import Camera
from posture.truth.picture.paper import Paper, pasted
from posture.types import Activity, FactKind, Floats, Footage, Landmarks, Rgb, Sheet
from posture.video.probe import probe
from posture.video.source import pictures_at
from tests.make import BY_POINTS, SIDE_ON, WIDE, analysed, filmed, seconds, taken
from tests.stick import bending

CAMERAS = {
    "level": Camera(),
    "rolled": Camera(roll_deg=8.0),
    "rolled back": Camera(roll_deg=-8.0, near="left"),
    "looks down": Camera(pitch_deg=-10.0),
    "looks up in a wide picture": Camera(pitch_deg=10.0, fov_deg=84.0),
    "both": Camera(roll_deg=8.0, pitch_deg=-10.0),
    "aside": Camera(pitch_deg=-10.0, aside_m=1.0, fov_deg=84.0, near="left"),
    "from before": Camera(yaw_deg=20.0, roll_deg=-4.0),
    "far": Camera(distance_m=5.0, roll_deg=5.0),
    "narrow": Camera(distance_m=5.0, fov_deg=46.0, pitch_deg=-4.0),
    "portrait": Camera(size_px=(720, 1280), roll_deg=3.0, distance_m=3.0),
    "fine": Camera(size_px=(1920, 1080), roll_deg=-6.0, pitch_deg=-6.0),
}


def picture(camera: Camera, paper: Paper | None, *, noise: float = 2.5, soft: float = 0.7) -> Rgb:
    """A wall and a floor with the sheet before them, as a lens and a sensor show it."""
    wide, tall = camera.size_px
    room = np.full((tall, wide, 3), 150, dtype=np.uint8)
    room[int(0.6 * tall) :] = 90
    cv2.rectangle(room, (40, 60), (200, 300), (70, 90, 110), -1)
    seen = room if paper is None else pasted(room, camera, paper)
    seen = np.asarray(cv2.GaussianBlur(seen, (0, 0), soft), dtype=np.uint8)
    grain = np.random.default_rng(3).normal(0, noise, (tall, wide, 1))
    return np.clip(seen + grain, 0, 255).astype(np.uint8)


def looked(camera: Camera, paper: Paper) -> SheetLook:
    found = sheet_in(picture(camera, paper))
    assert found is not None
    return found


def measured(camera: Camera, paper: Paper) -> Sheet:
    found = sheet_of([looked(camera, paper)], camera.size_px)
    assert found is not None
    return found


def px_per_m_at(camera: Camera, away_m: float = 0.0) -> float:
    """How large a metre upright is in a level picture, in a plane beside the person."""
    level = replace(camera, roll_deg=0.0, pitch_deg=0.0)
    x = away_m * (1.0 if camera.near == "right" else -1.0)
    low, high = level.straight_px(np.array([(x, 0.5, 0.0), (x, 0.5, 0.1)]))
    return float(low[1] - high[1]) / 0.1


@pytest.mark.parametrize("name", CAMERAS)
def test_the_pages_corners_are_found_to_half_a_pixel(name: str) -> None:
    camera, paper = CAMERAS[name], Paper()
    true = camera.straight_px(paper.places_m(PAGE_CORNERS, camera.near))

    assert np.abs(looked(camera, paper).corners_px - true).max() < 0.4


@pytest.mark.parametrize("name", CAMERAS)
def test_it_says_how_the_camera_hangs_and_how_large_a_metre_is(name: str) -> None:
    camera = CAMERAS[name]
    found = measured(camera, Paper())

    assert found.trouble == ""
    assert not found.lies
    assert found.roll_deg == pytest.approx(camera.roll_deg, abs=0.5)
    assert abs(found.pitch_deg - camera.pitch_deg) < 2.5 * found.pitch_sd_deg
    assert found.pitch_deg == pytest.approx(camera.pitch_deg, abs=2.5)
    assert found.px_per_m == pytest.approx(px_per_m_at(camera), rel=0.02)
    assert abs(found.px_per_m / px_per_m_at(camera) - 1) < 2.5 * found.scale_sd


@pytest.mark.parametrize("turn_deg", [-40.0, -25.0, 0.0, 25.0, 40.0])
@pytest.mark.parametrize("roll_deg", [-15.0, 0.0, 15.0])
def test_it_may_be_turned_away_from_the_camera(turn_deg: float, roll_deg: float) -> None:
    found = measured(Camera(roll_deg=roll_deg, pitch_deg=-5.0), Paper(turn_deg=turn_deg))

    assert found.trouble == ""
    assert abs(found.roll_deg - roll_deg) < max(2.5 * found.roll_sd_deg, 0.8)
    assert found.px_per_m == pytest.approx(px_per_m_at(Camera()), rel=0.025)


def test_a_sheet_that_lies_tells_the_same_from_near_by() -> None:
    camera = Camera(
        distance_m=2.0, height_m=1.3, pitch_deg=-20.0, roll_deg=5.0, size_px=(1920, 1080)
    )
    found = measured(camera, Paper(lean_deg=90.0))

    assert found.lies
    assert found.roll_deg == pytest.approx(5.0, abs=1.0)
    assert found.pitch_deg == pytest.approx(-20.0, abs=3.5)


@pytest.mark.parametrize("radius_m", [0.08, 0.12, 0.2])
@pytest.mark.parametrize("name", ["level", "rolled", "fine", "looks down"])
def test_a_bent_sheet_is_refused(name: str, radius_m: float) -> None:
    look = sheet_in(picture(CAMERAS[name], Paper(radius_m=radius_m)))

    assert look is None or look.trouble() == "bent"


@pytest.mark.parametrize("radius_m", [0.35, 0.6, 1.0])
@pytest.mark.parametrize("name", ["level", "rolled", "looks down", "far"])
def test_one_that_is_bent_too_little_to_be_seen_is_within_what_is_stated(
    name: str, radius_m: float
) -> None:
    camera = CAMERAS[name]
    look = looked(camera, Paper(radius_m=radius_m))
    found = sheet_of([look], camera.size_px)

    assert found is not None
    if look.trouble() is None:
        assert abs(found.roll_deg - camera.roll_deg) < 2 * found.roll_sd_deg
        assert abs(found.pitch_deg - camera.pitch_deg) < 2 * found.pitch_sd_deg
        assert abs(found.px_per_m / px_per_m_at(camera) - 1) < 2 * found.scale_sd


def covered(rgb: Rgb, camera: Camera, share: Floats) -> Rgb:
    """The same with a box before part of the page, from its left top corner in shares of it."""
    left, top, right, bottom = share
    page = np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) * PAGE_CORNERS[2]
    seen = camera.straight_px(Paper().places_m(page, camera.near))
    return np.asarray(cv2.fillPoly(rgb.copy(), [np.round(seen).astype(np.int32)], (60, 80, 70)))


@pytest.mark.parametrize(
    "share",
    [(0, 0.5, 1, 1), (0, 0, 1, 0.6), (0, 0.66, 0.5, 1), (0.45, 0, 1, 1), (0, 0, 0.5, 1)],
    ids=["below", "above", "a corner", "right", "left"],
)
@pytest.mark.parametrize("name", ["level", "rolled", "fine"])
def test_a_hidden_sheet_is_refused_or_not_seen(name: str, share: Floats) -> None:
    camera = CAMERAS[name]
    look = sheet_in(covered(picture(camera, Paper()), camera, share))

    assert look is None or look.trouble() == "hidden"


def test_a_sheet_half_out_of_the_picture_is_not_used() -> None:
    camera = Camera(pitch_deg=5.0)  # cuts it off below

    look = sheet_in(picture(camera, Paper()))

    assert look is None or look.trouble() == "hidden"


@pytest.mark.parametrize("distance_m", [8.0, 11.0, 15.0])
def test_one_that_is_too_far_away_is_not_used(distance_m: float) -> None:
    look = sheet_in(picture(Camera(distance_m=distance_m), Paper()))

    assert look is None or look.trouble() == "small"


@pytest.mark.parametrize("soft", [1.0, 2.0, 3.0, 4.0, 6.0])
def test_a_blurred_one_is_not_used_or_within_what_is_stated(soft: float) -> None:
    camera = CAMERAS["rolled"]
    look = sheet_in(picture(camera, Paper(), soft=soft))
    if look is not None and look.trouble() is None:
        found = sheet_of([look], camera.size_px)
        assert found is not None
        assert abs(found.roll_deg - 8.0) < 2 * found.roll_sd_deg
        assert abs(found.px_per_m / px_per_m_at(camera) - 1) < 2 * found.scale_sd


@pytest.mark.parametrize("askew_deg", [-6.0, 6.0])
def test_one_that_contradicts_the_rooms_uprights_is_refused(askew_deg: float) -> None:
    found = measured(Camera(), Paper(askew_deg=askew_deg))

    assert believed(found, 0.0, 0.7, one_view=True).trouble == "crooked"
    assert believed(found, np.nan, np.nan, one_view=True).trouble == ""


@pytest.mark.parametrize("lean_deg", [-15.0, -8.0, 8.0, 15.0])
def test_one_that_leans_back_leaves_the_roll_and_passes_for_a_pitch(lean_deg: float) -> None:
    """Nothing in the picture tells the two apart but where cameras are put."""
    found = measured(Camera(), Paper(lean_deg=lean_deg))

    assert found.roll_deg == pytest.approx(0.0, abs=0.8)
    assert 0 < found.pitch_deg / lean_deg < 0.85


def test_one_that_is_carried_about_is_refused() -> None:
    camera = Camera()
    looks = [looked(camera, Paper(behind_m=behind_m)) for behind_m in (0.3, 0.6, 0.9)]
    found = sheet_of(looks, camera.size_px)

    assert found is not None
    assert found.trouble == "moved"
    assert believed(measured(camera, Paper()), 0.0, 0.7, one_view=False).trouble == "moved"


# --- where the client stands ----------------------------------------------------------------------


def foot_y_px(camera: Camera, found: Sheet, away_m: float) -> float:
    """How low the nearer foot's outer edge is in the level picture, of somebody away from here."""
    x = (away_m - 0.13) * (1.0 if camera.near == "right" else -1.0)
    seen = camera.straight_px(np.array([(x, 0.0, 0.0)]))
    return float(applied(to_level(found, camera.size_px)[None], seen)[0, 1])


@pytest.mark.parametrize("name", ["level", "rolled", "looks down", "both", "fine"])
@pytest.mark.parametrize("away_m", [-0.2, 0.0, 0.2])
def test_a_metre_is_as_large_as_where_the_client_stands(name: str, away_m: float) -> None:
    camera = CAMERAS[name]
    found = measured(camera, Paper())
    plane = plane_at(found, foot_y_px(camera, found, away_m))

    assert plane.is_same
    assert plane.behind_m == pytest.approx(away_m, abs=0.08)
    assert plane.px_per_m == pytest.approx(px_per_m_at(camera, away_m - 0.13), rel=0.03)


@pytest.mark.parametrize("away_m", [-1.0, -0.5, 0.5, 1.0])
def test_away_from_the_client_it_tells_no_length(away_m: float) -> None:
    camera = CAMERAS["rolled"]
    found = measured(camera, Paper())

    assert not plane_at(found, foot_y_px(camera, found, away_m)).is_same


def test_without_a_foot_it_tells_no_length() -> None:
    assert not plane_at(measured(Camera(), Paper()), np.nan).is_same


@pytest.mark.parametrize("name", CAMERAS)
def test_in_the_level_picture_uprights_are_upright(name: str) -> None:
    camera = CAMERAS[name]
    found = measured(camera, Paper())
    rod = camera.straight_px(np.array([(0, 0.1, z) for z in (0.0, 0.4, 0.8, 1.2, 1.6)]))
    level = applied(to_level(found, camera.size_px)[None], rod)
    leans = np.degrees(np.arctan2(level[1:, 0] - level[0, 0], level[0, 1] - level[1:, 1]))

    # 0.4 m from the sheet an error of the pitch leans them by a ninth of it
    assert np.abs(leans).max() < 2 * found.roll_sd_deg + found.pitch_sd_deg / 4


# --- in a clip ------------------------------------------------------------------------------------


def with_sheet(landmarks: Landmarks, sheet: Sheet | None) -> Landmarks:
    count = len(landmarks.time_s)
    rows = np.full(count, 100.0)
    footage = Footage(
        luma=rows,
        bright=rows,
        noise=0 * rows,
        sharpness=rows,
        cover=np.full((count, 2), np.nan),
        change=rows,
        most=rows,
        to_steady=np.tile(np.array([[1.0, 0, 0], [0, 1.0, 0]]), (count, 1, 1)),
        steady_sd_px=0 * rows,
        group=np.zeros(count, dtype=int),
        sheet=sheet,
    )
    return replace(landmarks, footage=footage)


def level_sheet(floor_y_px: float, px_per_m: float = 300.0) -> Sheet:
    """A sheet seen by a level camera, in the plane of the nearer foot's outer edge."""
    corners = ((800.0, 520.0), (863.0, 520.0), (863.0, 609.0), (800.0, 609.0))
    return Sheet(
        trouble="",
        corners_px=corners,
        lies=False,
        roll_deg=0.0,
        roll_sd_deg=0.5,
        pitch_deg=0.0,
        pitch_sd_deg=1.5,
        focal_px=1080.0,
        px_per_m=px_per_m,
        scale_sd=0.01,
        floor_y_px=floor_y_px,
        horizon_y_px=WIDE[1] / 2,
        away_m=1080.0 / px_per_m,
    )


@pytest.fixture(scope="module")
def bend() -> Landmarks:
    return filmed(bending(seconds(9.0)), SIDE_ON)


def floor_of(clip: Landmarks) -> float:
    return taken(clip, Activity.FORWARD_BEND).floor_y_px


def test_lengths_are_in_metres_without_a_height(bend: Landmarks) -> None:
    clip = with_sheet(bend, level_sheet(floor_of(bend)))
    without, found = analysed(bend), analysed(clip)
    (by_sheet,) = [m for m in found.measures if m.name == "fingertip_floor_m"]
    (relative,) = [m for m in found.measures if m.name == "fingertip_floor"]
    take = next(t for t in found.takes if t.segment.activity is Activity.FORWARD_BEND)

    assert not [m for m in without.measures if m.name == "fingertip_floor_m"]
    assert by_sheet.value == pytest.approx(relative.value * take.leg_px / 300.0, rel=0.01)
    assert by_sheet.spread["scale"] < 0.02 * by_sheet.value
    assert take.scale_by == "sheet"


def test_a_sheet_counts_before_a_typed_height(bend: Landmarks) -> None:
    clip = with_sheet(bend, level_sheet(floor_of(bend)))
    take = taken(clip, Activity.FORWARD_BEND, height_m=2.0)

    assert take.px_per_m == pytest.approx(300.0, rel=0.01)


def test_elsewhere_the_typed_height_counts(bend: Landmarks) -> None:
    clip = with_sheet(bend, level_sheet(floor_of(bend) - 60.0))
    take = taken(clip, Activity.FORWARD_BEND, height_m=2.0)

    assert take.px_per_m == pytest.approx(250.0, rel=0.02)
    assert take.scale_by == "height"


@pytest.mark.parametrize("line_mm", [93.0, 100.0, 105.0])
def test_a_print_of_another_size_is_put_right_by_its_line(bend: Landmarks, line_mm: float) -> None:
    """Printed smaller, the same metre holds more sheets, so it is more pixels."""
    clip = with_sheet(bend, level_sheet(floor_of(bend)))
    frame = replace(BY_POINTS, sheet_line_mm=line_mm)
    take = taken(clip, Activity.FORWARD_BEND, frame=frame)

    assert take.px_per_m == pytest.approx(300.0 * 100.0 / line_mm, rel=0.01)


def test_what_it_puts_right_leaves_its_own_error(bend: Landmarks) -> None:
    sheet = replace(level_sheet(floor_of(bend)), pitch_deg=-6.0, roll_deg=2.0)
    view = taken(with_sheet(bend, sheet), Activity.FORWARD_BEND).segment.view

    assert (view.roll_deg, view.roll_sd_deg) == (2.0, 0.5)
    assert (view.pitch_deg, view.pitch_sd_deg) == (-6.0, 1.5)


def test_points_go_back_to_where_the_pictures_show_them(bend: Landmarks) -> None:
    sheet = replace(level_sheet(floor_of(bend)), pitch_deg=-6.0, roll_deg=8.0)
    clip = with_sheet(bend, sheet)
    level = steadied(clip)
    back = as_filmed(level)

    assert np.nanmax(np.abs(level.xy_px - clip.xy_px)) > 30
    assert np.allclose(back.xy_px, clip.xy_px, atol=1e-6, equal_nan=True)
    assert level.to_steady is not None
    assert np.allclose(inverse(inverse(level.to_steady)), level.to_steady)


def test_it_is_kept_with_the_landmarks(bend: Landmarks, tmp_path: Path) -> None:
    sheet = level_sheet(floor_of(bend))
    for one in (sheet, None):
        save_landmarks(tmp_path / "landmarks.npz", with_sheet(bend, one))
        kept = load_landmarks(tmp_path / "landmarks.npz")
        assert kept.footage is not None
        assert kept.footage.sheet == one


def told(clip: Landmarks) -> list[tuple[FactKind, str]]:
    return [(fact.kind, fact.reason.code) for fact in facts_of(clip) if "sheet" in fact.kind.value]


def test_the_clip_says_what_it_is_used_for(bend: Landmarks) -> None:
    sheet = level_sheet(floor_of(bend))

    assert told(with_sheet(bend, sheet)) == [(FactKind.SHEET_SEEN, "fact_sheet_seen")]
    apart = level_sheet(floor_of(bend) - 60.0)
    assert told(with_sheet(bend, apart)) == [(FactKind.SHEET_SEEN, "fact_sheet_seen_elsewhere")]
    assert told(with_sheet(bend, None)) == []


@pytest.mark.parametrize("trouble", ["small", "hidden", "bent", "moved", "crooked"])
def test_one_that_is_not_used_changes_nothing_and_says_why(bend: Landmarks, trouble: str) -> None:
    clip = with_sheet(bend, replace(level_sheet(floor_of(bend)), trouble=trouble, roll_deg=8.0))

    code = "fact_sheet_unused" if trouble == "small" else f"fact_sheet_unused_{trouble}"
    assert told(clip) == [(FactKind.SHEET_UNUSED, code)]
    assert steadied(clip) is clip


# --- where there is none --------------------------------------------------------------------------


def none_in(clip: Path) -> None:
    source = probe(clip, Settings().video)
    count = len(source.time_s)
    asked = sorted({int(n) for n in np.linspace(0, count - 1, min(count, 4))})
    for _, rgb in pictures_at(source, asked):
        assert sheet_in(rgb) is None


SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.mp4")))
def test_none_is_seen_in_a_sample(name: str) -> None:
    none_in(SAMPLES / name)


@pytest.mark.slow
def test_none_is_seen_in_the_shared_clips(shared: Path) -> None:
    clips = sorted((shared / "clips").rglob("*.mp4")) + sorted((shared / "clips").rglob("*.jpg"))
    assert clips
    for clip in clips:
        none_in(clip)
