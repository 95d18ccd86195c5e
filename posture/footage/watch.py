"""Look at the pictures of a clip while the client is followed through them."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from threading import Lock

import numpy as np

from posture.footage.camera import (
    HELD_SD_PX,
    Grey,
    Key,
    Shift,
    differ,
    evened,
    key_of,
    room_mask,
    shift_between,
    small_grey,
)
from posture.footage.cover import cover_in
from posture.footage.light import light_of
from posture.footage.roll import lines_of
from posture.footage.sheet import SHEET_EVERY_S, SheetLook, sheet_in
from posture.footage.similarity import STILL, after, inverse
from posture.types import Floats, Outline, Rgb
from posture.video.glance import Glances


@dataclass(slots=True)
class Look:
    """What one picture showed."""

    number: int
    to_first: Floats  # (2, 3) small px, from this picture to the first one of its chain; NaN lost
    chain: int  # pictures of one chain lie in one another's view; a new one begins where it is lost
    is_sure: bool  # followed; otherwise held, as nothing showed that the camera moved
    sd_px: float  # small px
    light: Floats  # (4,) see `light_of`


@dataclass(slots=True)
class Piece:
    """One piece of the clip and what was seen in it."""

    start: int
    stop: int
    looks: list[Look] = field(default_factory=list)
    relinks: dict[int, tuple[int, Floats]] = field(default_factory=dict)  # see `PieceWatcher`
    first: Key | None = None  # the picture of the first look
    first_mask: Grey | None = None  # where the room is in it
    lines: Floats = field(default_factory=lambda: np.zeros((0, 4)))  # of the room: `lines_of`
    sheets: list[tuple[int, SheetLook]] = field(default_factory=list)  # of which pictures
    covers: list[tuple[int, Floats]] = field(default_factory=list)  # (2,) each, see `cover_in`
    done: bool = False
    last: End | None = None
    link: Shift | None = None  # from the next piece's first picture to this one's last key
    link_to_end: Shift | None = None  # from its last key, where the first does not tell
    chain_at_end: int = 0
    key_at_end: Floats = field(default_factory=STILL.copy)  # to the first of its chain


@dataclass(frozen=True, slots=True)
class End:
    """What the next piece's first picture is compared with."""

    key: Key  # the last picture in which the room was followed, or held
    mask: Grey  # where the room is in it


class Watcher:
    """Looks at one clip: at a glance at every picture, at some of them closely."""

    def __init__(
        self,
        time_s: Floats,
        size_px: tuple[int, int],
    ) -> None:
        self.time_s = time_s
        self.size_px = size_px
        self.pieces: dict[int, Piece] = {}
        self._glances = Glances.empty(len(time_s))
        self._lock = Lock()

    def every(self, step: int) -> Watcher:
        """Look at every so many pictures from here on, as if there were no others."""
        self.time_s = self.time_s[::step]
        self._glances = Glances.empty(len(self.time_s))
        return self

    @property
    def glances(self) -> Glances:
        """What was seen at a glance, of every picture that was decoded."""
        return self._glances

    @property
    def scale(self) -> float:
        """Small px per px."""
        return min(1.0, _SIDE_PX / max(self.size_px))

    def piece(self, start: int, stop: int) -> PieceWatcher:
        """Return one that looks at the pictures from `start` up to, not including, `stop`."""
        piece = Piece(start, stop)
        with self._lock:
            self.pieces[start] = piece
        return PieceWatcher(self, piece)

    def finish(self, piece: Piece) -> None:
        """Link a piece to its neighbours and let its pictures go."""
        with self._lock:
            piece.done = True
            for one in list(self.pieces.values()):
                following = self.pieces.get(one.stop)
                if one.done and one.link is None and following is not None:
                    self._link(one, following)
            before = {one.stop: one for one in self.pieces.values()}
            for one in self.pieces.values():
                earlier = before.get(one.start)
                if one.link is not None and (earlier is None or earlier.link is not None):
                    one.last = None

    def finish_all(self) -> None:
        """Link what is left: pieces whose last picture could not be decoded."""
        for piece in [piece for piece in self.pieces.values() if not piece.done]:
            self.finish(piece)

    def _link(self, piece: Piece, following: Piece) -> None:
        """Find how the next piece lies against this one, by its first picture or its last key."""
        end, first, mask = piece.last, following.first, following.first_mask
        if first is None and not following.done:
            return  # not begun
        found = Shift.nothing()
        if end is not None and first is not None and mask is not None:
            found = shift_between(end.key, first.grey, mask, STILL)
            both = np.minimum(mask, end.mask)
            if not found.is_sure() and not differ(end.key.grey, first.grey, both):
                found = Shift.held(STILL)
        if not found.is_sure():
            if not following.done:
                return  # somebody may hide the room there: later on it may be seen again
            if end is not None and following.last is not None:
                later = following.last.key.grey
                room = np.full(later.shape, 255, dtype=np.uint8)
                piece.link_to_end = shift_between(end.key, later, room, STILL)
        piece.link = found
        following.first = following.first_mask = None


