"""One table for every colour and size of the window. Plain numbers, no Qt: tests measure the contrast from here.

Colours are named by what they are for. Every pair in `TEXT_PAIRS` reaches 7:1 in every theme, live and training alike
(tests/window/test_tokens.py). Sun knows black, white and yellow only: in direct light nothing else survives.
"""

from __future__ import annotations

from typing import NamedTuple


class Colours(NamedTuple):
    """Colours as "#rrggbb". A `*_soft` colour is a background for its namesake and for `ink`."""

    ground: str  # behind everything
    surface: str  # cards, fields, buttons
    ink: str  # text
    ink_soft: str  # secondary text, disabled text
    line: str  # borders of cards
    line_strong: str  # borders of what can be pressed or typed into
    accent: str  # the one thing to press; the step whose turn it is
    on_accent: str
    accent_soft: str
    accent_pressed: str
    focus: str  # the ring around what has the keyboard
    good: str
    good_soft: str
    warn: str
    warn_soft: str
    bad: str
    bad_soft: str
    mark: str  # watermark of training, behind text: barely off `surface`
    scrim: str  # behind a sheet, "#aarrggbb"


_DAY = Colours(
    ground="#f2f5f8", surface="#ffffff", ink="#0e1720", ink_soft="#3b4754", line="#d5dce3", line_strong="#8493a1",
    accent="#0a4c9a", on_accent="#ffffff", accent_soft="#e3eefb", accent_pressed="#07366f", focus="#c25e00",
    good="#0a5a2c", good_soft="#e4f3ea", warn="#6f3a00", warn_soft="#fdf0dc", bad="#93101f", bad_soft="#fdeaec",
    mark="#f4eff8", scrim="#8c0e1720",
)  # fmt: skip
_NIGHT = Colours(
    ground="#0c1115", surface="#161d23", ink="#f1f5f8", ink_soft="#b7c3ce", line="#2a343d", line_strong="#5b6a78",
    accent="#79b8ff", on_accent="#07121d", accent_soft="#182a3c", accent_pressed="#a9d1ff", focus="#ffd257",
    good="#63d68f", good_soft="#12291f", warn="#ffbd66", warn_soft="#2f230f", bad="#ff9c9c", bad_soft="#351719",
    mark="#1f1a29", scrim="#b3000000",
)  # fmt: skip
_SUN = Colours(
    ground="#ffffff", surface="#ffffff", ink="#000000", ink_soft="#000000", line="#000000", line_strong="#000000",
    accent="#000000", on_accent="#ffee00", accent_soft="#ffee00", accent_pressed="#000000", focus="#ffee00",
    good="#000000", good_soft="#ffffff", warn="#000000", warn_soft="#ffffff", bad="#000000", bad_soft="#ffffff",
    mark="#fff9b8", scrim="#99000000",
)  # fmt: skip

THEMES: dict[str, Colours] = {"day": _DAY, "night": _NIGHT, "sun": _SUN}

# Training wears another accent, so that nobody mistakes an emulated meter for a real one. Sun has no colours to spare:
# there the watermark, the striped tape and the word do it.
_TRAINING: dict[str, dict[str, str]] = {
    "day": {"accent": "#6a1b8f", "accent_soft": "#f4e8fb", "accent_pressed": "#4b1166"},
    "night": {"accent": "#dba6ff", "on_accent": "#1b0a26", "accent_soft": "#2b1a37", "accent_pressed": "#ecd0ff"},
    "sun": {},
}

# (text, background): what the window really puts on what.
TEXT_PAIRS: tuple[tuple[str, str], ...] = (
    *(
        (text, ground)
        for text in ("ink", "ink_soft", "accent", "good", "warn", "bad")
        for ground in ("ground", "surface")
    ),
    *(("ink", ground) for ground in ("accent_soft", "good_soft", "warn_soft", "bad_soft", "mark")),
    *(("ink_soft", ground) for ground in ("accent_soft", "good_soft", "warn_soft", "bad_soft", "mark")),
    *((text, "accent_soft") for text in ("accent", "good", "warn", "bad")),  # the marked line of rail and job list
    ("accent", "mark"),
    ("on_accent", "accent"),
    ("on_accent", "accent_pressed"),
    ("good", "good_soft"),
    ("warn", "warn_soft"),
    ("bad", "bad_soft"),
    ("good", "mark"),
    ("warn", "mark"),
    ("bad", "mark"),
)


def colours(theme: str, *, training: bool = False) -> Colours:
    """The colours of `theme` ("day" when it is not known)."""
    name = theme if theme in THEMES else "day"
    return THEMES[name]._replace(**_TRAINING[name]) if training else THEMES[name]


class Sizes(NamedTuple):
    """Lengths in logical pixels, 96 to the inch: 38 px are 10 mm, 57 px 15 mm, 76 px 20 mm."""

    primary: int = 76  # height of the four big buttons: 20 mm
    target: int = 48  # least height of anything that can be pressed: 10 mm and a bit
    gap: int = 12  # between targets: 3 mm
    margin: int = 20
    pad: int = 24  # inside a card
    radius: int = 12
    row: int = 60  # a line of the rail or of a list
    dense: int = 40  # a line of a table: 10 mm and a bit
    body: int = 19
    small: int = 17  # the least text size there is
    strong: int = 21  # text of the big buttons
    title: int = 30
    head: int = 24
    mono: int = 17


NORMAL = Sizes()
GLOVE = Sizes(
    primary=88, target=60, gap=14, margin=16, pad=20, row=68, dense=58, body=20, small=18, strong=23, title=30, mono=18
)


def sizes(*, glove: bool) -> Sizes:
    """The sizes in force."""
    return GLOVE if glove else NORMAL


def _channel(value: int) -> float:
    part = value / 255
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" (WCAG 2.1), 0 to 1."""
    red, green, blue = (_channel(int(colour[i : i + 2], 16)) for i in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours (WCAG 2.1), 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
