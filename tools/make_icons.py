"""Draw icon.ico (Windows) and icon.icns (macOS) from icon.svg, with the browser of the tests.

uv run python tools/make_icons.py
"""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

STATIC = Path(__file__).parent.parent / "posture" / "web" / "static"
SIDE_PX = 512


def main() -> None:
    """Draw once, large; the formats hold smaller ones made from it."""
    svg = (STATIC / "icon.svg").read_text("utf-8")
    page_of = f"<style>body{{margin:0}}svg{{display:block;width:{SIDE_PX}px}}</style>{svg}"
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SIDE_PX, "height": SIDE_PX})
        page.set_content(page_of)
        drawn = page.screenshot(omit_background=True)
        browser.close()
    picture = Image.open(io.BytesIO(drawn))
    picture.save(STATIC / "icon.ico", sizes=[(16, 16), (32, 32), (48, 48), (256, 256)])
    picture.save(STATIC / "icon.icns")


if __name__ == "__main__":
    main()
