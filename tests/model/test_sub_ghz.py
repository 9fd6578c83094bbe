"""The sub-GHz radio of a dual-band hub: its configuration, its channel and the way to a quieter one (DBCH01 to 05)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hht.clock import ManualClock
from hht.identifiers import InstallCode
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.commands import AddToDeviceLog
from hht.model.communications_hub.sub_ghz import (
    ReadSubGhzChannel,
    ReadSubGhzChannelLog,
    ReadSubGhzConfiguration,
    RequestSubGhzScan,
    ScanOutcome,
    SetSubGhzConfiguration,
    SubGhzSettings,
)
from hht.model.device import DeviceKind
from hht.model.parties import DCC
from hht.model.premises import Premises, load_premises
from hht.model.radio.interference import Source
from hht.model.radio.medium import RadioMedium
from hht.model.refusal import DeviceRefusal
from tests.model.wan.homes import after, hub


@pytest.fixture
def home(clock: ManualClock) -> Premises:
    return load_premises("stone-cottage", clock=clock, days=1)


def disturb(home: Premises) -> None:
    """Something else is on the channel in use, all the time."""
    assert isinstance(home.medium, RadioMedium)
    sub_ghz = hub(home).sub_ghz
    assert sub_ghz is not None
    low = 867_000 + 200 * (sub_ghz.channel[1] - 19)
    home.medium.sources.append(Source("alarm", low, low + 200, duty=900))


def test_it_says_which_channel_it_uses_and_how_it_is_set(home: Premises) -> None:
    page, channel = hub(home).execute(ReadSubGhzChannel(), DCC)  # type: ignore[misc]
    assert page == (28 if channel <= 26 else 29)
    assert hub(home).execute(ReadSubGhzConfiguration(), DCC) == SubGhzSettings()
    assert hub(home).execute(ReadSubGhzChannelLog(), DCC) == ()


def test_a_hub_of_one_band_has_none_of_it(clock: ManualClock) -> None:
    home = load_premises("dual-fuel", clock=clock, days=1)
    single = replace(hub(home).configuration, dual_band=False, name="hub-9").build(home)
    assert single.sub_ghz is None
    with pytest.raises(DeviceRefusal):
        single.execute(ReadSubGhzChannel(), DCC)


@pytest.mark.parametrize(
    "changes",
    [
        {"channel_changes_per_week": 8},
        {"normal_limited_duty_cycle": 4},
        {"channel_noisier": 21},
        {"limited_critical_duty_cycle": 10},
        {"masks": frozenset()},
        {"masks": frozenset({(28, 27)})},
    ],
)
def test_a_configuration_out_of_bounds_is_refused(home: Premises, changes: dict[str, object]) -> None:
    wrong = replace(SubGhzSettings(), **changes)  # type: ignore[arg-type]
    with pytest.raises(DeviceRefusal):
        hub(home).execute(SetSubGhzConfiguration(wrong), DCC)
    assert hub(home).execute(ReadSubGhzConfiguration(), DCC) == SubGhzSettings()


def test_a_scan_finds_a_quieter_channel_among_those_it_may_use(home: Premises) -> None:
    _page, before = hub(home).execute(ReadSubGhzChannel(), DCC)  # type: ignore[misc]
    disturb(home)
    allowed = frozenset({(28, before), (28, 25)})
    hub(home).execute(SetSubGhzConfiguration(replace(SubGhzSettings(), masks=allowed)), DCC)
    assert hub(home).execute(RequestSubGhzScan(), DCC) is ScanOutcome.ACCEPTED
    assert hub(home).execute(ReadSubGhzChannel(), DCC) == (28, 25) != (28, before)
    codes = [event.code for event in hub(home).execute(ReadSubGhzChannelLog(), DCC)]  # type: ignore[attr-defined]
    assert codes == [
        AlertCode.SUB_GHZ_CONFIGURATION_CHANGED,
        AlertCode.SUB_GHZ_CHANNEL_SCAN_ASSESSED,
        AlertCode.SUB_GHZ_CHANNEL_SCAN_STARTED,
        AlertCode.SUB_GHZ_CHANNEL_CHANGED,
    ]
    assert hub(home).execute(ReadSubGhzChannelLog(until_s=1), DCC) == ()


def test_a_quiet_channel_is_not_left(home: Premises) -> None:
    before = hub(home).execute(ReadSubGhzChannel(), DCC)
    assert hub(home).execute(RequestSubGhzScan(), DCC) is ScanOutcome.ACCEPTED
    assert hub(home).execute(ReadSubGhzChannel(), DCC) == before
    sub_ghz = hub(home).sub_ghz
    assert sub_ghz is not None
    assert sub_ghz.log[-1].code == AlertCode.SUB_GHZ_CHANNEL_NOT_CHANGED


def test_scans_are_few(home: Premises, clock: ManualClock) -> None:
    ask = RequestSubGhzScan()
    today = [hub(home).execute(ask, DCC) for _number in range(4)]
    assert today == [
        ScanOutcome.ACCEPTED,
        ScanOutcome.SCANS_TODAY,
        ScanOutcome.SCANS_TODAY,
        ScanOutcome.COMMANDS_TODAY,
    ]
    week = []
    for _day in range(3):
        after(home, clock, 86_401)
        week.append(hub(home).execute(ask, DCC))
    assert week == [ScanOutcome.ACCEPTED, ScanOutcome.ACCEPTED, ScanOutcome.SCANS_THIS_WEEK]


def test_nothing_is_scanned_while_devices_may_join(home: Premises) -> None:
    add = AddToDeviceLog(
        "00-DB-12-34-56-78-95-D7", DeviceKind.IHD, InstallCode("1122334455667788112233445566778A"), 600
    )
    hub(home).execute(add, DCC)
    assert hub(home).execute(RequestSubGhzScan(), DCC) is ScanOutcome.JOINING
