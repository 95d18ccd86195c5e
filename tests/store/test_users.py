"""Who may come in, and that no secret lies in the database."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest
from argon2 import extract_parameters
from argon2.profiles import RFC_9106_LOW_MEMORY

from posture.store import Store, StoreTrouble
from posture.store.passwords import _HASHER

pytestmark = pytest.mark.usefixtures("quick_hash")
PASSWORD = "correct horse"  # noqa: S105 - of nobody


def everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def test_a_guess_costs_whoever_has_the_data_as_much_as_rfc_9106_says() -> None:
    # the name was imported before the fixture put another in its place
    assert extract_parameters(_HASHER.hash(PASSWORD)) == RFC_9106_LOW_MEMORY


def test_name_and_password_let_in_whatever_the_names_capitals(store: Store) -> None:
    owner = store.users.add("Ann Owner", PASSWORD, "owner")

    assert store.users.check_password("ann  OWNER", PASSWORD) == owner
    assert store.users.check_password("Ann Owner", "correct hors") is None
    assert store.users.check_password("Nobody", PASSWORD) is None
    assert (store.users.all(), store.users.get(owner.id)) == ((owner,), owner)


def test_no_password_passcode_or_token_lies_in_the_data_directory(
    store: Store, data_dir: Path
) -> None:
    store.users.add("Ann", PASSWORD, "owner")
    store.settings.set_passcode("a passcode 4711")
    _, secret = store.tokens.add("till")

    content = everything(data_dir)

    for word in (PASSWORD, "a passcode 4711", secret, secret.removeprefix("posture_")):
        assert word.encode() not in content
    assert b"$argon2id$" in content


def test_a_name_belongs_to_one_user(store: Store) -> None:
    store.users.add("Ann", PASSWORD, "owner")

    for same in ("ANN", "Ａｎｎ"):  # noqa: RUF001 - as a Japanese keyboard may write it
        with pytest.raises(StoreTrouble, match="name_taken"):
            store.users.add(same, PASSWORD, "trainer")
    store.users.add("Anne", PASSWORD, "trainer")


def test_a_name_lets_in_in_either_width(store: Store) -> None:
    wide = "Ａｎｎ"  # noqa: RUF001 - as above
    store.users.add("Ann", PASSWORD, "owner")
    store.users.add("ﾊﾅ", PASSWORD, "trainer")

    for name, is_called in ((wide, "Ann"), ("ann", "Ann"), ("ハナ", "ﾊﾅ")):
        found = store.users.check_password(name, PASSWORD)
        assert found is not None
        assert found.name == is_called
    assert store.users.check_password("Bnn", PASSWORD) is None


def test_short_passwords_and_passcodes_are_refused(store: Store) -> None:
    with pytest.raises(StoreTrouble, match=r"password_too_short .least=8"):
        store.users.add("Ann", "1234567", "owner")
    with pytest.raises(StoreTrouble, match=r"password_too_short .least=4"):
        store.settings.set_passcode("123")

    assert (store.users.all(), store.settings.has_passcode()) == ((), False)


def test_a_changed_password_replaces_the_old_one(store: Store) -> None:
    user = store.users.add("Ann", PASSWORD, "owner")

    store.users.change_password(user.id, "another horse")

    assert store.users.check_password("Ann", PASSWORD) is None
    found = store.users.check_password("Ann", "another horse")
    assert found is not None
    assert (found.id, found.name) == (user.id, "Ann")
    assert found.password_mark != user.password_mark


def test_the_last_owner_of_others_stays(store: Store) -> None:
    owner = store.users.add("Ann", PASSWORD, "owner")
    trainer = store.users.add("Bert", PASSWORD, "trainer")
    with pytest.raises(StoreTrouble, match="last_owner"):
        store.users.delete(owner.id)

    store.users.delete(trainer.id)
    store.users.delete(owner.id)

    assert store.users.all() == ()


def test_a_passcode_locks_until_it_is_taken_away(store: Store) -> None:
    assert (store.settings.has_passcode(), store.settings.check_passcode("")) == (False, False)
    store.settings.set_passcode("4711")

    assert store.settings.has_passcode()
    assert (store.settings.check_passcode("4711"), store.settings.check_passcode("4712")) == (
        True,
        False,
    )

    store.settings.set_passcode(None)
    assert (store.settings.has_passcode(), store.settings.check_passcode("4711")) == (False, False)


def test_a_tokens_secret_finds_it_until_it_is_deleted(store: Store) -> None:
    token, secret = store.tokens.add("till")
    store.tokens.add("other")

    used = store.tokens.check(secret)

    assert used is not None
    assert used.last_used_at is not None
    assert dataclasses.replace(used, last_used_at=None) == token
    assert store.tokens.check(secret) == used  # not written down anew within a minute
    assert store.tokens.check(secret[:-1]) is None
    assert [one.name for one in store.tokens.all()] == ["till", "other"]
    store.tokens.delete(token.id)
    assert store.tokens.check(secret) is None
