"""Let slow producers and consumers work beside each other, a bounded number of items apart."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Final, TypeVar

T = TypeVar("T")

_DEPTH = 4  # ours; enough to even out a slow picture, few enough to hold in memory


class _End:
    """What `next` returns after the last item."""


_END: Final = _End()


def ahead(items: Iterable[T], depth: int = _DEPTH) -> Iterator[T]:
    """Yield `items`, made in a thread of their own up to `depth` ahead of their use."""
    source = iter(items)
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as pool:

        def order() -> Future[T | _End]:
            return pool.submit(next, source, _END)

        waiting = deque(order() for _ in range(depth))
        while not isinstance(item := waiting.popleft().result(), _End):
            waiting.append(order())
            yield item


@contextmanager
def behind(use: Callable[[T], None], depth: int = _DEPTH) -> Iterator[Callable[[T], None]]:
    """Yield a function that hands items to `use` in a thread of its own, at most `depth` waiting.

    What goes wrong with an item is raised by a later call, at the latest at the end.
    """
    with ThreadPoolExecutor(1, thread_name_prefix="behind") as pool:
        waiting: deque[Future[None]] = deque()

        def put(item: T) -> None:
            if len(waiting) >= depth:
                waiting.popleft().result()
            waiting.append(pool.submit(use, item))

        yield put
        while waiting:
            waiting.popleft().result()
