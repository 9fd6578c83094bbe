"""Letters between terminal and depot: as they were written, or refused in words."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.depot.cards import Card, OwnKeys, Role, read_card
from hht.depot.errors import DepotError
from hht.depot.letters import (
    MOST_JOB,
    MOST_LETTER,
    PART,
    Gone,
    JobLetter,
    Letter,
    Offer,
    Offered,
    Part,
    Receipt,
    Refusal,
    Taken,
    Told,
    Want,
    read,
    write,
)

HASH = st.binary(min_size=32, max_size=32).map(bytes.hex)
NAME = st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,40}", fullmatch=True)
SIZE = st.integers(0, 1 << 20)
TEXT = st.text(max_size=80)
LETTERS = st.one_of(
    st.builds(Offer, st.lists(st.builds(Offered, HASH, NAME, SIZE), max_size=5).map(tuple)),
    st.builds(Part, HASH, SIZE, st.binary(min_size=1, max_size=300)),
    st.builds(Taken, SIZE, TEXT, TEXT),
    st.builds(Want, HASH, SIZE, SIZE),
    st.builds(Receipt, st.lists(HASH, max_size=5).map(tuple)),
    st.builds(Refusal, HASH, TEXT),
    st.builds(JobLetter, SIZE, NAME, st.binary(min_size=1, max_size=300)),
    st.builds(Told, SIZE),
    st.builds(Gone, HASH, st.booleans()),
)


@given(LETTERS, SIZE)
def test_what_was_written_is_read(letter: Letter, meeting: int) -> None:
    assert read(write(letter, meeting)) == (letter, meeting)


@given(st.binary(max_size=400))
def test_anything_else_is_refused_in_words(octets: bytes) -> None:
    if octets[:1] != b"{":
        with pytest.raises(DepotError) as caught:
            read(octets)
        assert caught.value.remedy


OK = "a" * 64


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b'{"say":"offer","meeting":1,"items":[]}',  # no end of line
        b'{"say":"hello"}\n',
        b'{"say":"offer","meeting":1,"items":[],"more":1}\n',
        b'{"say":"offer","meeting":-1,"items":[]}\n',
        b'{"say":"offer","meeting":true,"items":[]}\n',
        b'{"say":"offer","meeting":1,"items":[]}\nbody',
        json.dumps({"say": "offer", "meeting": 1, "items": [[OK, "../evil", 5]]}).encode() + b"\n",
        json.dumps({"say": "offer", "meeting": 1, "items": [[OK.upper(), "a", 5]]}).encode() + b"\n",
        json.dumps({"say": "offer", "meeting": 1, "items": [[OK, "a", 5]] * 201}).encode() + b"\n",
        json.dumps({"say": "part", "sha256": OK, "start": 0, "meeting": 1}).encode() + b"\n",
        json.dumps({"say": "part", "sha256": OK, "start": 0, "meeting": 1}).encode() + b"\n" + bytes(PART + 1),
        json.dumps({"say": "job", "number": 1, "name": "j.json", "meeting": 1}).encode() + b"\n" + bytes(MOST_JOB + 1),
        b'{"say":"told","meeting":1,"jobs":0}\n' + bytes(MOST_LETTER),
        b'{"say":"told","jobs":0}\n',  # of no meeting
        b'{"say":"told","meeting":1,"meeting":2,"jobs":0}\n',  # of two
        b'{"say":"taken","meeting":1,"number":1,"state":"new","why":"\\ud800"}\n',  # no text that a database takes
        json.dumps({"say": "gone", "sha256": OK, "erased": 1, "meeting": 1}).encode() + b"\n",
        b"[" * 100_000 + b"\n",
    ],
)
def test_a_letter_that_is_not_exactly_so_is_refused(octets: bytes) -> None:
    with pytest.raises(DepotError) as caught:
        read(octets)
    assert caught.value.code == "letter"


# Cards and seals ---------------------------------------------------------------------------------------------------


TERMINAL, DEPOT, OTHER = OwnKeys(bytes(32)), OwnKeys(bytes([1]) * 32), OwnKeys(bytes([2]) * 32)


def cards(*, training: bool = True) -> tuple[Card, Card, Card]:
    return (
        TERMINAL.card(Role.TERMINAL, "Van 7", training=training),
        DEPOT.card(Role.DEPOT, "North", training=training),
        OTHER.card(Role.TERMINAL, "Van 8", training=training),
    )


def test_only_the_one_it_is_for_reads_it_and_only_of_the_one_who_wrote_it() -> None:
    terminal, depot, other = cards()
    closed = TERMINAL.close(b"a secret", terminal, depot)
    assert b"a secret" not in closed
    assert DEPOT.open(closed, depot, terminal) == b"a secret"
    live_terminal, live_depot, _other = cards(training=False)
    wrong: list[Callable[[], object]] = [
        lambda: OTHER.open(closed, other, terminal),
        lambda: DEPOT.open(closed, depot, other),
        lambda: DEPOT.open(OTHER.close(b"x", terminal, depot), depot, terminal),  # signed by somebody else
        lambda: TERMINAL.open(closed, terminal, depot),
        lambda: DEPOT.open(closed, live_depot, live_terminal),  # training's in live work
        lambda: DEPOT.open(closed[:-1], depot, terminal),
        lambda: DEPOT.open(b"", depot, terminal),
    ]
    for at in range(0, len(closed), 7):
        changed = bytearray(closed)
        changed[at] ^= 1
        wrong.append(partial(DEPOT.open, bytes(changed), depot, terminal))
    for attempt in wrong:
        with pytest.raises(DepotError) as caught:
            attempt()
        assert caught.value.code == "letter-broken"


def test_a_card_is_read_as_it_was_written_and_no_other() -> None:
    terminal, depot, _other = cards()
    assert read_card(terminal.write(), Role.TERMINAL, training=True) == terminal
    for octets, role, training, code in [
        (depot.write(), Role.TERMINAL, True, "card"),
        (terminal.write(), Role.TERMINAL, False, "card-trust"),
        (terminal.write().replace(b"hht-card/1", b"hht-card/2"), Role.TERMINAL, True, "card"),
        (terminal.write().replace(b'"name": "Van 7"', b'"name": "Van\\u202e 7"'), Role.TERMINAL, True, "card"),
        (b"{}", Role.TERMINAL, True, "card"),
        (b"\xff", Role.TERMINAL, True, "card"),
        (b"[" * 4000, Role.TERMINAL, True, "card"),
        (terminal.write() + b" " * 5000, Role.TERMINAL, True, "card"),
    ]:
        with pytest.raises(DepotError) as caught:
            read_card(octets, role, training=training)
        assert caught.value.code == code


def test_keys_are_not_shown() -> None:
    assert "00" not in repr(TERMINAL)
    assert TERMINAL.card(Role.TERMINAL, "Van 7", training=True).sign.hex() not in repr(cards()[0])
