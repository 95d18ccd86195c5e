"""Which numbers are told first, which are followed, and from when on a difference is a change."""

from __future__ import annotations

from posture.types import Activity

# Of the difference of two measurements, 95 % lie within 1.96 of its own sd; for two of equal sd
# that is 2.77 x sd, the minimal detectable change (Weir 2005, doi 10.1519/15184.1).
WITHIN_95 = 1.96

# In the order of the page (ours).
FOLLOWED: tuple[tuple[str, Activity], ...] = (
    ("fingertip_floor_m", Activity.FORWARD_BEND),
    ("fingertip_floor", Activity.FORWARD_BEND),
    ("pelvis_on_thigh_flexion", Activity.FORWARD_BEND),
    ("lumbar_flexion", Activity.FORWARD_BEND),
    ("hip_share", Activity.FORWARD_BEND),
    ("leg_raise_angle", Activity.LEG_RAISE),
    ("lunge_dorsiflexion_straight", Activity.WALL_LUNGE),
    ("lunge_dorsiflexion_bent", Activity.WALL_LUNGE),
    ("peak_dorsiflexion", Activity.WALKING),
    ("heel_off", Activity.WALKING),
    ("peak_plantarflexion", Activity.WALKING),
    ("pelvic_tilt", Activity.STANDING),
    ("head_forward", Activity.STANDING),
)

# The same quantity twice, in centimetres and by the leg's length: one is enough.
SAME = {"fingertip_floor": "fingertip_floor_m"}

# The numbers that tell most of each movement, the first of each first (ours).
TELLING: tuple[tuple[str, Activity], ...] = (
    ("fingertip_floor_m", Activity.FORWARD_BEND),
    ("fingertip_floor", Activity.FORWARD_BEND),
    ("pelvis_on_thigh_flexion", Activity.FORWARD_BEND),
    ("leg_raise_angle", Activity.LEG_RAISE),
    ("lunge_dorsiflexion_straight", Activity.WALL_LUNGE),
    ("peak_plantarflexion", Activity.WALKING),
    ("pelvic_tilt", Activity.STANDING),
    ("lumbar_flexion", Activity.FORWARD_BEND),
    ("lunge_dorsiflexion_bent", Activity.WALL_LUNGE),
    ("heel_off", Activity.WALKING),
    ("peak_dorsiflexion", Activity.WALKING),
    ("head_forward", Activity.STANDING),
    ("hip_share", Activity.FORWARD_BEND),
    ("walking_speed_m_s", Activity.WALKING),
    ("cadence", Activity.WALKING),
    ("cadence", Activity.RUNNING),
    ("trunk_lean", Activity.STANDING),
    ("thoracic_rounding", Activity.STANDING),
)
# What a client knows of, besides the reach (ours).
KNOWN_TO_CLIENTS = ("leg_raise_angle", "cadence")
