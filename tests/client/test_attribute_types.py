"""The data types that attributes have by the book: as others state them, as our own meter sends them, as text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hht.client.attribute_types import ANYTHING, ExpectedTypes, TypeShape, expected_types
from hht.client.interface_classes import interface_class
from hht.client.object_reader import attribute_text, value_text
from hht.emulation.cosem_objects import MeterObjects
from hht.emulation.meter_server import MeterServer
from hht.model.electricity_meter import ElectricityMeter, LocalPort
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.client import GetResult
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.errors import AccessDenied
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.objects import ClientIdentity
from tests.emulation import conftest
from tests.fuzz.targets.emulated import Caller

clock, meter_of = conftest.clock, conftest.meter_of

NAMES = {
    "Enum": DataType.ENUM, "UInt8": DataType.UNSIGNED, "UInt16": DataType.LONG_UNSIGNED, "Int8": DataType.INTEGER,
    "UInt32": DataType.DOUBLE_LONG_UNSIGNED, "Int16": DataType.LONG, "Int32": DataType.DOUBLE_LONG,
    "OctetString": DataType.OCTET_STRING, "BitString": DataType.BIT_STRING, "Boolean": DataType.BOOLEAN,
    "String": DataType.VISIBLE_STRING, "StringUTF8": DataType.UTF8_STRING, "DateTime": DataType.DATE_TIME,
    "Array": DataType.ARRAY, "Structure": DataType.STRUCTURE,
}  # fmt: skip
"""The outside list's names of types; its "None" is any type."""

# classes that no GB meter has and whose attributes this catalogue does not name: their values are shown raw
SHOWN_RAW = {
    26: "utility tables", 27: "modem configuration", 28: "auto answer", 29: "auto connect", 42: "IPv4 setup",
    43: "MAC address setup", 44: "PPP setup", 45: "GPRS modem setup", 47: "GSM diagnostic", 48: "IPv6 setup",
    65: "parameter monitor", 72: "M-Bus client", 73: "wireless mode Q channel", 74: "M-Bus master port setup",
    80: "PRIME LLC", 81: "PRIME physical counters", 82: "PRIME MAC setup", 83: "PRIME MAC function",
    84: "PRIME MAC counters", 85: "PRIME MAC network",
}  # fmt: skip
RAW_ITEMS = 58


def outside(vectors: Callable[[str], Any]) -> list[dict[str, Any]]:
    return [item for item in vectors("dlms.json")["vectors"] if item["kind"] == "attribute_type"]


def agrees(ours: ExpectedTypes, theirs: dict[str, Any]) -> bool:
    """Whether ours has a type that is the outside one, all the way down."""
    if theirs["type"] == "None":
        return ours == ANYTHING
    for shape in ours.shapes:
        if shape.tag is not NAMES[theirs["type"]]:
            continue
        items = theirs.get("items")
        if items is None:
            return theirs["type"] in ("Array", "Structure") or shape.items is None
        inner = shape.items or ()
        if len(inner) == len(items) and all(map(agrees, inner, items)):
            return True
    return False


def test_every_outside_attribute_type_is_ours_or_shown_raw(vectors: Callable[[str], Any]) -> None:
    wrong, raw = [], []
    for item in outside(vectors):
        known = interface_class(item["class_id"])
        if not known.attributes:
            raw.append(item)
            spec = known.attribute(item["attribute"])
            assert all(attribute_text(spec, sample(one), {}) == value_text(sample(one)) for one in item["one_of"])
        elif not all(agrees(known.attribute(item["attribute"]).types, one) for one in item["one_of"]):
            wrong.append((item["id"], item["class_id"], item["attribute"], item["one_of"]))
    assert not wrong
    assert {item["class_id"] for item in raw} == SHOWN_RAW.keys()
    assert len(raw) == RAW_ITEMS
    assert len(outside(vectors)) == 147


