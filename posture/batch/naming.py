"""Which clip somebody means by a name in a table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from pathlib import Path


class Named:
    """Clips by every way of naming them: a path, the name alone, other case, without ending."""

    def __init__(self, places: Iterable[str]) -> None:
        self._by_name: dict[str, list[str]] = {}
        for place in places:
            name = plain(place).rsplit("/", 1)[-1]
            for key in dict.fromkeys((name, name.casefold(), _stem(name))):
                self._by_name.setdefault(key, []).append(place)

    def found(self, file: str, folder: Path) -> list[str]:
        """Return the clips that a row may mean; the closest way of naming them that finds any.

        `folder` is where the table lies.
        """
        wanted = plain(file)
        whole = plain(str(folder.absolute() / file))
        name = wanted.rsplit("/", 1)[-1]
        folders = wanted[: -len(name)].strip("/")
        for key in dict.fromkeys((name, name.casefold(), _stem(name))):
            found = list(dict.fromkeys(self._by_name.get(key, ())))
            if exact := [place for place in found if plain(place) in {wanted, whole}]:
                return exact
            if within := [place for place in found if not folders or _is_within(place, folders)]:
                return within
        return []


def plain(place: str) -> str:
    """Return a path or an address as it is compared: one kind of slash, one way to write letters.

    macOS writes a letter and its accent (or a kana and its mark) as two.
    """
    place = unicodedata.normalize("NFC", place.strip())
    if "://" in place:
        return place
    return re.sub(r"/(?:\./)+|/{2,}", "/", place.replace("\\", "/")).removeprefix("./")


def _is_within(place: str, folders: str) -> bool:
    lies_in = f"/{plain(place).rsplit('/', 1)[0]}".casefold()
    return lies_in.endswith(f"/{folders.casefold()}")


def _stem(name: str) -> str:
    return Path(name).stem.casefold()
