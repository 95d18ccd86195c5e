"""A word that no line may end within; what is not of the program stays text."""

from __future__ import annotations

from posture.outputs.whole import whole


def test_the_calf_is_kept_on_one_line_and_nothing_becomes_markup() -> None:
    assert whole("右のふくらはぎと太もも") == ('右の<span class="whole">ふくらはぎ</span>と太もも')
    assert whole("<b>ふくらはぎ</b> & more") == (
        '&lt;b&gt;<span class="whole">ふくらはぎ</span>&lt;/b&gt; &amp; more'
    )
    assert whole("Calf") == "Calf"