def sample(theirs: dict[str, Any]) -> Data:
    """A value of an outside type."""
    kind = NAMES.get(theirs["type"], DataType.UNSIGNED)
    if kind in (DataType.ARRAY, DataType.STRUCTURE):
        items = tuple(map(sample, theirs.get("items", ())))
        return Data(kind, items)
    if kind is DataType.BIT_STRING:
        return cosem.bit_string("1010")
    if kind is DataType.BOOLEAN:
        return cosem.boolean(True)
    if kind in (DataType.VISIBLE_STRING, DataType.UTF8_STRING):
        return Data(kind, "GBP")
    if kind in (DataType.OCTET_STRING, DataType.DATE_TIME):
        return Data(kind, bytes.fromhex("07ea0b15060a0c2100000002"))
    return Data(kind, 1)


def test_a_value_of_each_outside_type_is_taken_and_another_is_told(vectors: Callable[[str], Any]) -> None:
    told = 0
    for item in outside(vectors):
        spec = interface_class(item["class_id"]).attribute(item["attribute"])
        for one in item["one_of"]:
            assert "unexpected" not in attribute_text(spec, sample(one), {}), item["id"]
        other = attribute_text(spec, cosem.float32(0.5), {})  # of no attribute in the list
        assert ("unexpected type: float32" in other) == (spec.types != ANYTHING), item["id"]
        told += spec.types != ANYTHING
    assert told == 147 - RAW_ITEMS - 4  # four may have any type


@pytest.mark.parametrize("premises", ["single-element", "polyphase", "prepayment-flat", "storage-heaters"])
def test_our_own_meter_sends_what_the_book_says(premises: str, meter_of: Callable[..., ElectricityMeter]) -> None:
    model = MeterObjects(LocalPort(meter_of(premises)))
    client = ClientIdentity(1, "installer", Mechanism.GMAC)
    looked_at, wrong = 0, []
    for entry in model.association_view(client):
        for number, _right in entry.attributes:
            spec = interface_class(entry.class_id).attribute(number)
            try:
                value = model.get(client, CosemAttribute(entry.class_id, entry.obis, number), None)
            except AccessDenied:
                continue
            if isinstance(value, Data):
                looked_at += 1
                if not spec.types.admit(value):
                    wrong.append((entry.class_id, str(entry.obis), number, value))
    assert not wrong
    assert looked_at > 50


def test_our_own_association_says_what_the_book_says(meter_of: Callable[..., ElectricityMeter]) -> None:
    caller = Caller(MeterServer(meter_of()), 17)
    told = []
    for number in (1, 3, 4, 5, 6, 8, 9):  # the view itself comes in blocks
        request = caller.client.get(CosemAttribute(15, Obis.parse("0-0:40.0.0"), number))
        answer = caller.client.receive(caller.say(request)[0])
        if isinstance(answer, GetResult) and answer.data is not None:
            assert interface_class(15).attribute(number).types.admit(answer.data), (number, answer.data)
            told.append(number)
    assert told[:5] == [1, 3, 4, 5, 6]


SHORT = {"short": "structure(integer, enum)"}


def test_the_notation() -> None:
    assert expected_types("any", {}) == ANYTHING == expected_types("unsigned | any", {})
    assert expected_types("enum | array(short)", SHORT) == ExpectedTypes(
        (TypeShape(DataType.ENUM), TypeShape(DataType.ARRAY, (expected_types("short", SHORT),)))
    )
    assert expected_types("array", {}).admit(cosem.array([cosem.unsigned(1), cosem.null()]))
    short = expected_types("short", SHORT)
    assert short.admit(cosem.structure(cosem.integer(1), cosem.enumerated(30)))
    assert not short.admit(cosem.structure(cosem.integer(1)))
    assert not short.admit(cosem.structure(cosem.integer(1), cosem.unsigned(30)))


@pytest.mark.parametrize("text", ["", "byte", "array(", "array()", "structure(enum", "enum)", "enum enum", "enum(any)"])
def test_what_is_no_type(text: str) -> None:
    with pytest.raises(ValueError, match=r"not understood|no such type|bracket"):
        expected_types(text, {})
