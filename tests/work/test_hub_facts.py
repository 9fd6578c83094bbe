"""What a hub answers may lie, be cut off or be garbage: it is read as facts or refused in a sentence, never a crash."""

from __future__ import annotations

import contextlib
import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hht.clock import ManualClock
from hht.identifiers import DeviceId
from hht.model.premises import load_premises
from hht.protocol.gbcs.device_types import DeviceLogType
from hht.protocol.gbcs.envelope import Envelope, parse
from hht.protocol.gbcs.errors import MalformedMessage
from hht.work import hub_facts, hub_orders
from hht.work.hub_facts import HubFactsError
from hht.work.hub_orders import HubOrder, fits
from tests.support.radio import START
from tests.work.hub_home import NEW_PPMID, HubHome
from tests.work.test_hub_exchange import NEW_CHF, open_store

INVOKE_ID = 4  # octets: a message's number is its own
TRIES = 150  # of each answer
Read = Callable[[Envelope], Any]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HubHome]:
    clock = ManualClock(START)
    store = open_store(Path(tmp_path_factory.mktemp("facts")), clock)
    made = HubHome(load_premises("dual-fuel", clock=clock, days=1), store)
    made.hub.log_changed("somebody")
    yield made
    store.close()


def reads(home: HubHome) -> list[tuple[HubOrder, Read]]:
    meter, proxy = home.the("ESME").device, home.the("GPF").device
    return [
        (hub_orders.read(hub_orders.READ_LOG, home.chf), hub_facts.device_log),
        (hub_orders.read(hub_orders.READ_LOGS, home.chf), hub_facts.log_copy),
        (hub_orders.read(hub_orders.READ_HUB_EVENTS, home.chf), hub_facts.log_lines),
        (hub_orders.read(hub_orders.READ_PARTNERS, proxy), hub_facts.partners),
        (hub_orders.read(hub_orders.READ_MODE, meter), hub_facts.prepays),
        (hub_orders.read(hub_orders.READ_BALANCE, meter), hub_facts.balance),
        (hub_orders.read(hub_orders.READ_SUPPLY, meter), hub_facts.supply),
        (hub_orders.read(hub_orders.READ_GAS_MODE, proxy), hub_facts.prepays),
        (hub_orders.read(hub_orders.READ_VALVE, proxy), hub_facts.supply),
    ]


async def test_garbage_in_any_answer_is_a_sentence(home: HubHome) -> None:
    chance, refused = random.Random(6), 0
    for order, read in reads(home):
        outcome = await home.hand.do(order)
        assert outcome.response is not None
        response = outcome.response
        read(response)
        refused += sum(refuses(read, response, chance) for _attempt in range(TRIES))
    assert refused > TRIES


def refuses(read: Read, response: Envelope, chance: random.Random) -> bool:
    """Whether a broken answer is refused, in a sentence."""
    try:
        read(broken(response, chance))
    except HubFactsError as error:
        return bool(error.message and error.remedy)
    except MalformedMessage:
        return True
    return False


def broken(response: Envelope, chance: random.Random) -> Envelope:
    """The message with some octets of its payload changed."""
    octets = bytearray(response.raw)
    end, start = response.payload_end, response.payload_end - len(response.payload)
    for _change in range(chance.randint(1, 3)):
        octets[chance.randrange(start, end)] = chance.randrange(256)
    return parse(bytes(octets))


async def test_an_answer_of_another_kind_is_refused_whatever_reads_it(home: HubHome) -> None:
    answers = [(await home.hand.do(order)).response for order, _read in reads(home)]
    for number, (_order, read) in enumerate(reads(home)):
        for other, response in enumerate(answers):
            assert response is not None
            if number == other or {read, reads(home)[other][1]} == {hub_facts.balance, hub_facts.supply}:
                continue  # a number is a number: which one it is, the code of the message says
            with contextlib.suppress(HubFactsError):
                found = read(response)
                assert not found or read in (hub_facts.prepays, hub_facts.supply, hub_facts.balance)


async def test_a_command_fits_only_with_what_was_asked_for_in_every_octet(home: HubHome) -> None:
    """But for the invoke-id, what is secret (an install code, hashes of keys) and, of a restored log, devices that are
    not asked for. The MAC is the device's to check."""
    await home.hand.do(hub_orders.read(hub_orders.READ_LOGS, home.chf))
    wanted = frozenset(DeviceId.parse(one) for one in home.hub.device_log.entries)
    orders = {
        hub_orders.add(home.chf, NEW_PPMID, DeviceLogType.PPMID, 600): 16 + 1,  # and any octet but 0 is true
        hub_orders.remove(home.chf, NEW_PPMID): 0,
        hub_orders.restore_log(NEW_CHF, home.chf, home.the("GPF").device, wanted): 16 * len(wanted),
    }
    for order, secret in orders.items():
        command = parse(await home.desk.command(order))
        assert fits(order, command)
        start = command.payload_end - len(command.payload)
        free = sum(fits(order, changed) for at in range(start, command.payload_end) for changed in flipped(command, at))
        assert free <= secret + INVOKE_ID
        for wrong in (replace(order, target=DeviceId("00DB1234567800AA")), replace(order, code=0x00FE)):
            assert not fits(wrong, command)


def flipped(command: Envelope, at: int) -> list[Envelope]:
    """The command with one bit of that octet flipped; none where it is no message then."""
    octets = bytearray(command.raw)
    octets[at] ^= 0x01
    try:
        return [parse(bytes(octets))]
    except MalformedMessage:
        return []
