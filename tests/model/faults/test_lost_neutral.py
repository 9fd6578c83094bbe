"""A lost neutral: what the meter or the substation does about it, where either is set to (DNO-30)."""

from __future__ import annotations

import pytest

from hht.model.electricity_meter.items import SupplyState
from tests.model.faults.worlds import World


def polyphase(voltage: str = "", street: str = "") -> World:
    def edit(text: str) -> str:
        return text.replace("phases = 3", f"phases = 3\n{street}").replace(
            "[device.household]", f"[device.voltage]\n{voltage}\n[device.household]"
        )

    world = World("polyphase", edit=edit)
    world.home.faults.on("neutral-lost")
    world.wait(60)
    return world


def told(world: World) -> list[str]:
    return [line.what for line in world.home.site.chronicle if line.where == "substation"]


@pytest.mark.requirement("DNO-30")
def test_the_meter_opens_or_the_substation_finds_it() -> None:
    plain = polyphase()
    assert plain.esme.supply is SupplyState.ENABLED
    assert told(plain) == []
    opened = polyphase("neutral_opens = 1")
    assert opened.esme.supply is SupplyState.DISABLED
    assert "neutral" in opened.esme.load_switch.holds
    assert opened.esme.measurement.power_w == (0, 0)
    found = polyphase(street="detector = true")
    assert found.esme.supply is SupplyState.ENABLED
    found.home.faults.off("neutral-lost")
    assert told(found) == ["neutral lost", "neutral restored"]


def test_one_phase_too_high_is_no_lost_neutral() -> None:
    world = World("polyphase", edit=lambda text: text.replace("phases = 3", "phases = 3\ndetector = true"))
    world.home.faults.on("voltage-high")
    world.wait(60)
    assert told(world) == []
