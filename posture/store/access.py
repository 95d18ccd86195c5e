"""Who may use this installation, and its settings: users, tokens of other programs, passcode."""

from __future__ import annotations

import secrets
import unicodedata
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session

from posture.received import line
from posture.store.clients import checked_name
from posture.store.database import Database
from posture.store.errors import StoreTrouble
from posture.store.files import new_id
from posture.store.passwords import (
    SHORTEST_PASSCODE,
    SHORTEST_PASSWORD,
    fresh_recovery_code,
    hashed,
    matches,
    plain_code,
    secret_mark,
)
from posture.store.records import Role, Token, User
from posture.store.rows import token_of, user_of
from posture.store.tables import SettingRow, TokenRow, UserRow

_SELDOM = timedelta(minutes=1)  # ours; a program that asks often shall not make the disk write
_PASSCODE = "passcode"  # a row of the settings, as argon2 leaves it
_RECOVERY = "recovery"  # the same of the code that takes the passcode away, once


class Users:
    """Who may sign in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, password: str, role: Role) -> User:
        """Add a user."""
        if role not in get_args(Role):
            raise ValueError(f"expected one of {get_args(Role)}, got {role!r}")
        told = checked_name(name)
        with self._database.changing() as session:
            taken = session.scalars(select(UserRow.name))
            if any(_key(other) == _key(told) for other in taken):
                raise StoreTrouble("name_taken", name=told)
            row = UserRow(
                id=new_id(),
                name=told,
                key=_key(told),
                role=role,
                password=hashed(password, SHORTEST_PASSWORD),
                created_at=datetime.now(UTC),
            )
            session.add(row)
            session.flush()
            return _user(row)

    def check_password(self, name: str, password: str) -> User | None:
        """Return the user if name and password are right; takes as long where they are not."""
        with self._database.reading() as session:
            row = _named(session, name)
            found = None if row is None else (_user(row), row.password)
        right = matches(found[1] if found else None, password)
        return found[0] if found and right else None

    def change_password(self, user_id: str, password: str) -> None:
        """Give a user another password."""
        kept = hashed(password, SHORTEST_PASSWORD)
        with self._database.changing() as session:
            _row(session, user_id).password = kept

    def all(self) -> tuple[User, ...]:
        """Return all users, by name."""
        with self._database.reading() as session:
            return tuple(map(_user, session.scalars(select(UserRow).order_by(UserRow.key))))

    def get(self, user_id: str) -> User:
        """Return one user."""
        with self._database.reading() as session:
            return _user(_row(session, user_id))

    def delete(self, user_id: str) -> None:
        """Delete a user; never the last owner of others, who would be locked out of settings."""
        with self._database.changing() as session:
            row = _row(session, user_id)
            roles = [*session.scalars(select(UserRow.role))]
            if row.role == "owner" and roles.count("owner") == 1 and len(roles) != 1:
                raise StoreTrouble("last_owner")
            session.delete(row)


def _user(row: UserRow) -> User:
    return user_of(row, secret_mark(row.password)[:16])


def _row(session: Session, user_id: str) -> UserRow:
    row = session.get(UserRow, user_id)
    if row is None:
        raise StoreTrouble("no_such_user")
    return row


def _named(session: Session, name: str) -> UserRow | None:
    """Return the user of a name, however it is capitalised and in whichever width it is typed."""
    rows = session.scalars(select(UserRow).order_by(UserRow.key)).all()
    exact = (row for row in rows if row.name.casefold() == line(name).casefold())
    alike = (row for row in rows if _key(row.name) == _key(name))
    return next(exact, None) or next(alike, None)  # earlier versions let in both of two alike


def _key(name: str) -> str:
    """Return a name as it is compared: small letters and full width count not."""
    return unicodedata.normalize("NFKC", line(name)).casefold()


class Tokens:
    """What lets other programs in."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str) -> tuple[Token, str]:
        """Add a token for another program; its secret is returned this once."""
        secret = f"posture_{secrets.token_urlsafe(32)}"
        row = TokenRow(
            id=new_id(),
            name=checked_name(name),
            sha256=secret_mark(secret),
            created_at=datetime.now(UTC),
        )
        with self._database.changing() as session:
            session.add(row)
            session.flush()
            return token_of(row), secret

    def check(self, secret: str) -> Token | None:
        """Return the token a secret belongs to, and remember that it was used."""
        now = datetime.now(UTC)
        wanted = select(TokenRow).where(TokenRow.sha256 == secret_mark(secret))
        with self._database.reading() as session:
            row = session.scalars(wanted).first()
            token = None if row is None else token_of(row)
        used_at = None if token is None else token.last_used_at
        if token is None or (used_at is not None and used_at + _SELDOM > now):
            return token
        with self._database.changing() as session:
            row = session.scalars(wanted).first()
            if row is None:
                return None  # deleted in between
            row.last_used_at = now
            return token_of(row)

    def all(self) -> tuple[Token, ...]:
        """Return all tokens, the oldest first."""
        with self._database.reading() as session:
            rows = session.scalars(select(TokenRow).order_by(TokenRow.created_at, TokenRow.id))
            return tuple(map(token_of, rows))

    def delete(self, token_id: str) -> None:
        """Delete a token; its secret opens nothing from now on."""
        with self._database.changing() as session:
            row = session.get(TokenRow, token_id)
            if row is None:
                raise StoreTrouble("no_such_token")
            session.delete(row)


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
        code = "" if passcode is None else fresh_recovery_code()
        kept: dict[str, str | None] = {_PASSCODE: None, _RECOVERY: None}
        if passcode is not None:
            kept = {
                _PASSCODE: hashed(passcode, SHORTEST_PASSCODE),
                _RECOVERY: hashed(plain_code(code), SHORTEST_PASSCODE),
            }
        with self._database.changing() as session:
            for key, value in kept.items():
                session.merge(SettingRow(key=key, value=value))
        return code

    def recover(self, code: str) -> bool:
        """Take the passcode away with its recovery code, which is used up by that."""
        kept = self.get(_RECOVERY)
        if not matches(kept, plain_code(code)):
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
        return matches(self.get(_PASSCODE), passcode)

    def has_passcode(self) -> bool:
        """Whether a passcode is set."""
        return self.get(_PASSCODE) is not None
