"""Text of devices and files is made harmless; crash reports carry no numbers that tell."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ui.crash import crash_of, session_file
from ui.window.safe_text import button_text, safe_lines, safe_text


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("METER OK", "METER OK"),
        ("a\x00b", "a\\x00b"),
        ("two\nlines", "two\\x0alines"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\U000e0001", "\\U000e0001"),
        ('<a href="http://evil">OK</a>', '<a href="http://evil">OK</a>'),
    ],
)
def test_nothing_stays_hidden(hostile: str, shown: str) -> None:
    assert safe_text(hostile) == shown


def test_a_sentence_of_ours_keeps_its_lines_and_hides_nothing() -> None:
    assert safe_lines("1 problem:\nline 24: wrong\x07") == "1 problem:\nline 24: wrong\\x07"
    assert safe_lines("one") == "one"
    assert safe_lines("\n" * 40).count("\n") == 11
    assert len(safe_lines("x\n" * 1_000_000, 50)) < 600


def test_long_text_is_cut_quickly() -> None:
    cut = safe_text("x" * 1_000_000, 50)
    assert len(cut) == 50
    assert cut.endswith("…")


@given(st.text(max_size=400), st.integers(min_value=1, max_value=300))
def test_what_is_shown_is_short_and_printable(text: str, limit: int) -> None:
    shown = safe_text(text, limit)
    assert len(shown) <= limit
    assert all(char.isprintable() for char in shown)


def test_an_ampersand_is_no_mnemonic() -> None:
    assert button_text("Fish & chips") == "Fish && chips"


def test_a_crash_report_blots_out_numbers() -> None:
    try:
        raise ValueError("MPAN 1200023305967 key 00112233445566778899AABBCCDDEEFF at 3")
    except ValueError as bug:
        crash = crash_of(bug)
    assert "1200023305967" not in crash.message
    assert "0011" not in crash.message
    assert "at 3" in crash.message
    assert crash.where[-1].startswith("test_texts.py:")
    report = json.loads(session_file(crash, when="2026-03-17T09:41:12Z", trace=("sent 1200023305967",)))
    assert report["error"]["kind"] == "ValueError"
    assert report["last_frames"] == ["sent …"]
