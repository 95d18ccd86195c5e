"""Who may come in, and that no secret lies in the database."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from posture.store import Store, StoreTrouble

PASSWORD = "correct horse"  # noqa: S105 - of nobody


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_name_and_password_let_in_whatever_the_names_capitals(store: Store) -> None:
    owner = store.add_user("Ann Owner", PASSWORD, "owner")

    assert store.check_password("ann  OWNER", PASSWORD) == owner
    assert store.check_password("Ann Owner", "correct hors") is None
    assert store.check_password("Nobody", PASSWORD) is None
    assert (store.users(), store.user(owner.id)) == ((owner,), owner)


def test_no_password_passcode_or_token_lies_in_the_data_directory(
    store: Store, data_dir: Path
) -> None:
    store.add_user("Ann", PASSWORD, "owner")
    store.set_passcode("a passcode 4711")
    _, secret = store.add_token("till")

    content = everything(data_dir)

    for word in (PASSWORD, "a passcode 4711", secret, secret.removeprefix("posture_")):
        assert word.encode() not in content
    assert b"$argon2id$" in content


def test_a_name_belongs_to_one_user(store: Store) -> None:
    store.add_user("Ann", PASSWORD, "owner")

    with pytest.raises(StoreTrouble, match="name_taken"):
        store.add_user("ANN", PASSWORD, "trainer")


def test_short_passwords_and_passcodes_are_refused(store: Store) -> None:
    with pytest.raises(StoreTrouble, match=r"password_too_short .least=8"):
        store.add_user("Ann", "1234567", "owner")
    with pytest.raises(StoreTrouble, match=r"password_too_short .least=4"):
        store.set_passcode("123")

    assert (store.users(), store.has_passcode()) == ((), False)


def test_a_changed_password_replaces_the_old_one(store: Store) -> None:
    user = store.add_user("Ann", PASSWORD, "owner")

    store.change_password(user.id, "another horse")

    assert store.check_password("Ann", PASSWORD) is None
    assert store.check_password("Ann", "another horse") == user


def test_the_last_owner_of_others_stays(store: Store) -> None:
    owner = store.add_user("Ann", PASSWORD, "owner")
    trainer = store.add_user("Bert", PASSWORD, "trainer")
    with pytest.raises(StoreTrouble, match="last_owner"):
        store.delete_user(owner.id)

    store.delete_user(trainer.id)
    store.delete_user(owner.id)

    assert store.users() == ()


def test_a_passcode_locks_until_it_is_taken_away(store: Store) -> None:
    assert (store.has_passcode(), store.check_passcode("")) == (False, False)
    store.set_passcode("4711")

    assert store.has_passcode()
    assert (store.check_passcode("4711"), store.check_passcode("4712")) == (True, False)

    store.set_passcode(None)
    assert (store.has_passcode(), store.check_passcode("4711")) == (False, False)


def test_a_tokens_secret_finds_it_until_it_is_deleted(store: Store) -> None:
    token, secret = store.add_token("till")
    store.add_token("other")

    used = store.check_token(secret)

    assert used is not None
    assert used.last_used_at is not None
    assert dataclasses.replace(used, last_used_at=None) == token
    assert store.check_token(secret) == used  # not written down anew within a minute
    assert store.check_token(secret[:-1]) is None
    assert [one.name for one in store.tokens()] == ["till", "other"]
    store.delete_token(token.id)
    assert store.check_token(secret) is None
