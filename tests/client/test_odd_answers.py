"""A meter whose answers are well encoded and make no sense: a sentence, or the value as it was said; never a crash.

The emulated meter's own answers, with one element anywhere in them replaced by something odd.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from functools import cache

import pytest

from hht.client.api import NOBODY, LocalAccess
from hht.client.cosem_session import CosemSession
from hht.client.meter_objects import MeterObjects
from hht.client.meter_writes import MeterWrites
from hht.client.object_reader import read_buffer, read_object_view
from hht.client.profile_reader import read_log, read_profile
from hht.clock import ManualClock
from hht.emulation.meter_server import MeterServer
from hht.errors import HhtError
from hht.model.premises import load_premises
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.client import AssociationRequest, CosemClient
from hht.protocol.cosem.codes import Conformance, DataAccessResult, Mechanism
from hht.protocol.cosem.data import Data, DataType, encode
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.errors import DataAccessError
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.profile import Selection

CLOCK = ManualClock(datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC))
ODD = [
    cosem.null(),
    cosem.array([]),
    cosem.structure(),
    cosem.structure(cosem.unsigned(1)),
    cosem.boolean(True),
    cosem.integer(-128),
    cosem.integer(127),
    cosem.long_unsigned(0xFFFF),
    cosem.long64(-(2**63)),
    cosem.float64(float("nan")),
    cosem.float64(float("inf")),
    cosem.octets(b""),
    cosem.octets(b"\x00" * 12),
    cosem.octets(b"\xff" * 12),
    cosem.octets(bytes.fromhex("0001010101000000000348ff")),  # year 1, fourteen hours before UTC
    cosem.octets(bytes.fromhex("270f0c1fff173b3b00fcb8ff")),  # year 9999, fourteen hours after it
    cosem.octets(b"\xc3\x28\x1b[2J"),
    cosem.octets(b"x" * 5000),
    cosem.visible("\x1b]0;title\x07"),
    cosem.utf8("\u202e0"),
    cosem.bit_string("1" * 9),
]


def a_meter() -> MeterServer:
    """A meter's end of the wire."""
    return MeterServer(load_premises("single-element", clock=CLOCK, days=1).device())


@cache
def untouched_meter() -> MeterServer:
    """One for all that only read."""
    return a_meter()


class Direct:
    """APDUs handed to the emulated meter and back, with nothing in between."""

    round_trips = 0
    turn_octets = 0
    turn_s = 0.0

    def __init__(self, *, changes: bool) -> None:
        self._session = (a_meter() if changes else untouched_meter()).session(17)
        self.aside: deque[bytes] = deque()

    async def open(self) -> None:
        pass

    has_more = False
    patience_s = 1.0

    async def renew(self) -> None: ...

    is_up = True

    async def exchange(self, apdu: bytes, _on_part: object = None, *, further: Sequence[bytes] = ()) -> bytes:
        assert not further
        answer = self._session.receive(apdu)
        assert answer is not None
        return answer

    async def finish_turn(self, _on_part: object = None) -> bytes | None:
        return None

    async def close(self) -> None:
        pass


SAID: dict[tuple[CosemAttribute, Selection | None], Data] = {}


