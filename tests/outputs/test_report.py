from __future__ import annotations

import base64
import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from html import unescape
from html.parser import HTMLParser

import cv2
import numpy as np
import pytest

from posture.outputs.figures import Figure, figure_of
from posture.outputs.headline import beside, headline
from posture.outputs.numbers import chance
from posture.outputs.report import report_html
from posture.outputs.tables import (
    LEVEL_SIGNS,
    level_name,
    link_name,
    warning_lines,
)
from posture.outputs.words import LANGUAGES, Language, load_words
from posture.types import Analysis, Link, Notice, Quality, Reason
from tests.outputs.make import Showing, analysis, blank, rows_owed

EN = load_words("en")
# written without an end tag
EMPTY = {"meta", "img", "br", "col"}


@dataclass
class Page(HTMLParser):
    """A parsed page: its text, its tags with their attributes, and tags that do not match."""

    text: str = ""
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in EMPTY:
            self._open.append(tag)
        if tag == "tr":
            self.rows.append([])
        elif tag in {"td", "th"}:
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        opened = self._open.pop() if self._open else "nothing"
        if opened != tag:
            self.faults.append(f"{tag} closes {opened}")

    def handle_data(self, data: str) -> None:
        if "style" in self._open:
            return
        self.text += data
        if {"td", "th"} & set(self._open):
            self.rows[-1][-1] += data

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]

    def close(self) -> None:
        super().close()
        self.faults += [f"{tag} is not closed" for tag in self._open]


def page(
    made: Analysis, language: Language = "en", figures: Sequence[Figure] = ()
) -> tuple[Page, str]:
    html = report_html(made, figures, load_words(language))
    parsed = Page()
    parsed.feed(html)
    parsed.close()
    return parsed, html


def links_told(html: str) -> dict[str, str]:
    """What stands on the page about each link, in plain text, by the name of the link."""
    told = {}
    for part in html.split('<section class="why ')[1:]:
        heading, _, rest = part.partition("</h3>")
        name, _, level = heading.partition("<h3>")[2].partition('<span class="level">')
        text = re.sub(r"<[^>]*>", "", f"{level} {rest.partition('</section>')[0]}")
        told[unescape(name).strip()] = unescape(text)
    return told


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("showing", ["all", "run"])
def test_the_report_is_one_well_formed_page_in_its_language(
    showing: Showing, language: Language
) -> None:
    parsed, html = page(analysis(showing), language)

    assert parsed.faults == []
    assert html.startswith("<!doctype html>")
    assert [tag["lang"] for tag in parsed.of("html")] == [language]
    assert {"charset": "utf-8"} in parsed.of("meta")
    assert load_words(language).ui("title") in parsed.text


def test_the_checker_sees_tags_that_do_not_match() -> None:
    parsed = Page()
    parsed.feed("<p><b>text</p></b><div>")
    parsed.close()

    assert parsed.faults == ["p closes b", "b closes p", "div is not closed"]


def test_the_report_needs_no_network_and_runs_nothing() -> None:
    figures = [figure_of(blank((64, 36)), "standing")]
    parsed, html = page(analysis("all"), figures=figures)

    assert not re.search(r"https?:|//\w|@import|url\(", html)
    assert not {tag for tag, _ in parsed.tags} & {"script", "link", "iframe", "object", "form"}
    sources = [a["src"] for _, a in parsed.tags if "src" in a]
    assert all(source.startswith("data:image/jpeg;base64,") for source in sources)
    assert not [name for _, a in parsed.tags for name in a if name.startswith("on")]
    policies = [a["content"] for a in parsed.of("meta") if "http-equiv" in a]
    assert len(policies) == 1
    assert policies[0].startswith("default-src 'none'")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_measure_stands_in_the_report_with_number_and_remark(language: Language) -> None:
    words = load_words(language)
    made = analysis("all", height_m=1.7)
    parsed, _ = page(made, language)

    owed = rows_owed(made.measures, words)
    assert [row for row in parsed.rows if row in owed] == owed
    assert {m.quality for m in made.measures} >= {Quality.GOOD, Quality.MISSING}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_finding_stands_in_the_report_with_level_reason_and_next_test(
    language: Language,
) -> None:
    words = load_words(language)
    made = analysis("all")
    _, html = page(made, language)
    told = links_told(html)

    assert {f.link for f in made.assessment.findings} == set(Link)
    for finding in made.assessment.findings:
        own = told[link_name(finding, words)]
        assert own.startswith(f"{LEVEL_SIGNS[finding.level]} {level_name(finding, words)}")
        assert words.sentence(finding.because) in own
        if finding.next_test is not None:
            assert words.sentence(finding.next_test) in own
        if finding.probability is not None:
            assert chance(finding.probability, words) in own.partition("\n")[0]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_report_says_that_it_is_no_diagnosis_and_what_the_probabilities_are(
    language: Language,
) -> None:
    words = load_words(language)
    parsed, _ = page(analysis("all"), language)

    assert words.ui("not_a_diagnosis") in parsed.text
    assert words.ui("model_probability") in parsed.text


