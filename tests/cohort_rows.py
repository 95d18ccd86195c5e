"""Rows of a table as a batch writes them, of a made-up cohort."""

from __future__ import annotations

import numpy as np

from posture.measures.doubt import doubt_rows
from posture.outputs.followed import FOLLOWED
from posture.types import Activity

# name -> middle, spread and error over people, in the measure's unit: about what the samples show
_ABOUT = {
    "fingertip_floor_m": (0.1, 0.11, 0.02),
    "fingertip_floor": (0.12, 0.13, 0.02),
    "pelvis_on_thigh_flexion": (58.0, 14.0, 5.0),
    "lumbar_flexion": (48.0, 11.0, 6.0),
    "hip_share": (0.55, 0.09, 0.05),
    "leg_raise_angle": (68.0, 14.0, 3.0),
    "lunge_dorsiflexion_straight": (33.0, 6.0, 2.5),
    "lunge_dorsiflexion_bent": (37.0, 6.0, 2.5),
    "peak_dorsiflexion": (12.0, 4.0, 2.5),
    "heel_off": (0.42, 0.05, 0.02),
    "peak_plantarflexion": (17.0, 5.0, 3.0),
    "pelvic_tilt": (12.0, 5.0, 4.0),
    "head_forward": (0.03, 0.02, 0.01),
}
_SENTENCES = {
    "nobody_in_view": (
        "Nobody was found in the picture; film one person from the side, head to feet.",
        "人が映っていません。",
    ),
    "too_long": ("It lasts {n} minutes; cut it to at most 60.", "{n}分あります。"),
    "not_a_video": ("This is not a video or picture that can be read.", "動画ではありません。"),
}
_VERDICTS = ("hamstring", "none", "inconclusive", "calf", "back_line", "lumbar")
_LEVELS = ("suggested", "possible", "not_suggested", "cannot_tell")


def made_rows(count: int, *, visits: int = 2, seed: int = 7) -> list[dict[str, str]]:
    """Return rows of so many clips; every tenth could not be measured."""
    rng = np.random.default_rng(seed)
    activities = list(dict.fromkeys(activity for _, activity in FOLLOWED))
    rows = []
    for index in range(count):
        person, visit = divmod(index, visits)
        row = {
            "file": f"2026/client {person:05d}/visit {visit + 1}.mp4",
            "client": f"Client {person:05d}",
            "visit": f"2026-{1 + visit:02d}-05",
        }
        if index % 10 == 9:
            rows.append(row | _failed(index))
            continue
        row |= {"status": "ok", "verdict": str(rng.choice(_VERDICTS)), "facts": ""}
        row["facts"] = "camera_moved" if index % 17 == 0 else ""
        for link in ("hamstring", "calf", "back"):
            row[f"{link}.level"] = str(rng.choice(_LEVELS))
        rows.append(row | _measured(activities[person % len(activities)], rng))
    return rows


def _failed(index: int) -> dict[str, str]:
    code = list(_SENTENCES)[index // 10 % 3]
    english, japanese = (told.format(n=60 + index % 50) for told in _SENTENCES[code])
    return {
        "status": "failed",
        "reason_code": code,
        "reason": english,
        "reason_ja": japanese,
    }


def _measured(activity: Activity, rng: np.random.Generator) -> dict[str, str]:
    found: dict[str, str] = {}
    for kind, name in doubt_rows():
        if kind is not activity and kind is not Activity.STANDING:
            continue
        middle, spread, error = _ABOUT.get(name, (10.0, 3.0, 1.0))
        value = rng.normal(middle, spread)
        if rng.random() < 0.02:
            value += 7 * spread
        column = f"{kind.value}.{name}"
        found |= {
            column: f"{value:.9g}",
            f"{column}.sd": f"{error:.6g}",
            f"{column}.quality": "good",
        }
    return found
