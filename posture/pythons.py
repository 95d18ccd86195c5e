"""Which versions of Python run this program; pyproject.toml says the same."""

from __future__ import annotations

FIRST, LAST = (3, 11), (3, 14)
