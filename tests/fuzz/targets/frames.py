"""Lines: HDLC, the TCP wrapper, IEC 62056-21; readers, and both ends of conversations."""

from __future__ import annotations

from collections.abc import Hashable
from contextlib import suppress
from random import Random
from typing import Final

from drivers.echo import ECHO_MODES, EchoCanceller
from hht.identifiers.secret import Secret
from hht.protocol.frames import FrameError, ProtocolError
from hht.protocol.hdlc import (
    Connected,
    Disconnected,
    HdlcClient,
    HdlcLinkError,
    HdlcParameters,
    HdlcServer,
    Received,
    parse_frame,
)
from hht.protocol.hdlc.fcs import fcs16_bytes
from hht.protocol.hdlc.reader import FrameFault, FrameReader
from hht.protocol.iec62056_21 import PlainTextServer, SignOnReader, SignOnServer, parse_identification
from hht.protocol.iec62056_21.characters import EOT, ETX, SOH, STX, block_check
from hht.protocol.iec62056_21.data_sets import DataLine, DataSet, DataSetReader, Value
from hht.protocol.iec62056_21.messages import Message, MessageReader
from hht.protocol.iec62056_21.programming import Password, refusal
from hht.protocol.iec62056_21.server import CommandRefused
from hht.protocol.iec62056_21.times import meter_time, profile_rows
from hht.protocol.wrapper import WrapperReader
from tests.fuzz.meaning import spoil_frame
from tests.fuzz.mutation import Messages
from tests.fuzz.target import MEBIBYTE, Target

WANTED: Final = HdlcParameters(64, 64, 3, 3)
REQUEST: Final = bytes(range(150))
_MOST_TURNS: Final = 400  # of a conversation in which nothing gets further


def kinds(events: list[object]) -> Hashable:
    """Which events there were, in short."""
    return tuple(
        sorted({type(event).__name__ + getattr(event, "reason", getattr(event, "code", "")) for event in events})
    )


# --- HDLC


def repair_hdlc(octets: bytes, random: Random) -> bytes:
    """Lengths and check sequences of what begins like a frame are made right, most of them."""
    out = b""
    for piece in octets.split(b"\x7e"):
        out += _checked(piece, random) if len(piece) > 6 and random.random() < 0.9 else piece
        out += b"\x7e"
    return out[:-1]


def _checked(piece: bytes, random: Random) -> bytes:
    body = bytearray(piece[:2045])
    if random.random() < 0.8:
        body[0] = 0xA0 | body[0] & 0x08 | len(body) >> 8
        body[1] = len(body) & 0xFF
    at = 2
    for _address in range(2):
        while at < len(body) - 1 and not body[at] & 1:
            at += 1
        at += 1
    if at + 5 < len(body):  # there is information behind the control octet
        body[at + 1 : at + 3] = fcs16_bytes(bytes(body[: at + 1]))
    body[-2:] = fcs16_bytes(bytes(body[:-2]))
    return bytes(body)


def hdlc_reader(messages: Messages) -> Hashable:
    reader = FrameReader()
    found = [item for octets in messages for item in reader.feed(octets)]
    for octets in messages:
        try:
            frame = parse_frame(octets)
        except FrameError:
            continue
        assert parse_frame(frame.encode()) == frame
    return tuple(sorted({item.code if isinstance(item, FrameFault) else item.control.value for item in found}))


def hdlc_client(messages: Messages) -> Hashable:
    """The terminal hears anything, in every state; then it comes to an end by itself, and can connect again."""
    client, seen = HdlcClient(16, 1, proposed=WANTED), list[object]()
    client.connect()
    for octets in messages:
        try:
            events = client.receive(octets)
        except ProtocolError as error:
            seen.append(error)
            client.connect()
            continue
        client.data_to_send()
        seen += events
        if client.connected and not client.awaiting:
            client.send(REQUEST)
        elif any(isinstance(event, Disconnected) for event in events):
            client.connect()
    _end_of(client)
    _connect_anew(client)
    return kinds(seen)


def _end_of(client: HdlcClient) -> None:
    for _turn in range(_MOST_TURNS):
        if not client.awaiting:
            return
        with suppress(HdlcLinkError):
            client.timeout()
        client.data_to_send()
    raise AssertionError("the client waits for ever")


def _connect_anew(client: HdlcClient) -> None:
    server = HdlcServer(1)
    client.data_to_send()
    client.connect()
    server.receive(client.data_to_send())
    assert client.receive(server.data_to_send()) == [Connected(client.parameters)]
    client.send(b"\x01")
    server.receive(client.data_to_send())
    server.send(b"\x02")
    assert Received(b"\x02") in client.receive(server.data_to_send())


