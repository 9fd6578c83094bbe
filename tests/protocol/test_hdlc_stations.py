"""Client and server stations: the rules of the book, one by one."""

from __future__ import annotations

import random

import pytest

from hht.protocol.frames import FrameError
from hht.protocol.hdlc import (
    Connected,
    Control,
    Disconnected,
    Dropped,
    Frame,
    FrmrReason,
    HdlcAddress,
    HdlcClient,
    HdlcLinkError,
    HdlcParameters,
    HdlcServer,
    Notified,
    Received,
    Sent,
    parse_frame,
)
from tests.protocol.hdlc_pair import Pair, frames_of

CLIENT, SERVER = HdlcAddress(16), HdlcAddress(1)


def from_meter(control: Control, **fields: object) -> bytes:
    """A frame from the meter to the client."""
    return Frame(CLIENT, SERVER, control, **fields).encode()  # type: ignore[arg-type]


def to_meter(control: Control, **fields: object) -> bytes:
    """A frame from the client to the meter."""
    return Frame(SERVER, CLIENT, control, **fields).encode()  # type: ignore[arg-type]


def sent(station: HdlcClient | HdlcServer) -> list[Frame]:
    """What the station sends now, parsed."""
    return [parse_frame(data) for data in frames_of(station.data_to_send())]


def connected_client(window: int = 1, **more: int) -> HdlcClient:
    """A client whose connection is up."""
    client = HdlcClient(16, 1, proposed=HdlcParameters(128, 128, window, window), **more)
    client.connect()
    client.receive(from_meter(Control.UA, info=HdlcParameters(128, 128, window, window).encode()))
    client.data_to_send()
    return client


def connected_server(window: int = 1) -> HdlcServer:
    """A server that is connected to client 16."""
    parameters = HdlcParameters(128, 128, window, window)
    server = HdlcServer(1, parameters)
    server.receive(to_meter(Control.SNRM, info=parameters.encode()))
    assert [frame.control for frame in sent(server)] == [Control.UA]
    return server


# ---------------------------------------------------------------------- connection


