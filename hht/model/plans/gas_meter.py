"""A gas meter as a premises file says it."""

from __future__ import annotations

from hht.i18n import _
from hht.model.electricity_meter.items import SupplyState
from hht.model.features.remote_display import WIRED, WIRELESS
from hht.model.features.tariff_check import GAS
from hht.model.gas_meter.meter import BATTERY_DAYS, GasMeterConfiguration
from hht.model.gas_meter.valve import FlowTest
from hht.model.gas_meter.volume import CV_RANGE, FACTOR_RANGE, Conversion, GasUse
from hht.model.intelligent_hub import BasicMeterConfiguration
from hht.model.meter_clock import TimeStatus
from hht.model.plan_file import Section
from hht.model.plans.basic_gas_meter import read_basic_meter
from hht.model.plans.checks import device_name, mprn, short
from hht.model.plans.communications_hub import read_identity
from hht.model.plans.han import read_han
from hht.model.plans.prepayment import read_prepayment
from hht.model.plans.tariff import read_billing, read_tariff
from hht.model.prepayment.settings import PaymentMode

ARCHITECTURES = ("smart", "basic")


def read_gas_meter(section: Section) -> GasMeterConfiguration | BasicMeterConfiguration:
    """The meter in one ``[[device]]`` table, of either architecture: smart, or basic with its account in the hub.
    PremisesError names the line and the field that is wrong."""
    if section.choice("architecture", ARCHITECTURES, ARCHITECTURES[0]) == "basic":
        return read_basic_meter(section)
    return _read_smart(section)


def _read_smart(section: Section) -> GasMeterConfiguration:
    usual = GasMeterConfiguration("", read_identity(section))
    clock, gas, test = (section.section(name) for name in ("clock", "gas", "flow_test"))
    configuration = GasMeterConfiguration(
        name=section.text("id", check=device_name),
        identity=usual.identity,
        clock_adrift_s=clock.number("adrift_s", 0, low=-400_000_000, high=400_000_000),
        clock_status=TimeStatus[clock.choice("status", ("reliable", "invalid", "unreliable"), "reliable").upper()],
        reading_l=gas.whole("reading_l", 0, low=0, high=1_000_000_000),
        mprn=section.text("mprn", "", check=mprn),
        supply=SupplyState(section.choice("supply", tuple(SupplyState), "enabled")),
        conversion=Conversion(
            gas.whole("calorific_value", usual.conversion.calorific_value, low=CV_RANGE[0], high=CV_RANGE[1]),
            gas.whole("conversion_factor", usual.conversion.factor, low=FACTOR_RANGE[0], high=FACTOR_RANGE[1]),
        ),
        use=GasUse(
            gas.whole("annual_kwh", usual.use.annual_kwh, low=0, high=1_000_000),
            gas.whole("pilot_lh", usual.use.pilot_lh, low=0, high=1000),
        ),
        flow_test=FlowTest(
            test.whole("rate_lh", usual.flow_test.rate_lh, low=1, high=6000),
            test.whole("stabilisation_s", usual.flow_test.stabilisation_s, low=1, high=3600),
            test.whole("measurement_s", usual.flow_test.measurement_s, low=1, high=3600),
        ),
        tariff=read_tariff(section.section("tariff"), usual.tariff, GAS),
        prepayment=read_prepayment(section.section("prepayment")),
        billing=read_billing(section.section("billing")),
        contact_name=section.text("contact_name", "", check=short),
        contact_telephone=section.text("contact_telephone", "", check=short),
        battery_days=section.whole("battery_days", usual.battery_days, low=0, high=BATTERY_DAYS),
        valve=gas.yes_no("valve", True),
        enable_over=section.choices("enable_over", (WIRELESS, WIRED)),
        han=read_han(section),
    )
    for part in (clock, gas, test, section):
        part.done()
    if not configuration.valve and configuration.supply is not SupplyState.ENABLED:
        raise section.error("supply", _("without a valve the gas is always on"))
    if not configuration.valve and configuration.prepayment.mode is PaymentMode.PREPAYMENT:
        raise gas.error("valve", _("prepaid gas needs a valve"))
    return configuration
