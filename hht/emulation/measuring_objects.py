"""What the meter measures beside its two registers, as COSEM objects: reactive energy, phases, second element, maximum
demand, voltage, load limiting, and the profiles of export and reactive energy.

Names, classes and attributes as GBCS has them (factbook 6.1); 1-20 is its second element, 1-0:21.8.0 and on are generic
COSEM's phases. A threshold of voltage is counted as the voltage it is held against, in tenths of a volt.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from hht.emulation.calendar_values import schedule_entry
from hht.emulation.object_parts import (
    COUNT,
    DECIAMPERE,
    DECIVOLT,
    VAR_HOUR,
    WATT,
    WATT_HOUR,
    Column,
    CosemObject,
    Row,
    constant,
    counted,
    data_object,
    moment,
    plain_object,
    register,
    scaler_unit,
    table,
    value_definition,
)
from hht.emulation.value_codec import energy
from hht.model.electricity_meter import ElectricityMeter, Item
from hht.model.electricity_meter.load_profile import CAPTURE_PERIOD_S
from hht.model.electricity_meter.maximum_demand import Demand, DemandWindow
from hht.model.electricity_meter.measurement import MWS_PER_WH
from hht.model.electricity_meter.short_profile import CAPACITY, ShortProfile
from hht.model.electricity_meter.voltage import PROFILE_ENTRIES
from hht.protocol.cosem import data as cosem
from hht.protocol.cosem.data import Data

CLASS_DATA, CLASS_REGISTER, CLASS_EXTENDED_REGISTER, CLASS_SCHEDULE = 1, 3, 4, 10
CLASS_LIMITER, CLASS_EXTENDED_DATA = 71, 9000
FURTHER_LOGS: Final = {Item.POWER_EVENT_LOG: "0-0:99.98.4.255", Item.ALCS_EVENT_LOG: "0-17:99.98.2.255"}
IMPORT, EXPORT = "1-0:1.8.0.255", "1-0:2.8.0.255"
REACTIVE_IMPORT, REACTIVE_EXPORT = "1-0:3.8.0.255", "1-0:4.8.0.255"
SECOND_IMPORT: Final = "1-20:1.8.0.255"
POWER: Final = "1-0:1.7.0.255"
DEMANDS: Final = {
    Demand.IMPORT: "1-0:1.6.0.255",
    Demand.IMPORT_IN_WINDOW: "1-0:1.6.1.255",
    Demand.EXPORT: "1-0:2.6.0.255",
}
RESETS: Final = {
    Demand.IMPORT_IN_WINDOW: "0-0:94.44.5.0",
    Demand.IMPORT: "0-0:94.44.5.1",
    Demand.EXPORT: "0-0:94.44.5.2",
}
MONITORS: Final = {  # name of the threshold -> object
    "extreme_over": "0-0:17.0.1.255",
    "extreme_under": "0-0:17.0.2.255",
    "sag": "0-0:17.0.3.255",
    "swell": "0-0:17.0.4.255",
}
PHASE_VOLTAGE: Final = (32, 52, 72)  # group C of a phase's voltage
PHASE_CURRENT: Final = (31, 51, 71)  # of its current
PHASE_ENERGY: Final = (21, 41, 61)  # and of its active import
WINDOW_SCRIPTS: Final = "0-0:10.0.105.255"  # 1 begins the Configurable Time Period, 2 ends it: the numbers are ours


def measuring_objects(meter: ElectricityMeter) -> list[CosemObject]:
    """Those that this meter has."""
    return [
        *_energies(meter),
        *_demands(),
        *_voltages(meter),
        *_transformers(meter),
        *_load_limit(),
        *_profiles(),
        _tamper(),
    ]


def _tamper() -> CosemObject:
    return data_object(Item.SUPPLY_TAMPER_STATE, "0-0:94.44.0.4", cosem.boolean)


# ---------------------------------------------------------------------------------------------------------- energy


def _energies(meter: ElectricityMeter) -> list[CosemObject]:
    item = Item.MEASUREMENT
    objects = [
        register(item, REACTIVE_IMPORT, lambda measured: measured.reactive_import_varh, VAR_HOUR),
        register(item, REACTIVE_EXPORT, lambda measured: measured.reactive_export_varh, VAR_HOUR),
    ]
    if meter.second_element is not None:
        objects.append(register(item, SECOND_IMPORT, _channel_wh(1), WATT_HOUR))
    if meter.capabilities.phases > 1:
        for number, group in enumerate(PHASE_ENERGY[: meter.capabilities.phases]):
            objects.append(register(item, f"1-0:{group}.8.0.255", _channel_wh(number), WATT_HOUR))
    return objects


def _channel_wh(number: int) -> Callable[[Any], int]:
    return lambda measured: int(measured.channels[number].import_mws // MWS_PER_WH)


# ---------------------------------------------------------------------------------------------------------- demand


def _demands() -> list[CosemObject]:
    window = plain_object(
        Item.MAXIMUM_DEMAND, CLASS_SCHEDULE, "0-0:12.0.0.255", {2: lambda demand: _schedule(demand.window)}
    )
    resets = [_reset(which, obis) for which, obis in RESETS.items()]
    return [*(_demand(which, obis) for which, obis in DEMANDS.items()), *resets, window]


def _reset(which: Demand, obis: str) -> CosemObject:
    """When the register was reset last."""
    return plain_object(Item.MAXIMUM_DEMAND, CLASS_DATA, obis, {2: lambda demand: moment(demand.resets[which])})


def _demand(which: Demand, obis: str) -> CosemObject:
    """GBCS keeps a power of a half-hour here, in an extended register: W, and the time at which it ended."""
    reads = {
        2: counted(lambda demand: demand.registers[which].power_w),
        3: constant(scaler_unit(WATT)),
        4: constant(cosem.null()),
        5: lambda demand: moment(demand.registers[which].time_s),
    }
    return plain_object(Item.MAXIMUM_DEMAND, CLASS_EXTENDED_REGISTER, obis, reads)


def _schedule(window: DemandWindow) -> Data:
    """Two entries of class 10: when the Configurable Time Period begins and ends, each day."""
    times = enumerate((window.start_s, window.end_s), 1)
    return cosem.array([schedule_entry(number, WINDOW_SCRIPTS, number, time_s) for number, time_s in times])


# --------------------------------------------------------------------------------------------------------- voltage


def _voltages(meter: ElectricityMeter) -> list[CosemObject]:
    objects = [_monitor(name, obis) for name, obis in MONITORS.items()]
    for number, group in enumerate(PHASE_VOLTAGE[: meter.capabilities.phases]):
        if number:  # that of the first has an item of its own
            objects.append(register(Item.VOLTAGES, f"1-0:{group}.7.0.255", _element(number), DECIVOLT))
        objects += _phase(number, group)
    return objects


def _element(number: int) -> Callable[[Any], int]:
    return lambda volts: int(volts[number])


def _monitor(name: str, obis: str) -> CosemObject:
    """A limiter that watches the voltage for a sag, a swell or an extreme."""
    threshold = counted(lambda voltage: getattr(voltage.settings, f"{name}_v") * 10)
    reads = {
        2: constant(value_definition(CLASS_REGISTER, "1-0:32.7.0.255")),
        3: threshold,
        4: threshold,
        6: counted(lambda voltage: getattr(voltage.settings, f"{name}_s")),
    }
    return plain_object(Item.VOLTAGE_SUPERVISION, CLASS_LIMITER, obis, reads)


def _phase(number: int, group: int) -> list[CosemObject]:
    """Thresholds and counters of the average of a phase (group F is 4), and its profile."""
    item, volts = Item.VOLTAGE_SUPERVISION, f"1-0:{group}"

    def count(name: str) -> Callable[[Any], int]:
        return lambda voltage: int(voltage.phases[number].counts[name])

    def rows(voltage: Any) -> list[Row]:
        return [(at, (cosem.double_long_unsigned(dv),)) for at, dv in voltage.phases[number].profile.rows()]

    column: Column = (CLASS_REGISTER, f"{volts}.7.0.255", 2)
    return [
        data_object(item, f"{volts}.31.0.4", counted(lambda voltage: voltage.settings.average_under_v * 10)),
        register(item, f"{volts}.32.0.4", count("average_under"), COUNT),
        data_object(item, f"{volts}.35.0.4", counted(lambda voltage: voltage.settings.average_over_v * 10)),
        register(item, f"{volts}.36.0.4", count("average_over"), COUNT),
        table(
            item,
            f"{volts}.24.0.255",
            (column,),
            rows,
            PROFILE_ENTRIES,
            lambda voltage: voltage.settings.average_period_s,
        ),
    ]


# ----------------------------------------------------------------------------------------------------- transformers


def _transformers(meter: ElectricityMeter) -> list[CosemObject]:
    """Of a meter behind current transformers: its ratio (Blue Book: 0.4.2 numerator, 0.4.5 denominator) and the current
    on each phase."""
    if meter.configuration.transformers is None:
        return []
    item = Item.TRANSFORMERS
    objects = [
        register(item, "1-0:0.4.2.255", lambda found: int(found.primary_a), COUNT),
        register(item, "1-0:0.4.5.255", lambda found: int(found.secondary_a), COUNT),
    ]
    for number, group in enumerate(PHASE_CURRENT[: meter.capabilities.phases]):
        objects.append(register(item, f"1-0:{group}.7.0.255", _current(number), DECIAMPERE))
    return objects


def _current(number: int) -> Callable[[Any], int]:
    return lambda found: int(found.currents_da[number])


# ------------------------------------------------------------------------------------------------------ load limit


def _load_limit() -> list[CosemObject]:
    item = Item.LOAD_LIMIT
    threshold = counted(lambda limit: limit.settings.threshold_w)
    limiter = {
        2: constant(value_definition(CLASS_REGISTER, POWER)),
        3: threshold,
        4: threshold,
        6: counted(lambda limit: limit.settings.period_s),
        7: counted(lambda limit: limit.settings.restoration_s),
    }
    disables = {2: lambda limit: cosem.boolean(limit.settings.disables), 3: constant(scaler_unit(COUNT))}
    return [
        plain_object(item, CLASS_LIMITER, "0-0:17.0.0.255", limiter),
        register(item, "0-0:94.44.42.255", lambda limit: limit.count, COUNT),
        plain_object(item, CLASS_EXTENDED_DATA, "0-0:94.44.0.3", disables),
    ]


# -------------------------------------------------------------------------------------------------------- profiles


def _profiles() -> list[CosemObject]:
    """Three months of export (active and reactive), and of reactive import."""

    def exports(profile: ShortProfile) -> list[Row]:
        return [(one.time_s, (energy(one.export_wh), energy(one.reactive_export_varh))) for one in profile.entries()]

    def reactive(profile: ShortProfile) -> list[Row]:
        return [(one.time_s, (energy(one.reactive_import_varh),)) for one in profile.entries()]

    return [
        _profile("0-0:99.1.1.255", (EXPORT, REACTIVE_EXPORT), exports),
        _profile("0-0:99.1.2.255", (REACTIVE_IMPORT,), reactive),
    ]


def _profile(obis: str, columns: tuple[str, ...], rows: Callable[[Any], list[Row]]) -> CosemObject:
    captured = [(CLASS_REGISTER, name, 2) for name in columns]
    return table(Item.SHORT_PROFILE, obis, captured, rows, CAPACITY, lambda _profile: CAPTURE_PERIOD_S)