def hdlc_server(messages: Messages) -> Hashable:
    """The meter hears anything; then a terminal connects as if nothing had been."""
    server, seen = HdlcServer(1, WANTED, max_apdu=4096), list[object]()
    for octets in messages:
        events = server.receive(octets)
        seen += events
        for event in events:
            if isinstance(event, Received):
                server.send(b"re:" + event.apdu)
        out = server.data_to_send()
        assert all(not isinstance(item, FrameFault) for item in FrameReader().feed(out)), "it answers with damage"
    client = HdlcClient(16, 1)
    client.connect()
    server.receive(b"\x7e" * 2100 + client.data_to_send())
    assert client.receive(server.data_to_send()) == [Connected(client.parameters)]
    return kinds(seen)


def hdlc_parameters(messages: Messages) -> Hashable:
    both = HdlcParameters.parse(b"".join(messages)).agreed_with(WANTED)
    assert HdlcParameters.parse(both.encode()) == both
    return both.window_tx


# --- the wrapper


def repair_wrapper(octets: bytes, random: Random) -> bytes:
    """The length in the header is made right."""
    return b"\x00\x01" + octets[2:6] + min(max(0, len(octets) - 8), 0xFFFF).to_bytes(2, "big") + octets[8:]


def wrapper_reader(messages: Messages) -> Hashable:
    reader = WrapperReader()
    return sum(len(reader.feed(octets)) for octets in messages)


# --- IEC 62056-21


def repair_iec(octets: bytes, random: Random) -> bytes:
    """The block check character of what is a message is made right."""
    start = min((at for at in (octets.find(SOH), octets.find(STX)) if at >= 0), default=-1)
    end = max(octets.rfind(ETX), octets.rfind(EOT))
    if start < 0 or end < start:
        return octets
    return (
        octets[: end + 1]
        + bytes([block_check(bytes(b & 0x7F for b in octets[start + 1 : end + 1]))])
        + octets[end + 2 :]
    )


def iec_sign_on(messages: Messages) -> Hashable:
    reader = SignOnReader(b"/?!\r\n")
    found = None
    for octets in messages:
        found = found or reader.feed(octets)
    if found is None:
        return reader.heard
    line = f"/{found.manufacturer}{found.baud_char}{found.ident}".encode("ascii")
    assert parse_identification(line).ident == found.ident.lstrip("\\") or "\\" in found.ident
    return found.mode, found.baud, found.reaction_s


def iec_messages(messages: Messages) -> Hashable:
    """Everything that a terminal does with a plain-text meter's answers."""
    seen: list[object] = []
    for bare in (False, True):
        reader, texts = MessageReader(bare=bare), DataSetReader()
        for octets in messages:
            events = reader.feed(octets)
            seen += [event if not isinstance(event, Message) else event.command for event in events]
            for event in events:
                if isinstance(event, Message):
                    _understand(texts.feed(event.text) if event.more else DataSetReader().feed(event.text + b"\r\n"))
        _understand(texts.finish())
    return tuple(sorted({str(item) for item in seen}))


def iec_data(messages: Messages) -> Hashable:
    reader = DataSetReader()
    lines = [line for octets in messages for line in reader.feed(octets)]
    _understand(lines + reader.finish())
    return len(lines)


def _understand(lines: list[DataLine]) -> None:
    sets = [entry for line in lines for entry in line]
    for entry in sets:
        assert entry.register is None or entry.obis is not None
        str(entry), entry.marker
    meter_time(sets)
    refusal(lines)
    try:
        profile_rows(lines)
    except FrameError:
        return


def iec_password(messages: Messages) -> Hashable:
    return len(Password(b"".join(messages).decode("utf-8", "surrogateescape")).reveal())


class SmallMeter:
    """Shows two lines, and lets in who knows the word."""

    def __init__(self) -> None:
        self.inside = self.written = False

    def readout(self) -> list[DataLine]:
        """Two lines."""
        return [(DataSet("1-0:1.8.0", (Value("000123.4", "kWh"),)),), (DataSet("F.F", (Value("0"),)),)]

    def operand(self) -> str:
        """Nothing."""
        return ""

    def password(self, given: Secret) -> bool:
        """Whether it is the word."""
        self.inside = given.reveal() == "Gurux"
        return self.inside

    def read(self, entry: DataSet) -> list[DataLine]:
        """A line, or many."""
        return [(DataSet(entry.address, (Value("1"),)),)] * 60

    def write(self, entry: DataSet) -> None:
        """Refuses who is not inside."""
        if not self.inside:
            raise CommandRefused("ER07")
        self.written = True

    execute = write

    def signed_off(self) -> None:
        """The door is shut."""
        self.inside = False


