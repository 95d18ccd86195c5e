"""Make the pictures of README and user guide anew, in both languages, from the sample clips.

    uv run python tools/make_pictures.py [overlay] [filming] [app] [live]

All of them without a word. `overlay` is the bend of the demo with its lines drawn in, `filming` a
drawing, `app` the pages of a visit made of the demo's clips, `live` the live check in front of
Chromium's fake camera, which takes some minutes. They go to docs/guide/pictures.
"""

from __future__ import annotations

import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import cv2
import numpy as np
from playwright.sync_api import Browser, FloatRect, Page, expect, sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1]))

from posture.bench_browser import BROWSER, without_hurry
from posture.outputs.words import LANGUAGES, load_words
from posture.pipeline import analyse
from posture.results import write_results
from posture.settings import Settings
from tests.e2e.camera import FULL, write_camera
from tests.e2e.make import CHECK_S, LOCALES, Browsers, Lang, Server, serving, until

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "guide" / "pictures"
LAPTOP, SHEET = (1120, 760), (820, 1010)  # what a picture shows, in the page's pixels
SHARP = 1.4  # the picture's pixels for each of the page's
LARGEST = 150_000  # bytes; they lie in the repository
HEIGHT_CM = 172
CLIENTS = {"en": "Hana Example", "ja": "見本 花子"}


def main() -> int:
    """Make those that were asked for, or all; the number of pictures that are too large."""
    parts: dict[str, Callable[[], None]] = {
        "overlay": overlays,
        "filming": drawings,
        "app": pages,
        "live": live,
    }
    PICTURES.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or parts:
        parts[name]()
    sizes = {path.name: path.stat().st_size for path in sorted(PICTURES.iterdir())}
    for name, size in sizes.items():
        sys.stdout.write(f"{size:8d} {name}\n")
    return sum(size > LARGEST for size in sizes.values())


