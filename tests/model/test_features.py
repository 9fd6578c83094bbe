"""What meters have in common: firmware, messages, tenancy, PIN, tamper, display, clock by command, logs by command."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.electricity_meter import ElectricityMeter, SupplyState, TimeStatus
from hht.model.electricity_meter.supply_points import ReadMpans, SetExportMpan, SetImportMpan
from hht.model.features.clock_setting import SetClock
from hht.model.features.display import Button, Page
from hht.model.features.firmware import (
    ActivateFirmware,
    ActivationResult,
    FirmwareImage,
    ReadFirmwareVersion,
    TransferResult,
)
from hht.model.features.logs_read import ClearEventLog, ReadEventLog, ReadSecurityLog
from hht.model.features.notices import SendCin, SendMessage, WriteContactDetails
from hht.model.features.tamper import Tamper
from hht.model.features.tenancy import ChangeTenancy, DisablePrivacyPin
from hht.model.parties import Party, UserRole
from hht.model.premises import load_premises
from hht.model.refusal import DeviceRefusal
from hht.model.site import to_ms

MeterOf = Callable[..., ElectricityMeter]
SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
DCC = Party("DCC", UserRole.DCC)


def codes(meter: ElectricityMeter) -> list[int]:
    return [record.code for record in (*meter.event_log, *meter.security_log)]


# --- firmware ------------------------------------------------------------------------------------------------------


def test_firmware_is_verified_and_then_activated_by_its_hash(meter_of: MeterOf) -> None:
    meter = meter_of()
    image = FirmwareImage("00020130", "HHT Training", "TRAINER-1E", contents=b"better")
    assert meter.execute(ActivateFirmware(image.sha256), SUPPLIER) is ActivationResult.NO_IMAGE_HELD
    assert meter.firmware.receive(image) is TransferResult.COMPLETE
    assert meter.execute(ActivateFirmware("0" * 64), SUPPLIER) is ActivationResult.HASH_MISMATCH
    assert meter.execute(ReadFirmwareVersion(), SUPPLIER) == "0002012F"
    assert meter.execute(ActivateFirmware(image.sha256.lower()), SUPPLIER) is ActivationResult.SUCCESS
    assert meter.execute(ReadFirmwareVersion(), SUPPLIER) == "00020130"
    assert AlertCode.FIRMWARE_CHANGED in codes(meter)
    assert meter.execute(ActivateFirmware(image.sha256), SUPPLIER) is ActivationResult.NO_IMAGE_HELD


@pytest.mark.parametrize(
    ("image", "damaged", "result"),
    [
        (FirmwareImage("00020130", "Other", "TRAINER-1E"), False, TransferResult.DISCARDED),
        (FirmwareImage("00020130", "HHT Training", "TRAINER-1E", "HW9"), False, TransferResult.HARDWARE_MISMATCH),
        (FirmwareImage("00020130", "HHT Training", "TRAINER-1E"), True, TransferResult.TRANSFER_FAILED),
    ],
)
def test_what_is_not_for_this_meter_is_not_held(
    meter_of: MeterOf, image: FirmwareImage, damaged: bool, result: TransferResult
) -> None:
    meter = meter_of()
    assert meter.firmware.receive(image, damaged=damaged) is result
    assert meter.firmware.held is None
    assert AlertCode.FIRMWARE_TRANSFER_FAILED in codes(meter)


def test_an_image_that_does_not_run_leaves_the_old_one(meter_of: MeterOf) -> None:
    meter = meter_of()
    image = FirmwareImage("00020130", "HHT Training", "TRAINER-1E", works=False)
    meter.firmware.receive(image)
    assert meter.execute(ActivateFirmware(image.sha256), SUPPLIER) is ActivationResult.ACTIVATION_FAILED
    assert meter.firmware.version == "0002012F"


# --- notices -------------------------------------------------------------------------------------------------------


def test_messages_contact_and_cin(meter_of: MeterOf) -> None:
    meter = meter_of()
    meter.execute(WriteContactDetails("E-ON", "0333 202 4650"), SUPPLIER)
    meter.execute(SendMessage("Your tariff changes on Monday."), SUPPLIER)
    meter.execute(SendCin("7116"), DCC)
    shown = meter.notices.shown
    assert (shown.contact_name, shown.message, shown.cin) == ("E-ON", "Your tariff changes on Monday.", "7116")
    meter.notices.acknowledge()
    assert meter.notices.shown.message == ""
    assert list(meter.event_log)[-1].code == AlertCode.MESSAGE_ACKNOWLEDGED


@pytest.mark.parametrize(
    "command",
    [
        WriteContactDetails("A name that is too long", "1"),
        WriteContactDetails("£", "1"),
        SendMessage(""),
        SendMessage("x" * 117),
    ],
)
def test_what_does_not_fit_changes_nothing(meter_of: MeterOf, command: object) -> None:
    meter = meter_of()
    before = meter.notices.shown
    with pytest.raises(DeviceRefusal):
        meter.execute(command, SUPPLIER)  # type: ignore[arg-type]
    assert meter.notices.shown == before


@pytest.mark.parametrize("cin", ["123", "12345", "12a4", "١٢٣٤"])
def test_a_cin_is_four_digits(meter_of: MeterOf, cin: str) -> None:
    with pytest.raises(DeviceRefusal):
        meter_of().execute(SendCin(cin), DCC)


# --- tenancy and PIN -----------------------------------------------------------------------------------------------


def test_a_change_of_tenancy_hides_what_was_before(meter_of: MeterOf) -> None:
    meter = meter_of()
    now_ms = meter.site.now_ms
    assert meter.tenancy.since_ms == 0
    meter.tenancy.set_pin("1234")
    meter.execute(ChangeTenancy(now_ms), SUPPLIER)
    assert meter.tenancy.since_ms == now_ms
    assert not meter.tenancy.pin_set


def test_the_pin_hides_private_pages_until_it_is_entered(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    meter.display.add(lambda: Page("Balance", ("£12.34",), private=True))
    tenancy = meter.tenancy
    tenancy.set_pin("2580")
    assert meter.display.pages()[-1].lines != ("£12.34",)
    assert not tenancy.enter_pin("0000")
    assert tenancy.enter_pin("2580")
    assert meter.display.pages()[-1].lines == ("£12.34",)
    tenancy.lock()
    for _try in range(3):
        assert not tenancy.enter_pin("1111")
    assert not tenancy.enter_pin("2580")  # three wrong ones: wait a minute
    clock.advance(60)
    assert tenancy.enter_pin("2580")
    tenancy.lock()
    with pytest.raises(DeviceRefusal):
        tenancy.set_pin("9999")
    meter.execute(DisablePrivacyPin(), SUPPLIER)
    assert meter.display.pages()[-1].lines == ("£12.34",)


# --- tamper, display, logs -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("tamper", list(Tamper))
def test_tampering_is_logged_and_cuts_the_supply_only_where_it_is_told_to(meter_of: MeterOf, tamper: Tamper) -> None:
    meter = meter_of()
    meter.tampers.begin(tamper)
    meter.tampers.begin(tamper)
    assert meter.supply is SupplyState.ENABLED
    meter.tampers.end(tamper)
    meter.tampers.locks = True
    meter.tampers.begin(tamper)
    assert meter.supply is SupplyState.DISABLED
    assert codes(meter).count(AlertCode.SUPPLY_LOCKED_AFTER_TAMPER) == 1


def test_a_button_that_does_nothing_now_says_so(meter_of: MeterOf) -> None:
    meter = meter_of()
    pressed: list[str] = []
    ready = [False]
    meter.display.offer(Button("ok", "OK", lambda: ready[0], pressed.append))
    with pytest.raises(DeviceRefusal, match="nothing now"):
        meter.display.press("ok")
    assert list(meter.event_log)[-1].code == AlertCode.USER_INTERFACE_COMMAND_NOT_ACTIONED
    ready[0] = True
    meter.display.press("ok")
    assert pressed == [""]
    assert list(meter.event_log)[-1].code == AlertCode.USER_INTERFACE_COMMAND_ACTIONED
    with pytest.raises(DeviceRefusal):
        meter.display.press("no such button")


def test_logs_are_read_by_command_and_only_the_event_log_is_cleared(meter_of: MeterOf) -> None:
    meter = meter_of()
    meter.set_clock(meter.clock.now())
    assert len(meter.execute(ReadEventLog(), SUPPLIER)) == 1  # type: ignore[arg-type]
    meter.execute(ClearEventLog(), SUPPLIER)
    assert meter.execute(ReadEventLog(), SUPPLIER) == ()
    security = meter.execute(ReadSecurityLog(), SUPPLIER)
    assert security[-1].code == AlertCode.EVENT_LOG_CLEARED  # type: ignore[index]


# --- clock and MPAN ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start_s", "tolerance_s", "taken"), [(0, 1, True), (-60, 60, True), (-61, 60, False), (1, 60, False)]
)
def test_the_clock_is_the_hubs_within_the_interval(
    clock: ManualClock, start_s: int, tolerance_s: int, taken: bool
) -> None:
    meter = load_premises("dual-fuel", clock=clock, days=1).device()
    meter.clock.adjust(500)
    meter.clock.status = TimeStatus.UNRELIABLE
    answer = meter.execute(SetClock(to_ms(clock.now()) + start_s * 1000, tolerance_s), SUPPLIER)
    moved = clock.now() if taken else clock.now() + timedelta(seconds=500)
    assert (answer.time, answer.status) == (moved, 0 if taken else 2)  # type: ignore[attr-defined]
    expected = AlertCode.CLOCK_ADJUSTED if taken else AlertCode.CLOCK_NOT_ADJUSTED_OUTSIDE_TOLERANCE
    assert list(meter.event_log)[-1].code == expected


def test_without_a_hub_no_time_is_taken(meter_of: MeterOf, clock: ManualClock) -> None:
    meter = meter_of()
    before = meter.clock.now()
    meter.execute(SetClock(to_ms(clock.now()), 3600), SUPPLIER)
    assert meter.clock.now() == before


def test_mpans_by_command(meter_of: MeterOf) -> None:
    meter = meter_of()
    meter.execute(SetImportMpan("1200023305967"), SUPPLIER)
    meter.execute(SetExportMpan("2000000000015"), DCC)
    assert meter.execute(ReadMpans(), SUPPLIER) == ("1200023305967", "", "2000000000015")
    for wrong in (SetImportMpan("120002330596"), SetImportMpan("1200023305967", "2000000000015")):
        with pytest.raises(DeviceRefusal):
            meter.execute(wrong, SUPPLIER)
    with pytest.raises(DeviceRefusal):  # the export MPAN is not the import supplier's
        meter.execute(SetExportMpan("2000000000015"), SUPPLIER)
