"""Seeds out of whole conversations of our terminal with our emulated meter."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime

from drivers.serving import Connection, Send
from hht.client import catalogue
from hht.errors import HhtError
from hht.protocol.cosem import action, get, put
from hht.protocol.cosem.data import (
    Data,
    DataType,
    array,
    double_long_unsigned,
    integer,
    long_unsigned,
    octets,
    structure,
    unsigned,
    visible,
)
from hht.protocol.cosem.datetime import encode_datetime
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import CLOCK_COLUMN, CaptureObject, EntrySelection, RangeSelection, selective_access
from tests.fuzz.mutation import Messages
from tests.fuzz.targets import emulated, terminal

_LATER = octets(encode_datetime(datetime(2026, 11, 21, 12, tzinfo=UTC)))
_EARLIER = octets(encode_datetime(datetime(2026, 11, 20, 20, tzinfo=UTC)))
_ENERGY = CaptureObject(3, Obis.parse("1-0:1.8.0"), 2)
_PROFILE = CosemAttribute(7, Obis.parse(catalogue.PROFILES[0]), 2)
_WRITES: tuple[tuple[int, str, int, Data], ...] = (
    (8, "0-0:1.0.0", 2, _LATER),
    (8, "0-0:1.0.0", 3, Data(DataType.LONG, 60)),
    (1, catalogue.IMPORT_MPAN, 2, visible("1200023305967")),
    (1, catalogue.RANDOMISED_OFFSET_LIMIT, 2, long_unsigned(600)),
    (1, catalogue.CONTACT_NAME, 2, octets(b"E-ON")),
    (1, catalogue.CONTACT_TELEPHONE, 2, visible("0123")),
)
_METHODS: tuple[tuple[int, str, int, Data], ...] = (
    (8, "0-0:1.0.0", 4, integer(0)),
    (8, "0-0:1.0.0", 5, structure(_LATER, _EARLIER, _LATER)),
    (8, "0-0:1.0.0", 6, Data(DataType.LONG, -100)),
    (7, "0-0:99.98.0", 1, integer(0)),
    (70, "0-0:96.3.10", 1, integer(0)),
    (70, "0-0:96.3.10", 2, integer(0)),
)


def meter_requests() -> Iterator[Messages]:
    """Every attribute read, some written, methods, selections; each as each client."""
    gets = [get.GetRequestNormal(0xC1, attribute, None).encode() for attribute in _attributes()]
    sets = [
        put.SetRequestNormal(0xC1, CosemAttribute(class_id, Obis.parse(name), number), value).encode()
        for class_id, name, number, value in _WRITES
    ]
    acts = [
        action.ActionRequestNormal(0xC1, CosemMethod(class_id, Obis.parse(name), number), value).encode()
        for class_id, name, number, value in _METHODS
    ]
    selections = (
        RangeSelection(_EARLIER, _LATER), RangeSelection(_EARLIER, _LATER, CLOCK_COLUMN, (CLOCK_COLUMN, _ENERGY)),
        EntrySelection(1, 5), EntrySelection(2, 0, 1, 2),
    )  # fmt: skip
    chosen = [get.GetRequestNormal(0xC1, _PROFILE, selective_access(one)).encode() for one in selections]
    listed = get.GetRequestWithList(0xC1, tuple((attribute, None) for attribute in _attributes()[:6])).encode()
    for who in range(3):
        own = gets if who == 0 else gets[who::6]
        yield from ((bytes((0, who)), *own[at : at + 24]) for at in range(0, len(own), 24))
        yield bytes((1, who)), *sets
        yield bytes((3, who)), *sets[:3]
        yield bytes((0, who)), *acts, *gets[:2]
        yield bytes((0, who)), *chosen
        yield bytes((2, who)), listed, *chosen[:1]


def _attributes() -> list[CosemAttribute]:
    caller = emulated.Caller(emulated.MeterServer(emulated.meter_of(0)), 17)
    view = terminal.at_once(terminal.MeterObjects(_Standing(caller), terminal.CLOCK).view())  # type: ignore[arg-type]
    assert isinstance(view, list)
    return [CosemAttribute(entry.class_id, entry.obis, number) for entry in view for number in entry.readable]


class _Standing:
    """A session over an association that stands."""

    def __init__(self, caller: emulated.Caller) -> None:
        self._caller = caller

    async def get(self, attribute: CosemAttribute, _selection: object = None) -> Data:
        """One attribute; the answer comes in one."""
        heard: list[bytes] = []
        request = self._caller.client.get(attribute)
        while True:
            heard = self._caller.say(request)
            result = self._caller.client.receive(heard[0])
            if hasattr(result, "data"):
                return result.data
            request = getattr(result, "apdu", b"")


# --- what the terminal hears


class _Direct:
    """A transport to an emulated meter that keeps what came back."""

    round_trips = 0
    turn_octets = 0
    turn_s = 0.0
    has_more = False
    patience_s = 1.0

    async def renew(self) -> None: ...

    is_up = True

    def __init__(self) -> None:
        self._session = emulated.MeterServer(emulated.meter_of(0)).session(17)
        self.heard: list[bytes] = []
        self.aside: deque[bytes] = deque()

    async def open(self) -> None:
        """Nothing to do."""

    async def exchange(self, apdu: bytes, _on_part: object = None, *, further: Sequence[bytes] = ()) -> bytes:
        """The meter's answer."""
        assert not further
        self.heard += self._session.answers(apdu)
        return self.heard[-1]

    async def finish_turn(self, _on_part: object = None) -> bytes | None:
        """Nothing is on its way."""
        return None

    async def close(self) -> None:
        """Nothing to do."""


def values() -> Iterator[Messages]:
    """What the meter answers while the terminal does each thing that it can do."""
    for asked in range(len(terminal.ASKS)):
        transport = _Direct()
        terminal.at_once(terminal.converse(terminal.client_of(transport), asked))
        yield bytes((asked,)), *transport.heard
    opening = transport.heard[0]
    pieces = array([structure(unsigned(1), long_unsigned(2)), structure(double_long_unsigned(3), visible("x"))])
    yield b"\x00", opening, get.GetResponseNormal(0xC1, pieces).encode()


class _Tap:
    """A port that keeps what comes back for each thing that it hears."""

    def __init__(self) -> None:
        self._port = terminal.real_port()
        self.answers: list[bytes] = []

    def attach(self, send: Send) -> Connection:
        """The conversation, with an ear in the middle."""
        device = self._port.attach(self._keep(send))
        return _Ear(device, self.answers)

    def _keep(self, send: Send) -> Send:
        def told(data: bytes) -> None:
            self.answers[-1] += data
            send(data)

        return told


class _Ear:
    def __init__(self, device: Connection, answers: list[bytes]) -> None:
        self._device, self._answers = device, answers
        self.line_speed: Callable[[int], None] = device.line_speed
        self.closed = device.closed

    def receive(self, data: bytes) -> None:
        """Something the terminal says."""
        self._answers.append(b"")
        self._device.receive(data)


def lines() -> Iterator[Messages]:
    """What comes back on the line for each thing that the terminal sends."""
    for number, way in enumerate(terminal.WAYS):
        tap = _Tap()
        try:
            terminal.loop().run_until_complete(terminal.visit(way(tap)))
        except HhtError as error:
            raise AssertionError(f"way {number}: {error.message}") from error
        yield bytes((number,)), *tap.answers
