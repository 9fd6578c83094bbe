"""The token table keeps what ux.md promises: contrast, sizes."""

from __future__ import annotations

import pytest

from ui.window.tokens import GLOVE, NORMAL, TEXT_PAIRS, THEMES, Sizes, colours, contrast

MM = 96 / 25.4  # logical pixels per millimetre


def test_contrast_is_the_formula_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert contrast("#123456", "#123456") == 1.0


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("training", [False, True])
def test_every_text_reaches_seven_to_one(theme: str, training: bool) -> None:
    table = colours(theme, training=training)
    low = {
        pair: round(contrast(getattr(table, pair[0]), getattr(table, pair[1])), 2)
        for pair in TEXT_PAIRS
        if contrast(getattr(table, pair[0]), getattr(table, pair[1])) < 7.0
    }
    assert low == {}


@pytest.mark.parametrize("theme", THEMES)
def test_the_focus_ring_stands_out(theme: str) -> None:
    table = colours(theme)
    ring = "#000000" if theme == "sun" else table.focus  # as theme.style_sheet() has it
    assert contrast(ring, table.surface) >= 3.0
    assert contrast(ring, table.ground) >= 3.0


def test_training_wears_another_accent_where_there_are_colours() -> None:
    for theme in ("day", "night"):
        assert colours(theme).accent != colours(theme, training=True).accent
    assert colours("sun") == colours("sun", training=True)  # there the tape, the watermark and the word do it


def test_sun_has_no_greys() -> None:
    allowed = {"#ffffff", "#000000", "#ffee00", "#fff9b8", "#99000000"}
    assert set(colours("sun")) <= allowed


@pytest.mark.parametrize(("sizes", "least_mm"), [(NORMAL, 10), (GLOVE, 15)])
def test_sizes_fit_fingers_and_gloves(sizes: Sizes, least_mm: int) -> None:
    assert sizes.primary >= 20 * MM
    assert min(sizes.target, sizes.row, sizes.dense) >= least_mm * MM
    assert sizes.gap >= 3 * MM
    assert sizes.body >= 17
    assert sizes.small >= 17


def test_an_unknown_theme_is_day() -> None:
    assert colours("neon") == colours("day")
