"""Several attributes in one exchange, as far as the meter can do it; the same is read however it is done."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

import pytest

from drivers.in_process import InProcessLink
from hht.client.association import Association
from hht.client.cosem_session import CosemSession
from hht.client.meter_session import MeterSession
from hht.emulation.object_table import build_objects
from hht.emulation.port_server import PortServer
from hht.model.electricity_meter import ElectricityMeter
from hht.protocol.cosem.client import CosemClient
from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance
from hht.protocol.cosem.errors import PlaintextRefused, ServiceRejected, UnexpectedApdu, UnprotectedRefusal
from tests.support.counted_read import CLOCK, KEYS, whole_meter

LISTS, ACCESS = Conformance.MULTIPLE_REFERENCES, Conformance.ACCESS
ONE_BY_ONE = FIRST_LIGHT & ~LISTS & ~ACCESS
WAYS = {"lists": ONE_BY_ONE | LISTS, "access": ONE_BY_ONE | ACCESS}


@pytest.fixture(scope="module")
def meter() -> ElectricityMeter:
    return whole_meter(days=2)


async def read(meter: ElectricityMeter, conformance: Conformance, security: str = "low") -> tuple[list[Any], int]:
    """Identity, registers, two objects and the profile; and the turnarounds that they took."""
    association = Association(
        client_sap=1 if security == "gmac" else 17, security=security, password=b"Gurux", opening="hdlc", keys=KEYS,
        conformance=conformance,
    )  # fmt: skip
    port = PortServer(meter)
    session = MeterSession(
        lambda: InProcessLink(port, clock=CLOCK), association, clock=CLOCK, random_bytes=secrets.token_bytes
    )
    await session.open()
    try:
        view = await session.association_view()
        before = session.counters.round_trips
        objects = [entry for entry in view if entry.class_id in (3, 8)][:3]
        found = [
            await session.identify(),
            await session.read_registers(),
            [await session.read_object_view(entry) for entry in objects],
            await session.read_profile(),
        ]
        return found, session.counters.round_trips - before
    finally:
        await session.close()
        await port.close()


@pytest.mark.parametrize("security", ["low", "gmac"])
@pytest.mark.parametrize("way", WAYS)
async def test_the_same_in_fewer_turnarounds(meter: ElectricityMeter, way: str, security: str) -> None:
    alone, many = await read(meter, ONE_BY_ONE, security)
    together, few = await read(meter, WAYS[way], security)
    assert together == alone
    assert len(alone[1]) == sum(entry.class_id == 3 for entry in build_objects(meter).values())
    assert few <= many / 2


@pytest.mark.parametrize("refusal", [ServiceRejected("no", remedy="-"), UnexpectedApdu("two results came")])
async def test_a_meter_that_agreed_to_lists_and_cannot_is_asked_one_by_one(
    meter: ElectricityMeter, refusal: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, _turns = await read(meter, ONE_BY_ONE)
    asked = []

    async def get_several(_self: CosemSession, attributes: Sequence[object]) -> None:
        asked.append(attributes)
        raise refusal

    monkeypatch.setattr(CosemSession, "get_several", get_several)
    assert (await read(meter, WAYS["lists"]))[0] == alone
    assert len(asked) == 1  # it is not asked again


async def test_a_no_that_nobody_vouches_for_does_not_end_lists(
    meter: ElectricityMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    alone, _turns = await read(meter, ONE_BY_ONE)
    asked = []

    async def get_several(_self: CosemSession, attributes: Sequence[object]) -> None:
        asked.append(attributes)
        raise UnprotectedRefusal("no", remedy="-")

    monkeypatch.setattr(CosemSession, "get_several", get_several)
    assert (await read(meter, WAYS["lists"]))[0] == alone
    assert len(asked) > 3


async def test_an_attack_is_no_reason_to_ask_again(meter: ElectricityMeter, monkeypatch: pytest.MonkeyPatch) -> None:
    async def get_several(_self: CosemSession, _attributes: Sequence[object]) -> None:
        raise PlaintextRefused("an answer in clear")

    monkeypatch.setattr(CosemSession, "get_several", get_several)
    with pytest.raises(PlaintextRefused):
        await read(meter, WAYS["lists"])


async def test_what_goes_into_one_list(meter: ElectricityMeter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who it is; registers with their scales; each object; the profile's columns and period (its scales are known)."""
    heard: list[int] = []
    genuine = CosemClient.get_list

    def get_list(self: CosemClient, attributes: Sequence[Any]) -> bytes:
        heard.append(len(attributes))
        return genuine(self, attributes)

    monkeypatch.setattr(CosemClient, "get_list", get_list)
    await read(meter, WAYS["lists"])
    assert heard[:2] == [7, 10]
    assert heard[-1] == 2
    assert all(count > 1 for count in heard)
