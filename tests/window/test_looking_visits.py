"""Survey before fitting, firmware, and the network's view, from the job list to the evidence in the real window."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hht.emulation.desk import prepare
from hht.emulation.pack_order import PackPart
from hht.model.features.firmware import FirmwareImage
from hht.resources import resource_path, resource_text
from hht.work.view import Outcome, Question, StepState
from tests.support.command import here
from tests.support.morning import in_the_morning
from tests.window.beginning import VisitBeginner, hurry
from tests.window.test_install_dual_fuel import AtHome, evidence_of, sample
from ui.window.device_page import DevicePage
from ui.window.fact_pictures import FactPictures


class AtPlaces(AtHome):
    """An engineer who carries the terminal to each place, and in whose premises an image may have come."""

    def give(self, question: Question, value: str) -> None:
        match question.id:
            case "place-electricity/there" | "place-gas/there" | "place-display/there":
                self.carry({"electricity": "esme-1", "gas": "gsme-1", "display": "ihd-1"}[question.id[6:-6]])
            case "image-held/desk":
                self.do(bring_image)
        super().give(question, value)

    def carry(self, device: str) -> None:
        """Stand where a device is, with the dongle."""

        def stand(ground: Any) -> None:
            medium = ground._opened()[1].premises.medium
            spot = replace(medium.house.spots[device], box=None)
            medium.house = replace(medium.house, spots={**medium.house.spots, "hht": spot})
            medium.moved()

        self.do(stand)

    def take_firmware_pack(self, path: Path) -> None:
        """The training desk's pack with the activation comes by file."""
        made: list[bytes] = []

        def make(ground: Any) -> None:
            now = ground._opened()[1].premises.site.clock.now()
            made.append(prepare(self.of, now, 1000, (PackPart.FIRMWARE,)))

        self.do(make)
        path.write_bytes(made[0])
        taken: list[object] = []
        self.bridge.call(lambda services: services.take_pack(path), taken.append, taken.append)
        self.until(lambda: bool(taken), "the pack")
        assert not isinstance(taken[0], Exception), taken[0]


def bring_image(ground: Any) -> None:
    """The image of the job has come over the WAN."""
    meter = next(one for one in ground._opened()[1].premises.devices if one.name == "esme-1")
    meter.firmware.receive(FirmwareImage("00020132", meter.identity.manufacturer, meter.identity.model))


Make = Callable[..., AtPlaces]


@pytest.fixture
def at_places(begin_visit: VisitBeginner, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Make:
    hurry(monkeypatch)

    def make(name: str, **more: Any) -> AtPlaces:
        if name == "firmware":
            products, store = (
                str(resource_path("samples", "products.json")),
                ["--training", "--data-dir", str(tmp_path)],
            )
            assert here("van", "sign", products, "--out", str(tmp_path / "signed")).status == 0
            assert here("van", "products", str(tmp_path / "signed"), *store).status == 0
        return begin_visit(AtPlaces, sample(name, **more))

    return make


def pictures(at: AtHome) -> FactPictures:
    found = at.shell.findChild(FactPictures)
    assert found is not None
    return found


@pytest.mark.timeout(240)
def test_places_are_surveyed_by_hand(at_places: Make) -> None:
    at = at_places("survey-before-fitting", link="emulated:stone-cottage?days=1")
    at.play(stop_before="survey-options/option", place__gas_distance="13.7", place__gas_fit="fit-with",
            place__gas_between="stone,stone-2,brick,metal")  # fmt: skip
    shown = pictures(at).survey
    assert shown.isVisible()
    assert shown.cursor_words() == "gas meter: 2.4 GHz -65.5 dB, 868 MHz +3.1 dB", "the worst place is looked at first"
    assert "gas meter: fit with more equipment" in shown.accessibleDescription()
    at.play(survey__options_option="dual-band", survey__options_by="desk")
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.COMPLETE
    found = evidence_of(at)["findings"]
    assert found["place-gas"]["heard"]["lqi"] < found["place-display"]["heard"]["lqi"]
    assert found["survey-options"]["option"] == "dual-band"


@pytest.mark.timeout(240)
def test_firmware_is_activated_by_pack_by_hand(at_places: Make, tmp_path: Path) -> None:
    at = at_places("firmware", link="emulated:dual-fuel-connected?days=1", devices=_without_gas())
    at.take_firmware_pack(tmp_path / "visit.pack")
    at.play(stop_before="image-held/desk")
    at.press_at("hub-1", "take-out")
    at.press_at("hub-1", "fit")  # its hour for a terminal begins
    at.play()
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.COMPLETE
    assert any("00020131 → 00020132: as ordered" in one for one in at.seen["firmware-after"])
    assert "Joins: as before: 3" in at.seen["firmware-after"]
    assert view.step("firmware-not-back").state is StepState.SKIPPED
    assert evidence_of(at)["findings"]["firmware-after"]["back"] is True


def _without_gas() -> list[dict[str, Any]]:
    devices = json.loads(resource_text("jobs", "firmware.json"))["devices"]
    return [one for one in devices if one["type"] != "gas-meter"]


@pytest.mark.timeout(240)
def test_the_network_is_looked_at_by_hand(at_places: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_morning(monkeypatch)
    fault = "voltage-high=20,-PT16H,-PT12H;power-cut,-PT8H,-PT7H"
    at = at_places("network-view", link=f"emulated:single-element?days=1&fault={fault}")
    at.play(stop_before="network-changes/wanted")
    assert any("The half-hours say the same." in one for one in at.seen["network-data"])
    assert any("an outage" in one for one in at.seen["network-data"])
    at.play(network__done_next="given-on")
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.INSTALL_AND_LEAVE
    kept = evidence_of(at)["findings"]["network-data"]["network"]
    assert kept["phases"][0]["over"] == 1
    assert {one["agreement"] for one in kept["registers"]} == {"same"}


@pytest.mark.timeout(240)
def test_the_meters_page_reads_the_same_by_the_probe(at_places: Make) -> None:
    at = at_places("network-view", link="emulated:single-element?days=1")
    at.shell.go("device")
    page = at.shell.page("device")
    assert isinstance(page, DevicePage)
    page.show_part("network")
    page.read()
    at.until(lambda: not page.busy, "the network data")
    assert page.network.pictures.demand.isVisible()
    assert page.network.pictures.voltage.isVisible()
    said = at.texts()
    assert "The half-hours say the same." in said
    assert "the network operator's alone: service request 6.18.2" in said