def test_care_has_its_dose_and_when_to_stop() -> None:
    made = analysis("all")
    parsed, _ = page(made)

    assert made.assessment.care
    for step in made.assessment.care:
        for reason in (step.what, step.dose):
            assert EN.sentence(reason) in parsed.text
        assert EN.tables["care"].get(step.stop_if.code, "") in parsed.text
    assert parsed.text.count(EN.of("care", "common")) == 1


def test_the_verdict_and_the_warnings_are_told() -> None:
    notices = (
        Notice(
            message=Reason("seen_partly", {"share": 0.6}), what_to_do=Reason("choose_other_person")
        ),
    )
    made = replace(analysis("all"), warnings=notices)
    parsed, _ = page(made)

    assert headline(made.assessment, EN) in parsed.text
    assert beside(made.assessment, EN) in parsed.text
    assert warning_lines(made, EN)[0] in parsed.text


@pytest.mark.parametrize(
    "file", ["<script>alert(1)</script>.mp4", '"><img src=x onerror=alert(1)>.mp4', "a&b's.mp4"]
)
def test_a_file_s_name_is_text_and_nothing_else(file: str) -> None:
    made = analysis("stand")
    usual, _ = page(made)
    parsed, html = page(replace(made, clip=replace(made.clip, file=file)))

    assert parsed.faults == []
    assert file in parsed.text
    assert "<script" not in html
    assert [tag for tag, _ in parsed.tags] == [tag for tag, _ in usual.tags]


def test_values_within_a_reason_are_text_and_nothing_else() -> None:
    notice = Notice(message=Reason("no_clips", {"path": "<b>bold</b>"}))
    parsed, _ = page(replace(analysis("stand"), warnings=(notice,)))

    assert "<b>bold</b>" in parsed.text
    assert parsed.of("b") == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_pictures_have_a_caption_that_is_read_out_too(language: Language) -> None:
    words = load_words(language)
    shows = ["standing", "bottom_of_bend", "push_off", "clip"]
    figures = [figure_of(blank((64, 36)), what) for what in shows]

    parsed, _ = page(analysis("all"), language, figures)

    images = [image for image in parsed.of("img") if image.get("class") != "thumb"]
    # the one that tells most is large on the first page, the others have their caption below
    in_order = ["bottom_of_bend", "standing", "push_off", "clip"]
    assert [image["alt"] for image in images] == [words.ui(what) for what in in_order]
    assert {(image["width"], image["height"]) for image in images} == {("64", "36")}
    assert all(words.ui(what) in parsed.text for what in in_order[1:])


def test_a_figure_is_the_picture_as_a_jpeg() -> None:
    picture = blank((64, 36))
    picture[:, :32] = (200, 40, 40)  # red, green, blue

    figure = figure_of(picture, "standing")
    parsed, _ = page(analysis("stand"), figures=[figure])

    assert figure.size_px == (64, 36)
    (image,) = parsed.of("img")
    data = base64.b64decode(image["src"].partition(",")[2], validate=True)
    assert data == figure.jpeg
    back = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    assert back is not None
    assert np.abs(back[18, 16, ::-1].astype(int) - (200, 40, 40)).max() < 12


def test_a_report_without_pictures_has_none() -> None:
    parsed, _ = page(analysis("stand"))

    assert parsed.of("img") == []
    assert parsed.of("figure") == []


def test_what_is_hidden_from_readers_aloud_is_said_in_words_beside_it() -> None:
    parsed, _ = page(analysis("all"))

    spoken = [a for tag, a in parsed.tags if tag == "span" and "link" in a.get("class", "")]
    assert spoken
    assert all(a["aria-hidden"] == "true" for a in spoken)
