"""A meter in Prepayment mode, with a load as it is asked for and a simple price."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.consumer import ApplianceShape
from hht.model.device import Device, DeviceIdentity, DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.tariff import SetTariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.household import HouseholdShape
from hht.model.parties import Party, UserRole
from hht.model.premises import read_premises
from hht.model.prepayment.commands import AdjustBalance, SetPrepaymentMode
from hht.model.prepayment.settings import ModeTerms
from tests.standalone import standalone_meter

SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER)
NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)  # a Wednesday
FLAT_RATE = TariffPlan("Flat", None, ((36_000,),), 0)  # 36 p/kWh: 1 kW costs 0.01 p a second
KETTLE_W = 1000
A_SECOND = 10  # what the kettle costs, thousandths of a penny


class Interface(Device):
    """A prepayment interface device, as far as a meter sees it."""

    kind = DeviceKind.PPMID


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON)


@pytest.fixture
def meter(clock: ManualClock) -> ElectricityMeter:
    """In Credit mode, with nothing behind it but a kettle that is off."""
    plain = read_premises("next-door").electricity_meters[0]
    shape = HouseholdShape(annual_wh=0, base_load_w=0, away_weeks_percent=100)
    kettle = ApplianceShape("kettle", KETTLE_W, on=False)
    configuration = replace(plain, household=shape, appliances=(kettle,), tariff=FLAT_RATE, clock_adrift_s=0.0)
    meter = standalone_meter(configuration, clock)
    meter.execute(SetTariff(FLAT_RATE), SUPPLIER)
    meter.registers()
    return meter


@pytest.fixture
def prepaid(meter: ElectricityMeter) -> ElectricityMeter:
    """£10 in Prepayment mode, from now on."""
    meter.execute(AdjustBalance(1_000_000), SUPPLIER)
    meter.execute(SetPrepaymentMode(ModeTerms()), SUPPLIER)
    return meter


@pytest.fixture
def ppmid(meter: ElectricityMeter) -> Interface:
    return Interface(meter.site, "ppmid-1", DeviceIdentity("00-DB-12-34-56-78-99-A7", "HHT", "PPMID", "00000001"))


def codes(meter: ElectricityMeter) -> list[int]:
    """The alerts in the Event Log, oldest first."""
    meter.site.catch_up()
    return [record.code for record in meter.event_log]
