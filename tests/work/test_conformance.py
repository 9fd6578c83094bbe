"""Conformance: each row can pass and can fail by what the meter says; a refusal leaves it open, a lost link ends it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from hht.client.api import Identity, LocalAccess, LogEntry, MeterError, RandomisedOffset, RegisterReading, SupplyState
from hht.client.load_control import AuxiliarySwitch, LoadControl
from hht.client.meter_objects import ViewEntry
from hht.client.network_data import DemandRegister, NetworkData, PhaseVoltage, Threshold, Window
from hht.client.object_reader import AttributeValue
from hht.link import LinkLost
from hht.protocol.cosem.data import Data, DataType
from hht.protocol.cosem.errors import DataAccessError, DataAccessResult
from hht.protocol.cosem.obis import Obis
from hht.work.conformance import electricity as checks
from hht.work.conformance.course import findings
from hht.work.conformance.rows import Said, Subject, Verdict
from hht.work.network_view import Agreement, Compared

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
GOOD_ENTRIES = {"1-0:99.1.0": 19_056, "0-0:99.1.3": 731, "0-0:99.1.0": 4464, "0-0:99.98.0": 100}
ASKED: dict[str, Callable[[Subject], Awaitable[Said]]] = {check.name: check.run for check in checks.CHECKS}
TWIN = Identity("00-DB-12-34-56-78-90-A0", "M", "MK", "00020131", "B", "LDN", LocalAccess.READ)
FIVE_MINUTES = RandomisedOffset(600, Decimal("0.5"), 300)


@dataclass
class Talker:
    """A meter that says what a test gives it; good by itself."""

    identity: Identity = TWIN
    registers: list[list[RegisterReading]] = field(default_factory=list)
    offset: RandomisedOffset = FIVE_MINUTES
    switches: tuple[AuxiliarySwitch, ...] = (AuxiliarySwitch(1, "HEATER", False, False, "off", None),)
    power: list[LogEntry] = field(default_factory=list)
    entries: dict[str, int] = field(default_factory=lambda: dict(GOOD_ENTRIES))
    period_s: int = 1800
    rates: Data = field(default_factory=lambda: numbers(5, 7))
    broken: Exception | None = None

    async def identify(self) -> Identity:
        if self.broken is not None:
            raise self.broken
        return self.identity

    async def read_registers(self) -> list[RegisterReading]:
        return self.registers.pop(0) if len(self.registers) > 1 else self.registers[0]

    async def read_randomised_offset(self) -> RandomisedOffset:
        return self.offset

    async def read_load_control(self) -> LoadControl:
        return LoadControl(self.switches, (), (), None)

    async def read_log(self, log: str) -> list[LogEntry]:
        assert log == "power"
        return self.power

    async def read_supply_state(self) -> SupplyState:
        return SupplyState.ARMED

    async def association_view(self) -> list[ViewEntry]:
        names = dict.fromkeys(self.entries, 7) | {"0-0:94.44.0.1": 1, "0-0:94.44.34.1": 1, "1-0:3.8.0": 3}
        return [ViewEntry(number, 0, Obis.parse(obis), readable=()) for obis, number in names.items()]

    async def read_attribute(self, class_id: int, obis: Obis, number: int) -> AttributeValue:
        if class_id == 1:
            return AttributeValue(number, "value", "", self.rates)
        value = self.entries[str(obis)] if number == 8 else (86_400 if str(obis) == "0-0:99.1.3" else self.period_s)
        return AttributeValue(number, "x", str(value), Data(DataType.DOUBLE_LONG_UNSIGNED, value))


def numbers(*values: int) -> Data:
    return Data(DataType.ARRAY, tuple(Data(DataType.DOUBLE_LONG_UNSIGNED, value) for value in values))


def reading(obis: str, value: str | None, odd: str = "") -> RegisterReading:
    return RegisterReading(obis, None if value is None else Decimal(value), "kWh", "", odd)


ALL_READ = [reading("1-0:1.8.0", "10"), reading("1-0:2.8.0", "1"), reading("1-20:1.8.0", "3")]


def meter(**changes: Any) -> Talker:
    return Talker(**{"registers": [ALL_READ], **changes})


def subject(of: Talker, network: NetworkData | None = None, *compared: Compared) -> Subject:
    found = Subject(of)  # type: ignore[arg-type]
    found._known["network"] = (network or data(), list(compared), {}, NOON)
    return found


def data(**changes: Any) -> NetworkData:
    demands = tuple(DemandRegister(name, 100, NOON, None) for name in ("import", "import-in-window", "export"))
    thresholds = (Threshold("swell", Decimal(253), 30), Threshold("sag", Decimal(216), 30))
    whole = NetworkData(demands, Window(57_600, 72_000), thresholds, 1800, (PhaseVoltage(1, 0, 0, ()),), ())
    return replace(whole, **changes)


def event(minutes: int, code: int) -> LogEntry:
    return LogEntry(NOON + timedelta(minutes=minutes), code, "power", "words")


def held(agreement: Agreement, name: str = "import") -> Compared:
    return Compared(DemandRegister(name, 500, NOON, None), 300, NOON, agreement)


P, F, N, OPEN = Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE, Verdict.NOT_SHOWN
BY_METER: list[tuple[str, Talker, Verdict]] = [
    ("half-hours", meter(), P),
    ("half-hours", meter(entries=GOOD_ENTRIES | {"1-0:99.1.0": 18_900}), F),  # a day or so short of 13 months
    ("half-hours", meter(period_s=3600), F),
    ("half-hours", meter(entries={"0-0:99.1.3": 731}), F),
    ("daily-use", meter(), P),
    ("daily-use", meter(entries=GOOD_ENTRIES | {"0-0:99.1.3": 400}), F),
    ("reactive", meter(), P),
    ("reactive", meter(entries=GOOD_ENTRIES | {"0-0:99.1.0": 48}), F),
    ("outages", meter(), OPEN),
    ("outages", meter(power=[event(0, 1), event(5, 2)]), P),
    ("outages", meter(power=[event(5, 1), event(0, 2)]), F),
    ("outages", meter(power=[event(0, 1), event(5, 1)]), F),
    ("outages", meter(power=[event(0, 1)]), OPEN),
    ("supply", meter(), P),
    ("variant", meter(), P),
    ("variant", meter(identity=replace(TWIN, variant="")), F),
    ("variant", meter(identity=replace(TWIN, variant="Z")), F),
    ("elements", meter(), P),
    ("elements", meter(registers=[ALL_READ[:2]]), F),
    ("elements", meter(identity=replace(TWIN, variant="A")), N),
    ("switches", meter(), P),
    ("switches", meter(switches=()), N),
    ("switches", meter(switches=(AuxiliarySwitch(1, "", False, False, "", None),)), F),
    ("switching-times", meter(), OPEN),
    ("switching-times", meter(switches=()), N),
    ("offset", meter(), P),
    ("offset", meter(offset=RandomisedOffset(1800, Decimal("0.5"), 900)), F),
    ("offset", meter(offset=RandomisedOffset(600, Decimal("1.5"), 900)), F),
    ("offset", meter(offset=RandomisedOffset(600, Decimal("0.5"), 302)), F),
    ("export", meter(), P),
    ("export", meter(registers=[ALL_READ[:1]]), F),
    ("readings", meter(), P),
    ("readings", meter(registers=[[reading("1-0:1.8.0", "10", "no unit")]]), F),
    ("readings", meter(registers=[[reading("1-0:1.8.0", "10")], [reading("1-0:1.8.0", "9")]]), F),
    ("readings", meter(registers=[[reading("1-0:2.8.0", "10")]]), F),
    ("rates", meter(), P),
    ("rates", meter(rates=numbers(5)), OPEN),
    ("rates", meter(rates=numbers()), F),
    ("firmware", meter(), P),
    ("firmware", meter(identity=replace(TWIN, firmware=" ")), F),
    ("logs", meter(), P),
    ("logs", meter(entries=GOOD_ENTRIES | {"0-0:99.98.0": 0}), F),
    ("logs", meter(entries={"1-0:99.1.0": 19_056}), F),
]
BY_NETWORK: list[tuple[str, NetworkData, tuple[Compared, ...], Verdict]] = [
    ("maxima", data(), (), P),
    ("maxima", data(demands=data().demands[:2]), (), F),
    ("maxima-true", data(), (held(Agreement.SAME),), P),
    ("maxima-true", data(), (held(Agreement.SAME), held(Agreement.DIFFERENT, "export")), F),
    ("maxima-true", data(), (held(Agreement.NOT_KNOWN),), OPEN),
    ("window", data(), (), P),
    ("window", data(window=None), (), F),
    ("voltage", data(), (), P),
    ("voltage", data(phases=()), (), F),
    ("voltage", data(thresholds=(Threshold("swell", Decimal(200), 30), Threshold("sag", Decimal(216), 30))), (), F),
    ("resets", data(), (), OPEN),
    ("resets", data(demands=()), (), N),
    ("resets", data(demands=(replace(data().demands[0], reset=NOON), *data().demands[1:])), (), P),
]


@pytest.mark.parametrize(("name", "says", "verdict"), BY_METER)
async def test_a_row_goes_by_what_the_meter_says(name: str, says: Talker, verdict: Verdict) -> None:
    said = await ASKED[name](subject(says))
    assert said.verdict is verdict, said.why
    assert said.why


@pytest.mark.requirement("ASR-09")
async def test_what_is_optional_may_be_missing_and_where_it_is_there_it_is_held_to_the_specification() -> None:
    async def verdict(name: str, says: Talker) -> Verdict:
        return (await ASKED[name](subject(says))).verdict

    assert await verdict("half-hours", meter(entries={"0-0:99.1.3": 731})) is F, "mandatory, and missing"
    assert await verdict("switches", meter(switches=())) is N, "optional, and missing"
    wrong = AuxiliarySwitch(1, "", False, False, "", None)
    assert await verdict("switches", meter(switches=(wrong,))) is F, "optional, there, and not as specified"
    assert await verdict("switches", meter()) is P
    assert await verdict("elements", meter(identity=replace(TWIN, variant="A"))) is N, "one element: a variant"
    assert await verdict("elements", meter(registers=[ALL_READ[:2]])) is F, "a second one that cannot be read"


@pytest.mark.parametrize(("name", "network", "compared", "verdict"), BY_NETWORK)
async def test_a_row_of_the_network_view_goes_by_what_was_read_and_recomputed(
    name: str, network: NetworkData, compared: tuple[Compared, ...], verdict: Verdict
) -> None:
    said = await ASKED[name](subject(meter(), network, *compared))
    assert said.verdict is verdict, said.why


def test_every_check_was_seen_to_pass_and_to_fail_but_where_nothing_it_asks_can_be_wrong() -> None:
    tried = [(name, verdict) for name, _says, verdict in BY_METER] + [
        (name, verdict) for name, *_x, verdict in BY_NETWORK
    ]
    over_bytes = {"objects", "fields"}  # both ways in tests/cli/test_dictionary.py
    assert {name for name, verdict in tried if verdict is P} | {"switching-times"} | over_bytes == set(ASKED)
    unfailing = {"supply", "switching-times", "resets"}
    assert set(ASKED) - {name for name, verdict in tried if verdict is F} == unfailing | over_bytes


async def test_a_refusal_leaves_a_row_open_nonsense_fails_it_and_a_lost_link_ends_it() -> None:
    one = [check for check in checks.CHECKS if check.name == "variant"]

    async def found(broken: Exception) -> list[Verdict]:
        return [one.said.verdict async for one in findings(meter(broken=broken), "x:", lambda: 3, one)]  # type: ignore[arg-type]

    assert await found(DataAccessError(DataAccessResult.READ_WRITE_DENIED)) == [OPEN]
    assert await found(MeterError("no sense", remedy="", code="value-not-understood")) == [F]
    with pytest.raises(LinkLost):
        await found(LinkLost("gone", remedy=""))
