"""Foot and ankle of one leg, seen from the side."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from posture.signals.geometry import inclination_deg, pitch_deg, wrapped_deg
from posture.types import Floats, Landmarks, Side, Signal


@dataclass(frozen=True, slots=True, kw_only=True)
class ToesSettings:
    """What the toes hide of the foot's pitch as the heel rises; ours, see `toes_hide_deg`."""

    hidden: float = 0.2  # of the pitch over
    # as a heel counts as up: below, the flat foot's points wander
    from_deg: float = 11.0


def foot_pitch(landmarks: Landmarks, forward: Floats, side: Side) -> Signal:
    """Return how far the line from heel to toe is pitched.

    Unit
        Degrees in [-180, 180), 0 level.
    Sign
        Positive with the heel above the toe.
    Needs
        Side view. A foot flat on the floor does not read 0: the two points lie at different
        heights, so a flat-foot reading of the same clip has to be taken off.
    Source
        Heel and foot-index points. Once the heel is up the toes stay on the floor for a while and
        the line hides what the toe joint gives (`toes_hide_deg`).
    """
    heel, toe = (landmarks.point(f"{side.value}_{p}") for p in ("heel", "foot_index"))
    return Signal(
        name="foot_pitch",
        side=side,
        unit="deg",
        positive="heel above the toe",
        time_s=landmarks.time_s,
        value=pitch_deg(heel, toe, forward),
    )


def ankle_dorsiflexion(
    landmarks: Landmarks,
    forward: Floats,
    side: Side,
    flat_pitch_deg: float = 0.0,
    borne: Floats | None = None,
    toes: ToesSettings = ToesSettings(),
) -> Signal:
    """Return the ankle's angle: shank against foot.

    Unit
        Degrees in [-180, 180); 0 with the shank upright over a flat foot.
    Sign
        Positive dorsiflexed, negative plantarflexed.
    Needs
        Side view; `flat_pitch_deg`, the foot's pitch when it is flat on the floor in this clip;
        `borne`, 0 to 1, how far the floor holds the toes bent, where a step is known.
    Source
        Shank inclination less foot pitch (Winter 2009), the flat foot as the foot's zero; what the
        bent toes hide as in `toes_hide_deg`.
    """
    knee, ankle = (landmarks.point(f"{side.value}_{p}") for p in ("knee", "ankle"))
    shank = inclination_deg(knee, ankle, forward)
    pitch = foot_pitch(landmarks, forward, side).value - flat_pitch_deg
    if borne is not None:
        pitch = pitch + borne * toes_hide_deg(pitch, toes)
    return Signal(
        name="ankle_dorsiflexion",
        side=side,
        unit="deg",
        positive="dorsiflexed",
        time_s=landmarks.time_s,
        value=wrapped_deg(shank - pitch),
    )


def toes_hide_deg(pitch_deg: Floats, toes: ToesSettings = ToesSettings()) -> Floats:
    """Return how much more the foot is pitched than its line from heel to toes shows.

    Unit
        Degrees.
    Sign
        Never negative; to be added to the pitch.
    Needs
        The line's pitch over the flat foot's, the toes on the floor.
    Source
        Ours: the toes lie flat while heel and ball turn about their joint. A fifth of what the
        pitch is over 11 deg: at toe-off the line hid 12 deg of 19 on 22 rendered walkers and 9 of
        21 on four real ones read by eye (10, 7, 21 and -1); with it 4 of the rendered and about
        nothing of the real are left on average, of each real one 0, +3, -15 and +11. No textbook's
        ratio is known to us for where this model puts the toes' point.
    """
    return np.asarray(toes.hidden * np.maximum(pitch_deg - toes.from_deg, 0.0))


def heel_ahead(landmarks: Landmarks, forward: Floats, side: Side, leg_length_px: float) -> Signal:
    """Return how far the heel is ahead of the hips.

    Unit
        Leg lengths.
    Sign
        Positive with the heel ahead.
    Needs
        Side view; the leg's length in the same picture.
    Source
        Zeni 2008: heel strike is where this is largest.
    """
    return _ahead_of_hips(landmarks, forward, side, "heel", leg_length_px)


def toe_ahead(landmarks: Landmarks, forward: Floats, side: Side, leg_length_px: float) -> Signal:
    """Return how far the toes are ahead of the hips.

    Unit
        Leg lengths.
    Sign
        Positive with the toes ahead.
    Needs
        Side view; the leg's length in the same picture.
    Source
        Zeni 2008: toe-off is where this is smallest.
    """
    return _ahead_of_hips(landmarks, forward, side, "foot_index", leg_length_px)


def _ahead_of_hips(
    landmarks: Landmarks, forward: Floats, side: Side, point: str, leg_length_px: float
) -> Signal:
    # the middle of both hips turns less with the pelvis than either; where the far one is hidden
    # the near one stands in for both
    near, far = (landmarks.point(f"{s.value}_hip")[:, 0] for s in (side, side.other))
    hips = (near + far) / 2
    hips[hips != hips] = near[hips != hips]  # noqa: PLR0124 - NaN test
    ahead = forward * (landmarks.point(f"{side.value}_{point}")[:, 0] - hips)
    return Signal(
        name=f"{'toe' if point == 'foot_index' else point}_ahead",
        side=side,
        unit="leg_length",
        positive="ahead of the hips",
        time_s=landmarks.time_s,
        value=ahead / leg_length_px,
    )
