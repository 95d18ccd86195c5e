"""A live session: one client being led; it outlives a lost connection."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import MutableMapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

from posture.errors import PostureError
from posture.landmarks.models import find_model
from posture.live.coach import Coach, State
from posture.live.leader import Answer, Leader
from posture.live.steps import steps_of
from posture.store import Store, StoreTrouble, Visit
from posture.types import Side
from posture.web.config import Config
from posture.web.jobs.runner import Jobs
from posture.web.live.camera import Picture
from posture.web.live.messages import read_mark, step_row
from posture.web.live.takes import Takes, delete
from posture.web.questionnaire import height_of, is_withheld

RESUME_S = 60.0  # a page that comes back by then goes on where it was
KEPT_S = 600.0  # its last pieces of a recording are taken for so long
GOING = 1001  # code of a socket that is closed: the session has ended

Sessions = MutableMapping[str, "LiveSession"]


class Page(Protocol):
    """The page that a session leads, as the session needs it."""

    async def close(self, code: int) -> None:
        """Close its socket."""

    async def not_saved(self, trouble: PostureError) -> None:
        """Say what was not saved and why."""


class LiveSession:
    """One client being led: coach, models and recordings; outlives a lost connection."""

    def __init__(
        self,
        visit: Visit,
        *,
        store: Store,
        jobs: Jobs,
        config: Config,
        sessions: Sessions,
        from_server: bool,
    ) -> None:
        self.id = secrets.token_hex(16)
        self.visit = visit
        self.from_server = from_server
        self.connection: Page | None = None
        self.model = model_of(visit, config.model)
        self.takes = Takes(store=store, config=config, visit=visit)
        self._jobs = jobs
        self._sessions = sessions  # where it is found until it ends
        self._leader = leader_for(visit, self.model)
        # a model belongs to the thread that made it
        self._thread: ThreadPoolExecutor | None = ThreadPoolExecutor(1, "live")
        self._warmed = self._thread.submit(self._leader.warm)
        self._state: State | None = None
        self._ending: asyncio.Task[None] | None = None
        self._deleting: set[asyncio.Task[None]] = set()

    @property
    def is_open(self) -> bool:
        """Whether it holds a place: its models are loaded, or will be."""
        return self._thread is not None

    @property
    def steps(self) -> list[dict[str, object]]:
        """The steps as the page lists them."""
        if self._state is not None:
            return [step_row(step, state) for step, state in self._state.steps]
        return [step_row(step) for step in planned(self.visit)]

    async def warmed(self) -> None:
        """Wait until the models are loaded.

        Raises
        ------
        ModelTrouble
            They cannot be.
        """
        await asyncio.shield(asyncio.wrap_future(self._warmed))

    async def see(self, jpeg: bytes, time_ms: float) -> Answer | None:
        """Take in a frame that was sent."""
        return self._noted(await self._in_thread(self._leader.see_jpeg, jpeg, time_ms))

    async def see_picture(self, picture: Picture) -> Answer | None:
        """Take in a picture of the server's own camera."""
        return self._noted(await self._in_thread(self._leader.see, picture.small, picture.time_ms))

    def mark(self, told: Any) -> None:  # noqa: ANN401 - JSON
        """Take in what somebody pressed."""
        self._leader.mark(*read_mark(told))

    def keep_care(self, care: list[str]) -> None:
        """Write down what was cared for between two bends; takes the database's time."""
        store = self.takes.store
        answers = store.visits.get(self.visit.id).answers
        store.visits.change(self.visit.id, answers={**answers, "care": care})

    def told_fps(self, fps: float) -> None:
        """Take in what rate the page's camera delivers."""
        self._leader.told(fps)

    def attach(self, connection: Page) -> Page | None:
        """Let a page in; return the one that was there before."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        before, self.connection = self.connection, connection
        return before

    def detach(self, connection: Page) -> None:
        """Note that a page is gone; it may come back."""
        if self.connection is connection:
            self.connection = None
            self._ending = asyncio.create_task(self._end_later())

    def wanted_take(self) -> tuple[int | None, frozenset[int]]:
        """Return the take to record now, and those that are void."""
        state = self._state
        if state is None:
            return None, frozenset()
        return (state.take if state.recording else None), state.void_takes

    async def let_go(self) -> None:
        """Give the models' memory and the place back; recordings can still be finished."""
        thread, self._thread = self._thread, None
        if thread is not None:
            await asyncio.wrap_future(thread.submit(self._leader.close))
            thread.shutdown(wait=False)

    async def end(self) -> None:
        """End for good."""
        self._sessions.pop(self.id, None)
        if self._ending is not None and self._ending is not asyncio.current_task():
            self._ending.cancel()
        connection, self.connection = self.connection, None
        if connection is not None:
            await connection.close(GOING)
        await self.let_go()
        await asyncio.to_thread(self.takes.drop_unfinished)

    async def _end_later(self) -> None:
        await asyncio.sleep(RESUME_S)
        await self.let_go()
        await asyncio.sleep(KEPT_S)
        await self.end()

    async def _in_thread(self, work: Any, *given: Any) -> Any:  # noqa: ANN401 - any of the leader's
        if self._thread is None:
            return None
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *given)

    def _noted(self, answer: Answer | None) -> Answer | None:
        """Note which takes there are and which are void."""
        if answer is None:
            return None
        state = answer.state
        self._state = state
        if state.recording and state.step is not None:
            self.takes.steps[state.take] = state.step
        void = state.void_takes - self.takes.void
        if void:
            task = asyncio.create_task(self._make_void(void))
            self._deleting.add(task)  # a task nobody holds may be collected before it ran
            task.add_done_callback(self._deleting.discard)
        return answer

    async def _make_void(self, takes: frozenset[int]) -> None:
        try:
            gone = await asyncio.to_thread(self.takes.make_void, takes)
            await delete(self._jobs, self.takes.store, gone)
        except PostureError as trouble:
            if self.connection is not None:
                await self.connection.not_saved(trouble)


def planned(visit: Visit) -> tuple[Any, ...]:
    """Return a visit's steps.

    Raises
    ------
    StoreTrouble
        It is a visit of uploads, nobody is led through it.
    """
    if not visit.is_live:
        raise StoreTrouble("no_such_visit")
    return steps_of(visit.check, visit.answers, withheld=is_withheld(visit))


def model_of(visit: Visit, usual: str) -> str:
    """Return the name of the model that follows the client."""
    asked = visit.answers.get("model")
    return asked if isinstance(asked, str) and asked in {"lite", "full"} else usual


def leader_for(visit: Visit, model: str) -> Leader:
    """Return who leads a visit."""
    height_cm = height_of(visit)
    near = {side.value: side for side in (Side.LEFT, Side.RIGHT)}.get(
        str(visit.answers.get("near_side"))
    )
    coach = Coach(
        planned(visit),
        near=near,
        height_m=None if height_cm is None else height_cm / 100,
    )
    paths: list[Path] = [find_model(name).path for name in (model, "lite")]
    return Leader(coach, *paths)


async def close_sessions(sessions: Sessions) -> None:
    """End every session; for the end of the server."""
    for session in [*sessions.values()]:
        await session.end()
