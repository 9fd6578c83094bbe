"""The lines between terminal and desk."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hht.desk import messages as m
from hht.desk.errors import DeskError, MessageRefused
from hht.desk.kinds import KINDS, AskKind
from hht.resources import resource_text
from tests.desk.making import ESME, HUB, REFERENCE, an_ask
from tests.emulation.test_broker import ask_of

EACH: tuple[m.Message, ...] = (
    m.Hello("HHT", True),
    m.PutAsk(an_ask(), m.Way.WAN),
    m.AskReach(HUB),
    m.Reach(HUB, False, "no signal"),
    m.Taken(REFERENCE),
    m.Sent(REFERENCE, "6.20.1", "90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-79-01-A0:1000"),
    m.Acknowledged(REFERENCE, "I99"),
    m.Result(REFERENCE, m.Outcome.DONE, "I0", "N24", "", '{"a": "ü"}'),
    m.Refused(REFERENCE, "desk-no", "not this one", "ask the depot"),
    m.RelayCommand(REFERENCE, 1, ESME, "<sr:Response/>\n", "a:b:1"),
    m.ReturnAnswer(REFERENCE, 1, "<sr:Request/>"),
    m.ReturnSilence(REFERENCE, 1, True, "no answer came"),
    m.Returned(REFERENCE, 1),
    m.PutPart("ab" * 32, "v-1.hhtb", 5, 2, "YWJj"),
    m.Stored("ab" * 32, 5, True),
)


def test_every_message_is_read_as_it_was_written() -> None:
    assert {type(message) for message in EACH} == set(m.ALL)
    for message in EACH:
        line = m.encode(message)
        assert line.endswith(b"\n")
        assert line.count(b"\n") == 1
        assert m.decode(line) == message


@pytest.mark.parametrize("message", EACH, ids=lambda message: type(message).__name__)
def test_a_line_is_held_to_every_name_and_type(message: m.Message) -> None:
    plain = json.loads(m.encode(message))
    for name in plain:
        for other in ({}, [], None, 1.5, 10**30, "x" * 100_000, "\ud800", True, -1):
            if other == plain[name] or (isinstance(plain[name], bool) and isinstance(other, bool)):
                continue
            with pytest.raises(DeskError):
                m.decode(json.dumps(plain | {name: other}).encode())
        missing = {key: value for key, value in plain.items() if key != name}
        with pytest.raises(DeskError):
            m.decode(json.dumps(missing).encode())
    with pytest.raises(DeskError):
        m.decode(json.dumps(plain | {"besides": 1}).encode())


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"desk":1,"desk":1,"say":"taken","reference":"00000000"}',
        b'{"desk":1,"say":"reach?","hub":"00db123456790 1a2"}',
        b'{"desk":1,"say":"taken","reference":NaN}',
        b"[" * 90_000,
        b'{"desk":1,"say":"taken","reference":"lowercas"}',
    ],
)
def test_garbage_is_refused_in_a_sentence(line: bytes) -> None:
    with pytest.raises(MessageRefused) as refused:
        m.decode(line)
    assert refused.value.message.endswith(".")
    assert refused.value.remedy


def test_another_version_says_both() -> None:
    with pytest.raises(MessageRefused, match=r"version 2 .* speaks 1") as refused:
        m.decode(m.encode(m.Taken(REFERENCE), version=2))
    assert refused.value.code == "desk-version"


def test_values_of_an_ask_come_in_one_way_of_writing() -> None:
    plain: dict[str, Any] = json.loads(m.encode(m.PutAsk(an_ask(), m.Way.WAN)))
    plain["ask"]["details"]["mpan"] = "10 1234567 8903"
    with pytest.raises(MessageRefused):
        m.decode(json.dumps(plain).encode())


def test_lines_come_in_any_pieces() -> None:
    whole = b"".join(map(m.encode, EACH))
    for size in (1, 7, 4096):
        reader, lines = m.LineReader(), []
        for start in range(0, len(whole), size):
            lines += reader.feed(whole[start : start + size])
        assert tuple(map(m.decode, lines)) == EACH


def test_an_endless_line_is_refused_while_it_grows() -> None:
    reader = m.LineReader()
    for _piece in range(m.LONGEST_LINE // 1024):
        assert reader.feed(b"x" * 1024) == []
    with pytest.raises(MessageRefused) as refused:
        reader.feed(b"x")
    assert refused.value.code == "desk-too-long"


def test_the_published_schema_and_the_reader_agree() -> None:
    """What is read is valid, and what the schema says of each message's names holds; kinds of asks are all there."""
    from jsonschema import Draft202012Validator

    schema = json.loads(resource_text("schemas", "desk.schema.json"))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    asks = [
        m.PutAsk(ask_of(kind, next(iter(KINDS[kind].services))), m.Way.WAN) for kind in AskKind if kind not in _BARE
    ]
    for message in (*EACH, *asks, m.Refused("", "desk-closed", "we close", "call tomorrow")):
        plain = json.loads(m.encode(message))
        assert not list(validator.iter_errors(plain)), message
        for name in plain:
            for spoilt in ({key: value for key, value in plain.items() if key != name}, plain | {name: []}):
                assert list(validator.iter_errors(spoilt)), (message, name)
        assert list(validator.iter_errors(plain | {"besides": 1}))
    assert set(schema["$defs"]["ask"]["properties"]["kind"]["enum"]) == {str(kind) for kind in AskKind}
    assert {one["properties"]["say"]["const"] for one in schema["oneOf"]} == {kind.SAY for kind in m.ALL}


_BARE = (AskKind.SET_TARIFF, AskKind.SET_PAYMENT_MODE, AskKind.CONFIRM_PACK)  # their values are named nowhere else