class OddSession:
    """A session with the emulated meter whose answer to the `at`-th question has one element replaced."""

    def __init__(self, at: int, rng: random.Random, *, changes: bool = True) -> None:
        client = CosemClient(
            AssociationRequest(17, Mechanism.LOW, password=b"Gurux", max_pdu=0x2000), random_bytes=rng.randbytes
        )
        self._session = CosemSession(Direct(changes=changes), client)
        self._at, self._rng, self.asked = at, rng, 0
        self._untouched = not changes

    async def open(self) -> None:
        await self._session.associate()

    @property
    def agreed(self) -> Conformance:
        return self._session.agreed

    async def get(self, attribute: CosemAttribute, selection: Selection | None = None) -> Data:
        data = await (self._said if self._untouched else self._session.get)(attribute, selection)
        self.asked += 1
        return changed(data, self._rng) if self.asked - 1 == self._at else data

    async def _said(self, attribute: CosemAttribute, selection: Selection | None) -> Data:
        """What a meter that nobody changes says again: asked once."""
        asked = (attribute, selection)
        if asked not in SAID:
            SAID[asked] = await self._session.get(attribute, selection)
        return SAID[asked]

    async def get_several(self, attributes: Sequence[CosemAttribute]) -> Sequence[Data | DataAccessResult]:
        return [await self._or_why(attribute) for attribute in attributes]

    async def _or_why(self, attribute: CosemAttribute) -> Data | DataAccessResult:
        try:
            return await self.get(attribute)
        except DataAccessError as refused:
            return refused.result

    async def stream(
        self,
        attribute: CosemAttribute,
        take: Callable[[bytes], None],
        selection: Selection | None = None,
        _on_waiting: object = None,
    ) -> None:
        octets = encode(await self.get(attribute, selection))
        for start in range(0, len(octets), 97):
            take(octets[start : start + 97])

    async def set(self, attribute: CosemAttribute, value: Data) -> None:
        await self._session.set(attribute, value)

    async def action(self, method: CosemMethod, parameters: Data | None = None) -> Data | None:
        return await self._session.action(method, parameters)


def changed(data: Data, rng: random.Random) -> Data:
    """`data` with one element, at any depth, replaced."""
    inner = data.value
    if data.tag in (DataType.ARRAY, DataType.STRUCTURE) and isinstance(inner, tuple) and inner and rng.random() < 0.85:
        items = list(data.as_items())
        place = rng.randrange(len(items))
        items[place] = changed(items[place], rng)
        return cosem.structure(*items) if data.tag is DataType.STRUCTURE else cosem.array(items)
    return rng.choice(ODD)


async def first_object(meter: MeterObjects, class_id: int) -> object:
    entry = next((entry for entry in await meter.view() if entry.class_id == class_id), None)
    return await read_object_view(meter, entry) if entry is not None else ""


Ask = Callable[[MeterObjects], Awaitable[object]]
ASKS: dict[str, Ask] = {
    "identity": lambda meter: meter.identity(),
    "clock": lambda meter: meter.clock(),
    "registers": lambda meter: meter.registers(),
    "offset": lambda meter: meter.randomised_offset(),
    "supply": lambda meter: meter.supply_state(),
    "profile": lambda meter: read_profile(meter, None, None, NOBODY),
    "event log": lambda meter: read_log(meter, "event"),
    "security log": lambda meter: read_log(meter, "security"),
    "object": lambda meter: first_object(meter, 8),
    "buffer": lambda meter: read_buffer(meter, Obis.parse("0-0:99.98.0")),
    "set mpan": lambda meter: MeterWrites(meter, LocalAccess.INSTALLER, CLOCK).mpan("1200023305967", None),
    "set limit": lambda meter: MeterWrites(meter, LocalAccess.INSTALLER, CLOCK).offset_limit(600, None),
    "set clock": lambda meter: MeterWrites(meter, LocalAccess.INSTALLER, CLOCK).clock(10, None),
}


async def odd(ask: str, seed: int) -> None:
    rng = random.Random(f"{ask}/{seed}")
    session = OddSession(rng.randrange(5), rng, changes=ask.startswith("set"))
    await session.open()
    told = None
    try:
        await ASKS[ask](MeterObjects(session, CLOCK))  # type: ignore[arg-type]
    except HhtError as error:
        told = error
    assert told is None or (told.message and told.remedy)


@pytest.mark.parametrize("ask", ASKS)
async def test_an_odd_element_anywhere(ask: str) -> None:
    for seed in range(60 if ask.startswith("set") else 150):
        try:
            await odd(ask, seed)
        except Exception as error:
            error.add_note(f"seed {seed}")
            raise


@pytest.mark.soak
@pytest.mark.parametrize("ask", ASKS)
async def test_many_odd_elements(ask: str) -> None:
    for seed in range(60, 5000):
        await odd(ask, seed)


async def test_the_untouched_meter_answers_everything() -> None:
    for name, ask in ASKS.items():
        session = OddSession(-1, random.Random(0))
        await session.open()
        assert await ask(MeterObjects(session, CLOCK)) is not None, name  # type: ignore[arg-type]
        assert session.asked > 0
