"""An electricity meter as a premises file says it."""

from __future__ import annotations

from hht.i18n import _
from hht.model.consumer import ApplianceShape
from hht.model.electricity_meter import (
    LocalAccess,
    MeterConfiguration,
    OpticalHead,
    OpticalMode,
    ProfileForm,
    SupplyState,
    TimeStatus,
)
from hht.model.electricity_meter.clients import ClientSet, clients_of
from hht.model.electricity_meter.identity import MeterIdentity
from hht.model.electricity_meter.load_limit import HIGHEST_W, LoadLimitSettings
from hht.model.electricity_meter.randomised_offset import MAXIMUM_LIMIT_S
from hht.model.electricity_meter.supply import SupplyRules
from hht.model.electricity_meter.transformers import CurrentTransformers
from hht.model.electricity_meter.variant import PATTERN
from hht.model.features.remote_display import WIRED, WIRELESS
from hht.model.features.tariff_plan import TariffPlan
from hht.model.household import HouseholdShape
from hht.model.plan_file import Section
from hht.model.plans.checks import device_name, eight_hex, eui_64, mpan_core, short, signed_on, three_capitals
from hht.model.plans.han import read_han
from hht.model.plans.load_control import read_switches
from hht.model.plans.network import read_demand_window, read_voltage
from hht.model.plans.port import read_meter_port
from hht.model.plans.prepayment import read_prepayment
from hht.model.plans.tariff import read_billing, read_secondary_tariff, read_tariff

NOBODY_HOME = HouseholdShape(annual_wh=0, base_load_w=0, away_weeks_percent=100)  # behind a generation meter
COUNTERS = ("per-association", "strict")  # how invocation counters may begin


def read_electricity_meter(section: Section) -> MeterConfiguration:
    """The meter in one ``[[device]]`` table. PremisesError names the line and the field that is wrong."""
    name = section.text("id", check=device_name)
    identity, access = _identity(section)
    han = read_han(section)
    generation = section.yes_no("generation", False)
    clock, energy, house, optical = (section.section(name) for name in ("clock", "energy", "household", "optical"))
    configuration = MeterConfiguration(
        name=name,
        identity=identity,
        local_access=access,
        clock_adrift_s=clock.number("adrift_s", 0, low=-400_000_000, high=400_000_000),
        clock_gain_ppm=clock.number("gain_ppm", 0, low=-1000, high=1000),
        clock_status=TimeStatus[clock.choice("status", ("reliable", "invalid", "unreliable"), "reliable").upper()],
        import_reading_wh=energy.whole("import_wh", 0, low=0, high=3_000_000_000),
        export_reading_wh=energy.whole("export_wh", 0, low=0, high=3_000_000_000),
        import_mpan=section.text("import_mpan", "", check=mpan_core),
        export_mpan=section.text("export_mpan", "", check=mpan_core),
        offset_limit_s=section.whole("randomised_offset_limit_s", 0, low=0, high=MAXIMUM_LIMIT_S),
        supply=SupplyState(section.choice("supply", tuple(SupplyState), "enabled")),
        profile_months=section.whole("profile_months", 13, low=12, high=13),
        generation=generation,
        enable_over=section.choices("enable_over", (WIRELESS, WIRED), frozenset({WIRELESS, WIRED})),
        isolator=section.yes_no("isolator", False),
        supply_rules=SupplyRules(section.choice("supply_rules", tuple(SupplyRules), SupplyRules.GBCS)),
        load_limit=_load_limit(section.section("load_limit")),
        switches=read_switches(section),
        billing=read_billing(section.section("billing")),
        tariff=read_tariff(section.section("tariff"), TariffPlan()),
        secondary_tariff=read_secondary_tariff(section, twin=identity.variant[0] == "B"),
        prepayment=read_prepayment(section.section("prepayment")),
        voltage=read_voltage(section.section("voltage")),
        demand_window=read_demand_window(section.section("demand")),
        contact_name=section.text("contact_name", "", check=short),
        contact_telephone=section.text("contact_telephone", "", check=short),
        household=read_household(house, NOBODY_HOME if generation else HouseholdShape()),
        appliances=tuple(_appliance(table) for table in section.tables("appliance")),
        han=han,
        transformers=_transformers(section),
        port=read_meter_port(section),
        clients=clients_of(ClientSet(section.choice("clients", tuple(ClientSet), ClientSet.TRAINING))),
        strict_counters=section.choice("counters", COUNTERS, COUNTERS[0]) == COUNTERS[1],
        optical=OpticalHead(
            OpticalMode(optical.choice("mode", tuple(OpticalMode), OpticalMode.E)),
            optical.whole("reaction_ms", 200, low=20, high=1500),
            ProfileForm(optical.choice("profiles", tuple(ProfileForm), ProfileForm.PLAIN)),
            optical.yes_no("notifies", False),
        ),
    )
    for part in (clock, energy, house, optical, section):
        part.done()
    if len(configuration.household.shares) not in (1, configuration.capabilities.channels):
        raise house.error("shares", _("a meter of this variant has another number of phases or elements"))
    if configuration.switches and "D" not in identity.variant:
        raise section.error("variant", _("auxiliary load switches need a variant with D"))
    return configuration


