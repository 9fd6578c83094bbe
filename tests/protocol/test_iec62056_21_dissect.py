"""Every plain-text message as a labelled tree: byte ranges, words, no passwords; whatever the bytes are."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.protocol.dissect import dissect, guess
from hht.protocol.frames import Node
from hht.protocol.iec62056_21.characters import even_parity
from hht.protocol.iec62056_21.messages import Message, command, data_message


def flat(node: Node) -> list[Node]:
    return [node, *(inner for child in node.children for inner in flat(child))]


def find(node: Node, label: str) -> Node:
    return next(entry for entry in flat(node) if entry.label == label)


def test_a_data_set_byte_by_byte() -> None:
    wire = data_message(b"1.6.0&02(0012.3*kW)(2611201730)\r\n!\r\n")
    tree = dissect(wire, "iec")
    assert not list(tree.errors())
    data_set = find(tree, "Data set")
    assert data_set.value == "1.6.0&02 = 0012.3 kW, 2611201730"
    parts = [(part.label, wire[part.start : part.end], part.value) for part in data_set.children]
    assert parts == [
        ("Address", b"1.6.0&02", "1.6.0&02 (1-0:1.6.0.2)"),
        ("Value", b"(0012.3", "0012.3"),
        ("Unit", b"*kW)", "kW"),
        ("Value", b"(2611201730)", "2611201730"),
    ]


@pytest.mark.parametrize(
    ("wire", "label", "value"),
    [
        (command("P0", "(00DB)"), "Command", "P0 password request"),
        (command("R1", "1.8.0()"), "Command", "R1 read"),
        (command("R6", "P.01(;)"), "Command", "R6 read, in blocks"),
        (command("W5", "1.8.0(0)"), "Command", "W5 write"),
        (command("E2", "1(0)"), "Command", "E2 execute"),
        (command("B0"), "Command", "B0 exit, break"),
        (data_message(b"(ER06)"), "Error message", "ER06, usually: no right to read or write this"),
        (data_message(b"P.01(1)", more=True), "End of text", "EOT"),
        (b"/HHt5\\2X\r\n", "Manufacturer", "HHt (reacts within 20 ms)"),
        (b"/HHTEX\r\n", "Baud rate", "E (9600 baud, mode B)"),
        (b"/HHTXX\r\n", "Baud rate", "X (300 baud, mode A)"),
        (b"\x06051\r\n", "Mode control", "1 programming"),
        (b"\x06057\r\n", "Mode control", "7 the maker's own"),
        (b"\x15", "Repeat request", "NAK"),
        (b"1.8.0(1*kWh)\r\n", "Data set", "1.8.0 = 1 kWh"),
    ],
)
@pytest.mark.parametrize("parity", [False, True])
def test_messages_in_words(wire: bytes, label: str, value: str, parity: bool) -> None:
    sent = even_parity(wire) if parity else wire
    assert guess(sent) == "iec"
    tree = dissect(sent, "iec")
    assert find(tree, label).value == value
    assert not list(tree.errors())


def test_a_telegram_of_mode_d() -> None:
    wire = b"/HHT3OLD\r\n\r\n1.8.0(1*kWh)\r\n!\r\n"
    tree = dissect(wire, "iec")
    labels = [child.label for child in tree.children]
    assert labels == ["Identification message", "Empty line", "Data line", "End of the data"]
    assert not list(tree.errors())


@pytest.mark.parametrize("name", ["P1", "P2"])
def test_a_password_is_not_shown(name: str) -> None:
    for wire in (
        command(name, "(Sesame17)"),
        command(name, "(Sesame17)", more=True),
        even_parity(command(name, "(Sesame17)")),
    ):
        assert "Sesame" not in repr(dissect(wire, "iec"))


def test_what_is_no_command() -> None:
    (error,) = dissect(Message(b"x", "X7").wire, "iec").errors()
    assert error.code == "iec-command"


@given(st.binary(max_size=120) | st.text("\x01\x02\x03\x04\x06\x15RWPB01(*)./?!\r\n", max_size=60).map(str.encode))
def test_any_bytes_have_a_tree_whose_ranges_hold(data: bytes) -> None:
    tree = dissect(data, "iec")
    for node in flat(tree):
        assert 0 <= node.start <= node.end <= len(data)
        for child in node.children:
            assert node.start <= child.start <= child.end <= node.end
