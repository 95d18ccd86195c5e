"""clips.csv as spreadsheets write it: read where that does no harm, else told in one sentence."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest

from posture.batch.clips import Clip, named
from posture.batch.sheet import Sheet, read_sheet, sheet_beside, with_sheet
from posture.errors import BadSettings
from posture.outputs.words import LANGUAGES, sentence
from posture.types import Activity, Side


def sheet(folder: Path, text: str, encoding: str = "utf-8") -> Sheet:
    path = folder / "clips.csv"
    path.write_bytes(text.encode(encoding))
    return read_sheet(path)


def codes(found: Sheet) -> list[str]:
    return [fault.code for fault in found.faults]


def clips(folder: Path, *names: str) -> tuple[Clip, ...]:
    return named([str(folder / name) for name in names])


ALL = """file,client,visit,height_cm,age,sex,side,activity,speed,belt_speed,pain,variant
a.mp4,Sato,2026-09-03,172.5,41,female,left,forward_bend,0.5,,2,soft_knee
b.mp4,,,,,,,walking,,4.5,,
"""


def test_every_column_becomes_a_setting_or_a_text_of_the_table(tmp_path: Path) -> None:
    found = sheet(tmp_path, ALL)
    first, second = with_sheet(clips(tmp_path, "a.mp4", "b.mp4"), found).clips

    assert (found.faults, found.notes) == ((), ())
    assert first.overrides == {
        "height_m": pytest.approx(1.725),
        "near_side": Side.LEFT,
        "activity": Activity.FORWARD_BEND,
        "variant": "soft_knee",
        "speed": 0.5,
        "pain": 2.0,
    }
    assert first.labels == {"client": "Sato", "visit": "2026-09-03", "age": "41", "sex": "female"}
    assert second.overrides == {
        "activity": Activity.WALKING,
        "belt_m_s": pytest.approx(1.25),
    }
    assert second.labels == {}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
@pytest.mark.parametrize("between", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_japanese_table_is_read_as_excel_and_numbers_write_it(
    tmp_path: Path, encoding: str, between: str, end: str
) -> None:
    rows = [
        ["ファイル名", "お客様", "来店日", "身長(cm)", "年齢", "性別", "カメラ側", "動作"],
        ["前屈 山田.mp4", "山田 花子", "2026年9月3日", "158", "45", "女", "左", "前屈"],
    ]
    found = sheet(tmp_path, end.join(between.join(row) for row in rows) + end, encoding)

    (row,) = found.rows
    assert (row.file, row.client, row.visit) == ("前屈 山田.mp4", "山田 花子", "2026年9月3日")
    assert (row.height_m, row.age, row.sex) == (1.58, 45, "female")
    assert (row.near_side, row.activity) == (Side.LEFT, Activity.FORWARD_BEND)


def test_western_letters_of_an_old_excel_are_read_too(tmp_path: Path) -> None:
    found = sheet(tmp_path, "file;client;height_cm\nmüller.mp4;Jérôme Müller;172,5\n", "cp1252")

    (row,) = found.rows
    assert (row.file, row.client, row.height_m) == ("müller.mp4", "Jérôme Müller", 1.725)


@pytest.mark.parametrize(
    "number", ["172.5", "172,5", "\uff11\uff17\uff12\uff0e\uff15", " 172.50 ", "+172.5"]
)
def test_a_number_is_read_as_people_write_it(tmp_path: Path, number: str) -> None:
    (row,) = sheet(tmp_path, f'file;height_cm\na.mp4;"{number}"\n').rows

    assert row.height_m == pytest.approx(1.725)


@pytest.mark.parametrize(
    ("column", "value"),
    [
        *(("height_cm", "1.72"), ("height_cm", "172 cm"), ("height_cm", "nan"), ("age", "-3")),
        *(("height_m", "172"), ("speed", "0"), ("pain", "11"), ("belt_speed", "0")),
        *(("age", "1e3"), ("age", "inf"), ("height_cm", "1,172"), ("age", "四十")),
    ],
)
def test_a_number_that_is_none_names_its_row_and_column(
    tmp_path: Path, column: str, value: str
) -> None:
    found = sheet(tmp_path, f'file,{column}\nx.mp4,\na.mp4,"{value}"\n')

    (fault,) = found.faults
    assert (fault.code, fault.values["row"], fault.values["column"]) == ("sheet_number", 3, column)
    for language in LANGUAGES:
        assert value in sentence(fault, language)


@pytest.mark.parametrize(("column", "value"), [("sex", "x"), ("side", "up"), ("activity", "yoga")])
def test_a_word_that_is_none_of_the_choices_is_told_with_them(
    tmp_path: Path, column: str, value: str
) -> None:
    (fault,) = sheet(tmp_path, f"file,{column}\na.mp4,{value}\n").faults

    assert fault.code == "sheet_choice"
    assert value in sentence(fault, "en")


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    text = "file,height_cm,sex\na.mp4,17,x\n,160,\nb.mp4,160,female,more\n"

    assert codes(sheet(tmp_path, text)) == [
        *("sheet_number", "sheet_choice", "sheet_no_file", "sheet_too_wide")
    ]


def test_a_column_for_people_is_left_alone_and_a_slip_of_the_pen_is_not(tmp_path: Path) -> None:
    notes = sheet(tmp_path, "file,notes,担当\na.mp4,tired,鈴木\n")
    slip = sheet(tmp_path, "file,hieght_cm\na.mp4,172\n")

    assert (notes.faults, [note.code for note in notes.notes]) == ((), ["sheet_unknown_columns"])
    assert "notes, 担当" in sentence(notes.notes[0], "en")
    assert [fault.values["meant"] for fault in slip.faults] == ["height_cm"]


def test_two_rows_for_one_clip_are_told_unless_they_are_equal(tmp_path: Path) -> None:
    differ = sheet(tmp_path, "file,height_cm\na.mp4,170\nb.mp4,\n./a.mp4,171\n")
    equal = sheet(tmp_path, "file,height_cm\na.mp4,170\na.mp4,170\n")

    (fault,) = differ.faults
    assert (fault.values["first"], fault.values["row"]) == (2, 4)
    assert (equal.faults, len(equal.rows)) == ((), 1)


def test_two_rows_that_name_one_clip_differently_are_told(tmp_path: Path) -> None:
    found = sheet(tmp_path, "file,height_cm\nsub/A.MP4,170\na,171\n")

    given = with_sheet(clips(tmp_path, "sub/a.mp4", "b.mp4"), found)

    assert [(fault.code, fault.values["row"]) for fault in given.faults] == [("sheet_twice", 3)]


@pytest.mark.parametrize(
    "written",
    [
        *("sub/IMG 1.MOV", "./sub/IMG 1.MOV", "sub\\IMG 1.MOV", "IMG 1.MOV", "img 1.mov"),
        *("IMG 1", "SUB/img 1"),
    ],
)
def test_a_row_may_name_its_clip_in_any_way_that_is_clear(tmp_path: Path, written: str) -> None:
    found = sheet(tmp_path, f"file,client\n{written},Sato\n")

    given = with_sheet(clips(tmp_path, "sub/IMG 1.MOV", "other/IMG 2.MOV"), found)

    assert (given.faults, given.notes) == ((), ())
    assert [clip.labels.get("client") for clip in given.clips] == ["Sato", None]


def test_a_name_as_a_mac_writes_it_is_the_same_name(tmp_path: Path) -> None:
    found = sheet(tmp_path, "file,client\nデモ.mp4,Sato\n")
    apart = unicodedata.normalize("NFD", "デモ.mp4")

    (clip,) = with_sheet(clips(tmp_path, apart), found).clips

    assert clip.labels == {"client": "Sato"}


def test_the_whole_path_and_an_address_name_a_clip_too(tmp_path: Path) -> None:
    address = Clip(source="s3://bucket/a.mp4", name="bucket/a.mp4", url="s3://x:y@bucket/a.mp4")
    text = f"file,client\n{tmp_path / 'a.mp4'},Sato\ns3://bucket/a.mp4,Ito\n"

    given = with_sheet([*clips(tmp_path, "a.mp4"), address], sheet(tmp_path, text))

    assert [clip.labels["client"] for clip in given.clips] == ["Sato", "Ito"]


def test_a_row_that_may_mean_two_clips_is_told_and_one_that_means_none_only_noted(
    tmp_path: Path,
) -> None:
    found = sheet(tmp_path, "file,client\na.mp4,Sato\nz.mp4,Ito\n")

    given = with_sheet(clips(tmp_path, "1/a.mp4", "2/a.mp4"), found)

    assert [fault.code for fault in given.faults] == ["sheet_ambiguous"]
    assert [note.code for note in given.notes] == ["sheet_not_there"]
    assert "z.mp4 (3)" in sentence(given.notes[0], "en")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "sheet_empty"),
        (b"\n\n", "sheet_empty"),
        (b"PK\x03\x04rest", "sheet_workbook"),
        (b"\xd0\xcf\x11\xe0rest", "sheet_workbook"),
        (b"file\n\0\0\n", "sheet_no_text"),
        (b'file,client\na.mp4,"open\n', "sheet_quotes"),
    ],
)
def test_what_is_no_table_is_told_in_one_sentence(tmp_path: Path, raw: bytes, code: str) -> None:
    path = tmp_path / "clips.csv"
    path.write_bytes(raw)

    with pytest.raises(BadSettings, match=code) as told:
        read_sheet(path)

    assert all(sentence(told.value.reason, language) for language in LANGUAGES)


def test_a_sheet_that_is_a_folder_or_not_there_is_told(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.csv"):
        with pytest.raises(BadSettings, match="sheet_unreadable"):
            read_sheet(path)


def test_without_a_column_of_files_nothing_can_be_told(tmp_path: Path) -> None:
    assert codes(sheet(tmp_path, "client,height_cm\nSato,170\n"))[0] == "sheet_no_file_column"


def test_two_heights_and_two_columns_of_one_kind_are_told(tmp_path: Path) -> None:
    assert codes(sheet(tmp_path, "file,height_cm,height_m\na,170,1.7\n")) == ["sheet_two_heights"]
    assert codes(sheet(tmp_path, "file,client,氏名\na,x,y\n")) == ["sheet_column_twice"]


def test_blank_rows_and_empty_cells_are_nothing(tmp_path: Path) -> None:
    found = sheet(tmp_path, "file,client,,\na.mp4,,,\n,,,\n\n")

    assert (found.faults, found.notes, len(found.rows)) == ((), (), 1)


def test_the_sheet_beside_the_clips_is_found(tmp_path: Path) -> None:
    sheet(tmp_path, "file\na.mp4\n")
    (tmp_path / "a.mp4").touch()

    for wanted in (str(tmp_path), str(tmp_path / "*.mp4"), str(tmp_path / "a.mp4")):
        assert sheet_beside(wanted) == tmp_path / "clips.csv"
    assert sheet_beside(str(tmp_path / "sub" / "*.mp4")) is None
    assert sheet_beside("s3://bucket/folder") is None
