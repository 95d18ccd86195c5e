"""What goes wrong with what is kept, one reason each."""

from __future__ import annotations

from posture.errors import PostureError


class StoreTrouble(PostureError):
    """Something asked for is not there, or the database or its disk refuses."""