class PieceWatcher:
    """Looks at the pictures of one piece in their order.

    Where the room is lost for long another chain begins; the key picture of the one before is kept,
    and where it comes into view again the two chains are one (`Piece.relinks`: for a chain, the one
    it belongs to and how it lies in it).
    """

    def __init__(self, watcher: Watcher, piece: Piece) -> None:
        self._watcher = watcher
        self._piece = piece
        self._key: Key | None = None
        self._key_to_first = STILL.copy()
        self._guess = STILL.copy()  # from the last picture to the key
        self._before: Grey | None = None  # what a held picture has to be like
        self._before_mask: Grey | None = None
        self._last_s = self._lost_since_s = -math.inf
        self._last_cover_s = -math.inf
        self._last_sheet_s = -math.inf
        self._is_moving = False
        self._chain = self._chains = 0
        self._old: tuple[Key, Floats, Floats, int] | None = None

    def wants(self, number: int, *, has_outline: bool) -> bool:
        """Whether anything of a picture is due; what covers the body needs its own outline."""
        if number < self._piece.start:
            return False
        now_s = float(self._watcher.time_s[number])
        is_cover_due = has_outline and self._is_cover_due(now_s)
        return self._is_due(number, now_s) or is_cover_due

    def see(self, number: int, rgb: Rgb, outline: Outline | None, *, is_of_it: bool = True) -> None:
        """Look at one picture; those before the piece are left to the piece before.

        An outline that is not of this picture has the floor where a swinging foot was: to say what
        lies before the person it is no use.
        """
        piece = self._piece
        if number < piece.start:
            return
        now_s = float(self._watcher.time_s[number])
        if self._is_due(number, now_s):
            self._last_s = now_s
            self._look(number, now_s, rgb, outline)
        if is_of_it and outline is not None and self._is_cover_due(now_s):
            self._last_cover_s = now_s
            piece.covers.append((number, cover_in(rgb, outline)))
        if number == piece.stop - 1:
            self._end()

    def _is_due(self, number: int, now_s: float) -> bool:
        """Whether a picture is looked at; the last one always is."""
        every_s = _EVERY_MOVING_S if self._is_moving else _EVERY_S
        return now_s - self._last_s >= every_s - _EARLY_S or number == self._piece.stop - 1

    def _is_cover_due(self, now_s: float) -> bool:
        return now_s - self._last_cover_s >= _COVER_EVERY_S

    def _end(self) -> None:
        piece = self._piece
        if self._before is not None and self._before_mask is not None:
            # the next piece begins a picture later: nothing is nearer to it than this one
            key = key_of(self._before, self._before_mask)
            piece.last = End(key, self._before_mask)
        piece.chain_at_end = self._chain
        piece.key_at_end = after(self._key_to_first, self._guess)
        self._watcher.finish(piece)

    def _look(self, number: int, now_s: float, rgb: Rgb, outline: Outline | None) -> None:
        grey = evened(small_grey(rgb, _SIDE_PX))
        mask = room_mask(outline, grey.shape, self._watcher.scale, _MARGIN_HEIGHTS)
        light = light_of(rgb, outline)
        to_first, is_sure, sd_px = STILL.copy(), True, 0.0
        if self._key is None:
            self._begin(grey, mask)
            self._piece.first, self._piece.first_mask = self._key, mask
            self._piece.lines = lines_of(rgb, outline)
        else:
            to_first, is_sure, sd_px = self._placed(self._key, now_s, grey, mask)
        if now_s - self._last_sheet_s >= SHEET_EVERY_S:
            self._last_sheet_s, sheet = now_s, sheet_in(rgb)
            if sheet is not None:
                self._piece.sheets.append((number, sheet))
        self._piece.looks.append(Look(number, to_first, self._chain, is_sure, sd_px, light))

    def _placed(self, key: Key, now_s: float, grey: Grey, mask: Grey) -> tuple[Floats, bool, float]:
        shift = shift_between(key, grey, mask, self._guess)
        if self._is_moving and not shift.is_sure():
            key, shift = self._placed_by_last(key, grey, mask, shift)
        if shift.is_sure():
            self._is_moving = far(shift.matrix, self._guess, grey.shape) > _MOVING_PX
            self._guess = shift.matrix
            self._remember(grey, mask, now_s)
            if not self._came_back(grey, mask):
                self._rekey(key, grey, mask, shift)
            return after(self._key_to_first, self._guess), True, shift.sd_px
        if not self._changed(grey, mask):
            self._lost_since_s = now_s
            return after(self._key_to_first, self._guess), False, HELD_SD_PX
        self._is_moving = True
        if now_s - self._lost_since_s < _PATIENCE_S:
            return np.full((2, 3), np.nan), False, np.inf
        self._old = self._old or (key, self._key_to_first, self._guess, self._chain)
        self._chains += 1
        self._chain = self._chains
        self._begin(grey, mask)
        self._lost_since_s = now_s
        return STILL.copy(), True, 0.0

    def _placed_by_last(self, key: Key, grey: Grey, mask: Grey, shift: Shift) -> tuple[Key, Shift]:
        """Compare with the last picture in which the room was followed: it looks most like this.

        Fine patterns look otherwise at another size, long before they are out of view. Asked of a
        camera that moves alone: in a dark picture of a still one, noise shares a movement at times.
        """
        if self._before is None or self._before_mask is None:
            return key, shift
        last = key_of(self._before, self._before_mask)
        nearer = shift_between(last, grey, mask, STILL)
        if not nearer.is_sure():
            return key, shift
        self._key, self._key_to_first = last, after(self._key_to_first, self._guess)
        self._guess = STILL.copy()
        return last, nearer

    def _begin(self, grey: Grey, mask: Grey) -> None:
        self._key = key_of(grey, mask)
        self._key_to_first, self._guess = STILL.copy(), STILL.copy()
        self._before, self._before_mask = grey, mask

    def _remember(self, grey: Grey, mask: Grey, now_s: float) -> None:
        self._before, self._before_mask, self._lost_since_s = grey, mask, now_s

    def _changed(self, grey: Grey, mask: Grey) -> bool:
        """Whether the room looks otherwise than when it was last followed."""
        if self._before is None or self._before_mask is None:
            return False
        both = np.minimum(mask, self._before_mask)
        return differ(self._before, grey, both)

    def _came_back(self, grey: Grey, mask: Grey) -> bool:
        """Go back to the chain before where its key picture is in view again."""
        if self._old is None:
            return False
        key, key_to_first, guess, chain = self._old
        found = shift_between(key, grey, mask, guess)
        if not found.is_sure():
            return False
        to_own_first = after(self._key_to_first, self._guess)
        to_old_first = after(key_to_first, found.matrix)
        self._piece.relinks[self._chain] = chain, after(to_old_first, inverse(to_own_first))
        self._key, self._key_to_first, self._guess = key, key_to_first, found.matrix
        self._chain, self._old = chain, None
        return True

    def _rekey(self, key: Key, grey: Grey, mask: Grey, shift: Shift) -> None:
        """Take this picture for the key where the old one goes out of view."""
        scale = float(np.hypot(shift.matrix[0, 0], shift.matrix[1, 0]))
        few = shift.points < _REKEY_SHARE * len(key.points)
        away = far(shift.matrix, STILL, grey.shape) > _AWAY * max(grey.shape)
        zoomed = not 1 / _REKEY_SCALE < scale < _REKEY_SCALE
        if (few and away) or zoomed:
            self._key = key_of(grey, mask)
            self._key_to_first = after(self._key_to_first, shift.matrix)
            self._guess = STILL.copy()


