"""A report becomes a PDF by this machine's browser, whole or not at all, and nothing is sent."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from posture import printing
from posture.cli import main
from posture.errors import CannotWrite
from posture.store import open_store
from posture.web.pages import visit_report
from tests.web.seeded import seeded

PAGE = """<!doctype html><html lang="ja"><meta charset="utf-8"><title>Report</title>
<style>@page {{ size: A4 }}</style>
<body><h1>姿勢チェック</h1><p>太ももの裏</p>{more}</body></html>"""


@pytest.fixture(autouse=True)
def with_font(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether the machine of the tests has Japanese letters is no matter here."""
    monkeypatch.setattr(printing, "has_japanese_font", lambda: True)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    found = tmp_path / "結果 1" / "report.html"
    found.parent.mkdir()
    found.write_text(PAGE.format(more=""), "utf-8")
    return found


def needs_browser() -> None:
    if printing.browser({}) is None:
        pytest.skip("no Chromium, Chrome, Edge or Brave on this machine")


@pytest.mark.slow
def test_a_report_is_printed_beside_itself(page: Path) -> None:
    needs_browser()

    done = CliRunner().invoke(main, ["report", str(page.parent), "--lang", "en"])

    pdf = page.with_suffix(".pdf")
    assert done.output == f"PDF: {pdf}\n"
    assert pdf.read_bytes()[:5] == b"%PDF-"
    assert len(re.findall(rb"/Type\s*/Page\b", pdf.read_bytes())) == 1
    # letters are inside, Japanese ones too: as a font file or drawn (Type 3)
    assert re.search(rb"/FontFile|/Subtype\s*/Type3", pdf.read_bytes())
    assert sorted(path.name for path in page.parent.iterdir()) == ["report.html", "report.pdf"]


@pytest.mark.slow
def test_a_page_that_asks_for_something_gets_nothing_from_outside(
    page: Path, tmp_path: Path
) -> None:
    needs_browser()
    if shutil.which("strace") is None:
        pytest.skip("strace is not installed: sockets cannot be traced")
    asking = '<img src="http://192.0.2.7/a.png"><img src="http://example.org/b.png">'
    page.write_text(PAGE.format(more=asking).replace('lang="ja"', 'lang="en"'), "utf-8")
    log = tmp_path / "trace.log"
    code = "import sys; from pathlib import Path; from posture.printing import print_page; "
    code += "print_page(Path(sys.argv[1]), Path(sys.argv[2]))"

    subprocess.run(
        [
            *("strace", "-f", "-qq", "--seccomp-bpf", "-e", "trace=connect,sendto,sendmsg"),
            *("-o", str(log), sys.executable, "-c", code, str(page), str(tmp_path / "a.pdf")),
        ],
        check=True,
    )

    told = log.read_text("utf-8", errors="replace")
    # Chromium asks the system whether there is a way to that address; it sends nothing there.
    here = re.compile(r'127\.0\.0\.1|"::1"|0\.0\.0\.0|connect\(.*2001:4860:4860::8888')
    elsewhere = [
        line
        for line in told.splitlines()
        if re.search(r"sin6?_addr|inet_addr|inet_pton", line) and not here.search(line)
    ]
    assert (tmp_path / "a.pdf").is_file()
    assert elsewhere == []


def test_without_a_browser_it_says_what_to_do(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "browser", lambda: None)

    done = CliRunner().invoke(main, ["report", str(page), "--lang", "en"])

    assert done.exit_code == 1
    assert "POSTURE_BROWSER" in done.stderr
    assert not page.with_suffix(".pdf").exists()


