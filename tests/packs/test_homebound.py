"""What goes home: read by a stranger's few lines, and every tampering named."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from hht.packs import envelope
from hht.packs.delivery import Delivery
from hht.packs.homebound import AnswersBroken, check_answers, duis_requests, write_answers
from hht.packs.locker import Facts
from hht.packs.pack import Pack
from hht.packs.records import first_hash
from hht.protocol.duis.bodies import ReturnLocalCommandResponse
from hht.protocol.duis.request import read_request
from hht.resources import resource_text
from tests.packs.household import Household, Notebook, answer
from tests.packs.making import BROKER, NOW, READ_MPAN, command, desk_key, entry, pack
from tests.protocol.test_duis import xsd

File = dict[str, Any]


@cache
def delivered() -> tuple[Pack, bytes, bytes]:
    """A pack of three, its envelope, and what goes home of it."""
    entries = [entry(f"c{number}", command(READ_MPAN, 1000 + number)) for number in range(3)]
    made = pack(*entries)
    closed = envelope.close(made.payload(), desk_key())
    notes, house = Notebook(first_hash(closed)), Household()
    delivery = Delivery(made, notes, house, lambda: Facts(NOW))

    async def play() -> None:
        for one in made.entries:
            await delivery.deliver(one)

    asyncio.run(play())
    return made, closed, write_answers(made, closed, notes.kept)


def test_a_stranger_checks_the_chain_and_has_the_devices_octets() -> None:
    made, closed, octets = delivered()
    whole = json.loads(octets)
    before = hashlib.sha256(closed).hexdigest()
    assert whole["envelope"] == before
    for number, one in enumerate(whole["records"], 1):  # nothing of ours: a hash, a line feed, a text
        before = hashlib.sha256((before + "\n" + one["record"]).encode()).hexdigest()
        assert one["hash"] == before
        assert json.loads(one["record"])["number"] == number
    assert (whole["head"], whole["count"]) == (before, 6)
    for one, told in zip(made.entries, whole["answers"], strict=True):
        assert base64.b64decode(told["response"]) == answer(one.command)
        assert (told["entry"], told["request"], told["device"]) == (one.name, one.request, str(one.device))
        record = json.loads(whole["records"][told["record"] - 1]["record"])
        assert record["payload"]["response"] == told["response"]
    found = check_answers(octets, closed, made, whole["head"])
    assert [one.response for one in found] == [answer(one.command) for one in made.entries]


def test_the_file_is_as_its_published_schema_says() -> None:
    from jsonschema import Draft202012Validator

    schema = json.loads(resource_text("schemas", "answers.schema.json"))
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(json.loads(delivered()[2]))


@pytest.mark.parametrize("seed", range(6))
def test_no_octet_of_it_can_be_changed(seed: int) -> None:
    """Only blanks between its fields, and what nobody reads twice, may differ; the answers are the same then."""
    made, closed, octets = delivered()
    good, rng = check_answers(octets, closed, made), random.Random(seed)
    for _turn in range(20):
        at = rng.randrange(len(octets))
        changed = octets[:at] + bytes([octets[at] ^ 1 << rng.randrange(8)]) + octets[at + 1 :]
        try:
            found = check_answers(changed, closed, made)
        except AnswersBroken as error:
            assert error.remedy  # noqa: PT017
        else:
            assert found == good


def _rehashed(whole: File) -> None:
    """Whoever alters a record can make every hash anew, but not the pack's own."""
    before = whole["envelope"]
    for one in whole["records"]:
        before = hashlib.sha256((before + "\n" + one["record"]).encode()).hexdigest()
        one["hash"] = before
    whole["head"], whole["count"] = before, len(whole["records"])


def _other_response(whole: File) -> None:
    """Another answer in a record, its list and all hashes made to fit."""
    told = json.loads(whole["records"][1]["record"])
    other = base64.b64encode(answer(command(READ_MPAN, 1001).raw)).decode()
    told["payload"]["response"] = whole["answers"][0]["response"] = other
    whole["records"][1]["record"] = json.dumps(told, sort_keys=True, separators=(",", ":"))
    _rehashed(whole)


def _vouched(whole: File) -> None:
    told = json.loads(whole["records"][1]["record"])
    told["payload"]["vouched"] = True
    whole["records"][1]["record"] = json.dumps(told, sort_keys=True, separators=(",", ":"))
    _rehashed(whole)


def _edit(whole: File) -> None:
    whole["records"][2]["record"] = whole["records"][2]["record"].replace('"counter":1001', '"counter":1002')


