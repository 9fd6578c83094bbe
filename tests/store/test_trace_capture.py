"""Traces as pcapng: what goes out comes back, other programs read it, and what is wrong is told by its place."""

from __future__ import annotations

import io
import json
import shutil
import struct
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.link import TraceEvent, TraceKind
from hht.store.trace_capture import LINK_TYPE, parse_capture, read_trace, write_capture
from hht.store.trace_export import TraceFileError, header_event, write_json_lines
from tests.store.test_trace_export import some_events

START = datetime(2026, 1, 31, 12, 0, 0, 123456, tzinfo=UTC)
LINK = "optical:/dev/ttyUSB0"
CONVERSATION = [
    header_event(START, 1.0, LINK, {"training": True, "opening": "iec"}),
    TraceEvent(START, 1.0, LINK, TraceKind.LINE, note="300 7E1"),
    TraceEvent(START + timedelta(seconds=1), 2.0, LINK, TraceKind.TX, b"/?!\r\n"),
    TraceEvent(START + timedelta(seconds=2), 3.0, LINK, TraceKind.RX, b"/HHT5 TRAINING\r\n"),
    TraceEvent(START + timedelta(seconds=3), 4.0, "tcp://192.0.2.1:4059", TraceKind.RX, b"****", masked=True),
    TraceEvent(START + timedelta(seconds=4), 5.0, LINK, TraceKind.ERROR, note="unplugged"),
]


def capture(events: list[TraceEvent], comment: str = "") -> bytes:
    file = io.BytesIO()
    assert write_capture(events, file, comment) == len(events)
    return file.getvalue()