def _identity(section: Section) -> tuple[MeterIdentity, LocalAccess]:
    """Who the meter is and what its port allows: a SMETS2 meter's never lets an installer write."""
    identity = MeterIdentity(
        device_id=section.text("device_id", check=eui_64),
        maker=section.text("maker", check=three_capitals),
        manufacturer=section.text("manufacturer", check=short),
        model=section.text("model", check=signed_on),
        firmware=section.text("firmware", check=eight_hex),
        smets_version=section.text("smets_version", "", check=short),
        gbcs_version=section.text("gbcs_version", "", check=short),
        hardware=section.text("hardware", "", check=short),
        variant=section.text("variant", "A", check=_variant),
    )
    access = LocalAccess(section.choice("local_access", tuple(LocalAccess)))
    if access is LocalAccess.INSTALLER and "SMETS2" in f"{identity.model} {identity.manufacturer}".upper():
        raise section.error("local_access", _("a SMETS2 meter never lets an installer write at its optical port"))
    return identity, access


def read_household(section: Section, usual: HouseholdShape) -> HouseholdShape:
    """How much the people behind the meter use; `usual` where the file says nothing."""
    shares = section.wholes("shares", usual.shares, low=0, high=1000)
    if sum(shares) != 1000:
        raise section.error("shares", _("its sum must be 1000, not {sum}").format(sum=sum(shares)))
    return HouseholdShape(
        shares=shares,
        annual_wh=section.whole("annual_wh", usual.annual_wh, low=0, high=200_000_000),
        base_load_w=section.whole("base_load_w", usual.base_load_w, low=0, high=20_000),
        solar_peak_w=section.whole("solar_peak_w", usual.solar_peak_w, low=0, high=100_000),
        away_weeks_percent=section.whole("away_weeks_percent", usual.away_weeks_percent, low=0, high=100),
        sun_of=section.text("sun_of", "", check=device_name),
    )


def _transformers(section: Section) -> CurrentTransformers | None:
    """`[device.transformers]`: None where the meter carries the supply's current itself."""
    table = section.section("transformers")
    fitted = table.wholes_or_none("fitted", low=1, high=10_000)
    programmed = table.wholes_or_none("programmed", low=1, high=10_000) or fitted
    table.done()
    if not fitted and not programmed:
        return None
    if len(fitted) != 2 or len(programmed) != 2:
        raise table.error("fitted", _("primary and secondary current are expected, such as [200, 5]"))
    return CurrentTransformers((fitted[0], fitted[1]), (programmed[0], programmed[1]))


def _load_limit(section: Section) -> LoadLimitSettings:
    usual = LoadLimitSettings()
    settings = LoadLimitSettings(
        threshold_w=section.whole("threshold_w", usual.threshold_w, low=0, high=HIGHEST_W),
        period_s=section.whole("period_s", usual.period_s, low=1, high=86_400),
        restoration_s=section.whole("restoration_s", usual.restoration_s, low=1, high=86_400),
        disables=section.yes_no("disables", usual.disables),
    )
    section.done()
    return settings


def _appliance(section: Section) -> ApplianceShape:
    appliance = ApplianceShape(
        name=section.text("name", check=device_name),
        power_w=section.whole("power_w", 0, low=1, high=100_000),
        channel=section.whole("channel", 1, low=1, high=3) - 1,
        switch=section.whole("switch", 0, low=0, high=5),
        daily_wh=section.whole("daily_wh", 0, low=0, high=1_000_000),
        on=section.yes_no("on", True),
    )
    section.done()
    return appliance


def _variant(value: str) -> str:
    return (
        ""
        if PATTERN.fullmatch(value)
        else _("write A, B or C, with D for auxiliary load switches, E for a boost button")
    )
