"""Clients, visits, recordings and their queue: rows in a database, files beside it."""

from __future__ import annotations

from posture.store.backup import backup, restore
from posture.store.errors import StoreTrouble
from posture.store.files import data_dir_of, is_id, new_id
from posture.store.records import (
    Client,
    Keep,
    Recording,
    Role,
    State,
    Swept,
    Token,
    User,
    Visit,
)
from posture.store.store import Store, open_store

__all__ = [
    "Client",
    "Keep",
    "Recording",
    "Role",
    "State",
    "Store",
    "StoreTrouble",
    "Swept",
    "Token",
    "User",
    "Visit",
    "backup",
    "data_dir_of",
    "is_id",
    "new_id",
    "open_store",
    "restore",
]
