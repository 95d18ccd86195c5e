"""How far the fingertips are from the floor, from the angles of the bend."""

from __future__ import annotations

import numpy as np

from posture.truth.restriction.people import Array

# Shares of body height (Drillis & Contini 1966 as in Winter 2009): trochanter .530, hip to
# shoulder .288, arm with hand .440. How the trunk splits into pelvis, lumbar and thoracic part,
# and how far the shoulder girdle slides down: ours.
HIP_HEIGHT, ARM = 0.530, 0.440
PELVIS, LUMBAR, THORAX, GIRDLE = 0.050, 0.090, 0.148, 0.030


def straight_parts(pelvis_deg: Array, lumbar_deg: Array, thoracic_deg: Array) -> Array:
    """Return the shoulder's height over the hip, body heights: three straight parts."""
    pelvis, lumbar, thoracic = (np.radians(a) for a in (pelvis_deg, lumbar_deg, thoracic_deg))
    return np.asarray(
        PELVIS * np.cos(pelvis)
        + LUMBAR * np.cos(pelvis + lumbar / 2)
        + THORAX * np.cos(pelvis + lumbar + thoracic / 2)
    )


def bent_parts(pelvis_deg: Array, lumbar_deg: Array, thoracic_deg: Array) -> Array:
    """Return the same with lumbar and thoracic part bent as arcs of a circle."""
    pelvis, lumbar, thoracic = (np.radians(a) for a in (pelvis_deg, lumbar_deg, thoracic_deg))
    top = pelvis + lumbar
    return np.asarray(
        PELVIS * np.cos(pelvis) + LUMBAR * _arc(pelvis, top) + THORAX * _arc(top, top + thoracic)
    )


def _arc(start: Array, end: Array) -> Array:
    """Return the mean cosine from one angle to another."""
    return np.asarray(np.cos((start + end) / 2) * np.sinc((end - start) / (2 * np.pi)))


def fingertip(shoulder_over_hip: Array, leg_lean_deg: Array, knee_deg: Array, arm: Array) -> Array:
    """Return the fingertips' height over the floor, body heights; negative below it.

    The arms hang. A bent knee lowers the hip: thigh and shank lean by half of it each.
    """
    lean, half = np.radians(leg_lean_deg), np.radians(knee_deg / 2)
    hip = HIP_HEIGHT * np.cos(lean) * np.cos(half)
    return np.asarray(hip + shoulder_over_hip - GIRDLE - arm)
