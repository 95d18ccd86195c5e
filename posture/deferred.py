"""Import a package without what it imports and does not need at once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any


class _Later(ModuleType):
    """Stands for a module until a part of it is asked for."""

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - a module's own
        if name.startswith("__"):  # asked for by the import system itself
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


@contextmanager
def deferred(*names: str) -> Iterator[None]:
    """Let modules be imported in here by name only; each is loaded when it is first used.

    A package is named before its modules. Those already loaded stay as they are, and afterwards
    an import finds the real ones.
    """
    later = {name: _Later(name) for name in names if name not in sys.modules}
    for name, module in later.items():
        module.__path__ = []
        package, _, own = name.rpartition(".")
        if package in later:
            setattr(later[package], own, module)
    sys.modules.update(later)
    try:
        yield
    finally:
        for name, module in later.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
