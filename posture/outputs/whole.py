"""Words that no line may end within, where a browser does not know them as one."""

from __future__ import annotations

from markupsafe import Markup, escape

_WORDS = ("ふくらはぎ",)  # all kana: nothing shows a browser where it begins and ends


def whole(text: str) -> Markup:
    """Return a text for a page, those words kept on one line by the style `whole`."""
    told = escape(text)
    for word in _WORDS:
        told = told.replace(word, Markup('<span class="whole">{}</span>').format(word))
    return told
