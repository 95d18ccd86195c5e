"""Who may come in: users with passwords, one passcode, tokens for other programs."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import get_args

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from posture.received import line
from posture.store.clients import checked_name
from posture.store.errors import StoreTrouble, one_of
from posture.store.files import new_id
from posture.store.records import Role, Token, User
from posture.store.tables import TokenRow, UserRow

SHORTEST_PASSWORD = 8  # NIST SP 800-63B-3, 5.1.1.2
SHORTEST_PASSCODE = 4  # ours; it locks a screen that somebody stands beside
_SELDOM = timedelta(minutes=1)  # ours; a program that asks often shall not make the disk write

# Crockford's base 32: no letter that reads as a digit. 20 of them are 100 random bits
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 5  # ours; groups as people copy numbers by hand
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})

_HASHER = PasswordHasher()  # argon2id with the low-memory figures of RFC 9106


def add_user(session: Session, name: str, password: str, role: Role) -> User:
    """Add a user."""
    if role not in get_args(Role):
        raise ValueError(f"expected one of {get_args(Role)}, got {role!r}")
    told = checked_name(name)
    if any(_key(user.name) == _key(told) for user in every_user(session)):
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
    return user_of(row)


def fresh_recovery_code() -> str:
    """Return a code to write down on paper."""
    letters = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))


def plain_code(code: str) -> str:
    """Return a recovery code as it is compared: small letters, spaces and full width count not."""
    read = unicodedata.normalize("NFKC", code).upper().translate(_READ_AS)
    return "".join(letter for letter in read if letter in _LETTERS)


def find_user(session: Session, name: str) -> UserRow | None:
    """Return the user of a name, however it is capitalised and in whichever width it is typed."""
    rows = session.scalars(select(UserRow).order_by(UserRow.key)).all()
    exact = (row for row in rows if row.name.casefold() == line(name).casefold())
    alike = (row for row in rows if _key(row.name) == _key(name))
    return next(exact, None) or next(alike, None)  # earlier versions let in both of two alike


def _key(name: str) -> str:
    """Return a name as it is compared: small letters and full width count not."""
    return unicodedata.normalize("NFKC", line(name)).casefold()


def user_row(session: Session, user_id: str) -> UserRow:
    """Return a user's row."""
    row = session.get(UserRow, user_id)
    if row is None:
        raise StoreTrouble("no_such_user")
    return row


def every_user(session: Session) -> tuple[User, ...]:
    """Return all users, by name."""
    return tuple(user_of(row) for row in session.scalars(select(UserRow).order_by(UserRow.key)))


def delete_user(session: Session, user_id: str) -> None:
    """Delete a user; never the last owner of others, who would be locked out of their settings."""
    row = user_row(session, user_id)
    owners = select(func.count()).select_from(UserRow).where(UserRow.role == "owner")
    users = select(func.count()).select_from(UserRow)
    if row.role == "owner" and session.scalar(owners) == 1 and session.scalar(users) != 1:
        raise StoreTrouble("last_owner")
    session.delete(row)


def user_of(row: UserRow) -> User:
    """Return a row as what callers get."""
    return User(
        id=row.id,
        name=row.name,
        role=one_of(get_args(Role), row.role),
        created_at=row.created_at,
        password_mark=secret_mark(row.password)[:16],
    )


def hashed(secret: str, shortest: int) -> str:
    """Return what may be kept of a password."""
    if len(secret) < shortest:
        raise StoreTrouble("password_too_short", least=shortest)
    return _HASHER.hash(secret)


def matches(kept: str | None, secret: str) -> bool:
    """Whether a password is the one kept; where none is, it takes as long to say no."""
    try:
        return _HASHER.verify(kept or _nobodys(), secret) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return _HASHER.hash(secrets.token_hex())


def add_token(session: Session, name: str) -> tuple[Token, str]:
    """Add a token; its secret is returned this once."""
    secret = f"posture_{secrets.token_urlsafe(32)}"
    row = TokenRow(
        id=new_id(),
        name=checked_name(name),
        sha256=secret_mark(secret),
        created_at=datetime.now(UTC),
    )
    session.add(row)
    session.flush()
    return token_of(row), secret


def find_token(session: Session, secret: str) -> TokenRow | None:
    """Return the token of a secret."""
    return session.scalars(select(TokenRow).where(TokenRow.sha256 == secret_mark(secret))).first()


def is_due(token: Token, now: datetime) -> bool:
    """Whether it is worth writing down that a token was used."""
    return token.last_used_at is None or token.last_used_at + _SELDOM <= now


def every_token(session: Session) -> tuple[Token, ...]:
    """Return all tokens, the oldest first."""
    rows = session.scalars(select(TokenRow).order_by(TokenRow.created_at, TokenRow.id))
    return tuple(map(token_of, rows))


def delete_token(session: Session, token_id: str) -> None:
    """Delete a token; its secret opens nothing from now on."""
    row = session.get(TokenRow, token_id)
    if row is None:
        raise StoreTrouble("no_such_token")
    session.delete(row)


def token_of(row: TokenRow) -> Token:
    """Return a row as what callers get."""
    return Token(id=row.id, name=row.name, created_at=row.created_at, last_used_at=row.last_used_at)


def secret_mark(secret: str) -> str:
    """Return what is kept of a secret of 128 and more random bits: nobody tries those out."""
    return hashlib.sha256(secret.encode()).hexdigest()