def save(png: bytes, name: str, quality: int = 80) -> None:
    """Write a picture as WebP."""
    picture = cv2.imdecode(np.frombuffer(png, dtype=np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise ValueError(f"expected a picture for {name}")
    cv2.imwrite(str(PICTURES / name), picture, [cv2.IMWRITE_WEBP_QUALITY, quality])


def demo_clips(activity: str | None = None) -> list[Path]:
    """Return the demo's clips, or the one that shows an activity."""
    rows = tomllib.loads((ROOT / "samples" / "manifest.toml").read_text("utf-8"))["sample"]
    return [
        ROOT / "samples" / row["file"]
        for row in rows
        if row.get("demo") and activity in {None, row["expected"]["activity"]}
    ]


# --- the overlay ----------------------------------------------------------------------------------


def overlays() -> None:
    """Draw the findings on the bottom of the demo's bend."""
    for lang in LANGUAGES:
        settings = Settings(language=lang, height_m=HEIGHT_CM / 100)
        [clip] = demo_clips("forward_bend")
        with tempfile.TemporaryDirectory() as folder:
            found = analyse(clip, settings)
            figures = write_results(found, clip, Path(folder), settings).figures
        bottom = next(one for one in figures if one.shows == "bottom_of_bend")
        save(bottom.jpeg, f"overlay.{lang}.webp", quality=85)


# --- the app --------------------------------------------------------------------------------------


@contextmanager
def browser(camera: Path | None = None) -> Iterator[Browser]:
    """Start Chromium, its camera playing a film."""
    with sync_playwright() as driver, tempfile.TemporaryDirectory() as folder:
        opened = Browsers(driver, without_hurry(BROWSER, Path(folder)))
        try:
            yield opened.launch(camera)
        finally:
            opened.close()


def page_in(opened: Browser, lang: Lang, size: tuple[int, int]) -> Page:
    """Open a page as large as the picture shall be."""
    width, height = size
    context = opened.new_context(
        locale=LOCALES[lang],
        viewport={"width": width, "height": height},
        device_scale_factor=SHARP,
        color_scheme="light",
    )
    return context.new_page()


def pages() -> None:
    """Show the start page, a visit and its report."""
    with browser() as opened, tempfile.TemporaryDirectory() as folder:
        for lang in LANGUAGES:
            with serving(Path(folder) / lang) as server:
                visit = visit_of(server, lang)
                laptop = page_in(opened, lang, LAPTOP)
                for name, path in (("home", "/"), ("visit", f"/visits/{visit}")):
                    laptop.goto(server.address + path)
                    laptop.wait_for_load_state("networkidle")
                    save(laptop.screenshot(), f"{name}.{lang}.webp")
                sheet = page_in(opened, lang, SHEET)
                sheet.goto(f"{server.address}/visits/{visit}/report")
                save(sheet.screenshot(), f"report.{lang}.webp", quality=70)


def visit_of(server: Server, lang: Lang) -> str:
    """Put the demo's clips into a visit of a client and wait until they are measured."""
    client = server.post("/api/clients", {"name": CLIENTS[lang]})["id"]
    asked = {"check": "recordings", "language": lang, "answers": {"height_cm": HEIGHT_CM}}
    visit: str = server.post("/api/visits", {"client": client, **asked})["id"]
    for clip in demo_clips():
        send(server, clip, visit)

    def states() -> set[str]:
        return {one["state"] for one in recordings_of(server, visit)}

    until(lambda: states() == {"done"}, "the visit was never measured")
    return visit


def recordings_of(server: Server, visit: str) -> list[dict[str, Any]]:
    """Return what a visit holds."""
    found: list[dict[str, Any]] = server.json(f"/api/visits/{visit}")["recordings"]
    return found


def live() -> None:
    """Show the live check at the bottom of the forward bend."""
    with tempfile.TemporaryDirectory() as folder:
        film = write_camera(Path(folder) / "film.mjpeg", FULL)
        for lang in LANGUAGES:
            with browser(film) as opened, serving(Path(folder) / lang) as server:
                page = page_in(opened, lang, LAPTOP)
                asked = {
                    "check": "stand_bend",
                    "language": lang,
                    "answers": {"height_cm": HEIGHT_CM},
                }
                visit = server.post("/api/visits", {"client": None, **asked})["id"]
                page.goto(f"{server.address}/live/{visit}?auto=1")
                hold = load_words(lang).of("web", "live_say_hold")
                expect(page.locator("#sentence")).to_have_text(hold, timeout=1000 * CHECK_S)
                page.wait_for_timeout(500)  # the numbers follow
                # without the last line, which tells how quick this machine is
                clip = FloatRect(x=0, y=0, width=LAPTOP[0], height=LAPTOP[1] - 52)
                save(page.screenshot(clip=clip), f"live.{lang}.webp")
                page.context.close()


def send(server: Server, clip: Path, visit: str) -> None:
    """Upload a clip to a visit."""
    asked = f"file_name={clip.name}&visit={visit}&height_cm={HEIGHT_CM}"
    address = f"{server.address}/api/uploads?{asked}"
    request = Request(address, data=clip.read_bytes(), method="POST")  # noqa: S310 - our own
    with urlopen(request, timeout=60) as answer:  # noqa: S310 - our own
        answer.read()


# --- how to film ----------------------------------------------------------------------------------

_WORDS: dict[Lang, dict[str, str]] = {
    "en": {
        "side": "From the side",
        "above": "From above",
        "seen": "In the picture",
        "high": "hip height",
        "cm": "90 cm",
        "m": "about 3 m",
        "turned": "side-on",
        "head": "room above the head",
        "shirt": "shirt tucked in",
        "floor": "floor at the feet",
    },
    "ja": {
        "side": "横から見た図",
        "above": "上から見た図",
        "seen": "画面の映り方",
        "high": "腰の高さ",
        "cm": "約90cm",
        "m": "約3m",
        "turned": "横向きに立つ",
        "head": "頭の上に余白",
        "shirt": "裾はズボンの中へ",
        "floor": "足元の床まで",
    },
}
_DRAWING = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 760 720" width="760" height="720" \
font-family="system-ui, 'Hiragino Sans', 'Noto Sans CJK JP', 'Noto Sans JP', 'Yu Gothic UI', \
Meiryo, sans-serif" font-size="22" fill="#17212b">
<rect width="760" height="720" fill="#ffffff"/>
<g fill="none" stroke-linecap="round" stroke-linejoin="round">
<path d="M20 330H740" stroke="#9aa5b1" stroke-width="3"/>
<path d="M148 180L640 52V330Z" fill="#e8f1fa"/>
<path d="M148 180L640 52M148 180L640 330" stroke="#56b4e9" stroke-width="2" \
stroke-dasharray="7 7"/>
<path d="M70 215H160M85 215V330M145 215V330" stroke="#73808c" stroke-width="5"/>
<path d="M92 209H136L150 172" stroke="#17212b" stroke-width="7"/>
<circle cx="148" cy="180" r="6" fill="#0b5cad" stroke="none"/>
<path d="M40 182V326M32 182H48M32 326H48" stroke="#0b5cad" stroke-width="3"/>
<path d="M150 352H600M150 344V360M600 344V360" stroke="#0b5cad" stroke-width="3"/>
<g stroke="#51606e">
<path d="M600 108V120" stroke-width="14"/>
<path d="M600 134V196" stroke-width="42"/>
<path d="M590 205V318M610 205V318" stroke-width="17"/>
<path d="M574 128L568 205M626 128L632 205" stroke-width="11"/>
<circle cx="600" cy="86" r="20" fill="#51606e" stroke="none"/>
</g>
<path d="M60 560L330 470V650Z" fill="#e8f1fa"/>
<path d="M60 560L330 470M60 560L330 650" stroke="#56b4e9" stroke-width="2" \
stroke-dasharray="7 7"/>
<rect x="34" y="532" width="28" height="56" rx="4" fill="#17212b"/>
<circle cx="62" cy="560" r="6" fill="#0b5cad"/>
<g>
<ellipse cx="284" cy="560" rx="17" ry="17" fill="#51606e"/>
<ellipse cx="284" cy="566" rx="42" ry="19" fill="#51606e"/>
<circle cx="284" cy="558" r="17" fill="#35414d"/>
<path d="M284 541V504M275 514L284 502L293 514" stroke="#d55e00" stroke-width="4"/>
</g>
<rect x="420" y="440" width="320" height="250" rx="6" fill="#f4f6f8" stroke="#17212b" \
stroke-width="4"/>
<path d="M422 640H738V684Q738 688 734 688H426Q422 688 422 684Z" fill="#d8dfe5"/>
<g stroke="#51606e">
<path d="M468 495L472 480" stroke-width="10"/>
<path d="M464 514Q459 536 466 560" stroke-width="27"/>
<path d="M467 566L465 612L463 650" stroke-width="19"/>
<path d="M461 655H484" stroke-width="9"/>
<path d="M465 512L467 545L471 572" stroke="#2a333d" stroke-width="9"/>
<circle cx="474" cy="476" r="15" fill="#51606e" stroke="none"/>
<path d="M487 474L494 481L487 483Z" fill="#51606e" stroke="#51606e" stroke-width="2"/>
</g>
<g stroke="#0b5cad" stroke-width="2">
<path d="M496 456H514M490 562H514M494 664H514"/>
</g>
</g>
<g font-weight="600">
<text x="20" y="34">{side}</text>
<text x="20" y="432">{above}</text>
<text x="420" y="424">{seen}</text>
</g>
<g fill="#0b5cad">
<text x="56" y="150">{cm}</text>
<text x="56" y="124">{high}</text>
<text x="375" y="382" text-anchor="middle">{m}</text>
<text x="522" y="463">{head}</text>
<text x="522" y="569">{shirt}</text>
<text x="522" y="671">{floor}</text>
</g>
<text x="284" y="690" text-anchor="middle" fill="#a84300">{turned}</text>
</svg>
"""


def drawings() -> None:
    """Draw where camera and client are."""
    for lang, words in _WORDS.items():
        (PICTURES / f"filming.{lang}.svg").write_text(_DRAWING.format(**words), "utf-8")


if __name__ == "__main__":
    sys.exit(main())