def iec_server(messages: Messages) -> Hashable:
    """The meter's end: the opening, then programming mode."""
    opening = SignOnServer("/HHT5\\2HT100", plain=True)
    events = [event for octets in messages for event in opening.receive(octets)]
    meter = SmallMeter()
    server = PlainTextServer(meter, programming=True, parity=bool(messages) and len(messages[0]) % 2 == 1)
    sent, heard = server.begin(), 0
    for octets in messages:
        heard += len(octets)
        sent += server.receive(octets)
        assert len(sent) <= 4096 + heard // 4, "a flood of answers"
    assert not meter.written or b"Gurux" in bytes(b & 0x7F for b in b"".join(messages))
    server.close()
    assert not meter.inside
    return kinds([*events, *(item.data[:4] for item in sent)]), server.over


_HDLC_WORDS: Final = (
    b"\x7e",
    b"\xe6\xe6\x00",
    b"\xe6\xe7\x00",
    b"\x93",
    b"\x73",
    b"\x1f",
    b"\x97",
    b"\x53",
    b"\x81\x80",
)
_IEC_WORDS: Final = (
    b"\x01P1\x02(", b"\x01R1\x02", b"\x01W1\x02", b"\x01R6\x02", b"\x01B0\x03", b"\x02", b"\x03", b"\x04", b"\x06",
    b"\x15",
    b"(", b")", b"*", b"!\r\n", b"\r\n", b"/", b"?", b"1-0:1.8.0", b"P.01(", b"0.9.1(", b"(ER07)", b"*kWh", b"&",
    b"99999999",
)  # fmt: skip


def echo(messages: Messages) -> Hashable:
    """What a probe brings while the terminal speaks: by turns what is sent, what comes, and the end of waiting. The
    first message says which mode. Octets are taken away only as an echo, and nothing is held for ever."""
    mode = ECHO_MODES[(messages[0][:1] or b"\0")[0] % 3] if messages else "auto"
    canceller = EchoCanceller(mode)
    came, told = b"", b""
    for turn, octets in enumerate(messages[1:]):
        if turn % 3 == 0:
            canceller.sent(octets)
        elif turn % 3 == 1:
            came += octets
            told += canceller.received(octets)
        elif octets[:1] == b"\x00":
            told += canceller.expire()
    told += canceller.expire()
    assert not canceller.pending
    assert len(told) + canceller.cancelled_bytes == len(came), "octets are lost"
    if mode == "off":
        assert told == came
    assert _in_order(told, came), "octets that did not come"
    return mode, canceller.echoes, min(canceller.damaged, 3), bool(canceller.cancelled_bytes)


def _in_order(some: bytes, every: bytes) -> bool:
    """Whether `some` is `every` with octets left out."""
    at = 0
    for octet in some:
        at = every.find(octet, at) + 1
        if not at:
            return False
    return True


TARGETS: Final = [
    Target("echo", echo, "echoes", (), (b"/?!\r\n", b"\x06252\r\n", b"\x7e"), fixed=1, longest=MEBIBYTE, stream=True),
    Target(
        "hdlc-reader",
        hdlc_reader,
        "hdlc-answers",
        (),
        _HDLC_WORDS,
        repair_hdlc,
        sample=1000,
        meaning=spoil_frame,
        longest=MEBIBYTE,
        stream=True,
    ),
    Target(
        "hdlc-client",
        hdlc_client,
        "hdlc-answers",
        (),
        _HDLC_WORDS,
        repair_hdlc,
        sample=600,
        meaning=spoil_frame,
        longest=MEBIBYTE,
        stream=True,
    ),
    Target(
        "hdlc-server",
        hdlc_server,
        "hdlc-requests",
        (),
        _HDLC_WORDS,
        repair_hdlc,
        sample=600,
        meaning=spoil_frame,
        longest=MEBIBYTE,
        stream=True,
    ),
    Target("hdlc-parameters", hdlc_parameters, "hdlc-parameters", (FrameError,)),
    Target(
        "wrapper",
        wrapper_reader,
        "wrapper",
        (FrameError,),
        (b"\x00\x01",),
        repair_wrapper,
        longest=MEBIBYTE,
        stream=True,
    ),
    Target("iec-sign-on", iec_sign_on, "iec-answers", (), _IEC_WORDS, longest=MEBIBYTE, stream=True),
    Target(
        "iec-messages",
        iec_messages,
        "iec-answers",
        (FrameError,),
        _IEC_WORDS,
        repair_iec,
        sample=800,
        longest=MEBIBYTE,
        stream=True,
    ),
    Target("iec-data", iec_data, "iec-data", (FrameError,), _IEC_WORDS, sample=1000, longest=MEBIBYTE, stream=True),
    Target("iec-password", iec_password, "texts", (FrameError,)),
    Target(
        "iec-server", iec_server, "iec-requests", (), _IEC_WORDS, repair_iec, sample=600, longest=MEBIBYTE, stream=True
    ),
]
