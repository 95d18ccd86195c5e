"""Passwords, passcodes, recovery codes, tokens: what is kept of them, and whether one is right."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from posture.store.errors import StoreTrouble

SHORTEST_PASSWORD = 8  # NIST SP 800-63B-3, 5.1.1.2
SHORTEST_PASSCODE = 4  # ours; it locks a screen that somebody stands beside

# Crockford's base 32: no letter that reads as a digit. 20 of them are 100 random bits
_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_GROUPS, _GROUP = 4, 5  # ours; groups as people copy numbers by hand
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})

_HASHER = PasswordHasher()  # argon2id with the low-memory figures of RFC 9106


def fresh_recovery_code() -> str:
    """Return a code to write down on paper."""
    letters = [secrets.choice(_LETTERS) for _ in range(_GROUPS * _GROUP)]
    return "-".join("".join(letters[at : at + _GROUP]) for at in range(0, len(letters), _GROUP))


def plain_code(code: str) -> str:
    """Return a recovery code as it is compared: small letters, spaces and full width count not."""
    read = unicodedata.normalize("NFKC", code).upper().translate(_READ_AS)
    return "".join(letter for letter in read if letter in _LETTERS)


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


def secret_mark(secret: str) -> str:
    """Return what is kept of a secret of 128 and more random bits: nobody tries those out."""
    return hashlib.sha256(secret.encode()).hexdigest()
