"""Where a question is refused and where its answer is marked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class QualitySettings:
    """Where a question is refused and where its answer is marked; all ours, with reasons."""

    suspect_yaw_deg: float = 18.0  # 15 plus the scatter of the estimate; angles are off by 2 deg
    refused_yaw_deg: float = 28.0  # angles are off by 4 deg and near and far side mix
    min_seen_frac: float = 0.6  # of the frames; less and the answer rests on guesses
    flat_hollow: float = 0.012  # of hip to shoulder: a hanging shirt hollows less
    # slower, a step's moments fall between the pictures; films' 24 is 24000 / 1001 = 23.976
    min_gait_rate_hz: float = 23.9
    # ours; what is no back. Off a smooth curve, hip to shoulder: backs of 25 rendered and real
    # people up to .017, arms and bars .032 to .043. Off the line of hip and shoulder, at the
    # junction and the upper thorax: backs up to 24 deg, a barbell's plate 53
    rough_back: float = 0.030
    leaning_edge_deg: float = 35.0


LOOKED_AT = 24  # ours; frames at most of what a median is taken over: neighbours repeat each other
LEAST_READ = 0.5  # ours; of the frames looked at
