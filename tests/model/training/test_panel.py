"""The plan of a premises, and its devices as somebody who stands before them has them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.model.electricity_meter.items import SupplyState
from hht.model.electricity_meter.supply import ArmSupply, DisableSupply
from hht.model.han.medium import LinkQuality
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, available_premises, bring_to_life, load_premises
from hht.model.premises_plan import parse_premises
from hht.model.refusal import DeviceRefusal
from hht.model.training.house_plan import Grade, grade_of, house_plan, links
from hht.model.training.panel import device_states, panel_of, press_control
from hht.resources import resource_path

SUPPLIER = Party("Supplier", UserRole.IMPORT_SUPPLIER)
Load = Callable[..., Premises]


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC))


@pytest.fixture
def load(clock: ManualClock) -> Load:
    return lambda name="dual-fuel", days=1: load_premises(name, clock=clock, days=days)


@pytest.mark.parametrize("name", available_premises())
def test_every_premises_has_a_plan_a_panel_for_each_device_and_links(name: str, load: Load) -> None:
    premises = load(name)
    plan = house_plan(premises)
    states = device_states(premises)
    assert [place.device for place in plan.places] == [state.name for state in states]
    assert {room.floor for room in plan.rooms} <= set(plan.floors)
    for state in states:
        panel = panel_of(premises, state.name)
        assert panel.state.title
        assert any(value == premises.find(state.name).identity.device_id for _what, value in panel.printed)
        names = [control.name for control in panel.controls]
        assert len(names) == len(set(names))
    for link in links(premises):
        assert link.words


def test_devices_stand_where_the_file_says(load: Load) -> None:
    plan = house_plan(load("stone-cottage"))
    assert not plan.assumed
    assert plan.floors == (0, 1)
    places = {place.device: place for place in plan.places}
    assert (places["ihd-1"].room, places["ihd-1"].floor) == ("bedroom", 1)
    assert (places["gsme-1"].room, places["gsme-1"].boxed) == ("", True)
    assert not any(place.assumed for place in plan.places)


def test_without_a_house_an_ordinary_one_is_assumed_and_said_to_be(load: Load) -> None:
    plan = house_plan(load())
    assert plan.assumed
    assert all(place.assumed for place in plan.places)
    assert len({(place.x, place.y) for place in plan.places}) == len(plan.places)
    assert next(place for place in plan.places if place.device == "gsme-1").room == ""


@pytest.mark.parametrize(
    ("quality", "grade"),
    [
        (LinkQuality(-60, 200, 1000, 8), Grade.GOOD),
        (LinkQuality(-88, 150, 990, 8), Grade.FAIR),
        (LinkQuality(-70, 100, 1000, 8), Grade.FAIR),
        (LinkQuality(-98, 50, 980, 8), Grade.WEAK),
        (LinkQuality(-80, 180, 900, 8), Grade.WEAK),
        (LinkQuality(-105, 0, 0, 0), Grade.LOST),
    ],
)
def test_links_are_graded_by_what_comes_through(quality: LinkQuality, grade: Grade) -> None:
    assert grade_of(quality) is grade


def test_a_link_says_why_it_is_none(load: Load) -> None:
    premises = load()
    meter = premises.find("ihd-1")
    assert meter.node is not None
    meter.node.leave()
    meter.node.locate()
    link = next(link for link in links(premises) if link.device == "ihd-1")
    assert link.grade is Grade.NONE
    assert link.words == "locating HAN: no network in reach lets devices join"
    premises.mains.switch(False)
    assert next(link for link in links(premises) if link.device == "esme-1").grade is Grade.LOST


def test_the_meters_own_button_enables_an_armed_supply(load: Load) -> None:
    premises = load()
    meter = premises.device()
    with pytest.raises(DeviceRefusal):
        press_control(premises, "esme-1", "enable")
    meter.execute(DisableSupply(), SUPPLIER)
    meter.execute(ArmSupply(), SUPPLIER)
    panel = panel_of(premises, "esme-1")
    assert panel.state.words == "supply armed"
    assert panel.state.tone == "warn"
    assert next(control for control in panel.controls if control.name == "enable").enabled
    assert press_control(premises, "esme-1", "enable") == "Done"
    assert meter.supply is SupplyState.ENABLED
    assert [line.what for line in premises.site.chronicle][-1] == "pressed: Switch the supply on"


def test_credit_is_bought_and_typed_at_the_meter(load: Load) -> None:
    premises = load("prepayment-flat")
    before = premises.device().prepayment.accounts.balance
    for amount in ("a tenner", "-5", "0"):
        with pytest.raises(HhtError):
            press_control(premises, "esme-1", "buy", amount)
    receipt = press_control(premises, "esme-1", "buy", "£10")
    digits = "".join(re.findall(r"\d", receipt))
    assert len(digits) == 20
    assert "Topped up £10.00" not in str(panel_of(premises, "esme-1").pages)
    press_control(premises, "esme-1", "utrn", digits)
    assert premises.device().prepayment.accounts.balance > before
    with pytest.raises(DeviceRefusal):
        press_control(premises, "esme-1", "utrn", digits)
    told = str([*premises.site.chronicle])
    assert digits not in told
    assert digits not in repr(panel_of(premises, "esme-1"))


def test_a_prepayment_interface_presses_the_meters_buttons(load: Load) -> None:
    premises = load()
    names = [control.name for control in panel_of(premises, "ppmid-1").controls]
    assert {"esme-1:enable", "gsme-1:utrn", "put-away"} <= set(names)
    with pytest.raises(DeviceRefusal):
        press_control(premises, "ppmid-1", "esme-1:enable")
    assert press_control(premises, "ppmid-1", "gsme-1:enable") == "Waiting for the gas meter to wake"
    assert press_control(premises, "ppmid-1", "put-away") == "Done"
    assert panel_of(premises, "ppmid-1").pages == ()
    assert [one.name for one in panel_of(premises, "ppmid-1").controls if one.enabled] == ["plug-in"]


def test_a_consumers_device_is_paired_by_button_and_passkey(clock: ManualClock) -> None:
    text = resource_path("premises", "dual-fuel.toml").read_text(encoding="utf-8")
    text = text.replace('gpf_id = "00-DB-12-34-56-78-90-A3"', 'gpf_id = "00-DB-12-34-56-78-90-A3"\npairing = "passkey"')
    text = text[: text.rindex("joined = true")] + "joined = false\n"
    premises = bring_to_life(parse_premises(text, name="x", file="x.toml"), clock=clock, days=1)
    passkey = dict(panel_of(premises, "hub-1").printed)["Passkey"]
    with pytest.raises(DeviceRefusal):
        press_control(premises, "cad-1", "pair", passkey)
    press_control(premises, "hub-1", "pair")
    press_control(premises, "cad-1", "pair", passkey)
    clock.advance(60)
    assert panel_of(premises, "cad-1").state.words == "joined"
    assert "kWh" in str(panel_of(premises, "cad-1").pages)
    assert passkey not in repr(panel_of(premises, "hub-1"))


def test_a_dead_device_shows_nothing(load: Load) -> None:
    premises = load()
    premises.mains.switch(False, why="a test")
    panel = panel_of(premises, "esme-1")
    assert panel.pages == ()
    assert panel.state.words == "no mains"
    assert not any(control.enabled for control in panel.controls if control.name != "join")
    assert panel_of(premises, "hub-1").state.words == "no power"
    assert panel_of(premises, "gsme-1").pages != ()


def test_a_privacy_pin_is_set_and_entered(load: Load) -> None:
    premises = load()
    press_control(premises, "esme-1", "pin", "2468")
    hidden = next(page for page in panel_of(premises, "esme-1").pages if page.private)
    assert hidden.lines == ("PIN needed",)
    with pytest.raises(DeviceRefusal):
        press_control(premises, "esme-1", "pin", "1111")
    press_control(premises, "esme-1", "pin", "2468")
    assert next(page for page in panel_of(premises, "esme-1").pages if page.private).lines != ("PIN needed",)
    assert "2468" not in str([*premises.site.chronicle])


def test_appliances_are_turned_on_and_off(load: Load) -> None:
    premises = load("storage-heaters")
    titles = {control.name: control.title for control in panel_of(premises, "esme-1").controls}
    assert titles["use-immersion"] == "Turn off: immersion"
    press_control(premises, "esme-1", "use-immersion")
    assert not premises.device().consumer.appliance("immersion").on
    titles = {control.name: control.title for control in panel_of(premises, "esme-1").controls}
    assert titles["use-immersion"] == "Turn on: immersion"
