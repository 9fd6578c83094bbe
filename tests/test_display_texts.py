"""What stands on displays: by model, with its source; a firmware version is no error code."""

from __future__ import annotations

import re

import pytest

from hht.display_texts import DEVICES, DisplayTextError, display_texts, look_up, search


@pytest.mark.parametrize(
    "typed", ["V24.01.10.00 71B803", "'V24.01. 10.00 -71b803", "v24.01.10.00", "24.03.11.00 0A1B2C3D"]
)
def test_a_firmware_version_is_told_as_that_and_never_as_an_error(typed: str) -> None:
    best = look_up(typed, manufacturer="Landis+Gyr", model="E470")[0]
    assert best.entry.kind == "firmware"
    assert not best.entry.is_error
    assert "no error code" in best.entry.means
    assert not best.entry.verified


@pytest.mark.parametrize("typed", ["12.03.24", "00012345", "230.2", "V"])
def test_a_date_a_reading_and_a_value_are_no_firmware_version(typed: str) -> None:
    assert all(one.entry.kind != "firmware" or one.fit == "near" for one in look_up(typed))


def test_the_same_word_means_what_the_model_makes_of_it_and_another_models_entry_comes_last() -> None:
    best = look_up("invalid", manufacturer="Secure", model="Liberty 100")[0]
    assert (best.entry.manufacturer, best.fit, best.other_model) == ("Secure", "same", False)
    other = look_up("INVALID", manufacturer="Landis+Gyr", model="E470")
    assert [one.other_model for one in other] == sorted(one.other_model for one in other)
    assert next(one for one in other if one.fit == "same").other_model


@pytest.mark.parametrize("maker", ["Landis", "landis & gyr", "Landis+Gyr Ltd"])
def test_a_maker_is_known_as_people_write_it(maker: str) -> None:
    assert not look_up("OWED", manufacturer=maker, model="e470 5424")[0].other_model
    assert look_up("OWED", manufacturer="Secure")[0].other_model


def test_what_is_like_a_text_is_offered_as_that_alone() -> None:
    assert {one.fit for one in look_up("Connecting to smart metre")} == {"near"}
    assert look_up("SOMETHING NOBODY HAS SEEN") == ()


def test_alert_codes_are_the_same_on_every_display() -> None:
    for typed in ("8F0F", "0x8f0f"):
        best = look_up(typed, device="ihd")[0]
        assert (best.entry.kind, best.entry.verified) == ("alert", True)
    assert look_up("8ABC") == ()


@pytest.mark.parametrize("code", ["73943333457189043313", "7394 3333 4571 8904 3313", "code 7394-3333-4571-8904-3313"])
def test_a_code_to_top_up_with_is_neither_looked_up_nor_repeated(code: str) -> None:
    for ask in (look_up, search):
        with pytest.raises(DisplayTextError) as refused:
            ask(code)
        assert refused.value.code == "display-secret"
        assert "7394" not in str(refused.value.as_dict())


@pytest.mark.parametrize("nothing", ["", "  ", "'", "x" * 101])
def test_no_text_is_no_question(nothing: str) -> None:
    with pytest.raises(DisplayTextError):
        look_up(nothing)


def test_every_entry_is_whole_says_its_source_and_is_found_by_its_own_text() -> None:
    for entry in display_texts():
        assert entry.means
        assert entry.next_act
        assert entry.source
        assert set(entry.device) <= set(DEVICES)
        assert not ("from memory" in entry.source and entry.verified)
        if entry.like:
            assert all(re.fullmatch(entry.like, text) for text in entry.shows)
        for text in entry.shows:
            found = look_up(text, manufacturer=entry.manufacturer.strip("*"), model=entry.model.strip("*"))
            assert any(one.entry is entry and one.fit == "same" for one in found)


def test_words_are_found_wherever_they_stand() -> None:
    assert {entry.manufacturer for entry in search("emergency pounds")} == {"Landis+Gyr"}
    assert search("", device="ppmid")
    assert all("ppmid" in entry.device for entry in search("", device="ppmid"))
