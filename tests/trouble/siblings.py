"""Siblings of the clips that people bring: other body, other view, weaker and stronger trouble.

Each is made of a sample; with them the negative controls, in which nothing must be refused.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np

from tests.trouble import pictures as p
from tests.trouble import right
from tests.trouble.pictures import Film, Mask, film
from tests.trouble.right import Right

Masks = Callable[[str], Sequence[Mask]]  # of a sample: where its client is, picture by picture


@dataclass(frozen=True)
class Sibling:
    """One clip to be made."""

    kind: str
    name: str
    of: str  # the untouched clip that its numbers are compared with
    make: Callable[[Masks], Film]
    right: Right
    quality: int = 25
    write: Callable[[Film, Path], None] | None = None  # instead of plain H.264
    flipped: bool = False  # against `of`

    @property
    def id(self) -> str:
        """What it is called."""
        return f"{self.kind}-{self.name}"


def _following(
    name: str,
    size_px: tuple[int, int],
    *,
    share: float = 1.0,
    zoom: tuple[float, float] = (1.0, 1.0),
    y: float = 0.5,
) -> Callable[[Masks], Film]:
    """A camera that goes with whoever walks: all the way, or a share of it; zooming besides."""

    def make(_: Masks) -> Film:
        made = film(name)
        width, height = made.size_px
        at = p.middle_of(made)
        mean, count = float(np.mean(at)), len(at)

        def camera(n: int) -> tuple[float, float, float, float]:
            now = zoom[0] + (zoom[1] - zoom[0]) * n / count
            half = size_px[0] / 2 / now
            x = mean + share * (at[n] - mean)
            tall = size_px[1] / 2 / now
            return (
                float(np.clip(x, half, width - half)),
                float(np.clip(y * height, tall, height - tall)),
                now,
                0.0,
            )

        return p.filmed(made, camera, size_px)

    return make


def _shaken(name: str, size_px: tuple[int, int], *, px: float, drift_px: float = 0.0,
            seed: int = 1) -> Callable[[Masks], Film]:  # fmt: skip
    """A camera held in the hand."""

    def make(_: Masks) -> Film:
        made = film(name)
        width, height = made.size_px
        path = p.shaken(seed, len(made.pictures), px, drift_px)
        return p.filmed(
            made, lambda n: (width / 2 + path[n][0], height / 2 + path[n][1], 1.0, 0.0), size_px
        )

    return make


def _tilting(name: str, size_px: tuple[int, int], *, down_px: float, across_px: float = 0.0,
             zoom: float = 1.0) -> Callable[[Masks], Film]:  # fmt: skip
    """A camera that goes down with a bend and up again (1.4 s, down 1.5, held 1.2, up 1.2)."""

    def make(_: Masks) -> Film:
        made = film(name)
        width, height = made.size_px

        def camera(n: int) -> tuple[float, float, float, float]:
            t = made.time_s[n] - 0.15  # a hand is a little late
            down = min(max((t - 1.4) / 1.5, 0), 1) - min(max((t - 4.1) / 1.2, 0), 1)
            eased = 0.5 - 0.5 * math.cos(math.pi * down)
            now = 1.0 + (zoom - 1.0) * eased
            return (
                width / 2 + across_px * eased,
                height / 2 - 0.35 * down_px + down_px * eased,
                now,
                0.0,
            )

        return p.filmed(made, camera, size_px)

    return make


def _rolled(name: str, roll_deg: float, zoom: float = 1.0) -> Callable[[Masks], Film]:
    def make(_: Masks) -> Film:
        made = film(name)
        width, height = made.size_px
        middle = (0.5 * width, 0.5 * height, zoom, roll_deg)
        return p.filmed(made, lambda _: middle, (760, 520))

    return make


def _changed(name: str, change: Callable[[Film], Film]) -> Callable[[Masks], Film]:
    return lambda _: change(film(name))


def _boomerang(name: str, share: float) -> Callable[[Masks], Film]:
    """Forwards up to the middle of the clip, then the same backwards, all of it or a part."""

    def make(_: Masks) -> Film:
        made = film(name)
        # four strides fit into a rendered walk; the loop closes to a hundredth of a second
        ahead = made if share >= 1 else made[: round(share * len(made.pictures))]
        return p.joined(ahead, p.backwards(ahead))

    return make


def _dropped(share: float, seed: int) -> Callable[[Film], Film]:
    def change(made: Film) -> Film:
        count = len(made.pictures)
        drawn = np.random.default_rng(seed).uniform(size=count)
        return p.thinned(made, [0, count - 1, *np.flatnonzero(drawn > share).tolist()])

    return change


def _time_lapse(name: str, times: int, strides_pictures: int) -> Callable[[Masks], Film]:
    """Every third picture of a walk in place that goes on for three times as long."""

    def make(_: Masks) -> Film:
        made = film(name)
        looped = made.pictures[:strides_pictures] * times
        return Film(looped[::times], ()).at_rate(30.0)

    return make


def _at_speed(speed: float) -> Callable[[Film], Film]:
    return lambda made: Film(made.pictures, tuple(t / speed for t in made.time_s))


def _slow(steps: int) -> Callable[[Film], Film]:
    """Slow motion as a phone makes it: more pictures a second, shown at the usual rate."""

    def change(made: Film) -> Film:
        kept = made if steps <= 2 else made[:80]
        return p.between(kept, steps).at_rate(30.0)

    return change


def two_streams(default: int | None) -> Callable[[Film, Path], None]:
    """Write a preview as the first stream and the clip as the second."""

    def write(made: Film, path: Path) -> None:
        small = p.fitted(made, (160, 90))
        with av.open(str(path), "w", format="mp4") as out:
            streams = []
            for number, part in enumerate((small, made)):
                stream = out.add_stream("libx264", rate=30)
                assert isinstance(stream, av.VideoStream)
                stream.width, stream.height = part.size_px
                stream.pix_fmt = "yuv420p"
                stream.options = {"preset": "superfast", "crf": "24"}
                stream.disposition = (
                    av.stream.Disposition.default if number == default else av.stream.Disposition(0)
                )
                streams.append((stream, part))
            for n in range(len(made.pictures)):
                for stream, part in streams:
                    out.mux(stream.encode(av.VideoFrame.from_ndarray(part.pictures[n])))
            for stream, _ in streams:
                out.mux(stream.encode(None))

    return write


def _behind(name: str, **how: float) -> Callable[[Masks], Film]:
    return lambda masks: p.passed_by(
        film(name),
        height=how["height"],
        floor=how["floor"],
        start=int(how["start"]),
        behind=masks(name),
    )


PAN = (
    Sibling("pan", "rendered", "pass", _following("pass", (420, 420)), right.pan),
    Sibling("pan", "half_way", "walking",
            _following("walking", (800, 600), share=0.6, y=0.6), right.pan),
    Sibling("pan", "zoom", "pass", _following("pass", (700, 400), share=0.15, zoom=(1.0, 1.3)),
            right.pan),
    Sibling("pan", "shake_and_drift", "walking",
            _shaken("walking", (1080, 640), px=6, drift_px=90), right.pan),
    Sibling("pan", "treadmill_slow", "walk_early_heel_rise",
            _shaken("walk_early_heel_rise", (700, 520), px=2, drift_px=200), right.pan),
)  # fmt: skip
FOLLOW_BEND = (
    Sibling("follow_bend", "free", "forward_bend_free",
            _tilting("forward_bend_free", (800, 400), down_px=60), right.follow_bend),
    Sibling("follow_bend", "mirrored_zoom", "forward_bend_calf_mirrored",
            _tilting("forward_bend_calf_mirrored", (800, 450), down_px=45, zoom=1.12),
            right.follow_bend),
    Sibling("follow_bend", "aside_weak", "forward_bend",
            _tilting("forward_bend", (820, 480), down_px=25, across_px=-40), right.follow_bend),
)  # fmt: skip
PASSER = (
    Sibling("passer", "at_the_bottom", "forward_bend_free",
            _changed("forward_bend_free",
                     lambda f: p.passed_by(f, height=0.85, floor=0.97, start=45)), right.passer),
    Sibling("passer", "as_it_goes_down", "forward_bend_calf",
            _changed("forward_bend_calf", lambda f: p.passed_by(
                f, height=1.05, floor=1.15, start=16, to_right=False)), right.passer),
    Sibling("passer", "strip", "forward_bend",
            _changed("forward_bend", lambda f: p.pasted_strip(
                f, film("walk_early_heel_rise"), wide=0.17, start=55, steps_px=16)), right.passer),
    Sibling("passer", "standing", "standing",
            _changed("standing", lambda f: p.passed_by(f, height=0.95, floor=1.05, start=20)),
            right.passer),
    Sibling("passer", "walk", "walk_normal",
            _changed("walk_normal", lambda f: p.passed_by(
                f, height=0.9, floor=1.0, start=15, to_right=False)), right.passer),
)  # fmt: skip
TWO_PEOPLE = (
    Sibling("two_people", "bends", "forward_bend_calf",
            lambda _: p.joined(film("forward_bend_calf"), film("forward_bend_free")),
            right.two_people),
    Sibling("two_people", "walks", "walk_normal",
            lambda _: p.joined(film("walk_normal"), film("walk_early_heel_rise")),
            right.two_people),
    Sibling("two_people", "stand_and_bend", "standing_tilted",
            lambda _: p.joined(film("standing_tilted"), film("forward_bend")), right.two_people),
)  # fmt: skip
BOOMERANG = (
    Sibling("boomerang", "weak_push_off", "walk_weak_push_off",
            _boomerang("walk_weak_push_off", 0.7), right.boomerang),
    Sibling("boomerang", "other_side", "walk_early_heel_rise",
            _boomerang("walk_early_heel_rise", 0.75), right.boomerang),
    Sibling("boomerang", "across", "pass", _boomerang("pass", 0.85), right.boomerang),
)  # fmt: skip
REVERSED = (
    Sibling("reversed", "rendered", "pass", _changed("pass", p.backwards), right.backwards),
    Sibling("reversed", "in_place", "walk_early_heel_rise",
            _changed("walk_early_heel_rise", p.backwards), right.backwards),
    Sibling("reversed", "mirrored", "walk_weak_push_off_mirrored",
            _changed("walk_weak_push_off_mirrored", p.backwards), right.backwards),
)  # fmt: skip
SLOW = (
    Sibling("slow", "half", "walk_early_heel_rise",
            _changed("walk_early_heel_rise", _slow(2)), right.slowed),
    Sibling("slow", "quarter", "walk_weak_push_off",
            _changed("walk_weak_push_off", _slow(4)), right.slowed),
    Sibling("slow", "across", "walking_mirrored", _changed("walking_mirrored", _slow(2)),
            right.slowed),
    Sibling("slow", "time_lapse", "walk_normal", _time_lapse("walk_normal", 3, 130), right.sped),
)  # fmt: skip
COVERED = (
    Sibling("covered", "knees", "forward_bend_free",
            _changed("forward_bend_free", lambda f: p.boxed(f, 0, 0.55, 1, 0.66, 240)),
            right.covered),
    Sibling("covered", "feet", "forward_bend_calf",
            _changed("forward_bend_calf", lambda f: p.boxed(f, 0.1, 0.76, 0.9, 0.88, 20)),
            right.covered),
    Sibling("covered", "letterbox_over_feet", "walk_normal",
            _changed("walk_normal", lambda f: p.boxed(f, 0, 0.77, 1, 1, 0)), right.covered),
    Sibling("covered", "torso", "standing",
            _changed("standing", lambda f: p.boxed(f, 0.3, 0.22, 0.7, 0.42, 255)), right.covered),
)  # fmt: skip
STRETCHED = (
    Sibling("stretched", "narrow", "forward_bend_free",
            _changed("forward_bend_free", lambda f: p.scaled(f, 0.75, 1)), right.stretched),
    Sibling("stretched", "wide", "standing",
            _changed("standing", lambda f: p.scaled(f, 1, 0.75)), right.stretched),
    Sibling("stretched", "weak", "walk_normal_mirrored",
            _changed("walk_normal_mirrored", lambda f: p.scaled(f, 0.85, 1)), right.stretched),
)  # fmt: skip
IRREGULAR = (
    Sibling("irregular", "third", "walk_weak_push_off",
            _changed("walk_weak_push_off", _dropped(0.3, 3)), right.irregular),
    Sibling("irregular", "half", "walk_early_heel_rise",
            _changed("walk_early_heel_rise", _dropped(0.5, 4)), right.irregular),
    Sibling("irregular", "weak_across", "walking",
            _changed("walking", _dropped(0.15, 5)), right.irregular),
)  # fmt: skip
REPEATED = (
    Sibling("repeated", "10_as_30", "walk_early_heel_rise",
            _changed("walk_early_heel_rise", lambda f: p.repeated(f, 3, 30)), right.repeats),
    Sibling("repeated", "15_as_60", "forward_bend_free",
            _changed("forward_bend_free", lambda f: p.repeated(f, 2, 60)), right.repeats),
    Sibling("repeated", "12_as_24", "walk_weak_push_off",
            _changed("walk_weak_push_off", lambda f: p.repeated(p.resampled(f, 12), 1, 24)),
            right.repeats),
)  # fmt: skip
DARK = (
    Sibling("dark", "walk", "walk_early_heel_rise",
            _changed("walk_early_heel_rise", lambda f: p.darkened(f, 0.1, 7, 1)), right.dark, 28),
    Sibling("dark", "bend", "forward_bend_free",
            _changed("forward_bend_free", lambda f: p.darkened(f, 0.06, 6, 2)), right.dark, 28),
    Sibling("dark", "weaker", "walk_weak_push_off",
            _changed("walk_weak_push_off", lambda f: p.darkened(f, 0.16, 10, 3)), right.dark, 28),
)  # fmt: skip
FEET_CUT = (
    Sibling("feet_cut", "ankles", "walk_early_heel_rise",
            _changed("walk_early_heel_rise", lambda f: p.cut_below(f, 0.69)), right.feet_cut),
    Sibling("feet_cut", "shanks", "walk_weak_push_off",
            _changed("walk_weak_push_off", lambda f: p.cut_below(f, 0.64)), right.feet_cut),
    Sibling("feet_cut", "bend", "forward_bend",
            _changed("forward_bend", lambda f: p.cut_below(f, 0.77)), right.feet_cut),
)  # fmt: skip
TWO_STREAMS = (
    Sibling("two_streams", "default", "standing", _changed("standing", lambda f: f),
            right.as_plain, write=two_streams(1)),
    Sibling("two_streams", "largest", "forward_bend_free",
            _changed("forward_bend_free", lambda f: f[:150]), right.as_plain,
            write=two_streams(None)),
)  # fmt: skip
RATES = (
    Sibling("rate", "23_976", "walk_early_heel_rise",
            _changed("walk_early_heel_rise", lambda f: p.resampled(f, 24000 / 1001)),
            right.as_plain),
    Sibling("rate", "29_97", "walk_weak_push_off",
            _changed("walk_weak_push_off", lambda f: f.at_rate(30000 / 1001)), right.as_plain),
    Sibling("rate", "59_94", "walk_normal",
            _changed("walk_normal", lambda f: p.between(f[:110], 2).at_rate(60000 / 1001)),
            right.as_plain),
)  # fmt: skip
ROLLED = (
    Sibling("rolled", "5", "standing_tilted", _rolled("standing_tilted", 5, 0.95), right.askew),
    Sibling("rolled", "8", "forward_bend_free", _rolled("forward_bend_free", 8), right.askew),
    Sibling("rolled", "minus_12", "walk_normal", _rolled("walk_normal", -12), right.askew),
)  # fmt: skip
CONTROLS = (
    Sibling("control", "hand_shake_walk", "walking",
            _shaken("walking", (1200, 680), px=5), right.untroubled),
    Sibling("control", "hand_shake_standing", "standing",
            _shaken("standing", (900, 510), px=4, seed=2), right.untroubled),
    Sibling("control", "hand_shake_bend", "forward_bend",
            _shaken("forward_bend", (900, 510), px=3, seed=3), right.untroubled),
    Sibling("control", "letterbox", "forward_bend_free",
            _changed("forward_bend_free", lambda f: p.boxed(
                p.boxed(f, 0, 0, 1, 0.09, 0), 0, 0.9, 1, 1, 0)), right.untroubled),
    Sibling("control", "picture_in_picture", "walk_normal",
            _changed("walk_normal", lambda f: p.inset(
                f, film("forward_bend_free"), x=0.72, y=0.03, size=0.25)), right.untroubled),
    Sibling("control", "passes_behind", "walk_normal",
            _behind("walk_normal", height=0.55, floor=0.76, start=10), right.untroubled),
    Sibling("control", "passes_behind_standing", "standing",
            _behind("standing", height=0.6, floor=0.8, start=0), right.untroubled),
    Sibling("control", "dark_clothes", "walk_weak_push_off",
            lambda masks: p.recoloured(film("walk_weak_push_off"), masks("walk_weak_push_off"),
                                       0.3), right.untroubled),
    Sibling("control", "slightly_dark", "walk_normal",
            _changed("walk_normal", lambda f: p.darkened(f, 0.55, 3, 4)), right.untroubled),
    Sibling("control", "same_person_two_takes", "forward_bend",
            lambda _: p.joined(film("forward_bend"), p.filmed(
                film("forward_bend"), lambda _: (470, 280, 1.12, 0), (960, 540))),
            right.same_person),
    Sibling("control", "quick_walker", "walk_normal",
            _changed("walk_normal", _at_speed(1.2)), right.quick),
    Sibling("control", "slow_walker", "walk_weak_push_off",
            _changed("walk_weak_push_off", _at_speed(0.83)), right.quick),
    Sibling("control", "mirror_on_the_wall", "forward_bend",
            _changed("forward_bend", lambda f: p.reflected(f, x=0.7, y=0.1, size=0.6)),
            right.untroubled),
)  # fmt: skip
SIBLINGS = (
    *PAN, *FOLLOW_BEND, *PASSER, *TWO_PEOPLE, *BOOMERANG, *REVERSED, *SLOW, *COVERED, *STRETCHED,
    *IRREGULAR, *REPEATED, *DARK, *FEET_CUT, *TWO_STREAMS, *RATES, *ROLLED, *CONTROLS,
)  # fmt: skip

EXAMPLES: dict[str, tuple[str, Right]] = {
    "pan_full": ("walking", right.pan),
    "follow_bend": ("forward_bend", right.follow_bend),
    "bend_passer": ("forward_bend", right.passer),
    "bends_two_people": ("forward_bend", right.two_people),
    "reversed_walk": ("walking", right.backwards),
    "boomerang_walk": ("walk_normal", right.boomerang),
    "slowmo2x": ("walk_normal", right.slowed),
    "caption": ("forward_bend", right.covered),
    # the file shows this bend and not the one that the note beside it names
    "squeezed43": ("forward_bend", right.stretched),
    "vfr_irregular": ("walk_normal", right.irregular),
    "dup15as60": ("walk_normal", right.repeats),
    "dim": ("walk_normal", right.dark),
    "nofeet2": ("walk_normal", right.feet_cut),
    "walk_feet_cut": ("walk_normal", right.feet_cut),
    "twostreams": ("walk_normal", right.as_plain),
    "p23976": ("walk_normal", right.as_plain),
    "tilted8": ("standing", right.askew),  # likewise: somebody who stands
}  # `batch_mts` is a folder, see test_trouble_clips.py
