"""Whatever two ends agree on works; odd answers to the opening; turns that do not end; who is meant by an address."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.protocol.frames import FrameError
from hht.protocol.hdlc import (
    Connected,
    Control,
    Disconnected,
    Dropped,
    Frame,
    HdlcAddress,
    HdlcClient,
    HdlcParameters,
    HdlcServer,
    Notified,
    Received,
    parse_frame,
)
from tests.protocol.hdlc_pair import Pair, frames_of
from tests.protocol.test_hdlc_stations import CLIENT, SERVER, connected_client, connected_server, from_meter, sent

EDGES = (128, 129, 255, 256, 257, 1023, 1024, 2029, 2030)


# ---------------------------------------------------------------------- every pair of window and length


def talks_without_a_hitch(client: HdlcParameters, server: HdlcParameters) -> Pair:
    """A message of more than a window each way; every frame keeps to what was agreed."""
    pair = Pair(client=client, server=server)
    message = bytes(range(256)) * 64  # longer than any window can carry
    size = server.max_info_rx * server.window_rx + 2
    lengths: list[int] = []

    def channel(frames: list[bytes]) -> list[bytes]:
        lengths.extend(len(parse_frame(frame).info) for frame in frames)
        return frames

    pair.channel = channel
    assert pair.talk(message[:size]) == [b"re:" + message[:size]]
    assert pair.timeouts == 0
    assert max(lengths) <= max(pair.client.parameters.max_info_tx, pair.client.parameters.max_info_rx)
    return pair


@pytest.mark.parametrize("window", range(1, 8))
def test_every_window_with_lengths_all_over(window: int) -> None:
    for info in sorted({*EDGES, *range(128 + window, 2030, 97)}):
        parameters = HdlcParameters(info, info, window, window)
        pair = talks_without_a_hitch(parameters, parameters)
        assert pair.client.parameters == pair.server.parameters == parameters


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("window", range(1, 8))
def test_every_window_with_every_length(window: int) -> None:
    for info in range(128, 2031):
        parameters = HdlcParameters(info, info, window, window)
        talks_without_a_hitch(parameters, parameters)


lengths = st.integers(128, 2030)
windows = st.integers(1, 7)
ends = st.builds(HdlcParameters, lengths, lengths, windows, windows)


@settings(max_examples=100)
@given(ends, ends)
def test_two_ends_that_can_do_different_things_use_the_best_that_both_can(
    client: HdlcParameters, server: HdlcParameters
) -> None:
    pair = talks_without_a_hitch(client, server)
    assert pair.client.parameters == HdlcParameters(
        min(client.max_info_tx, server.max_info_rx),
        min(client.max_info_rx, server.max_info_tx),
        min(client.window_tx, server.window_rx),
        min(client.window_rx, server.window_tx),
    )


def ua_information(*fields: tuple[int, str]) -> bytes:
    """The information of a UA: parameters as number and octets (hex)."""
    body = b"".join(bytes((number, len(value) // 2)) + bytes.fromhex(value) for number, value in fields)
    return bytes((0x81, 0x80, len(body))) + body


@pytest.mark.parametrize(
    ("info", "sends", "takes"),
    [
        (b"", (128, 1), (128, 1)),
        (ua_information(), (128, 1), (128, 1)),
        (ua_information((5, "0100"), (7, "07")), (128, 1), (256, 7)),  # the rest left out; the window in one octet
        (ua_information((6, "000007ee"), (8, "0004")), (2030, 4), (128, 1)),  # four octets for a length
        (ua_information((5, "ffff"), (6, "ffff")), (2030, 1), (2030, 1)),  # more than a frame can carry
        (ua_information((7, "00000009"), (8, "00000000")), (128, 1), (128, 7)),  # more than three bits count; none
        (ua_information((5, "0000"), (6, "00")), (128, 1), (128, 1)),  # lengths of nothing
        (ua_information((9, "ff"), (5, "80"), (8, "00000003")), (128, 3), (128, 1)),  # one that nobody knows
        (ua_information((8, "00000003"), (5, "c8")), (128, 3), (200, 1)),  # in another order
        (ua_information((6, "20")), (32, 1), (128, 1)),  # less than the default
        (b"\x81\x81\x02ab" + ua_information((5, "c8"))[1:], (128, 1), (200, 1)),  # a user's group before ours
    ],
)
def test_odd_parameters_in_ua(info: bytes, sends: tuple[int, int], takes: tuple[int, int]) -> None:
    """What the client may send and what it gets, each as length and window."""
    client = HdlcClient(16, 1, proposed=HdlcParameters(2030, 2030, 7, 7))
    client.connect()
    (event,) = client.receive(from_meter(Control.UA, info=info))
    assert isinstance(event, Connected)
    agreed = event.parameters
    assert ((agreed.max_info_tx, agreed.window_tx), (agreed.max_info_rx, agreed.window_rx)) == (sends, takes)


@pytest.mark.parametrize("info", ["81", "8180", "818002 05", "818003 0502 07", "80800205", "818001 05"])
def test_parameters_that_cannot_be_read_are_no_connection(info: str) -> None:
    client = HdlcClient(16, 1)
    client.connect()
    with pytest.raises(FrameError) as caught:
        client.receive(from_meter(Control.UA, info=bytes.fromhex(info)))
    assert caught.value.code == "hdlc-parameters"
    assert not client.connected
    assert not client.awaiting


# ---------------------------------------------------------------------- turns


def answer_in_frames(count: int, final: set[int]) -> list[bytes]:
    """One answer in `count` frames; those in `final` end the turn."""
    return [
        from_meter(
            Control.I,
            send_number=number % 8,
            receive_number=1,
            segmented=number + 1 < count,
            final=number in final,
            info=b"\xe6\xe7\x00" + bytes((number,)) if number == 0 else bytes((number,)),
        )
        for number in range(count)
    ]


def test_a_window_without_a_final_bit_is_over_after_a_short_pause() -> None:
    client = connected_client(window=3)
    client.send(b"x")
    client.data_to_send()
    frames = answer_in_frames(4, set())
    for frame in frames[:2]:
        client.receive(frame)
        assert not client.cut_short
    client.receive(frames[2])
    assert client.cut_short
    assert sent(client) == []  # an RR with the final bit may still come
    client.timeout()
    assert [(frame.control, frame.receive_number) for frame in sent(client)] == [(Control.RR, 3)]
    assert not client.cut_short
    assert client.receive(frames[3]) == [Received(bytes(range(4)))]


def test_the_turn_may_be_ended_by_an_rr() -> None:
    client = connected_client(window=3)
    client.send(b"x")
    client.data_to_send()
    frames = answer_in_frames(4, {3})
    client.receive(b"".join(frames[:3]) + from_meter(Control.RR, receive_number=1))
    assert [(frame.control, frame.receive_number) for frame in sent(client)] == [(Control.RR, 3)]
    assert client.receive(frames[3]) == [Received(bytes(range(4)))]


def test_a_meter_that_ends_its_turn_with_every_frame_is_answered_once() -> None:
    client = connected_client(window=7)
    client.send(b"x")
    client.data_to_send()
    frames = answer_in_frames(9, set(range(9)))
    client.receive(b"".join(frames[:7]))
    assert [(frame.control, frame.receive_number) for frame in sent(client)] == [(Control.RR, 7)]
    events = client.receive(b"".join(frames[7:]))
    assert events == [Received(bytes(range(9)))]
    assert sent(client) == []


def test_what_is_left_of_a_frame_shortens_the_wait() -> None:
    answer = from_meter(Control.I, receive_number=1, info=b"\xe6\xe7\x00answer")
    for heard, short in (
        (b"", False),
        (b"\x7e", False),  # a spark may look like a flag
        (b"\x00\xff", False),  # noise before the answer
        (answer[:10], True),  # the rest is lost
        (answer[:6] + b"\x00" + answer[7:], True),  # a header that does not hold
        (answer[:6] + b"\x00" + answer[7:] + answer[:1], True),
    ):
        client = connected_client()
        client.send(b"x")
        client.data_to_send()
        client.receive(heard)
        assert client.cut_short is short, heard.hex()
    client.timeout()
    assert [frame.control for frame in sent(client)] == [Control.RR]
    assert not client.cut_short


def test_a_server_forgets_a_frame_that_pauses() -> None:
    server = connected_server()
    request = Frame(SERVER, CLIENT, Control.I, info=b"\xe6\xe6\x00request").encode()
    server.receive(request[:12])
    assert server.in_frame
    server.pause()
    assert not server.in_frame
    assert server.receive(request) == [Received(b"request")]


# ---------------------------------------------------------------------- ends of a connection, in words


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        (0x01, "control field not known"),
        (0x03, "control field not known, information not allowed"),
        (0x04, "information too long"),
        (0x08, "impossible N(R)"),
        (0x00, "none given"),
    ],
)
def test_a_frame_reject_says_why(reasons: int, words: str) -> None:
    client = connected_client()
    client.send(b"x")
    (event,) = client.receive(from_meter(Control.FRMR, info=bytes((0x10, 0x00, reasons))))
    assert event == Disconnected(refused=True, by=Control.FRMR, reason=words)
    client.connect()  # which is how the book recovers from it
    client.data_to_send()
    assert isinstance(client.receive(from_meter(Control.UA))[0], Connected)


# ---------------------------------------------------------------------- who is meant


def everybodys(size: int) -> Iterator[HdlcAddress]:
    """Addresses of more than one station."""
    most = 0x3FFF if size == 4 else 0x7F
    yield HdlcAddress(most, None if size == 1 else 5, size)
    if size > 1:
        yield HdlcAddress(1, most, size)
        yield HdlcAddress(most, most, size)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_everybody_is_told_and_nobody_answers(size: int) -> None:
    for address in everybodys(size):
        server = HdlcServer(1, physical=5)
        told = Frame(address, CLIENT, Control.UI, info=b"\xe6\xe6\x00news").encode()
        assert server.receive(told) == [Notified(b"news")]
        for control in (Control.SNRM, Control.DISC, Control.RR):
            assert server.receive(Frame(address, CLIENT, control).encode()) == [Dropped("broadcast")]
        assert server.data_to_send() == b""


@pytest.mark.parametrize(
    "address",
    [
        HdlcAddress(0),  # nobody
        HdlcAddress(0, 5, 2),
        HdlcAddress(2),
        HdlcAddress(1, 6, 2),
        HdlcAddress(1, 6, 4),
        HdlcAddress(1, 0x7F, 4),  # everybody only where an address has two bytes
        HdlcAddress(0x7F, 6, 4),
    ],
)
def test_others_are_not_heard(address: HdlcAddress) -> None:
    server = HdlcServer(1, physical=5)
    for control in (Control.SNRM, Control.UI):
        info = b"\xe6\xe6\x00news" if control is Control.UI else b""
        assert server.receive(Frame(address, CLIENT, control, info=info).encode()) == [Dropped("address")]
    assert server.data_to_send() == b""


@pytest.mark.parametrize("address", [HdlcAddress(1), HdlcAddress(1, 5, 2), HdlcAddress(1, 5, 4)])
def test_an_answer_comes_from_the_address_that_was_called(address: HdlcAddress) -> None:
    server = HdlcServer(1, physical=5)
    server.receive(Frame(address, CLIENT, Control.SNRM).encode())
    (answer,) = [parse_frame(data) for data in frames_of(server.data_to_send())]
    assert (answer.control, answer.source) == (Control.UA, address)


@pytest.mark.parametrize("size", [1, 3])
def test_one_byte_holds_no_physical_device(size: int) -> None:
    with pytest.raises(FrameError):
        HdlcClient(16, 1, 5, address_size=size)


@pytest.mark.parametrize("server", [(0, None, None), (0x7F, None, None), (1, 0x7F, 2), (0x3FFF, 1, 4), (1, 0x3FFF, 4)])
def test_the_terminal_calls_neither_nobody_nor_everybody(server: tuple[int, int | None, int | None]) -> None:
    logical, physical, size = server
    with pytest.raises(FrameError) as caught:
        HdlcClient(16, logical, physical, address_size=size)
    assert caught.value.code == "hdlc-address"
