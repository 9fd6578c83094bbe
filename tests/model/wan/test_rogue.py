"""A supplier turns on a street: a thousand disables in a minute, and what each control is worth against them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.electricity_meter.supply import DisableSupply
from hht.model.plan_file import PremisesError
from hht.model.refusal import DeviceRefusal
from hht.model.wan.product_lists import Generation, generation
from hht.model.wan.requests import Outcome
from hht.model.wan.rogue import EVERYBODY, ROUNDS, Radius, RogueStreet, device_limit, drills
from hht.model.wan.street import rates

START = datetime(2026, 6, 17, 1, tzinfo=UTC)
FREE = 1 + 2 * ROUNDS  # times that a contact moves where nobody minds


def street(homes: int, name: str) -> RogueStreet:
    return RogueStreet(homes, ManualClock(START), drills()[name])


def blast(homes: int) -> dict[str, Radius]:
    return {name: street(homes, name).attack() for name in drills()}


def held_to(found: dict[str, Radius], homes: int) -> None:
    """What each control is worth, in a street of any size."""
    nothing, whole, limit = found["none"], found["all"], rates().limit(homes)
    there = homes - nothing.unreached  # whose own mains had not failed at that moment
    assert there >= homes * 99 // 100
    assert nothing == Radius(homes, homes, 0, 0, homes - there, there, FREE * there, homes), "all at once, and again"
    assert {(one.homes, one.sent) for one in found.values()} == {(homes, homes)}
    assert (whole.lost, whole.held, whole.released, whole.broadcast) == (limit, homes - limit, 0, 0)
    assert whole.moves == 2 * limit, "the first go off, and on again; the rest is held"
    assert found["without anomaly"].lost == there
    assert found["without two_officers"].lost == there, "one officer lets go on what was held"
    assert found["without together"].lost == 2 * limit, "as many again, had SMETS1 a counter of its own"
    assert found["without device"].lost == limit
    assert found["without no_broadcast"].broadcast == homes, "one command would be enough"
    assert found["only anomaly"].lost == found["only two_officers"].lost == there, "neither helps without the other"
    assert found["only no_broadcast"].broadcast == 0
    assert found["only device"].moves == found["without anomaly"].moves == 2 * device_limit() * there < nothing.moves


def test_a_street_is_lost_without_its_controls_and_one_home_in_a_thousand_with_them() -> None:
    held_to(blast(6), 6)


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_a_thousand_homes() -> None:
    found = blast(1000)
    held_to(found, 1000)
    assert found["none"].lost >= 990
    assert found["all"].lost == 1


def test_the_homes_are_of_both_generations_each_with_devices_of_its_own() -> None:
    homes = street(4, "all").homes
    made = [generation(home.device("esme-1").identity) for home in homes]
    assert made == [Generation.SMETS2, Generation.SMETS1] * 2
    names = {device.identity.device_id for home in homes for device in home.devices}
    assert len(names) == sum(len(home.devices) for home in homes)


def test_a_meter_that_has_a_limit_of_its_own_stays_on_and_comes_back_to_it_a_day_later() -> None:
    found = street(1, "only device")
    (meter,), desk = found.meters, found.desks[0]
    for _time in range(device_limit()):
        desk.send(meter.name, DisableSupply())
        found.wait(60)
        assert not meter.load_switch.feeds
        found.enable(0)
    refused = desk.send(meter.name, DisableSupply())
    found.wait(60)
    assert (refused.outcome, meter.load_switch.feeds) == (Outcome.REFUSED, True)
    assert "24 hours" in refused.why
    found.wait(86_400)
    desk.send(meter.name, DisableSupply())
    found.wait(60)
    assert not meter.load_switch.feeds


def test_no_meter_takes_what_is_for_another_or_for_everybody() -> None:
    found = street(3, "all")
    for target in (found.meters[0].identity.device_id, EVERYBODY, ""):
        seal = found.key.seal(DisableSupply(), target, 99)
        with pytest.raises(DeviceRefusal, match="something else"):
            found.homes[1].guard.verify(found.meters[1], DisableSupply(), found.party, seal)


def test_a_street_has_homes() -> None:
    for homes in (0, 2001):
        with pytest.raises(PremisesError, match=f"{homes} homes"):
            RogueStreet(homes, ManualClock(START), drills()["all"])
