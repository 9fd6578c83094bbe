"""A terminal that has lost count of a key asks the meter's public client, and goes on from there: upwards only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from drivers.in_process import InProcessLink
from drivers.serving import Connection, Send
from hht.client.counters import CountersInMemory, key_name
from hht.client.meter_session import Association, MeterSession
from hht.client.remarks import Remark
from hht.client.stated_counter import MOST, gone_on
from hht.clock import ManualClock
from hht.emulation.counter_objects import WithCounters
from hht.emulation.port_server import PortServer, secured
from hht.errors import HhtError
from hht.model.premises import load_premises
from hht.protocol.cosem.errors import AssociationRejected, ValueOutOfRange
from ui.meter_keys import training_keys

CLOCK = ManualClock(datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC))
KEYS = training_keys("gmac", 0)
NAME = key_name(bytes.fromhex(KEYS["ek"]), bytes.fromhex(KEYS["client_title"]))


class Counting:
    """A strict meter; `openings` are the lines that were opened to it."""

    def __init__(self) -> None:
        self._port = PortServer(secured(load_premises("single-element", clock=CLOCK, days=1).device(), None, "strict"))
        self.openings = 0

    def attach(self, send: Send) -> Connection:
        self.openings += 1
        return self._port.attach(send)


async def read(meter: Counting, book: CountersInMemory, last_used: int = 0, **keys: str) -> list[str]:
    """One conversation: associate and read the clock. The codes of what the terminal remarked."""
    remarks: list[Remark] = []
    how = Association(
        1, opening="hdlc", security="gmac", keys={**KEYS, **keys, "invocation_counter": last_used}, counters=book
    )
    session = MeterSession(
        lambda: InProcessLink(meter, clock=CLOCK), how, clock=CLOCK, random_bytes=bytes, on_remark=remarks.append
    )
    await session.open()
    try:
        await session.read_clock()
    finally:
        await session.close()
    return [remark.code for remark in remarks]


async def test_a_fresh_terminal_goes_on_from_the_meter_s_counter_and_keeps_it() -> None:
    meter, fresh = Counting(), CountersInMemory()
    await read(meter, CountersInMemory(), 70_000)
    meter.openings = 0
    assert await read(meter, fresh) == ["counter-gone-on"]
    assert meter.openings == 3, "refused, asked, opened"
    assert fresh.reserve(NAME, 0)[0] > 70_000
    assert await read(meter, fresh) == []
    assert meter.openings == 4, "it is known now"


async def test_own_counters_never_go_back() -> None:
    meter, book = Counting(), CountersInMemory()
    await read(meter, book, 70_000)
    book.reserve(NAME, 100_000)
    await read(meter, book)
    assert book.reserve(NAME, 0)[0] > 100_000


async def test_a_refusal_that_no_counter_explains_is_told_and_not_repeated() -> None:
    meter = Counting()
    await read(meter, CountersInMemory(), 100)
    meter.openings = 0
    with pytest.raises(AssociationRejected) as refused:
        await read(meter, CountersInMemory(), 5000, ek="00" * 16)
    assert meter.openings == 2, "the public client was asked, and nothing was tried again"
    assert "invocation_counter" in refused.value.remedy


async def test_a_meter_that_shows_no_counter_says_what_else_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    inside: Callable[..., None] = WithCounters.__init__

    def showing_none(self: WithCounters, objects: object, _associations: object) -> None:
        inside(self, objects, ())

    monkeypatch.setattr(WithCounters, "__init__", showing_none)
    meter = Counting()
    await read(meter, CountersInMemory(), 100)
    with pytest.raises(HhtError) as refused:
        await read(meter, CountersInMemory())
    assert refused.value.code == "cosem-authentication-failure"
    assert "invocation_counter" in refused.value.remedy


@pytest.mark.parametrize(
    ("stated", "used", "goes_on"), [(10, 9, True), (10, 10, False), (0, -1, True), (5, 900, False)]
)
def test_only_upwards(stated: int, used: int, goes_on: bool) -> None:
    how = Association(1, security="gmac", keys=KEYS)
    found = gone_on(how, stated, used)
    assert found == (replace(how, keys={**KEYS, "invocation_counter": stated}) if goes_on else None)


def test_a_counter_that_would_use_the_key_up_is_not_believed() -> None:
    with pytest.raises(ValueOutOfRange) as refused:
        gone_on(Association(1, security="gmac", keys=KEYS), MOST + 1, 0)
    assert refused.value.code == "cosem-counter-stated"
    assert "in between" in refused.value.remedy
