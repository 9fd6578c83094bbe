"""Firmware of the hub itself, and of the devices behind it: part by part, whole or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hht.clock import ManualClock
from hht.lights import Led
from hht.model.alert_codes import AlertCode
from hht.model.features.firmware import (
    LARGEST_OCTETS,
    ActivateFirmware,
    ActivationResult,
    FirmwareImage,
    ReadFirmwareVersion,
    ReadGasFirmwareVersion,
    TransferResult,
)
from hht.model.gas_meter import GasMeter
from hht.model.parties import DCC, Party, UserRole
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal
from hht.model.wan.desk import Desk
from hht.model.wan.requests import Outcome
from tests.model.wan.homes import after, home_with, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
HUB_IMAGE = FirmwareImage("00030106", "HHT Training", "TRAINER-CH2")
METER_IMAGE = FirmwareImage("00020132", "HHT Training", "SMETS2-1E")
GAS_IMAGE = FirmwareImage("00040008", "HHT Training", "SMETS2-G4")


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_with("[mains]\noutages = 0\n", clock)


def hub_id(home: Premises) -> str:
    return hub(home).identity.device_id


@pytest.mark.requirement("CH-06")
def test_a_hub_takes_verifies_and_runs_an_image_of_its_own(home: Premises, clock: ManualClock) -> None:
    box = hub(home)
    assert box.execute(ActivateFirmware(HUB_IMAGE.sha256), DCC) is ActivationResult.NO_IMAGE_HELD
    assert box.images.take(HUB_IMAGE, hub_id(home)).result is TransferResult.COMPLETE
    assert box.execute(ActivateFirmware("0" * 64), DCC) is ActivationResult.HASH_MISMATCH
    assert box.execute(ReadFirmwareVersion(), DCC) == "00030105"
    with pytest.raises(DeviceRefusal, match="may not activate"):
        box.execute(ActivateFirmware(HUB_IMAGE.sha256), SUPPLIER)
    assert box.execute(ActivateFirmware(HUB_IMAGE.sha256), DCC) is ActivationResult.SUCCESS
    assert (box.powered, box.network.powered) == (True, False)  # it starts anew
    assert next(one.state for one in box.leds.shown() if one.led is Led.SW) == "starting"
    after(home, clock, 30)
    assert box.network.powered
    assert box.handheld.left_s == 0  # no power was lost: no window
    assert box.execute(ReadFirmwareVersion(), DCC) == "00030106"
    assert box.gpf.execute(ReadGasFirmwareVersion(), SUPPLIER) == "00030106"
    assert AlertCode.FIRMWARE_CHANGED in [entry.code for entry in box.security_log]


@pytest.mark.requirement("CH-06")
def test_a_corrupt_or_foreign_image_of_a_hub_is_refused_and_one_that_fails_is_given_up(
    home: Premises, clock: ManualClock
) -> None:
    box = hub(home)
    other = replace(HUB_IMAGE, model="ANOTHER")
    assert box.images.take(other, hub_id(home)).result is TransferResult.DISCARDED
    box.faults.add("corrupt-firmware")
    assert box.images.take(HUB_IMAGE, hub_id(home)).result is TransferResult.TRANSFER_FAILED
    assert AlertCode.FIRMWARE_CHECK_FAILED in [entry.code for entry in box.security_log]
    box.faults.clear()
    bad = replace(HUB_IMAGE, works=False)
    box.images.take(bad, hub_id(home))
    assert box.execute(ActivateFirmware(bad.sha256), DCC) is ActivationResult.ACTIVATION_FAILED
    after(home, clock, 30)
    assert box.execute(ReadFirmwareVersion(), DCC) == "00030105"
    assert box.network.powered


def test_the_centre_activates_a_hub_and_a_supplier_cannot(clock: ManualClock) -> None:
    home = home_with("[mains]\noutages = 0\n[wan]\nsearch_s = 60\n[centre]\n", clock)
    centre = home.centre
    assert centre is not None
    hub(home).images.take(HUB_IMAGE, hub_id(home))
    command = ActivateFirmware(HUB_IMAGE.sha256)
    asked = Desk(centre, SUPPLIER).send("hub-1", command)
    after(home, clock, 60)
    assert asked.outcome in (Outcome.DENIED, Outcome.REFUSED)
    sent = Desk(centre, DCC).send("hub-1", command)
    after(home, clock, 60)
    assert (sent.outcome, sent.answer) == (Outcome.ANSWERED, ActivationResult.SUCCESS)


@pytest.mark.requirement("IDT-01", "CH-06")
def test_a_meter_fetches_an_image_part_by_part_through_the_hub(home: Premises, clock: ManualClock) -> None:
    meter = home.device()
    transfer = hub(home).images.take(METER_IMAGE, meter.identity.device_id)
    after(home, clock, 250)
    home.mains.switch(False)
    assert transfer.percent == 50
    after(home, clock, 60)
    assert transfer.percent == 50  # it stops without power, and goes on where it was
    home.mains.switch(True)
    after(home, clock, 249)
    assert (transfer.result, meter.firmware.held) == (None, None)
    after(home, clock, 2)
    assert transfer.result is TransferResult.COMPLETE
    assert meter.firmware.held is METER_IMAGE


@pytest.mark.requirement("IDT-01")
@pytest.mark.parametrize(
    ("image", "result"),
    [
        (replace(METER_IMAGE, octets=LARGEST_OCTETS), TransferResult.COMPLETE),
        (replace(METER_IMAGE, octets=LARGEST_OCTETS + 1), TransferResult.DISCARDED),
        (replace(METER_IMAGE, follows="00020131"), TransferResult.COMPLETE),
        (replace(METER_IMAGE, follows="00020130"), TransferResult.DISCARDED),
    ],
)
def test_an_image_has_a_largest_size_and_may_be_a_step_from_one_version(
    home: Premises, clock: ManualClock, image: FirmwareImage, result: TransferResult
) -> None:
    transfer = hub(home).images.take(image, home.device().identity.device_id)
    after(home, clock, 1600)
    assert transfer.result is result
    assert (home.device().firmware.held is image) is (result is TransferResult.COMPLETE)


def test_a_sleeping_meter_fetches_some_at_each_wake(home: Premises, clock: ManualClock) -> None:
    gas = home.of(GasMeter)[0]
    transfer = hub(home).images.take(GAS_IMAGE, gas.identity.device_id)
    after(home, clock, 1800)
    assert transfer.octets == 6000
    after(home, clock, 41 * 1800)
    assert transfer.result is TransferResult.COMPLETE
    assert gas.firmware.held is GAS_IMAGE
    after(home, clock, 1800)
    assert hub(home).network.woken == hub(home).deliveries.woken  # nothing is left to look for


def test_who_is_out_of_reach_does_not_get_it_and_who_takes_none_is_refused(home: Premises, clock: ManualClock) -> None:
    meter = home.device()
    transfer = hub(home).images.take(METER_IMAGE, meter.identity.device_id)
    assert meter.node is not None
    meter.node.leave()
    after(home, clock, 3600)
    assert transfer.result is TransferResult.TRANSFER_FAILED
    for device_id in ("00-00-00-00-00-00-00-01", "00-DB-12-34-56-78-90-A7"):
        with pytest.raises(DeviceRefusal, match="takes firmware"):
            hub(home).images.take(METER_IMAGE, device_id)