_SIDE_PX = 320  # ours; longer side of the small picture; a hundredth of a body is over a pixel
_EVERY_S = 0.115  # ours; a still camera is looked through this often
_EVERY_MOVING_S = 0.06  # ours; a moving one at every other picture of a usual clip
_MOVING_PX = 0.5  # ours; of movement since the last look; points are found to a tenth
_MARGIN_HEIGHTS = 0.04  # ours; about the person: hair, cloth and what is held move along
_REKEY_SHARE = 0.55  # ours; of a key picture's points left in view
_REKEY_SCALE = 1.25  # ours; flow does not follow a larger change of size
_COVER_EVERY_S = 0.45  # ours; a bar or a caption stays for longer
_PATIENCE_S = 0.8  # ours; so long somebody in front may hide the room, or a flash
_EARLY_S = 0.002  # ours; times of pictures are rounded
_AWAY = 0.05  # ours; of the picture: nearer, points are lost to people in front, not to a pan


def far(matrix: Floats, other: Floats, shape: tuple[int, ...]) -> float:
    """How far apart two similarities put the picture's corners and middle, median."""
    height, width = shape[:2]
    spots = np.array([(0, 0), (width, 0), (0, height), (width, height), (width / 2, height / 2)])
    apart = spots @ (matrix[:, :2] - other[:, :2]).T + (matrix[:, 2] - other[:, 2])
    return float(np.median(np.hypot(*apart.T)))
