"""The queue gives each recording to one taker, forgets none and gives up on none too early."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from posture.outputs.words import sentence
from posture.store import Recording, Store, StoreTrouble, Visit, open_store
from posture.types import Reason
from tests.store.make import put_files


@pytest.fixture
def uploads(store: Store) -> Visit:
    return store.visits.add(None, "recordings", "en")


def add(store: Store, visit: Visit, step: str = "auto") -> Recording:
    return store.recordings.add(visit.id, step, f"{step}.mp4", 1)


def taken(store: Store) -> Recording:
    recording = store.queue.next()
    assert recording is not None
    return recording


def test_first_come_first_served_but_live_visits_before_uploads(
    store: Store, uploads: Visit
) -> None:
    live = store.visits.add(None, "quick", "en")
    order = [
        add(store, uploads, "u1"),
        add(store, uploads, "u2"),
        add(store, live, "l1"),
        add(store, live, "l2"),
    ]

    assert [one.step for one in store.queue.all()] == ["l1", "l2", "u1", "u2"]
    assert [taken(store).step for _ in order] == ["l1", "l2", "u1", "u2"]
    assert store.queue.next() is None


def test_what_is_taken_runs_and_stands_first(store: Store, uploads: Visit) -> None:
    add(store, uploads, "u1")
    running = taken(store)
    add(store, store.visits.add(None, "quick", "en"), "l1")

    assert (running.state, running.attempts) == ("running", 1)
    assert running.started_at is not None
    assert [one.step for one in store.queue.all()] == ["u1", "l1"]


def test_sixteen_takers_get_forty_recordings_once_each(store: Store, uploads: Visit) -> None:
    waiting = {add(store, uploads).id for _ in range(40)}
    start = threading.Barrier(16)

    def take(_: int) -> list[str]:
        start.wait()
        got = []
        while (recording := store.queue.next()) is not None:
            got.append(recording.id)
        return got

    with open_store(store.files.data_dir, wait_s=30) as store, ThreadPoolExecutor(16) as pool:  # noqa: PLR1704 - one that is patient
        got = [one for many in pool.map(take, range(16)) for one in many]

    assert len(got) == 40
    assert set(got) == waiting


def test_progress_is_seen_and_says_when_it_is_wanted_no_more(store: Store, uploads: Visit) -> None:
    running = (add(store, uploads), taken(store))[1]

    assert store.queue.progress(running.id, "analysing", 30, 120) is True
    seen = store.recordings.get(running.id)
    assert (seen.stage, seen.done, seen.of) == ("analysing", 30, 120)

    store.queue.cancel(running.id)
    assert store.queue.progress(running.id, "analysing", 31, 120) is False


def test_what_is_done_has_its_result_and_leaves_the_queue(store: Store, uploads: Visit) -> None:
    running = (add(store, uploads), taken(store))[1]

    done = store.queue.finish(running.id, {"measures": [1.5, None]})

    assert (done.state, done.result, done.error) == ("done", {"measures": [1.5, None]}, None)
    assert done.ended_at is not None
    assert store.queue.all() == ()


def test_what_failed_has_its_reason(store: Store, uploads: Visit) -> None:
    running = (add(store, uploads), taken(store))[1]
    reason = Reason("too_short", {"duration_s": 0.5})

    failed = store.queue.fail(running.id, reason)

    assert (failed.state, failed.error, failed.result) == ("failed", reason, None)


def test_a_result_that_comes_too_late_changes_nothing(store: Store, uploads: Visit) -> None:
    running = (add(store, uploads), taken(store))[1]
    store.queue.cancel(running.id)

    assert store.queue.finish(running.id, {"a": 1}).state == "cancelled"
    assert store.queue.fail(running.id, Reason("too_short", {"duration_s": 0.5})).error is None
    assert store.recordings.get(running.id).result is None


def test_cancelling_what_is_over_changes_nothing(store: Store, uploads: Visit) -> None:
    running = (add(store, uploads), taken(store))[1]
    store.queue.finish(running.id, {"a": 1})

    assert store.queue.cancel(running.id).state == "done"


def test_what_waits_can_be_cancelled_and_put_back(store: Store, uploads: Visit) -> None:
    waiting = add(store, uploads)
    put_files(store, waiting.id)
    store.queue.cancel(waiting.id)
    assert store.queue.next() is None

    again = store.queue.requeue(waiting.id, {"person": 2})

    assert (again.state, again.settings) == ("queued", {"person": 2})
    assert taken(store).id == waiting.id


def test_analysing_again_keeps_the_last_result_until_there_is_a_new_one(
    store: Store, uploads: Visit
) -> None:
    running = (add(store, uploads), taken(store))[1]
    put_files(store, running.id)
    store.queue.finish(running.id, {"a": 1})

    waits = store.queue.requeue(running.id, {"person": 2})
    assert (waits.state, waits.settings, waits.result) == ("queued", {"person": 2}, {"a": 1})
    assert taken(store).result == {"a": 1}

    done = store.queue.finish(running.id, {"a": 2})
    assert (done.state, done.settings, done.result) == ("done", {"person": 2}, {"a": 2})


@pytest.mark.parametrize("tries", [1, 2])
def test_analysing_again_in_vain_leaves_the_last_result_and_its_settings(
    store: Store, uploads: Visit, tries: int
) -> None:
    running = (add(store, uploads), taken(store))[1]
    put_files(store, running.id)
    before = store.queue.finish(running.id, {"a": 1}).settings
    reason = Reason("nobody_at_place")

    for number in range(tries):
        store.queue.requeue(running.id, {"person": 2 + number})
        taken(store)
        failed = store.queue.fail(running.id, reason)

    assert (failed.state, failed.result, failed.settings) == ("done", {"a": 1}, before)
    assert failed.error == reason
    assert store.queue.requeue(running.id).error is None


def test_analysing_again_can_be_stopped_and_the_last_result_is_there(
    store: Store, uploads: Visit
) -> None:
    running = (add(store, uploads), taken(store))[1]
    put_files(store, running.id)
    before = store.queue.finish(running.id, {"a": 1})
    store.queue.requeue(running.id, {"person": 2})

    stopped = store.queue.cancel(running.id)

    assert (stopped.state, stopped.result, stopped.error) == ("done", {"a": 1}, None)
    assert stopped.settings == before.settings


def test_analysing_again_starts_as_if_new(store: Store, uploads: Visit) -> None:
    running = (add(store, uploads), taken(store))[1]
    put_files(store, running.id)
    store.queue.finish(running.id, {"a": 1})

    again = store.queue.requeue(running.id)

    assert (again.attempts, again.started_at, again.ended_at) == (0, None, None)
    with pytest.raises(StoreTrouble, match="recording_running"):
        (taken(store), store.queue.requeue(running.id))


def test_without_its_video_nothing_is_analysed_again(store: Store, uploads: Visit) -> None:
    running = (add(store, uploads), taken(store))[1]
    store.queue.finish(running.id, {"a": 1})

    with pytest.raises(StoreTrouble, match="video_gone"):
        store.queue.requeue(running.id)

    assert store.recordings.get(running.id).result == {"a": 1}


def test_the_queue_survives_a_killed_server(data_dir: Path) -> None:
    store = open_store(data_dir)  # never closed, as a killed process closes nothing
    visit = store.visits.add(None, "recordings", "en")
    ran, waited = add(store, visit, "ran"), add(store, visit, "waited")
    assert taken(store).id == ran.id
    store.queue.progress(ran.id, "analysing", 5, 9)

    with open_store(data_dir) as again:
        assert again.queue.requeue_running() == 1
        assert [(one.id, one.state, one.attempts, one.done) for one in again.queue.all()] == [
            (ran.id, "queued", 1, 0),
            (waited.id, "queued", 0, 0),
        ]
    store.close()


def test_a_clip_that_takes_the_server_down_three_times_is_given_up(
    store: Store, uploads: Visit
) -> None:
    bad = add(store, uploads)
    for _ in range(2):
        taken(store)
        assert store.queue.requeue_running() == 1
    taken(store)

    assert store.queue.requeue_running() == 0
    given_up = store.recordings.get(bad.id)
    assert (given_up.state, given_up.error) == ("failed", Reason("job_gave_up", {"attempts": 3}))
    assert store.queue.next() is None
    assert given_up.error is not None
    assert sentence(given_up.error, "en").startswith("The analysis failed 3 times")


def test_a_server_asked_to_stop_counts_no_attempt(store: Store, uploads: Visit) -> None:
    add(store, uploads)
    for _ in range(5):
        running = taken(store)
        assert running.attempts == 1
        assert store.queue.give_back(running.id).state == "queued"

    assert store.queue.requeue_running() == 0


def test_a_result_for_what_was_deleted_meanwhile_leaves_no_files(
    store: Store, uploads: Visit, data_dir: Path
) -> None:
    running = (add(store, uploads), taken(store))[1]
    store.recordings.delete(running.id)
    put_files(store, running.id)  # the worker was still writing

    with pytest.raises(StoreTrouble, match="no_such_recording"):
        store.queue.finish(running.id, {"a": 1})

    assert [*(data_dir / "files").iterdir()] == []
