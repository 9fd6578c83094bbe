"""Logs and joins as each kind of device has them read: by its own use cases, and no other's."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.commands import Command
from hht.model.communications_hub.commands import DeviceLogs, ReadDeviceLogs, RemoveFromDeviceLog
from hht.model.consumer_devices.displays import PrepaymentInterface
from hht.model.device import Device, DeviceKind
from hht.model.features.logs_read import (
    ClearEventLog,
    ClearZigbeeEventLog,
    ReadEventLog,
    ReadHubEventLog,
    ReadHubSecurityLog,
    ReadZigbeeEventLog,
    ReadZigbeeSecurityLog,
)
from hht.model.gas_meter import GasMeter
from hht.model.han.joins import ReadJoinDetails
from hht.model.logs import LogRecord
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.refusal import DeviceRefusal, Reason
from tests.model.wan.homes import home_with, hub

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
DCC = Party("DCC", UserRole.DCC)


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return home_with("[mains]\noutages = 0\n", clock)


def codes(device: Device, command: Command, sender: Party = SUPPLIER) -> list[int]:
    answer = device.execute(command, sender)
    assert isinstance(answer, tuple)
    assert all(isinstance(row, LogRecord) for row in answer)
    return [row.code for row in answer]


def test_a_hubs_logs_are_the_dccs_to_read_and_nobodys_to_clear(home: Premises) -> None:
    box = hub(home)
    box.power.open_case()
    box.alert(AlertCode.FIRMWARE_TRANSFER_COMPLETE)
    assert AlertCode.TAMPER_DETECTED in codes(box, ReadHubSecurityLog(), DCC)
    assert AlertCode.FIRMWARE_TRANSFER_COMPLETE in codes(box, ReadHubEventLog(), DCC)
    with pytest.raises(DeviceRefusal, match="may not have"):
        box.execute(ReadHubEventLog(), SUPPLIER)
    for command in (ClearEventLog(), ClearZigbeeEventLog(), ReadEventLog()):
        with pytest.raises(DeviceRefusal) as refusal:
            box.execute(command, DCC)
        assert refusal.value.reason is Reason.UNKNOWN_ITEM


def test_what_speaks_zigbee_has_its_logs_read_by_use_cases_of_its_own(home: Premises) -> None:
    gas, interface, proxy = home.of(GasMeter)[0], home.of(PrepaymentInterface)[0], hub(home).gpf
    for device in (gas, interface, proxy):
        device.alert(AlertCode.BATTERY_LOW)
        device.alert(AlertCode.OTHER_TAMPER)
        assert codes(device, ReadZigbeeEventLog())[-1] == AlertCode.BATTERY_LOW
        assert codes(device, ReadZigbeeSecurityLog())[-1] == AlertCode.OTHER_TAMPER
        with pytest.raises(DeviceRefusal):
            device.execute(ReadEventLog(), SUPPLIER)
        device.execute(ClearZigbeeEventLog(), SUPPLIER)
        assert codes(device, ReadZigbeeEventLog()) == []
        assert codes(device, ReadZigbeeSecurityLog())[-1] == AlertCode.EVENT_LOG_CLEARED
    with pytest.raises(DeviceRefusal):
        home.device().execute(ReadZigbeeEventLog(), SUPPLIER)


def test_whom_a_device_is_joined_to_and_who_was_once_on_the_han(home: Premises) -> None:
    meter, interface = home.device(), home.of(PrepaymentInterface)[0]
    assert (interface.identity.device_id, DeviceKind.PPMID) in meter.execute(ReadJoinDetails(), SUPPLIER)  # type: ignore[operator]
    before = hub(home).execute(ReadDeviceLogs(), DCC)
    assert isinstance(before, DeviceLogs)
    assert before.historic == ()
    hub(home).execute(RemoveFromDeviceLog(interface.identity.device_id), DCC)
    after = hub(home).execute(ReadDeviceLogs(), DCC)
    assert isinstance(after, DeviceLogs)
    assert len(after.listed) == len(before.listed) - 1
    assert after.historic == (interface.identity.device_id,)
