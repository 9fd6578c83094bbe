"""The whole way: a supplier's desk, the centre, the WAN, the account in the hub, and the gas meter at its report."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hht.clock import ManualClock
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub import CommunicationsHub
from hht.model.electricity_meter.items import SupplyState
from hht.model.gas_meter.valve import ArmValve, CloseValve, ReadValve
from hht.model.intelligent_hub import AccountingGasProxy, BasicGasMeter
from hht.model.intelligent_hub.commands import GasCommunication, ReadGasCommunication, SetGasTimeout
from hht.model.premises import Premises, load_premises
from hht.model.prepayment.commands import AdjustGasBalance, ApplyGasTopUp
from hht.model.wan.coverage import Service
from hht.model.wan.desk import Desk
from hht.model.wan.requests import Outcome

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
HALF_HOUR = 1800


class HeadEnd:
    """The gas supplier at its desk."""

    def __init__(self) -> None:
        self.clock = ManualClock(NOON)
        self.home: Premises = load_premises("intelligent-hub", clock=self.clock, days=1)
        centre = self.home.centre
        assert centre is not None
        self.supplier = next(user.party for user in centre.configuration.users if user.party.role == "GS")
        self.desk = Desk(centre, self.supplier)
        self.hub = self.home.of(CommunicationsHub)[0]
        assert isinstance(self.hub.gpf, AccountingGasProxy)
        self.account = self.hub.gpf
        self.meter = self.home.of(BasicGasMeter)[0]

    def wait(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.home.site.catch_up()


@pytest.fixture
def head_end() -> HeadEnd:
    return HeadEnd()


@pytest.mark.requirement("IH-06", "FUN-06")
def test_credit_and_the_supply_by_the_wan(head_end: HeadEnd) -> None:
    account, desk = head_end.account, head_end.desk
    account.prepayment.settle()
    desk.send(account.name, AdjustGasBalance(-account.prepayment.accounts.balance))
    head_end.wait(HALF_HOUR)
    assert head_end.meter.valve.closed
    receipt = account.prepayment.top_ups.vend.mint(1_500)
    sent = desk.send(account.name, ApplyGasTopUp(receipt.utrn, receipt.counter, receipt.target))
    head_end.wait(HALF_HOUR + 400)
    assert sent.outcome is Outcome.ANSWERED
    assert not head_end.meter.valve.closed
    desk.send(account.name, CloseValve())
    head_end.wait(HALF_HOUR)
    assert head_end.meter.supply is SupplyState.DISABLED
    read = desk.send(account.name, ReadValve())
    desk.send(account.name, ArmValve())
    head_end.wait(HALF_HOUR + 400)
    assert read.outcome is Outcome.ANSWERED
    assert head_end.meter.supply is SupplyState.ENABLED


@pytest.mark.requirement("IH-16", "IH-18")
def test_timeout_is_set_and_read_over_the_wan(head_end: HeadEnd) -> None:
    sent = head_end.desk.send(head_end.account.name, SetGasTimeout(480))
    head_end.wait(HALF_HOUR)
    assert sent.outcome is Outcome.ANSWERED
    head_end.home.faults.on("han-jammed", "hub-1")
    head_end.wait(5 * HALF_HOUR)
    read = head_end.desk.send(head_end.account.name, ReadGasCommunication())
    head_end.wait(10)
    assert read.outcome is Outcome.ANSWERED
    assert isinstance(read.answer, GasCommunication)
    assert (read.answer.timeout, read.answer.left, read.answer.failed) == (480, 475, True)


@pytest.mark.requirement("FUN-16", "IH-18")
def test_the_supplier_is_told_of_a_failure_and_of_credit_that_has_ended(head_end: HeadEnd) -> None:
    centre = head_end.home.centre
    assert centre is not None
    head_end.home.faults.on("never-wakes", "gsme-1")
    head_end.wait(HALF_HOUR + 60)
    head_end.desk.send(head_end.account.name, AdjustGasBalance(-head_end.account.prepayment.accounts.balance))
    head_end.wait(60)
    told = {notice.alert.code for notice in centre.mailboxes.of(head_end.supplier.name)}
    assert {AlertCode.LOST_GSME_SEARCHES_FAILED, AlertCode.CREDIT_BELOW_DISABLEMENT_THRESHOLD} <= told


@pytest.mark.requirement("IH-14")
def test_what_was_to_be_told_waits_for_the_wan(head_end: HeadEnd) -> None:
    module = head_end.home.wan[0]
    module.change(service=Service.NONE)
    head_end.home.faults.on("never-wakes", "gsme-1")
    head_end.wait(HALF_HOUR + 60)
    assert AlertCode.LOST_GSME_SEARCHES_FAILED in {alert.code for alert in head_end.hub.outbox}
    module.change(service=Service.CORE)
    head_end.wait(HALF_HOUR)
    assert not head_end.hub.outbox
