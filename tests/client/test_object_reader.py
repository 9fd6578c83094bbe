"""Any object of any meter: typed where the class is known, raw where it is not, never dropped."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.client.interface_classes import interface_class, object_name
from hht.client.meter_objects import ViewEntry
from hht.client.object_reader import attribute_text, describe, value_json, value_text
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data
from hht.protocol.cosem.obis import Obis

NAMED = (1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 15, 18, 20, 21, 22, 30, 40, 64, 70, 71, 104, 111, 112, 113, 115, 123, 9000)


@pytest.mark.parametrize("class_id", NAMED)
def test_every_class_of_the_trade_has_its_names(class_id: int) -> None:
    known = interface_class(class_id)
    assert known.attributes[0].name == "logical_name"
    assert [spec.number for spec in known.attributes] == list(range(1, len(known.attributes) + 1))
    assert all(spec.name and " " not in spec.name for spec in known.attributes)


def test_a_class_that_nobody_knows_keeps_its_numbers() -> None:
    entry = ViewEntry(8999, 0, Obis.parse("1-0:99.77.5"), (1, 2, -3))
    assert describe(entry) == "class 8999"
    assert interface_class(8999).attribute(-3).name == "attribute -3"


def text(class_id: int, number: int, data: Data, **others: Data) -> str:
    spec = interface_class(class_id).attribute(number)
    return attribute_text(spec, data, {int(name[1:]): value for name, value in others.items()})


SCALE = cosem.structure(cosem.integer(-1), cosem.enumerated(35))


def test_values_are_shown_as_their_class_says() -> None:
    assert text(3, 2, cosem.long_unsigned(2491), a3=SCALE) == "249.1 V"
    assert text(3, 3, SCALE) == "× 10^-1 V"
    assert text(9000, 4, cosem.long_unsigned(2300), a5=SCALE) == "230.0 V"
    assert text(8, 2, cosem.octets(bytes.fromhex("07ea0b15060a0c210000 0002"))) == "2026-11-21 10:12:33 UTC"
    assert text(8, 2, cosem.octets(b"\xff" * 12)) == "never"
    assert text(8, 4, cosem.unsigned(3)) == "invalid, doubtful (0x03)"
    assert text(18, 6, cosem.enumerated(4)) == "verification failed (4)"
    assert text(7, 4, cosem.double_long_unsigned(1800)) == "1800 s"
    assert text(64, 4, cosem.octets(bytes.fromhex("0011223344556677"))) == "00 11 22 33 44 55 66 77"


def test_compact_data_is_shown_by_its_template() -> None:
    """Structure of template id, time, register; twice in one buffer."""
    template = cosem.octets(bytes.fromhex("0203110906"))
    buffer = cosem.octets(bytes.fromhex("050449524f4e00001000" + "0502414200001001"))
    assert text(62, 2, buffer, a5=template) == "[{5, “IRON”, 4096}, {5, “AB”, 4097}]"
    assert text(62, 2, buffer) == buffer.as_bytes().hex(" ").upper()  # its template was refused
    assert text(62, 2, cosem.octets(b"\x05\x04I"), a5=template) == "05 04 49"  # cut off
    assert text(62, 2, buffer, a5=cosem.octets(b"\x13")) == buffer.as_bytes().hex(" ").upper()


def test_what_has_another_shape_is_shown_as_it_is() -> None:
    assert text(3, 2, cosem.long_unsigned(2491)) == "2491 (scaler and unit unknown)"  # refused, or odd
    assert text(3, 2, cosem.long_unsigned(2491), a3=cosem.null()) == "2491 (scaler and unit unknown)"
    too_small = cosem.structure(cosem.integer(-128), cosem.enumerated(30))
    assert text(3, 2, cosem.long_unsigned(2491), a3=too_small) == "2491 (scaler and unit unknown)"
    assert text(3, 2, cosem.octets(b"\x01\x02"), a3=SCALE) == "01 02"
    assert text(18, 6, cosem.enumerated(99)) == "99"
    assert text(8, 2, cosem.octets(b"\x00\x01")) == "00 01"
    assert text(7, 3, cosem.array([cosem.unsigned(1)])) == "[1] (unexpected type: array)"


def test_a_value_of_another_type_is_told_and_not_misread() -> None:
    assert text(8, 3, cosem.octets(b"\x00\x3c")) == "00 3C (unexpected type: octet-string)"
    assert text(5, 8, cosem.unsigned(15)) == "15 (unexpected type: unsigned)"  # else "15 s"
    assert text(70, 3, cosem.unsigned(1)) == "1 (unexpected type: unsigned)"  # else "connected (1)"
    assert text(64, 4, cosem.visible("AB")) == "“AB” (unexpected type: visible-string)"
    assert text(8, 3, cosem.null()) == "nothing"


def test_texts_from_a_device_cannot_steer_a_terminal() -> None:
    assert "\x1b" not in value_text(cosem.octets(b"\x1b[2J"))
    assert "\x1b" not in value_text(cosem.visible("\x1b[2J"))
    assert "\u202e" not in value_text(cosem.utf8("\u202eabc"))


LEAVES = st.one_of(
    st.integers(0, 255).map(cosem.unsigned),
    st.binary(max_size=14).map(cosem.octets),
    st.booleans().map(cosem.boolean),
    st.floats().map(cosem.float64),
    st.just(cosem.null()),
)
TREES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=30).map(cosem.array), max_leaves=60)


@given(st.sampled_from(NAMED), st.integers(1, 20), TREES, TREES)
def test_any_value_in_any_place_is_shown_and_exported(class_id: int, number: int, data: Data, other: Data) -> None:
    shown = attribute_text(interface_class(class_id).attribute(number), data, dict.fromkeys(range(1, 20), other))
    assert shown
    assert all(c.isprintable() for c in shown)
    assert json.loads(json.dumps(value_json(data), allow_nan=False))["type"]


def test_the_names_are_those_of_the_trade(vectors: Callable[[str], Any]) -> None:
    """Every object that GBCS messages touch is named, and its attributes and methods are known by number."""
    codes = vectors("gbcs-objects.json")["message_codes"]
    rows = [row for code in codes.values() for row in code.get("dlms") or () if row["cls"].isdigit()]
    assert len(rows) > 500
    for row in rows:
        known = interface_class(int(row["cls"]))
        obis = Obis.parse(row["obis"])
        if row["name"].split(":")[0].split("(")[0].strip():
            assert object_name(known.class_id, obis), row
        number = int(row["no"])
        field = row["field"].split(":")[0].split(".")[0].replace(" ", "")
        names = dict(enumerate(known.methods, 1))
        if row["kind"] == "A":
            names = {spec.number: spec.name for spec in known.attributes}
        assert number in names, row
        if field in ("seenotescolumn", "data", ""):
            continue  # what the source leaves to its notes
        assert field.split(",")[0] == names[number], row
