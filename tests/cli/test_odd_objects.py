"""A meter with odd entries in its list of objects, and odd registers: they are told as they are, the others work."""

from __future__ import annotations

import csv
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from hht.client.cosem_session import CosemSession
from hht.client.meter_objects import ASSOCIATION_VIEW
from hht.client.object_list import view_entry
from hht.protocol.cosem.codes import DataAccessResult
from hht.protocol.cosem.data import (
    Data,
    array,
    enumerated,
    integer,
    long,
    long_unsigned,
    null,
    octets,
    structure,
    unsigned,
)
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import DataAccessError
from hht.protocol.cosem.profile import Selection
from tests.cli.conftest import METER, Run

IMPORT, EXPORT = "1-0:1.8.0", "1-0:2.8.0"
NAME = octets(bytes((1, 0, 1, 8, 0, 255)))


def access(*pairs: tuple[int, int]) -> list[Data]:
    return [structure(integer(number), enumerated(mode), null()) for number, mode in pairs]


RIGHTS = structure(array(access((1, 1), (2, 1), (3, 1))), array([]))
CLASS, VERSION = long_unsigned(3), unsigned(0)
# entry -> (whether it is an object, what may be read, words about it)
ODD: dict[str, tuple[Data, bool, tuple[int, ...], str]] = {
    "rights null": (structure(CLASS, VERSION, NAME, structure(null(), null())), True, (1, 2, 3), "access rights"),
    "rights no structure": (structure(CLASS, VERSION, NAME, null()), True, (1, 2, 3), "access rights"),
    "three elements": (structure(CLASS, VERSION, NAME), True, (1, 2, 3), "elements: 3 instead of 4"),
    "unknown class, no rights": (structure(long_unsigned(9999), VERSION, NAME), True, (1,), "elements: 3"),
    "five elements": (structure(CLASS, VERSION, NAME, RIGHTS, null()), True, (1, 2, 3), "elements: 5"),
    "one right odd": (
        structure(CLASS, VERSION, NAME, structure(array([*access((1, 1)), enumerated(1), *access((2, 3))]), array([]))),
        True, (1, 2), "1 of its access rights",
    ),
    "version null": (structure(CLASS, null(), NAME, RIGHTS), True, (1, 2, 3), "version"),
    "five octets": (structure(CLASS, VERSION, octets(b"\1\0\1\x08\0"), RIGHTS), False, (), "5 octets instead of 6"),
    "name a number": (structure(CLASS, VERSION, unsigned(1), RIGHTS), False, (), "no octet-string"),
    "negative class": (structure(long(-1), VERSION, NAME, RIGHTS), False, (), "no number from 0 to 65535"),
    "one element": (structure(CLASS), False, (), "elements: 1"),
    "no structure": (unsigned(7), False, (), "elements: 0"),
}  # fmt: skip


@pytest.mark.parametrize("name", ODD)
def test_what_of_an_odd_entry_can_be_understood(name: str) -> None:
    raw, is_object, readable, words = ODD[name]
    entry = view_entry(raw, 5)
    assert (entry.is_object, entry.readable, entry.raw) == (is_object, readable, raw)
    assert words in entry.odd
    assert not is_object or str(entry.obis) == IMPORT


def test_a_sound_entry_has_nothing_odd() -> None:
    entry = view_entry(structure(CLASS, VERSION, NAME, RIGHTS))
    assert (entry.odd, entry.raw, entry.readable) == ("", None, (1, 2, 3))


Answers = dict[tuple[str, int], Data | DataAccessResult]


def answering(monkeypatch: pytest.MonkeyPatch, answers: Answers, *entries: Data) -> None:
    """The emulated meter with `entries` more in its list, and these answers for attributes."""
    genuine = CosemSession.get

    async def get(self: CosemSession, attribute: CosemAttribute, selection: Selection | None = None) -> Data:
        odd = answers.get((str(attribute.obis), attribute.attribute))
        if isinstance(odd, DataAccessResult):
            raise DataAccessError(odd, where=str(attribute))
        if odd is not None:
            return odd
        data = await genuine(self, attribute, selection)
        return array([*data.as_items(), *entries]) if attribute == ASSOCIATION_VIEW else data

    async def got(self: CosemSession, attribute: CosemAttribute) -> Data | DataAccessResult:
        try:
            return await get(self, attribute)
        except DataAccessError as refused:
            return refused.result

    async def get_several(self: CosemSession, attributes: Sequence[CosemAttribute]) -> list[Data | DataAccessResult]:
        return [await got(self, attribute) for attribute in attributes]

    monkeypatch.setattr(CosemSession, "get", get)
    monkeypatch.setattr(CosemSession, "get_several", get_several)


