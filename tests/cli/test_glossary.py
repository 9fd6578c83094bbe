"""``hht glossary``: a word by any of its names."""

from __future__ import annotations

import pytest

from hht.glossary import glossary
from tests.cli.conftest import Run
from tests.requirements.catalogue import catalogue


@pytest.mark.requirement("HHT-13")
@pytest.mark.parametrize("word", ["HHT", "hhd", "HHD", "handheld  Terminal", "hand-held terminal"])
def test_hht_and_hhd_are_one_device(run: Run, word: str) -> None:
    done = run("glossary", word)
    (term,) = done.of("term")
    assert (done.status, term["name"]) == (0, "HHT")
    assert "one device" in term["text"]


@pytest.mark.requirement("IDT-17")
def test_the_wan_says_that_it_leaves_the_han_out(run: Run) -> None:
    (wan,), (han,) = run("glossary", "WAN").of("term"), run("glossary", "home area network").of("term")
    assert "The HAN is not part of it" in wan["text"]
    assert "no part of the WAN" in han["text"]


@pytest.mark.requirement("ASR-12")
def test_an_open_standard_has_four_properties(run: Run) -> None:
    (term,) = run("glossary", "open standard").of("term")
    for property_ in ("not for profit", "nominal cost", "free of royalties", "without constraints"):
        assert property_ in term["text"]


def test_every_term_is_listed_and_no_name_stands_for_two(run: Run) -> None:
    listed = [term["name"] for term in run("glossary").of("term")]
    assert listed == [term.name for term in glossary()] == sorted(listed, key=str.casefold)
    names = [name.casefold() for term in glossary() for name in (term.name, *term.also)]
    assert len(set(names)) == len(names)
    assert {term.source for term in glossary()} <= set(catalogue())


def test_a_word_that_is_not_there_is_told(run: Run) -> None:
    done = run("glossary", "flux capacitor")
    assert (done.status, done.last["code"]) == (1, "glossary")
    assert "flux capacitor" in done.last["message"]
    assert "lists every term" in done.last["remedy"]
