"""Which events are logged, sent, shared at home and sounded: set by whom they belong to."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.alert_routes import LogName
from hht.model.device import Alert
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.alert_behaviour import (
    Behaviours,
    ReadBehaviours,
    ReadGasBehaviours,
    ReadNetworkBehaviours,
    ReadSharedEvents,
    SetAudibleAlarms,
    SetBehaviour,
    SetGasBehaviour,
    SetHanSharing,
    SetLogging,
    SetNetworkAlerts,
    SetNetworkLogging,
    SetWanAlerts,
)
from hht.model.gas_meter import GasMeter
from hht.model.han.network import HanFailure
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises, load_premises
from hht.model.refusal import DeviceRefusal

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
NETWORK = Party("Example Networks", UserRole.ELECTRICITY_DISTRIBUTOR)
CLOCK, SAG, LIMIT = AlertCode.CLOCK_ADJUSTED, AlertCode.VOLTAGE_SAG, AlertCode.LOAD_LIMIT_EXCEEDED


@pytest.fixture
def home() -> Premises:
    return load_premises("dual-fuel", clock=ManualClock(datetime(2026, 11, 21, 10, tzinfo=UTC)), days=1)


@pytest.fixture
def meter(home: Premises) -> ElectricityMeter:
    return home.device()


@pytest.fixture
def sent(meter: ElectricityMeter) -> list[Alert]:
    sent: list[Alert] = []
    meter.uplink = sent.append
    return sent


def logged(meter: ElectricityMeter, code: AlertCode, log: LogName = LogName.EVENT) -> int:
    return sum(record.code == code for record in meter.logs[log])


def test_an_event_is_no_longer_sent_and_yet_logged(meter: ElectricityMeter, sent: list[Alert]) -> None:
    meter.execute(SetWanAlerts(off=frozenset({CLOCK})), SUPPLIER)
    meter.alert(CLOCK, "moved")
    meter.alert(LIMIT)
    assert [alert.code for alert in sent] == [LIMIT]
    assert logged(meter, CLOCK) == 1
    meter.execute(SetWanAlerts(on=frozenset({CLOCK})), SUPPLIER)
    meter.alert(CLOCK)
    assert [alert.code for alert in sent] == [LIMIT, CLOCK]


def test_an_event_is_no_longer_logged_and_yet_sent(meter: ElectricityMeter, sent: list[Alert]) -> None:
    meter.execute(SetLogging(off=frozenset({CLOCK})), SUPPLIER)
    meter.alert(CLOCK)
    assert logged(meter, CLOCK) == 0
    assert [alert.code for alert in sent] == [CLOCK]


def test_an_event_is_shared_at_home_and_sounded(home: Premises, meter: ElectricityMeter) -> None:
    meter.execute(SetHanSharing(on=frozenset({LIMIT})), SUPPLIER)
    meter.execute(SetAudibleAlarms(on=frozenset({LIMIT})), SUPPLIER)
    meter.alert(LIMIT, "7200 W")
    meter.alert(CLOCK)
    ihd, cad = home.find("ihd-1"), home.find("cad-1")
    assert ihd.node is not None
    assert ihd.node.network is not None
    (shared,) = ihd.node.network.ask(ihd, meter, ReadSharedEvents())  # type: ignore[misc]
    assert (shared.code, shared.information) == (LIMIT, "7200 W")
    assert [h.why for h in home.site.chronicle if h.what == "its alarm sounds"] == ["alert 8F01"]
    with pytest.raises((DeviceRefusal, HanFailure)):
        ihd.node.network.ask(cad, meter, ReadSharedEvents())


def test_voltage_and_supply_are_the_network_operators(meter: ElectricityMeter, sent: list[Alert]) -> None:
    meter.execute(SetNetworkAlerts(off=frozenset({SAG})), NETWORK)
    meter.execute(SetNetworkLogging(off=frozenset({AlertCode.SUPPLY_INTERRUPTED})), NETWORK)
    meter.alert(SAG)
    meter.alert(AlertCode.SUPPLY_INTERRUPTED)
    assert logged(meter, SAG, LogName.POWER_EVENT) == 1
    assert logged(meter, AlertCode.SUPPLY_INTERRUPTED, LogName.POWER_EVENT) == 0
    assert [alert.code for alert in sent] == [AlertCode.SUPPLY_INTERRUPTED]


@pytest.mark.parametrize(
    ("command", "sender", "why"),
    [
        (SetWanAlerts(off=frozenset({CLOCK, AlertCode.TERMINAL_COVER_REMOVED})), SUPPLIER, "8F76 is mandated"),
        (SetLogging(off=frozenset({AlertCode.SOURCE_LACKS_AUTHORITY})), SUPPLIER, "8F30 is mandated"),
        (SetWanAlerts(off=frozenset({CLOCK, SAG})), SUPPLIER, "802C is another party's"),
        (SetNetworkAlerts(off=frozenset({SAG, CLOCK})), NETWORK, "8145 is another party's"),
        (SetWanAlerts(on=frozenset({CLOCK}), off=frozenset({CLOCK})), SUPPLIER, "both on and off"),
        (SetWanAlerts(off=frozenset({CLOCK})), NETWORK, "may not"),
        (SetNetworkAlerts(off=frozenset({SAG})), SUPPLIER, "may not"),
    ],
)
def test_what_is_mandated_or_anothers_is_refused_and_nothing_changes(
    meter: ElectricityMeter, command: SetBehaviour, sender: Party, why: str
) -> None:
    before = meter.execute(ReadBehaviours(), SUPPLIER), meter.execute(ReadNetworkBehaviours(), NETWORK)
    with pytest.raises(DeviceRefusal, match=why):
        meter.execute(command, sender)
    assert (meter.execute(ReadBehaviours(), SUPPLIER), meter.execute(ReadNetworkBehaviours(), NETWORK)) == before


def test_how_all_are_set_is_read(meter: ElectricityMeter) -> None:
    meter.execute(SetAudibleAlarms(on=frozenset({LIMIT})), SUPPLIER)
    meter.execute(SetLogging(off=frozenset({CLOCK})), SUPPLIER)
    theirs, networks = meter.execute(ReadBehaviours(), SUPPLIER), meter.execute(ReadNetworkBehaviours(), NETWORK)
    assert isinstance(theirs, Behaviours)
    assert isinstance(networks, Behaviours)
    assert theirs.alarm == {LIMIT}
    assert CLOCK in theirs.wan - theirs.logged
    assert AlertCode.MESSAGE_ACKNOWLEDGED in theirs.logged - theirs.wan
    assert SAG in networks.wan & networks.logged
    assert not theirs.wan & networks.wan
    assert AlertCode.TERMINAL_COVER_REMOVED not in theirs.logged | networks.logged


def test_a_gas_meters_events_are_set_one_list_at_a_time(home: Premises) -> None:
    gas = next(iter(home.of(GasMeter)))
    codes = frozenset({AlertCode.EXCESS_GAS_FLOW, AlertCode.BATTERY_LOW})
    gas.execute(SetGasBehaviour(codes, wan=False, alarm=True, logged=False), SUPPLIER)
    settings = gas.execute(ReadGasBehaviours(), SUPPLIER)
    assert isinstance(settings, Behaviours)
    assert settings.alarm == codes
    assert not codes & (settings.wan | settings.logged)
    with pytest.raises(DeviceRefusal, match="mandated"):
        gas.execute(SetGasBehaviour(frozenset({AlertCode.TILT}), wan=False), SUPPLIER)