@pytest.fixture
def odd_list(monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, {}, *(raw for raw, *_rest in ODD.values()))


@pytest.mark.usefixtures("odd_list")
def test_one_odd_entry_does_not_make_a_meter_unreadable(run: Run, tmp_path: Path) -> None:
    listed = run("browse", METER)
    assert listed.status == 0
    odd = [line for line in listed.of("object") if "odd" in line]
    assert [line["odd"] != "" and line["raw"] != {} for line in odd] == [True] * len(ODD)
    assert len(listed.of("object")) > len(ODD) + 20
    for words in (
        ["identify", METER],
        ["read", METER, "registers"],
        ["read", METER, "profile"],
        ["read", METER, IMPORT],
    ):
        assert run(*words).status == 0, words
    path = tmp_path / "objects.csv"
    assert run("browse", METER, "odd", "entry", "--export", str(path)).status == 0
    rows = list(csv.DictReader(path.open()))
    elements = [row for row in rows if row["attribute_name"] == "object_list_element"]
    assert any("01 00 01 08 00" in row["text"] and "5 octets" in row["text"] for row in elements)


@pytest.mark.usefixtures("odd_list")
def test_the_odd_entry_is_shown_as_the_meter_stated_it(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    done = run("browse", METER, "5 octets", "--read")
    (line,) = done.of("object")
    assert (line["class_id"], line["obis"]) == (None, "")
    assert "5 octets instead of 6" in line["odd"]
    assert "Write it as" not in json.dumps(done.lines), "nobody has typed it"
    (attribute,) = line["attributes"]
    assert "01 00 01 08 00" in attribute["text"]


ODD_SCALES: dict[str, Data | DataAccessResult] = {
    "null": null(),
    "refused": DataAccessResult.READ_WRITE_DENIED,
    "one element": structure(integer(0)),
    "scaler -128": structure(integer(-128), enumerated(30)),
    "scaler 127": structure(integer(127), enumerated(30)),
}


@pytest.mark.parametrize("name", ODD_SCALES)
def test_a_register_without_its_unit_says_so_and_the_others_are_read(
    run: Run, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    answering(monkeypatch, {(EXPORT, 3): ODD_SCALES[name]})
    done = run("read", METER, "registers")
    assert done.status == 0
    registers = {line["obis"]: line for line in done.of("register")}
    assert registers[IMPORT]["unit"] == "kWh"
    assert "odd" not in registers[IMPORT]
    assert registers[EXPORT]["unit"] == ""
    assert registers[EXPORT]["odd"].startswith("scaler and unit unknown: ")
    (alone,) = run("read", METER, EXPORT).of("register")
    assert alone["odd"] == registers[EXPORT]["odd"]
    (attribute,) = run("read", METER, f"3/{EXPORT}/2").of("object")
    assert attribute["value"].endswith("(scaler and unit unknown)")
    (browsed,) = run("browse", METER, EXPORT, "--read").of("object")
    texts: list[dict[str, Any]] = browsed["attributes"]
    assert texts[1]["text"].endswith("(scaler and unit unknown)")


@pytest.mark.parametrize("odd", [null(), DataAccessResult.HARDWARE_FAULT])
def test_a_register_without_a_value_takes_nothing_from_the_others(
    run: Run, monkeypatch: pytest.MonkeyPatch, odd: Data | DataAccessResult
) -> None:
    answering(monkeypatch, {(EXPORT, 2): odd})
    registers = {line["obis"]: line for line in run("read", METER, "registers").of("register")}
    assert registers[EXPORT]["value"] is None
    assert registers[EXPORT]["odd"]
    assert registers[IMPORT]["value"]
    assert run("read", METER, EXPORT).status == 1