@pytest.mark.parametrize("window", [1, 3, 7])
@pytest.mark.parametrize("info", [1, 32, 128, 2030])
@pytest.mark.parametrize("size", [0, 1, 124, 125, 126, 128, 5000])
def test_segments_both_ways(window: int, info: int, size: int) -> None:
    parameters = HdlcParameters(info, info, window, window)
    pair = Pair(client=parameters, server=parameters)
    message = random.Random(size).randbytes(size if info > 1 else size // 10)
    assert pair.talk(message, message[::-1]) == [b"re:" + message, b"re:" + message[::-1]]
    assert pair.executed == [message, message[::-1]]
    assert pair.timeouts == 0


def test_negotiation_takes_the_lesser() -> None:
    pair = Pair(client=HdlcParameters(2030, 2030, 7, 7), server=HdlcParameters(128, 256, 2, 3))
    pair.talk(b"x")
    assert pair.client.parameters == HdlcParameters(256, 128, 3, 2)
    assert pair.server.parameters == HdlcParameters(128, 256, 2, 3)


def test_defaults_are_not_put_into_words() -> None:
    client = HdlcClient(16, 1)
    client.connect()
    assert client.data_to_send().hex() == "7ea0070321930f017e"  # as recorded from another client
    client.receive(from_meter(Control.UA))
    assert client.parameters == HdlcParameters(128, 128, 1, 1)


def test_a_meter_with_damaged_parameters_is_refused_with_a_sentence() -> None:
    client = HdlcClient(16, 1)
    client.connect()
    with pytest.raises(FrameError, match="damaged"):
        client.receive(from_meter(Control.UA, info=b"\x81\x80\x14\x05"))
    assert not client.awaiting
    assert not client.connected


def test_disconnect_and_silence_after_it() -> None:
    pair = Pair()
    pair.talk(b"x")
    pair.client.disconnect()
    assert pair.until(Disconnected) == Disconnected(refused=False)
    assert not pair.server.connected
    assert not pair.client.awaiting
    pair.client.timeout()  # a timer that was not stopped does no harm
    assert pair.client.data_to_send() == b""


def test_disconnect_gives_up_what_is_under_way() -> None:
    client = connected_client(window=1)
    client.send(bytes(1000))
    client.disconnect()
    assert [frame.control for frame in sent(client)] == [Control.DISC]


def test_no_answer_ends_with_a_sentence() -> None:
    client = HdlcClient(16, 1)
    client.connect()
    transmissions = [client.data_to_send()]
    for _ in range(3):
        client.timeout()
        transmissions.append(client.data_to_send())
    assert all(transmissions)
    with pytest.raises(HdlcLinkError) as caught:
        client.timeout()
    assert not client.awaiting
    assert caught.value.code == "hdlc-no-answer"
    assert "stopped" not in caught.value.message  # nothing ever answered
    assert "line between terminal and meter" in caught.value.remedy


def test_a_meter_that_goes_silent_is_said_to_have_stopped() -> None:
    client = connected_client()
    client.send(b"x")
    for _ in range(3):
        client.data_to_send()
        client.timeout()
    with pytest.raises(HdlcLinkError) as caught:
        client.timeout()
    assert caught.value.code == "hdlc-no-answer"
    assert "has stopped answering" in caught.value.message


@pytest.mark.parametrize("control", [Control.DM, Control.FRMR, Control.DISC])
def test_a_meter_that_ends_the_connection(control: Control) -> None:
    client = connected_client()
    client.send(b"x")
    assert client.receive(from_meter(control)) == [
        Disconnected(refused=True, by=control, reason="none given" if control is Control.FRMR else "")
    ]
    assert not client.awaiting
    with pytest.raises(HdlcLinkError) as caught:
        client.send(b"y")
    assert caught.value.code == "hdlc-not-ready"


def test_refused_connection() -> None:
    client = HdlcClient(16, 1)
    client.connect()
    assert client.receive(from_meter(Control.DM)) == [Disconnected(refused=True, by=Control.DM)]


# ---------------------------------------------------------------------- addresses


def test_frames_for_somebody_else_are_dropped() -> None:
    client = HdlcClient(16, 1)
    client.connect()
    client.receive(Frame(HdlcAddress(17), SERVER, Control.UA).encode())
    client.receive(Frame(CLIENT, HdlcAddress(2), Control.UA).encode())
    assert client.awaiting
    server = HdlcServer(1)
    server.receive(Frame(HdlcAddress(2), CLIENT, Control.SNRM).encode())
    assert server.data_to_send() == b""


@pytest.mark.parametrize(
    ("logical", "physical", "size", "field"),
    [
        (1, None, None, "03"),
        (1, 17, None, "0223"),
        (1, 17, 4, "00020023"),
        (1, 0x1234, None, "00024869"),
        (300, None, None, "04580001"),
        (1, None, 2, "0201"),
    ],
)
def test_server_addresses_of_every_length(logical: int, physical: int | None, size: int | None, field: str) -> None:
    client = HdlcClient(16, logical, physical, address_size=size)
    client.connect()
    (frame,) = sent(client)
    assert frame.destination.to_bytes().hex() == field
    server = HdlcServer(logical)
    server.receive(frame.encode())
    (answer,) = sent(server)
    assert answer.source == frame.destination
    assert client.receive(answer.encode()) == [Connected(HdlcParameters())]


def test_another_physical_device_is_not_ours() -> None:
    client = HdlcClient(16, 1, 17)
    client.connect()
    other = Frame(CLIENT, HdlcAddress(1, 18, 2), Control.UA)
    assert client.receive(other.encode()) == [Dropped("address")]


@pytest.mark.parametrize("addresses", [(128, 1, None), (0, 20000, None), (1, 1, 20000), (-1, 1, None)])
def test_addresses_that_do_not_fit_are_refused_at_once(addresses: tuple[int, int, int | None]) -> None:
    with pytest.raises(FrameError):
        HdlcClient(*addresses)


def test_a_second_client_is_told_that_it_is_not_connected() -> None:
    pair = Pair()
    pair.talk(b"x")
    pair.server.receive(Frame(SERVER, HdlcAddress(17), Control.RR).encode())
    (answer,) = sent(pair.server)
    assert (answer.control, answer.destination) == (Control.DM, HdlcAddress(17))


def test_broadcast_is_heard_and_not_answered() -> None:
    server = connected_server()
    everybody = HdlcAddress(0x7F)
    heard = server.receive(Frame(everybody, CLIENT, Control.UI, info=b"\xe6\xe6\x00push").encode())
    assert heard == [Notified(b"push")]
    assert server.receive(Frame(everybody, CLIENT, Control.SNRM).encode()) == [Dropped("broadcast")]
    assert server.data_to_send() == b""


def test_a_push_outside_the_connection_is_no_answer() -> None:
    client = connected_client()
    client.send(b"x")
    client.data_to_send()
    assert client.receive(from_meter(Control.UI, info=b"\xe6\xe7\x00news")) == [Notified(b"news")]
    assert client.awaiting


def test_own_echo_with_equal_addresses_is_no_answer() -> None:
    """Client 1 talks to server 1 through a probe that hears itself: nothing but the LLC header tells them apart."""
    client = HdlcClient(1, 1)
    client.connect()
    echo = client.data_to_send()
    same = HdlcAddress(1)
    assert client.receive(echo) == [Dropped("unexpected SNRM")]
    client.receive(Frame(same, same, Control.UA).encode())
    client.send(b"x")
    assert client.receive(client.data_to_send()) == [Dropped("echo")]
    assert client.data_to_send() == b""
    answer = Frame(same, same, Control.I, receive_number=1, info=b"\xe6\xe7\x00y").encode()
    assert client.receive(answer) == [Sent(), Received(b"y")]


def test_a_message_without_its_llc_header_is_refused() -> None:
    client = connected_client()
    client.send(b"x")
    with pytest.raises(HdlcLinkError) as caught:
        client.receive(from_meter(Control.I, receive_number=1, info=b"hello"))
    assert caught.value.code == "hdlc-llc"
    server = connected_server()
    assert server.receive(to_meter(Control.I, info=b"hello")) == [Dropped("no-llc-header")]
    (answer,) = sent(server)
    assert (answer.control, answer.receive_number) == (Control.RR, 1)


# ---------------------------------------------------------------------- windows, turns, recovery


def test_a_window_of_frames_and_one_final_bit() -> None:
    server = connected_server(window=7)
    server.receive(to_meter(Control.I, info=b"\xe6\xe6\x00x"))
    server.send(bytes(1000))  # 1003 bytes with the LLC header: 8 segments
    burst = sent(server)
    assert [frame.send_number for frame in burst] == [0, 1, 2, 3, 4, 5, 6]
    assert [frame.final for frame in burst] == [False] * 6 + [True]
    assert all(frame.segmented and frame.receive_number == 1 for frame in burst)
    server.receive(to_meter(Control.RR, receive_number=7))
    (last,) = sent(server)
    assert (last.send_number, last.final, last.segmented) == (7, True, False)


def test_recovery_goes_back_to_the_frame_that_is_missing() -> None:
    client = connected_client(window=7)
    client.send(bytes(600))
    burst = sent(client)
    assert [frame.send_number for frame in burst] == [0, 1, 2, 3, 4]
    server = connected_server(window=7)
    for frame in burst[:2] + burst[3:]:
        server.receive(frame.encode())
    (answer,) = sent(server)
    assert (answer.control, answer.receive_number) == (Control.RR, 2)
    client.receive(answer.encode())
    again = sent(client)
    assert [frame.send_number for frame in again] == [2, 3, 4]


def test_a_reject_is_understood() -> None:
    client = connected_client(window=3)
    client.send(bytes(300))
    assert len(sent(client)) == 3
    client.receive(from_meter(Control.REJ, receive_number=1))
    assert [frame.send_number for frame in sent(client)] == [1, 2]


def test_a_lost_answer_is_sent_again_and_the_request_not_executed_twice() -> None:
    server = connected_server()
    request = to_meter(Control.I, info=b"\xe6\xe6\x00write")
    assert server.receive(request) == [Received(b"write")]
    server.send(b"done")
    first = server.data_to_send()
    assert server.receive(request) == [Dropped("out-of-order")]
    assert server.data_to_send() == first
    server.receive(to_meter(Control.RR, receive_number=0))  # or the client only asks again
    assert server.data_to_send() == first


def test_after_silence_the_client_asks_before_it_repeats() -> None:
    """A poll cannot be taken for a second request; the request itself goes out again where the meter has not had it."""
    client = connected_client()
    client.send(b"write")
    assert [frame.control for frame in sent(client)] == [Control.I]
    client.timeout()
    assert [frame.control for frame in sent(client)] == [Control.RR]
    client.receive(from_meter(Control.RR, receive_number=0))
    assert [(frame.control, frame.send_number) for frame in sent(client)] == [(Control.I, 0)]
    silent = connected_client()
    silent.send(b"write")
    silent.data_to_send()
    kinds = []
    for _ in range(3):
        silent.timeout()
        kinds += [frame.control for frame in sent(silent)]
    assert kinds == [Control.RR, Control.I, Control.RR]


def test_a_damaged_last_frame_is_asked_for_again_without_waiting() -> None:
    """The header check sequence vouches for the final bit, so the turn is known to be ours."""
    client = connected_client(window=7)
    client.send(b"x")
    client.data_to_send()
    bad = bytearray(from_meter(Control.I, receive_number=1, info=b"\xe6\xe7\x00answer"))
    bad[-5] ^= 0x40
    assert client.receive(bytes(bad)) == [Dropped("hdlc-fcs")]
    assert [frame.control for frame in sent(client)] == [Control.RR]
    for _ in range(2):
        client.receive(bytes(bad))
    with pytest.raises(HdlcLinkError) as caught:
        client.receive(bytes(bad))
    assert caught.value.code == "hdlc-damaged"
    assert not client.awaiting


@pytest.mark.parametrize(("spoilt", "code"), [(0, "hdlc-no-answer"), (1, "hdlc-no-answer"), (4, "hdlc-damaged")])
def test_a_rest_of_somebody_elses_answer_does_not_make_silence_damage(spoilt: int, code: str) -> None:
    """The first thing heard may be half a frame of the conversation before; who is silent after that is not damaged."""
    client = HdlcClient(16, 1)
    client.connect()
    half = from_meter(Control.I, info=bytes(100))[40:]
    with pytest.raises(HdlcLinkError) as caught:  # noqa: PT012 - which try it is that ends it is what is asked
        for tried in range(4):
            client.data_to_send()
            if tried < spoilt:
                assert client.receive(b"\x7e" + half) != []
            client.timeout()
    assert (tried, caught.value.code) == (3, code)


@pytest.mark.parametrize(
    ("spoilt", "words"),
    [
        ({0, 1, 2, 3}, "arrives damaged, 4 times in a row"),
        ({1}, "Of 4 tries 1 brought a damaged answer and 3 none"),
        ({0, 2, 3}, "Of 4 tries 3 brought a damaged answer and 1 none"),
        (set(), "4 tries without a reply"),
    ],
)
def test_silences_and_damage_are_counted_apart(spoilt: set[int], words: str) -> None:
    client = connected_client()
    client.send(b"x")
    answer = bytearray(from_meter(Control.I, receive_number=1, info=b"\xe6\xe7\x00answer"))
    answer[3] ^= 0x40  # the header too: nobody knows whose turn it is
    with pytest.raises(HdlcLinkError, match=words) as caught:  # noqa: PT012 - which try ends it is what is asked
        for tried in range(4):
            client.data_to_send()
            if tried in spoilt:
                assert client.receive(bytes(answer)) != []
            client.timeout()
    assert tried == 3
    assert caught.value.code == ("hdlc-damaged" if spoilt else "hdlc-no-answer")


def test_damage_before_the_last_progress_is_not_counted() -> None:
    client = connected_client()
    client.send(b"x")
    client.data_to_send()
    bad = bytearray(from_meter(Control.I, receive_number=1, info=b"\xe6\xe7\x00answer"))
    bad[3] ^= 0x40
    client.receive(bytes(bad))
    client.timeout()
    sent(client)
    begun = from_meter(Control.I, receive_number=1, segmented=True, info=b"\xe6\xe7\x00ans")
    assert client.receive(begun) == [Sent()]
    with pytest.raises(HdlcLinkError, match="4 tries without a reply"):  # noqa: PT012
        for _try in range(4):
            client.data_to_send()
            client.timeout()


def test_late_copies_are_neither_delivered_nor_answered() -> None:
    """To answer a copy would double every exchange from then on."""
    client = connected_client()
    client.send(b"x")
    client.data_to_send()
    first = from_meter(Control.I, receive_number=1, info=b"\xe6\xe7\x00first")
    assert client.receive(first) == [Sent(), Received(b"first")]
    assert client.receive(first) == [Dropped("not-asked-for")]
    client.send(b"y")
    client.data_to_send()
    assert client.receive(first) == [Dropped("out-of-order")]
    assert client.data_to_send() == b""
    second = from_meter(Control.I, send_number=1, receive_number=2, info=b"\xe6\xe7\x00second")
    assert client.receive(second) == [Sent(), Received(b"second")]


def test_nobody_speaks_unasked() -> None:
    client = connected_client()
    unasked = from_meter(Control.I, info=b"\xe6\xe7\x00news")
    assert client.receive(unasked) == [Dropped("not-asked-for")]
    assert client.data_to_send() == b""


def test_a_busy_meter_is_polled_at_the_pace_of_the_timer() -> None:
    client = connected_client()
    client.send(bytes(200))
    client.data_to_send()
    assert client.receive(from_meter(Control.RNR, receive_number=1)) == []
    for _ in range(10):
        assert client.data_to_send() == b""
        client.timeout()
        (poll,) = sent(client)
        assert poll.control is Control.RR
        client.receive(from_meter(Control.RNR, receive_number=1))
    client.receive(from_meter(Control.RR, receive_number=1))
    (frame,) = sent(client)
    assert (frame.control, frame.send_number) == (Control.I, 1)


def test_a_busy_server_takes_nothing_and_says_so() -> None:
    server = connected_server()
    server.busy = True
    request = to_meter(Control.I, info=b"\xe6\xe6\x00x")
    assert server.receive(request) == []
    assert [(frame.control, frame.receive_number) for frame in sent(server)] == [(Control.RNR, 0)]
    server.busy = False
    assert server.receive(request) == [Received(b"x")]


def test_a_busy_client_gets_no_information() -> None:
    server = connected_server()
    server.receive(to_meter(Control.I, info=b"\xe6\xe6\x00x"))
    server.send(b"y")
    server.data_to_send()
    server.receive(to_meter(Control.RNR))
    assert [frame.control for frame in sent(server)] == [Control.RR]
    server.receive(to_meter(Control.RR))
    assert [frame.control for frame in sent(server)] == [Control.I]


def test_a_slow_meter_that_says_nothing_yet_is_not_hurried() -> None:
    client = connected_client()
    client.send(b"x")
    client.data_to_send()
    polls = 0
    for _ in range(10):
        client.receive(from_meter(Control.RR, receive_number=1))
        polls += len(sent(client))
    assert polls == 4  # one for the acknowledgement, three in a hurry, then the timer
    client.timeout()
    assert len(sent(client)) == 1
    answer = from_meter(Control.I, receive_number=1, info=b"\xe6\xe7\x00y")
    assert client.receive(answer) == [Received(b"y")]


def test_endless_nothing_yet_is_noticed() -> None:
    client = connected_client()
    client.send(b"x")
    with pytest.raises(HdlcLinkError) as caught:
        client.receive(from_meter(Control.RR, receive_number=1) * 200)
    assert caught.value.code == "hdlc-no-progress"
    assert not client.awaiting


def test_endless_empty_segments_are_noticed() -> None:
    client = connected_client(window=7)
    client.send(b"x")
    segments = [
        from_meter(Control.I, send_number=number % 8, receive_number=1, segmented=True) for number in range(200)
    ]
    with pytest.raises(HdlcLinkError) as caught:
        client.receive(b"".join(segments))
    assert caught.value.code == "hdlc-no-progress"


def test_a_message_without_end_is_noticed() -> None:
    client = connected_client(max_apdu=1000)
    client.send(b"x")
    segments = [
        from_meter(Control.I, send_number=number % 8, receive_number=1, segmented=True, info=b"\xe6\xe7\x00" * 30)
        for number in range(200)
    ]
    with pytest.raises(HdlcLinkError) as caught:
        client.receive(b"".join(segments))
    assert caught.value.code == "hdlc-message-too-long"
    assert not client.awaiting


def test_progress_of_a_long_answer_can_be_watched() -> None:
    client = connected_client()
    client.send(b"x")
    client.receive(
        from_meter(Control.I, receive_number=1, segmented=True, final=False, info=b"\xe6\xe7\x00" + bytes(50))
    )
    assert client.gathered == 53


def test_a_notification_before_the_answer() -> None:
    """Both in one turn, or the answer only after another poll: neither is lost."""
    client = connected_client(window=2)
    client.send(b"x")
    news = from_meter(Control.I, final=False, receive_number=1, info=b"\xe6\xe7\x00news")
    answer = from_meter(Control.I, send_number=1, receive_number=1, info=b"\xe6\xe7\x00answer")
    assert client.receive(news + answer) == [Sent(), Received(b"news"), Received(b"answer")]
    client.send(b"y")
    client.data_to_send()
    news = from_meter(Control.I, send_number=2, receive_number=2, info=b"\xe6\xe7\x00more")
    assert client.receive(news) == [Sent(), Received(b"more")]
    client.poll()
    assert [(frame.control, frame.receive_number) for frame in sent(client)] == [(Control.RR, 3)]
    late = from_meter(Control.I, send_number=3, receive_number=2, info=b"\xe6\xe7\x00answer")
    assert client.receive(late) == [Received(b"answer")]


# ---------------------------------------------------------------------- what a server rejects


def rejected(server: HdlcServer, data: bytes) -> FrmrReason:
    """The reason in the FRMR that `data` provokes."""
    assert Disconnected(refused=True) in server.receive(data)
    (answer,) = sent(server)
    assert answer.control is Control.FRMR
    assert len(answer.info) == 3
    assert answer.info[0] == data[5]  # the control field that was rejected
    return FrmrReason(answer.info[2])


def test_reasons_of_a_frame_reject() -> None:
    impossible = to_meter(Control.RR, receive_number=5)
    assert rejected(connected_server(), impossible) == FrmrReason.INVALID_RECEIVE_NUMBER
    too_long = to_meter(Control.I, info=bytes(129))
    assert rejected(connected_server(), too_long) == FrmrReason.INFORMATION_TOO_LONG
    informed = to_meter(Control.RR, info=b"x")
    assert FrmrReason.INFORMATION_NOT_ALLOWED in rejected(connected_server(), informed)
    from hht.protocol.hdlc.fcs import fcs16_bytes

    body = bytes.fromhex("a00703211f")[:4] + b"\x2f"  # SABM: no frame of DLMS's
    assert rejected(connected_server(), b"\x7e" + body + fcs16_bytes(body) + b"\x7e") == FrmrReason.UNKNOWN_CONTROL


def test_a_rejected_frame_stands_until_the_client_connects_anew() -> None:
    server = connected_server()
    rejected(server, to_meter(Control.RR, receive_number=5))
    assert server.receive(to_meter(Control.I, info=b"\xe6\xe6\x00x")) == [Dropped("not-connected")]
    assert [frame.control for frame in sent(server)] == [Control.FRMR]
    assert isinstance(server.receive(to_meter(Control.SNRM))[0], Connected)
    server.data_to_send()
    assert server.receive(to_meter(Control.I, info=b"\xe6\xe6\x00x")) == [Received(b"x")]


def test_a_server_without_a_connection() -> None:
    server = HdlcServer(1)
    server.send(b"to nobody")
    assert server.data_to_send() == b""
    assert server.receive(to_meter(Control.DISC)) == [Dropped("not-connected")]
    assert [frame.control for frame in sent(server)] == [Control.DM]
    assert server.receive(to_meter(Control.SNRM, info=b"\x81\x80\x14\x05")) == [Dropped("hdlc-parameters")]
    assert [frame.control for frame in sent(server)] == [Control.DM]


def test_reset_forgets_the_connection() -> None:
    server = connected_server()
    server.receive(to_meter(Control.I, info=b"\xe6\xe6\x00x"))
    server.send(b"y")
    server.reset()
    assert server.data_to_send() == b""
    assert server.receive(to_meter(Control.RR)) == [Dropped("not-connected")]
