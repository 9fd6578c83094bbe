"""Every fault shows its symptom on a premises that lives, and without it the symptom is not there."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest

from hht.model import faults
from hht.model.faults import failures, fault_kinds
from tests.model.faults import (
    table_han,
    table_home,
    table_meters,
    table_networks,
    table_port,
    table_supply,
    table_wan,
)
from tests.model.faults.worlds import Scenario, World

SCENARIOS: dict[str, Scenario] = {
    **table_meters.SCENARIOS,
    **table_han.SCENARIOS,
    **table_supply.SCENARIOS,
    **table_home.SCENARIOS,
    **table_port.SCENARIOS,
    **table_wan.SCENARIOS,
    **table_networks.SCENARIOS,
}


def made(scenario: Scenario) -> World:
    world = scenario.world()
    if scenario.first is not None:
        scenario.first(world)
    return world


SHOWS = {  # rows of the requirements whose words are a fault's symptom
    "latent-defect": "EDG-01",
    "crashes-on-message": "EDG-02",
    "date-bug": "EDG-03",
    "contact-burnt": "EDG-04",
    "noisy-sub-ghz": "EDG-07",
    "display-in-drawer": "EDG-08",
    "no-wan-here": "EDG-09",
    "wan-lost": "EDG-06",
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=pytest.mark.requirement(SHOWS[name]) if name in SHOWS else ()) for name in SCENARIOS],
)
def test_the_symptom_is_there_with_the_fault_and_not_without_it(name: str) -> None:
    scenario = SCENARIOS[name]
    assert not scenario.symptom(made(scenario)), "the symptom is there without the fault"
    world = made(scenario)
    world.mark()
    register = world.home.faults
    register.on(name, scenario.device)
    assert scenario.symptom(world), "the fault does not show"
    assert [kind.name for kind, _device, _since in register.active()] == [name]
    register.off(name, scenario.device)
    assert not register.active()
    assert scenario.symptom(world) is scenario.stays, "what is left is not what the kind says"
    assert not scenario.stays or fault_kinds()[name].stays, "what stays is not told"


def test_every_kind_has_a_scenario() -> None:
    assert set(SCENARIOS) == set(fault_kinds())


def test_at_least_sixty_and_every_failure_of_the_evidence() -> None:
    kinds = fault_kinds()
    same = [name for name in kinds if name.startswith(("stuck-switch-", "led-defect-"))]  # one for each switch and LED
    assert len(kinds) - len(same) >= 60
    shown = {failure for name in SCENARIOS for failure in kinds[name].failures}
    assert shown == set(failures()) == {f"F-{number:02}" for number in range(1, 50)}


def test_no_name_is_there_twice() -> None:
    package = Path(faults.__file__).parent
    modules = [import_module(f"{faults.__name__}.{path.stem}") for path in sorted(package.glob("*.py"))]
    names = [kind.name for module in modules if hasattr(module, "kinds") for kind in module.kinds()]
    assert sorted(names) == sorted(fault_kinds())