def _swap(whole: File) -> None:
    records = whole["records"]
    records[1], records[3] = records[3], records[1]


def _drop_and_renumber(whole: File) -> None:
    del whole["records"][2:4]
    for number, one in enumerate(whole["records"], 1):
        told = json.loads(one["record"])
        one["record"] = json.dumps(told | {"number": number}, sort_keys=True, separators=(",", ":"))


TAMPERED: dict[str, tuple[Callable[[File], object], str, int]] = {
    "a record edited": (_edit, "answers-altered", 3),
    "a record left out": (lambda whole: whole["records"].pop(2), "answers-missing", 3),
    "records moved": (_swap, "answers-missing", 2),
    "a record twice": (lambda whole: whole["records"].insert(2, whole["records"][1]), "answers-order", 3),
    "the end cut off": (lambda whole: whole["records"].pop(), "answers-cut", 5),
    "left out and renumbered": (_drop_and_renumber, "answers-altered", 3),
    "an answer's octets changed": (lambda w: w["answers"][0].update(response="AAAA"), "answers-altered", 0),
    "an answer left out": (lambda whole: whole["answers"].pop(), "answers-altered", 0),
    "another command's answer": (_other_response, "answers-not-the-devices", 2),
    "said to be vouched for": (_vouched, "answers-not-the-devices", 2),
    "another job's": (lambda whole: whole.update(job="J-1043"), "answers-other-pack", 0),
    "said to be live": (lambda whole: whole.update(training=False), "answers-other-pack", 0),
    "another pack's": (lambda whole: whole.update(pack="P-2"), "answers-other-pack", 0),
    "another envelope's": (lambda whole: whole.update(envelope="00" * 32), "answers-other-pack", 0),
    "no file of answers": (lambda whole: whole.pop("head"), "answers-file", 0),
    "no record": (lambda whole: whole["records"].append(7), "answers-file", 0),
    "a record that is no JSON": (lambda whole: whole["records"][0].update(record="{"), "answers-altered", 1),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_every_tampering_is_named(name: str) -> None:
    made, closed, octets = delivered()
    tamper, code, record = TAMPERED[name]
    whole = json.loads(octets)
    tamper(whole)
    with pytest.raises(AnswersBroken) as broken:
        check_answers(json.dumps(whole).encode(), closed, made)
    assert (broken.value.code, broken.value.details["record"]) == (code, record)
    assert broken.value.remedy


def test_an_end_cut_off_with_its_head_is_found_by_the_head_that_the_terminal_says() -> None:
    made, closed, octets = delivered()
    whole = json.loads(octets)
    head = whole["head"]
    del whole["records"][-2:]
    whole["answers"].pop()
    _rehashed(whole)
    cut = json.dumps(whole).encode()
    assert len(check_answers(cut, closed, made)) == 2  # nothing in the file tells
    with pytest.raises(AnswersBroken) as broken:
        check_answers(cut, closed, made, head)
    assert broken.value.code == "answers-cut"


@pytest.mark.parametrize("octets", [b"", b"\xff", b"[]", b"{}", b"[" * 50_000, b'{"records": 1}'])
def test_what_is_no_file_of_answers_is_said_to_be_none(octets: bytes) -> None:
    made, closed, _whole = delivered()
    with pytest.raises(AnswersBroken) as broken:
        check_answers(octets, closed, made)
    assert broken.value.code == "answers-file"


def test_each_answer_goes_back_in_a_request_8_13(vectors_folder: Path) -> None:
    """By our reader, by the standard library's, and, where it is at hand, by the published schema."""
    made, closed, octets = delivered()
    published = vectors_folder / "duis" / "DUIS Schema V5.4.xsd"
    found = check_answers(octets, closed, made)
    requests = list(duis_requests(made, found, BROKER, 7000))
    for number, ((one, xml), asked) in enumerate(zip(requests, made.entries, strict=True)):
        read = read_request(xml)
        assert isinstance(read.body, ReturnLocalCommandResponse)
        assert (read.service, int(read.variant), read.body.response) == ("8.13", 8, one.response)
        assert str(read.body.original_request) == asked.request
        assert (read.name.target.to_bytes(), read.name.counter) == (BROKER, 7000 + number)
        inside = ElementTree.fromstring(xml).find(".//{*}ReturnLocalCommandResponse")
        assert inside is not None
        texts = [one.text or "" for one in inside]
        assert (texts[0], base64.b64decode(texts[1])) == (asked.request, answer(asked.command))
        assert not published.exists() or number or xsd(vectors_folder / "duis").is_valid(xml.decode())
