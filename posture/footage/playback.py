"""How fast a clip plays against the world it shows: as somebody says, or as the file does."""

from __future__ import annotations

from posture.types import Clip, Fact, FactKind, Reason

# A slowed clip is taken at 60, 120 or 240 pictures a second and shown at 30. Many phones write 30
# into every clip, and in the dark take fewer: nothing under this can be slow motion. Ours.
_LEAST_SLOW_HZ = 40.0
# Half speed is the least that cameras slow down by, double speed the least they speed up by; what
# lies between is a rate that a camera did not quite keep to. Ours.
_SLOWED, _SPED = 0.7, 1.4
# What `posture.settings` takes as well: beyond it a time lapse holds no step to measure.
_SLOWEST, _FASTEST = 0.05, 20.0
_USUAL = 1.0
_SAME = 0.01  # ours; a speed this near 1 is 1


def playback(clip: Clip, given: float | None) -> tuple[float | None, Fact | None]:
    """Return the speed at which a clip plays and the fact to be told, from what is known of it.

    The speed is shown over real: at 0.5 two seconds of the clip are one second of the world. What
    is `given` goes before what the file says. None is a speed that is not usual and not known;
    without a word from anybody it is 1, and the clip's contents may still show that it is not.
    """
    if given is not None:
        return given, None if abs(given - _USUAL) < _SAME else _fact(clip, given, is_given=True)
    speed = _of_the_file(clip)
    if speed == _USUAL:
        return speed, None
    return speed if _SLOWEST <= speed <= _FASTEST else None, _fact(clip, speed, is_given=False)


def _of_the_file(clip: Clip) -> float:
    if clip.capture_hz is None or clip.frames < 2 or not clip.duration_s > 0:  # noqa: PLR2004 - one has no rate
        return _USUAL
    speed = clip.frames / clip.duration_s / clip.capture_hz
    is_slowed = speed < _SLOWED and clip.capture_hz >= _LEAST_SLOW_HZ
    return speed if is_slowed or speed > _SPED else _USUAL


def _fact(clip: Clip, speed: float, *, is_given: bool) -> Fact:
    is_slow = speed < _USUAL
    told = {"speed": speed}
    what_to_do = None
    if not _SLOWEST <= speed <= _FASTEST:
        reason = Reason("fact_slowed_down") if is_slow else Reason("fact_sped_up")
        what_to_do = Reason("fact_slowed_down_todo") if is_slow else Reason("fact_sped_up_todo")
    elif is_given:
        reason = Reason("fact_slowed_down_given" if is_slow else "fact_sped_up_given", told)
    else:
        reason = Reason("fact_slowed_down_file" if is_slow else "fact_sped_up_file", told)
    return Fact(
        kind=FactKind.SLOWED_DOWN if is_slow else FactKind.SPED_UP,
        reason=reason,
        spans_s=((0.0, clip.duration_s),),
        probability=1.0,
        what_to_do=what_to_do,
    )
