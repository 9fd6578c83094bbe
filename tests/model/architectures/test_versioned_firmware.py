"""Firmware is a version of every device of a home, the display's too: it stays as it is until an image is activated."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from hht.model.consumer_devices.displays import HomeDisplay
from hht.model.device import Device, DeviceKind
from hht.model.features.firmware import (
    ActivateFirmware,
    ActivationResult,
    FirmwareImage,
    TransferResult,
)
from hht.model.parties import Party
from hht.model.portrait import portrait
from hht.model.refusal import DeviceRefusal
from tests.model.architectures.conftest import Lived

Live = Callable[..., Lived]
NEWER = "00990001"
KINDS = {DeviceKind.COMMUNICATIONS_HUB, DeviceKind.ESME, DeviceKind.GSME, DeviceKind.IHD}
DAY_S = 86_400


def versions(home: Lived) -> dict[str, str]:
    return {one.name: one.firmware for one in portrait(home.home).devices}


def who_activates(home: Lived, device: Device) -> Party:
    if device.kind is not DeviceKind.COMMUNICATIONS_HUB:
        return home.party("Example Energy" if device.kind is not DeviceKind.GSME else "Example Gas")
    return home.centre.own_party  # no supplier may


@pytest.mark.requirement("ARC-13")
def test_every_device_has_a_version_that_changes_by_an_update_alone(lived: Live) -> None:
    home = lived("dual-fuel-connected", days=1)
    before = versions(home)
    assert {one.kind for one in portrait(home.home).devices} == KINDS
    assert all(len(one) == 8 and int(one, 16) for one in before.values())
    home.wait(30 * DAY_S)
    assert versions(home) == before, "a month of measuring, messages and sleep changes nothing"
    known = dict(before)
    for name in before:
        device = home.home.find(name)
        made = device.identity
        image = FirmwareImage(NEWER, made.manufacturer, made.model, octets=20_000)
        if isinstance(device, HomeDisplay):
            continue
        transfer = home.hub.images.take(image, made.device_id)
        home.wait(2 * DAY_S)  # the gas meter fetches some at each wake
        assert transfer.result is TransferResult.COMPLETE, name
        assert versions(home) == known, "an image that is held does not run yet"
        party = who_activates(home, device)
        wrong = device.execute(ActivateFirmware("00" * 32), party)
        assert (wrong, versions(home)) == (ActivationResult.HASH_MISMATCH, known), "the hash decides"
        assert device.execute(ActivateFirmware(image.sha256), party) is ActivationResult.SUCCESS
        known[name] = NEWER
        home.wait(600)
        assert versions(home) == known, "this one, and no other"
    (display,) = home.home.of(HomeDisplay)
    made = display.identity
    with pytest.raises(DeviceRefusal, match="takes firmware"):
        home.hub.images.take(image, made.device_id)
    other = FirmwareImage(NEWER, made.manufacturer, "OTHER")
    assert display.renew(other, home.party("Example Energy")) is ActivationResult.NO_IMAGE_HELD
    assert versions(home) == known
    fitting = FirmwareImage(NEWER, made.manufacturer, made.model)
    assert display.renew(fitting, home.party("Example Energy")) is ActivationResult.SUCCESS
    assert versions(home) == known | {display.name: NEWER}
