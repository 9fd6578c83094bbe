"""The gas account of an intelligent hub as a premises file says it: ``[device.account]``."""

from __future__ import annotations

from hht.model.features.tariff_check import GAS
from hht.model.gas_meter.volume import CV_RANGE, FACTOR_RANGE, Conversion
from hht.model.intelligent_hub.account import AccountPlan
from hht.model.intelligent_hub.codes import Reopening
from hht.model.intelligent_hub.reported_tariff import BlockStrategy
from hht.model.intelligent_hub.timeout import LONGEST, USUAL
from hht.model.plan_file import Section
from hht.model.plans.checks import mprn
from hht.model.plans.prepayment import read_prepayment
from hht.model.plans.tariff import read_tariff


def read_account(section: Section) -> AccountPlan | None:
    """``[device.account]`` of a hub: an intelligent hub; None where it is left out."""
    table = section.optional("account")
    if table is None:
        return None
    usual = AccountPlan()
    plan = AccountPlan(
        timeout=table.whole("timeout_half_hours", USUAL, low=1, high=LONGEST),
        blocks=BlockStrategy(table.choice("blocks", tuple(BlockStrategy), usual.blocks)),
        conversion=Conversion(
            table.whole("calorific_value", usual.conversion.calorific_value, low=CV_RANGE[0], high=CV_RANGE[1]),
            table.whole("conversion_factor", usual.conversion.factor, low=FACTOR_RANGE[0], high=FACTOR_RANGE[1]),
        ),
        tariff=read_tariff(table.section("tariff"), usual.tariff, GAS),
        prepayment=read_prepayment(table.section("prepayment")),
        mprn=table.text("mprn", "", check=mprn),
        reopening=Reopening(table.choice("reopening", tuple(Reopening), usual.reopening)),
    )
    table.done()
    return plan
