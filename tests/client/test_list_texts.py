"""Calendars, charges and references in words; whatever else stands there is shown as it is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.client.interface_classes import interface_class
from hht.client.list_texts import list_text
from hht.client.object_reader import attribute_text, value_text
from hht.client.scales_beyond import in_scale
from hht.errors import HhtError
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data

NAME = cosem.octets(bytes((0, 0, 10, 0, 100, 255)))
EACH_YEAR = bytes.fromhex("ffff0401ffffffffff8000ff")
KINDS = ["definition", "names", "seasons", "weeks", "days", "special_days", "schedule", "unit_charge", "account_mode"]


def text(class_id: int, number: int, data: Data) -> str:
    return attribute_text(interface_class(class_id).attribute(number), data, {})


def entry(*, enabled: bool = True, days: str = "1111100", begins: bytes = b"\xff" * 5) -> Data:
    return cosem.structure(
        cosem.long_unsigned(3),
        cosem.boolean(enabled),
        NAME,
        cosem.long_unsigned(257),
        cosem.octets(bytes((7, 30, 5, 0))),
        cosem.long_unsigned(0xFFFF),
        cosem.bit_string(days),
        cosem.bit_string(""),
        cosem.octets(begins),
        cosem.octets(b"\xff" * 5),
    )


@pytest.mark.parametrize(
    ("class_id", "number", "data", "words"),
    [
        (20, 3, cosem.array([cosem.structure(cosem.octets(b"S1"), cosem.octets(EACH_YEAR), cosem.octets(b"W2"))]),
         "S1 from 04-01 each year: week W2"),
        (20, 4, cosem.array([cosem.structure(cosem.octets(b"W2"), *map(cosem.unsigned, (1, 1, 1, 1, 1, 2, 3)))]),
         "W2, Monday to Sunday: days 1 1 1 1 1 2 3"),
        (20, 5, cosem.array([cosem.structure(cosem.unsigned(2), cosem.array(()))]), "day 2: nothing is switched"),
        (11, 2, cosem.array([cosem.structure(cosem.long_unsigned(1), cosem.octets(bytes.fromhex("07ea0c19ff")),
                                             cosem.unsigned(4))]), "2026-12-25: day 4"),
        (10, 2, cosem.array([entry()]), "3: 07:30:05 Mon Tue Wed Thu Fri → 257"),
        (10, 2, cosem.array([entry(enabled=False, days="1111111")]), "3: 07:30:05 daily → 257 (off)"),
        (10, 2, cosem.array([entry(begins=bytes.fromhex("ffff0a01ff"), days="1111111")]),
         "3: 07:30:05 daily from 10-01 each year to ----- each year → 257"),
        (111, 9, cosem.array([NAME, NAME]), "0-0:10.0.100, 0-0:10.0.100"),
        (111, 2, cosem.structure(cosem.enumerated(2), cosem.enumerated(3)), "prepayment mode, closed (2, 3)"),
        (111, 2, cosem.structure(cosem.enumerated(7), cosem.enumerated(3)), "{7, 3}"),
        (71, 2, cosem.structure(cosem.long_unsigned(0), NAME, cosem.integer(0)), "nothing"),
        (71, 2, cosem.structure(cosem.long_unsigned(3), NAME, cosem.integer(2)), "3/0-0:10.0.100/2"),
    ],
)  # fmt: skip
def test_in_words(class_id: int, number: int, data: Data, words: str) -> None:
    assert text(class_id, number, data) == words


LEAVES = (
    st.integers(0, 255).map(cosem.unsigned)
    | st.integers(0, 0xFFFF).map(cosem.long_unsigned)
    | st.integers(-128, 127).map(cosem.integer)
    | st.binary(max_size=12).map(cosem.octets)
    | st.booleans().map(cosem.boolean)
    | st.text("01", max_size=8).map(cosem.bit_string)
    | st.just(cosem.null())
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, max_size=10).map(lambda items: cosem.structure(*items))
        | st.lists(inner, max_size=3).map(cosem.array)
    ),
    max_leaves=20,
)


@settings(max_examples=200, deadline=None)
@given(ANYTHING)
def test_what_has_another_shape_is_no_words_and_no_crash(data: Data) -> None:
    for kind in KINDS:
        try:
            assert list_text(kind, data).isprintable()
        except HhtError as error:
            assert error.remedy  # noqa: PT017
    assert in_scale(data, (-1, "V")).isprintable()
    assert value_text(data).isprintable()
