"""What comes in: what nothing can keep is refused, what people write gets through."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from posture import received

FAMILY = "\U0001f469\u200d\U0001f469\u200d\U0001f467"  # three people joined into one emoji
KATSURAGI = "葛\U000e0100城"  # as some families of this name write it
PERSIAN = "می\u200cخواهم"  # noqa: RUF001 - the joiner is part of its spelling

# names as people write them; nothing of them may change
PLAIN = [
    "佐藤 亜希",
    "ﾀﾅｶ",
    "髙橋 𠮷次",  # a letter beyond the first plane
    KATSURAGI,
    "\ue000田",  # a private letter, as name registers use
    "Zoë O'Brien-Łuk",
    "Nguye\u0302\u0303n",  # marks on letters, not put together
    "नेहा",
    "مریم",
    PERSIAN,
    FAMILY,
    "田" * 200,
]


@pytest.mark.parametrize("name", PLAIN)
def test_a_name_as_people_write_it_stays_as_it_is(name: str) -> None:
    assert received.line(name) == name
    assert received.text(f"{name}\n{name}") == f"{name}\n{name}"
    assert received.can_be_kept(name)


@pytest.mark.parametrize(
    "name",
    [
        "",
        " \t\n",
        "\u200b\u200b",
        "\u200d",
        "\u202e",
        "\ufeff",
        "\u3164",
        "\u2800",
        "\u00ad",
        "\ufe0f",
    ],
)
def test_a_name_of_which_nothing_is_seen_is_none(name: str) -> None:
    assert received.line(name) == ""


@pytest.mark.parametrize(
    ("raw", "kept"),
    [
        ("a\u202egpj.exe", "agpj.exe"),
        ("\u2067abc\u2069", "abc"),
        ("A\u200bki", "Aki"),
        ("A\x1b[2Jki\x07", "A[2Jki"),
        ("  Aki \n Sato ", "Aki Sato"),
    ],
)
def test_what_no_eye_sees_or_turns_text_round_goes(raw: str, kept: str) -> None:
    assert received.line(raw) == kept


@given(st.text())
def test_a_kept_line_is_kept_as_it_is_and_can_be_written(raw: str) -> None:
    kept = received.line(raw)

    assert received.line(kept) == kept
    assert kept == "" or received.can_be_kept(kept)
    assert "\n" not in kept


@pytest.mark.parametrize(
    "name",
    ["あ" * 110 + ".mp4", "😀" * 116 + ".mov", FAMILY * 40 + ".mp4", "e\u0301" * 200 + ".mp4"],
)
def test_a_files_name_is_cut_by_bytes_between_two_characters(name: str) -> None:
    kept = received.file_name(name)
    stem, _, suffix = kept.rpartition(".")

    assert 200 < len(kept.encode()) <= 255
    assert suffix == name.rpartition(".")[2]
    assert name.startswith(stem)
    following = name[len(stem)]
    assert not unicodedata.category(following).startswith("M")
    assert following != "\u200d"
    assert stem[-1] != "\u200d"


@pytest.mark.parametrize(
    "name", ["あ" * 80 + ".mp4", "立位 1回目.mp4", "a" * 251 + ".mp4", "x.mp4"]
)
def test_a_long_but_legal_name_is_not_cut(name: str) -> None:
    assert received.file_name(name) == name


def test_a_suffix_longer_than_a_name_leaves_something() -> None:
    kept = received.file_name("a." + "b" * 400)

    assert 0 < len(kept.encode()) <= 255


@pytest.mark.parametrize(
    "told",
    [
        '{"a": ' + "9" * 400 + "}",
        '{"a": -' + "9" * 5000 + "}",
        '{"a": 9007199254740992}',  # 2 ** 53
        '{"a": 1e400}',
        '{"a": -1e400}',
        '{"a": NaN}',
        '{"a": Infinity}',
        '{"a": "\\ud800"}',
        '{"\\udfff": 1}',
        '["\\u0000"]',
        '{"a": {"b": ["\\ud83d"]}}',
        "[" * 30 + "]" * 30,
        "[" * 100_000,
        "",
        "{",
    ],
)
def test_json_that_nothing_can_keep_is_refused(told: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        received.parsed(told)
    with pytest.raises(ValueError, match=r".+"):
        received.parsed(told.encode())


def test_json_that_people_send_gets_through() -> None:
    told = '{"height_cm": 172.5, "n": -3, "small": 1e-400, "name": "\\ud83d\\ude00 佐藤"}'

    assert received.parsed(told) == {
        "height_cm": 172.5,
        "n": -3,
        "small": 0.0,
        "name": "\U0001f600 佐藤",
    }


@pytest.mark.parametrize("value", [math.nan, math.inf, 10**400, True, "3", None, [3], 300])
def test_what_is_no_number_in_range_is_none(value: object) -> None:
    assert received.number(value, 0, 250) is None


@pytest.mark.parametrize("written", ["²", "①", "1e3", "-1", "+1", " 1", "", "9" * 5000, "1.0"])
def test_a_whole_number_is_written_in_digits(written: str) -> None:
    assert received.whole(written) is None


@pytest.mark.parametrize("written", ["0012", "\uff11\uff12"])  # as a Japanese keyboard may write it
def test_digits_are_a_whole_number(written: str) -> None:
    assert received.whole(written) == 12


@pytest.mark.parametrize(
    ("declared", "encodings"),
    [
        (["5"], ["chunked"]),
        (["5", "5"], []),
        (["5", "6"], []),
        ([], ["chunked", "chunked"]),
        (["5, 5"], []),
        (["-5"], []),
        ([""], []),
        (["9" * 400], []),
    ],
)
def test_a_length_that_is_not_one_number_is_refused(
    declared: list[str], encodings: list[str]
) -> None:
    with pytest.raises(ValueError, match="length"):
        received.length(declared, encodings)


def test_one_length_or_none_is_read() -> None:
    assert received.length(["5"], []) == 5
    assert received.length([], ["chunked"]) is None
    assert received.length([], []) is None


@pytest.mark.parametrize(
    ("stored", "recalled"),
    [
        ('{"a": Infinity, "b": 1}', {"a": None, "b": 1}),
        ('{"a": ' + "9" * 5000 + "}", {"a": None}),
        ("no json", None),
    ],
)
def test_what_was_stored_badly_is_read_as_nothing(stored: str, recalled: object) -> None:
    assert received.recalled(stored) == recalled


def test_a_stored_value_that_no_page_can_show_is_none() -> None:
    stored = {"height_cm": 10**400, "pain": 3, "name": "a\ud800b", "list": [math.inf, "佐藤"]}

    assert received.readable(stored) == {
        "height_cm": None,
        "pain": 3,
        "name": "ab",
        "list": [None, "佐藤"],
    }


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("172", 172.0),
        (" 1.46 ", 1.46),
        ("1,46", 1.46),
        ("１７２．５", 172.5),  # noqa: RUF001 - as a Japanese keyboard may write it
        ("-.5", -0.5),
    ],
)
def test_a_number_is_read_as_people_type_it(typed: str, number: float) -> None:
    assert received.decimal(typed) == number


@pytest.mark.parametrize("typed", ["", "nan", "inf", "1e9", "1_5", "1.2.3", "1,000.5", "0x1", "-"])
def test_what_people_do_not_type_is_no_number(typed: str) -> None:
    with pytest.raises(ValueError, match="expected a number"):
        received.decimal(typed)
