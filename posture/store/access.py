"""Who may use this installation, and its settings: users, tokens of other programs, passcode."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from posture.store import users
from posture.store.database import Database
from posture.store.records import Role, Token, User
from posture.store.tables import SettingRow

_PASSCODE = "passcode"  # a row of the settings, as argon2 leaves it
_RECOVERY = "recovery"  # the same of the code that takes the passcode away, once


class Users:
    """Who may sign in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, password: str, role: Role) -> User:
        """Add a user."""
        with self._database.changing() as session:
            return users.add_user(session, name, password, role)

    def check_password(self, name: str, password: str) -> User | None:
        """Return the user if name and password are right; takes as long where they are not."""
        with self._database.reading() as session:
            row = users.find_user(session, name)
            found = None if row is None else (users.user_of(row), row.password)
        right = users.matches(found[1] if found else None, password)
        return found[0] if found and right else None

    def change_password(self, user_id: str, password: str) -> None:
        """Give a user another password."""
        kept = users.hashed(password, users.SHORTEST_PASSWORD)
        with self._database.changing() as session:
            users.user_row(session, user_id).password = kept

    def all(self) -> tuple[User, ...]:
        """Return all users, by name."""
        with self._database.reading() as session:
            return users.every_user(session)

    def get(self, user_id: str) -> User:
        """Return one user."""
        with self._database.reading() as session:
            return users.user_of(users.user_row(session, user_id))

    def delete(self, user_id: str) -> None:
        """Delete a user; never the last owner while there are others."""
        with self._database.changing() as session:
            users.delete_user(session, user_id)


class Tokens:
    """What lets other programs in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str) -> tuple[Token, str]:
        """Add a token for another program; its secret is returned this once."""
        with self._database.changing() as session:
            return users.add_token(session, name)

    def check(self, secret: str) -> Token | None:
        """Return the token a secret belongs to, and remember that it was used."""
        now = datetime.now(UTC)
        with self._database.reading() as session:
            row = users.find_token(session, secret)
            token = None if row is None else users.token_of(row)
        if token is None or not users.is_due(token, now):
            return token
        with self._database.changing() as session:
            row = users.find_token(session, secret)
            if row is None:
                return None  # deleted in between
            row.last_used_at = now
            return users.token_of(row)

    def all(self) -> tuple[Token, ...]:
        """Return all tokens, the oldest first."""
        with self._database.reading() as session:
            return users.every_token(session)

    def delete(self, token_id: str) -> None:
        """Delete a token; its secret opens nothing from now on."""
        with self._database.changing() as session:
            users.delete_token(session, token_id)


class InstallationSettings:
    """What was set for everybody at this computer, and the passcode that locks it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, key: str, default: Any = None) -> Any:  # noqa: ANN401 - any JSON value
        """Return a setting, or `default` where it was never set."""
        with self._database.reading() as session:
            row = session.get(SettingRow, key)
            return default if row is None else row.value

    def set(self, key: str, value: object) -> None:
        """Keep a setting: any value JSON can hold."""
        with self._database.changing() as session:
            session.merge(SettingRow(key=key, value=value))

    def set_passcode(self, passcode: str | None) -> str:
        """Lock this installation, or remove the lock; return the new recovery code, told once."""
        code = "" if passcode is None else users.fresh_recovery_code()
        kept: dict[str, str | None] = {_PASSCODE: None, _RECOVERY: None}
        if passcode is not None:
            kept = {
                _PASSCODE: users.hashed(passcode, users.SHORTEST_PASSCODE),
                _RECOVERY: users.hashed(users.plain_code(code), users.SHORTEST_PASSCODE),
            }
        with self._database.changing() as session:
            for key, value in kept.items():
                session.merge(SettingRow(key=key, value=value))
        return code

    def recover(self, code: str) -> bool:
        """Take the passcode away with its recovery code, which is used up by that."""
        kept = self.get(_RECOVERY)
        if not users.matches(kept, users.plain_code(code)):
            return False
        with self._database.changing() as session:
            row = session.get(SettingRow, _RECOVERY)
            if row is None or row.value != kept:
                return False  # used, or replaced, in between
            for key in (_PASSCODE, _RECOVERY):
                session.merge(SettingRow(key=key, value=None))
        return True

    def has_recovery(self) -> bool:
        """Whether a recovery code was made for the passcode; older versions made none."""
        return self.get(_RECOVERY) is not None

    def check_passcode(self, passcode: str) -> bool:
        """Whether it is the passcode; never where none is set."""
        return users.matches(self.get(_PASSCODE), passcode)

    def has_passcode(self) -> bool:
        """Whether a passcode is set."""
        return self.get(_PASSCODE) is not None