@pytest.mark.linux
@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("exit 3", "exit status 3"),
        ("exit 0", "exit status 0"),
        ('for a; do case $a in --print-to-pdf=*) echo no > "${a#*=}";; esac; done', "no PDF"),
        ("sleep 30", "1 s"),
    ],
)
def test_a_browser_that_prints_nothing_leaves_the_old_file(
    script: str, why: str, page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "browser"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv(printing.BROWSER, str(program))
    monkeypatch.setattr(printing, "browser", lambda: program)
    out = tmp_path / "old.pdf"
    out.write_bytes(b"old")

    with pytest.raises(CannotWrite, match="print_failed") as caught:
        printing.print_page(page, out, timeout_s=1.0)

    assert caught.value.reason.values["why"] == why
    assert out.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["browser", "old.pdf", "結果 1"]


def printed(page: Path, out: Path) -> None:
    out.write_bytes(b"%PDF-" + page.read_bytes())


def test_a_japanese_page_is_not_printed_as_boxes(
    page: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "has_japanese_font", lambda: False)
    monkeypatch.setattr(printing, "browser", lambda: Path("/bin/browser"))
    ran: list[Path] = []
    monkeypatch.setattr(printing, "_run", lambda _program, _page, part, *_: ran.append(part))

    done = CliRunner().invoke(main, ["report", str(page), "--lang", "en"])

    assert done.exit_code == 1
    assert "no Japanese font" in done.stderr
    assert "fonts-noto-cjk" in done.stderr
    assert (ran, page.with_suffix(".pdf").exists()) == ([], False)
    page.write_text('<html lang="en"><h1>Posture</h1><p>山田 花子</p></html>', "utf-8")
    named = CliRunner().invoke(main, ["report", str(page), "--lang", "en"])
    assert "as in a name" in named.stderr
    assert ran == []
    page.write_text('<html lang="en"><h1>Posture</h1><p>Hana Yamada</p></html>', "utf-8")
    CliRunner().invoke(main, ["report", str(page)])
    assert len(ran) == 1  # its letters are there


@pytest.mark.linux
@pytest.mark.parametrize(
    ("says", "found"), [("echo Noto Sans CJK JP", True), ("exit 0", False), ("exit 1", True)]
)
def test_whether_there_are_japanese_letters_is_asked_of_the_machine(
    says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, found: bool
) -> None:
    monkeypatch.undo()
    lister = tmp_path / "fc-list"
    lister.write_text(f"#!/bin/sh\n{says}\n")
    lister.chmod(0o755)
    monkeypatch.setattr(shutil, "which", lambda _: str(lister))

    assert printing.has_japanese_font() is found
    monkeypatch.setattr(shutil, "which", lambda _: None)
    assert printing.has_japanese_font() is True


@pytest.mark.parametrize(
    "how",
    [
        "{id}",
        "http://127.0.0.1:8765/visits/{id}",
        "/visits/{id}/report",
        "http://127.0.0.1:8765/visits/{id}?kept#written",  # after a note was kept
        "/visits/{id}#next",
    ],
)
def test_a_stored_visit_is_printed_by_its_id_or_address(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(visit_report, "print_page", printed)
    monkeypatch.chdir(tmp_path)
    with open_store(tmp_path / "data") as store:
        visit = seeded(store).second
        day = f"{store.visits.get(visit).started_at.astimezone():%Y-%m-%d}"

    place = how.format(id=visit)
    done = CliRunner().invoke(main, ["report", place, "--pdf", "--data", "data", "--lang", "en"])

    assert done.output == f"PDF: posture-{day}-{visit[:8]}.pdf\n"
    pdf = tmp_path / f"posture-{day}-{visit[:8]}.pdf"
    assert pdf.read_bytes().startswith(b"%PDF-<!doctype html>")
    named = ["report", place, "--pdf", "own.pdf", "--data", "data"]
    assert CliRunner().invoke(main, named).exit_code == 0
    assert (tmp_path / "own.pdf").is_file()


def test_a_visit_that_is_not_there_is_told_and_no_folder_is_made(tmp_path: Path) -> None:
    asked = ["report", "0" * 32, "--pdf", "--data", str(tmp_path / "none"), "--lang", "en"]

    done = CliRunner().invoke(main, asked)

    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "there is no such visit" in done.stderr
    assert not (tmp_path / "none").exists()


def test_where_no_report_is_it_says_what_to_name(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["report", str(tmp_path), "--lang", "en"])

    assert (done.exit_code, done.stderr.count("\n")) == (1, 1)
    assert "there is no report here" in done.stderr


def test_what_is_no_page_is_not_printed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("posture.printing.print_page", printed)
    for name in ("analysis.json", "client.mp4", "report.HTML"):
        (tmp_path / name).write_text("x", "utf-8")

    codes = {
        path.name: CliRunner().invoke(main, ["report", str(path), "--lang", "en"]).exit_code
        for path in sorted(tmp_path.iterdir())
    }

    assert codes == {"analysis.json": 1, "client.mp4": 1, "report.HTML": 0}
    assert [path.name for path in tmp_path.glob("*.pdf")] == ["report.pdf"]


def test_a_named_browser_comes_first_and_a_folder_of_windows_is_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    edge = tmp_path / "Microsoft" / "Edge" / "Application" / "msedge.exe"
    edge.parent.mkdir(parents=True)
    edge.touch()

    assert printing.browser({"PROGRAMFILES(X86)": str(tmp_path)}) == edge
    assert printing.browser({printing.BROWSER: "/x/y"}) == Path("/x/y")