@given(st.lists(some_events, min_size=1, max_size=8), st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_what_goes_out_comes_back(events: list[TraceEvent], comment: str) -> None:
    assert parse_capture(io.BytesIO(capture(events, comment))) == events


def test_a_note_that_looks_like_our_own_comment_stays_a_note() -> None:
    events = [TraceEvent(START, 1.0, LINK, TraceKind.RX, b"x", "hht: kind=tx monotonic_s=9.000000")]
    assert parse_capture(io.BytesIO(capture(events))) == events


def test_the_first_octets_say_what_a_file_is(tmp_path: Path) -> None:
    path = tmp_path / "trace"
    path.write_bytes(capture(CONVERSATION))
    assert read_trace(path) == CONVERSATION
    with path.open("w") as file:
        write_json_lines(CONVERSATION, file)
    assert read_trace(path) == CONVERSATION
    with pytest.raises(TraceFileError, match="absent"):
        read_trace(tmp_path / "absent")


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_wireshark_reads_direction_link_octets_time_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "trace.pcapng"
    path.write_bytes(capture(CONVERSATION))
    fields = ("rtacser.eventtype", "frame.interface_name", "frame.comment", "frame.time_epoch", "data.data")
    command = ["tshark", "-r", str(path), "-T", "json", "-x"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    packets = [packet["_source"]["layers"] for packet in json.loads(done.stdout)]
    assert len(packets) == len(CONVERSATION), fields
    events = [int(str(packet["rtacser"]["rtacser.eventtype"]), 0) for packet in packets]
    assert events == [0, 0, 1, 2, 2, 0]
    assert packets[2]["frame_raw"][0][24:] == b"/?!\r\n".hex()
    assert packets[4]["frame"]["frame.interface_id_tree"]["frame.interface_name"] == "tcp://192.0.2.1:4059"
    assert float(packets[3]["frame"]["frame.time_epoch"]) == pytest.approx(CONVERSATION[3].utc.timestamp(), abs=1e-6)
    assert "300 7E1" in done.stdout


LINKS = (
    "ble:F0:F1:F2:F3:F4:F5",
    "tcp://192.0.2.1:4059",
    "rfc2217://192.0.2.7:2217",
    "optical:/dev/ttyUSB0",
    "dongle:x",
)


@pytest.mark.skipif(shutil.which("tshark") is None, reason="tshark is not installed")
def test_wireshark_reads_every_kind_of_link(tmp_path: Path) -> None:
    path = tmp_path / "trace.pcapng"
    events = [
        TraceEvent(CONVERSATION[0].utc, float(number), link, kind, bytes((number,)) * (number + 1))
        for number, link in enumerate(LINKS)
        for kind in (TraceKind.TX, TraceKind.RX)
    ]
    path.write_bytes(capture(events))
    assert read_trace(path) == events
    fields = ["-e", "frame.interface_name", "-e", "rtacser.eventtype", "-e", "data.data", "-e", "_ws.malformed"]
    command = ["tshark", "-r", str(path), "-T", "fields", *fields]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == [event.link for event in events]
    assert [int(row[1], 0) for row in rows] == [1, 2] * len(LINKS)
    assert not any(row[3:] and row[3] for row in rows)


def foreign(order: str) -> bytes:
    """What another program writes: no comments, perhaps the other byte order, times in nanoseconds."""

    def block(kind: int, body: bytes) -> bytes:
        length = struct.pack(order + "I", len(body) + 12)
        return struct.pack(order + "I", kind) + length + body + length

    section = struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1)
    nanoseconds = struct.pack(order + "HH", 9, 1) + b"\x09\0\0\0" + struct.pack(order + "HH", 0, 0)
    interface = struct.pack(order + "HHI", LINK_TYPE, 0, 0) + nanoseconds
    file = block(0x0A0D0D0A, section) + block(1, interface) + block(5, bytes(12))
    for second, kind in enumerate((1, 2, 9)):
        high, low = divmod((1_769_860_800 + second) * 10**9, 1 << 32)
        packet = struct.pack(">IIBBH", 0, 0, kind, 0, 0) + b"AB"
        file += block(6, struct.pack(order + "IIIII", 0, high, low, len(packet), len(packet)) + packet + bytes(2))
    return file


@pytest.mark.parametrize("order", ["<", ">"])
def test_a_capture_of_another_program(order: str) -> None:
    events = parse_capture(io.BytesIO(foreign(order)))
    assert [event.kind for event in events] == [TraceKind.TX, TraceKind.RX, TraceKind.STATE]
    assert [event.data for event in events] == [b"AB"] * 3
    assert [event.monotonic_s for event in events] == [0, 1, 2]
    assert events[0].utc == datetime(2026, 1, 31, 12, tzinfo=UTC)


GOOD = capture(CONVERSATION)
FIRST_INTERFACE = 28


@pytest.mark.parametrize(
    ("spoiled", "problem", "at"),
    [
        (b"", "no trace events", 0),
        (GOOD[:28], "no trace events", 28),
        (GOOD[:30], "cut short", 28),
        (GOOD[:-6], "cut short", None),
        (b"\x0a\x0d\x0d\x0a" + bytes(24), "not a pcapng file", 0),
        (b"{}" + bytes(24), "not a pcapng file", 0),
        (GOOD[:4] + b"\x00\x00\x00\x10" + GOOD[8:], "octets long", 0),
        (GOOD[:36] + b"\x01\x00" + GOOD[38:], "link type 1 is not 250", FIRST_INTERFACE),
        (
            GOOD.replace(b"\x02\0\x14\0", b"\x02\0\xff\0", 1),
            "option is cut short",
            FIRST_INTERFACE,
        ),
        (GOOD.replace(b"hht: kind=line", b"hht: kind=lint"), "kind that is not known", None),
        (GOOD.replace(b'{"training"', b'["training"'), "not a JSON object", None),
        (GOOD.replace(b"unplugged", b"\xff" * 9), "not UTF-8", None),
    ],
)
def test_what_is_wrong_is_told_by_its_place(spoiled: bytes, problem: str, at: int | None) -> None:
    with pytest.raises(TraceFileError, match=problem) as caught:
        parse_capture(io.BytesIO(spoiled), "home.pcapng")
    assert "home.pcapng" in str(caught.value)
    if at is not None:
        assert f"octet {at}:" in str(caught.value)
