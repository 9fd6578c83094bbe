"""Whole recorded conversations of other programs: our stations, given the same messages, write the same bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hht.protocol.hdlc import (
    Control,
    Frame,
    FrameFault,
    FrameReader,
    HdlcClient,
    HdlcParameters,
    HdlcServer,
    Received,
)
from hht.protocol.iec62056_21 import SignOnReader, acknowledge, parse_identification, request_message
from hht.protocol.wrapper import WrapperReader, wrap

# Recordings that our stations cannot write the same bytes for, and why. Their frames are parsed all the same.
CLIENT_DIFFERS: dict[str, str] = {}
SERVER_DIFFERS = {"21_hdlc_gmac__guruxclient_guruxC": "repeats the link's parameters in the UA that answers DISC"}


def sessions(vectors: Callable[[str], Any], transport: str) -> list[dict[str, Any]]:
    items = vectors("dlms.json")["vectors"]
    return [v for v in items if v["kind"] == "session" and v["transport"] == transport]


def hdlc_steps(session: dict[str, Any]) -> list[tuple[str, bytes]]:
    """The steps behind the sign-on."""
    steps = [(step["dir"], bytes.fromhex(step["hex"])) for step in session["steps"]]
    found: list[tuple[str, bytes]] = []
    for way, data in steps:
        if data[:1] != b"\x7e":
            continue
        if way == "rx" and found[-1][0] == "tx":
            data = data.removeprefix(found[-1][1])  # one probe hears itself; our drivers remove that before HDLC
        found.append((way, data))
    return found


def test_every_frame_of_every_session(vectors: Callable[[str], Any]) -> None:
    """Each is parsed and written again byte by byte."""
    count = 0
    for session in sessions(vectors, "hdlc"):
        for _direction, data in hdlc_steps(session):
            found = FrameReader().feed(data)
            assert not any(isinstance(item, FrameFault) for item in found), session["name"]
            written = b"".join(item.encode() for item in found if isinstance(item, Frame))
            assert written == data or written.replace(b"\x7e\x7e", b"\x7e") == data
            count += len(found)
    assert count > 200


def test_sign_on_of_a_session(vectors: Callable[[str], Any]) -> None:
    (session,) = [s for s in sessions(vectors, "hdlc") if "modeE" in s["name"]]
    request, identification, choice, confirmation = [bytes.fromhex(step["hex"]) for step in session["steps"][:4]]
    assert request == request_message()
    found = SignOnReader(request).feed(request + identification)
    assert found == parse_identification(identification)
    assert found is not None
    assert found.mode_e
    assert choice == confirmation == acknowledge(found.baud_char)


def messages(steps: list[tuple[str, bytes]], direction: str) -> list[bytes]:
    """The whole messages that went in `direction`, without LLC header; retransmissions once."""
    found: list[bytes] = []
    gathered, seen = b"", None
    for way, data in steps:
        for frame in FrameReader().feed(data) if way == direction else []:
            if not isinstance(frame, Frame) or frame.control is not Control.I:
                continue
            if seen == frame.send_number:
                continue
            seen = frame.send_number
            gathered += frame.info
            if not frame.segmented:
                found.append(gathered[3:])
                gathered = b""
    return found


def test_our_client_writes_what_theirs_wrote(vectors: Callable[[str], Any]) -> None:
    different: dict[str, str] = {}
    for session in sessions(vectors, "hdlc"):
        steps = hdlc_steps(session)
        try:
            replay_client(steps)
        except AssertionError as problem:
            different[session["name"]] = str(problem).split("\n")[0]
    assert different.keys() == CLIENT_DIFFERS.keys(), different


def replay_client(steps: list[tuple[str, bytes]]) -> None:
    opening = FrameReader().feed(steps[0][1])[0]
    assert isinstance(opening, Frame)
    client = HdlcClient(opening.source.upper, opening.destination.upper, opening.destination.lower)
    client._proposed = HdlcParameters.parse(opening.info)
    waiting = iter(messages(steps, "tx"))
    for way, data in steps:
        if way == "rx":
            client.receive(data)
            continue
        ours = client.data_to_send()
        if not ours:
            last = FrameReader().feed(data)[0]
            assert isinstance(last, Frame)
            if last.control is Control.SNRM:
                client.connect()
            elif last.control is Control.DISC:
                client.disconnect()
            elif client.awaiting:
                client.timeout()
            else:
                client.send(next(waiting))
            ours = client.data_to_send()
        theirs = FrameReader().feed(data)[0]
        if isinstance(theirs, Frame) and theirs.control is Control.SNRM:
            # the defaults may be put into words or left out: the same proposal
            (frame,) = FrameReader().feed(ours)
            assert isinstance(frame, Frame)
            assert HdlcParameters.parse(frame.info) == HdlcParameters.parse(theirs.info)
            continue
        assert ours.hex() == data.hex()


def test_our_server_writes_what_theirs_wrote(vectors: Callable[[str], Any]) -> None:
    different: dict[str, str] = {}
    for session in sessions(vectors, "hdlc"):
        steps = hdlc_steps(session)
        try:
            replay_server(steps)
        except AssertionError as problem:
            different[session["name"]] = str(problem).split("\n")[0]
    assert different.keys() == SERVER_DIFFERS.keys(), different


def replay_server(steps: list[tuple[str, bytes]]) -> None:
    opening = FrameReader().feed(steps[0][1])[0]
    assert isinstance(opening, Frame)
    agreed = next(item for way, data in steps for item in FrameReader().feed(data) if way == "rx")
    assert isinstance(agreed, Frame)
    server = HdlcServer(opening.destination.upper, HdlcParameters.parse(agreed.info))
    answers = iter(messages(steps, "rx"))
    for way, data in steps:
        if way == "tx":
            for event in server.receive(data):
                if isinstance(event, Received):
                    server.send(next(answers))
            continue
        assert server.data_to_send().hex() == data.hex()


def test_wrapper_session(vectors: Callable[[str], Any]) -> None:
    found = 0
    for session in sessions(vectors, "wrapper"):
        for step in session["steps"]:
            data = bytes.fromhex(step["hex"])
            packets = WrapperReader().feed(data)
            assert b"".join(wrap(p.source, p.destination, p.apdu) for p in packets) == data
            found += len(packets)
    assert found >= 10
