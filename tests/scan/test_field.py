"""Photos as they come from meter cupboards: what can be read is, and nothing is ever read wrongly."""

from __future__ import annotations

import pytest

from hht.scan.pictures import codes_in
from tests.scan.field import HARMS, SYMBOLOGIES, labels, photo

LABELS = list(labels())
READ = ("as it is", "blurred", "turned", "aslant", "dim", "grainy")  # these every time; the others where there is luck


@pytest.mark.parametrize("harm", HARMS)
def test_a_photo_is_read_rightly_or_not_at_all(harm: str) -> None:
    for number, symbology in enumerate(SYMBOLOGIES[:1] if harm == "hopeless" else SYMBOLOGIES):
        able = [(name, text) for name, drawn, text in LABELS if drawn == symbology]
        name, text = able[(list(HARMS).index(harm) * 5 + number) % len(able)]
        found = [code.text for code in codes_in(photo(text, symbology, HARMS[harm], seed=number))]
        assert found in ([], [text]), f"{name} as {symbology}, {harm}: read as {found}"
        assert found or harm not in READ, f"{name} as {symbology}, {harm}: not read"


def test_every_format_is_drawn() -> None:
    assert len({name for name, _symbology, _text in LABELS}) >= 16
    assert {symbology for _name, symbology, _text in LABELS} == set(SYMBOLOGIES)
