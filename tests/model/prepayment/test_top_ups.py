"""Tokens: who can make them, which are taken, and what each refusal says."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.clock import ManualClock
from hht.identifiers.utrn import Utrn
from hht.model.alert_codes import AlertCode
from hht.model.device import Device, DeviceIdentity
from hht.model.electricity_meter import ElectricityMeter
from hht.model.parties import Party, UserRole
from hht.model.prepayment.commands import (
    ApplyTopUp,
    EnterTopUp,
    ReadTopUps,
    RequestEmergencyCredit,
    SetCreditMode,
    UpdatePrepaymentConfiguration,
)
from hht.model.prepayment.records import EntryWay
from hht.model.prepayment.settings import POUND
from hht.model.prepayment.tokens import CounterCache, VendAccount, VendChannel, VendError
from hht.model.refusal import DeviceRefusal
from hht.model.site import Site
from tests.model.prepayment.conftest import SUPPLIER, Interface, codes

DEVICE = "00-DB-12-34-56-78-90-A0"


def account(seed: int = 1, device: str = DEVICE) -> VendAccount:
    clock = ManualClock(datetime(2026, 11, 18, tzinfo=UTC))
    return VendAccount(Site(clock, begins=clock.now(), seed=seed), device)


@pytest.mark.requirement("PPM-14")
@given(
    st.one_of(st.integers(1, 8191), st.integers(82, 8191).map(lambda pounds: pounds * 100)), st.integers(1, 2**32 - 1)
)
def test_a_minted_token_is_a_utrn_that_says_its_value_and_counter(pence: int, counter: int) -> None:
    vend = account()
    receipt = vend.mint(pence, VendChannel.PHONE, counter=counter)
    contents = Utrn.parse(receipt.utrn.reveal()).contents
    assert contents.amount_pence == pence
    assert contents.truncated_counter == counter % 1024
    assert vend.authentic(receipt.utrn, counter)
    assert not vend.authentic(receipt.utrn, counter + 1024)
    assert not account(2).authentic(receipt.utrn, counter)
    assert not account(1, "00-DB-12-34-56-78-90-A1").authentic(receipt.utrn, counter)
    assert vend.channel(counter) is VendChannel.PHONE


@pytest.mark.parametrize("pence", [0, -1, 8192, 8250, 819_200])
def test_an_amount_that_no_token_can_carry_is_not_sold(pence: int) -> None:
    with pytest.raises(VendError):
        account().mint(pence)


def test_a_counter_that_no_token_can_have_is_refused() -> None:
    with pytest.raises(VendError):
        account().mint(100, counter=1 << 32)


@given(st.integers(0, 1 << 31), st.integers(-511, 512))
def test_ten_bits_stand_for_the_nearest_counter(highest: int, ahead: int) -> None:
    counters = CounterCache()
    if highest:
        counters.use(highest)
    counter = highest + ahead
    if counter > 0 and (highest > 511 or ahead > 0):
        assert counters.complete(counter % 1024) == counter


def test_the_last_hundred_counters_are_kept_and_what_is_older_counts_as_used() -> None:
    counters = CounterCache()
    for counter in range(2, 204, 2):
        counters.use(counter)
    assert counters.seen(2)
    assert counters.seen(1)
    assert not counters.seen(3)
    assert counters.seen(4)
    assert counters.seen(202)


@pytest.mark.requirement("PPM-11")
@pytest.mark.parametrize("channel", VendChannel)
def test_a_top_up_says_how_it_was_paid_for(prepaid: ElectricityMeter, channel: VendChannel) -> None:
    receipt = prepaid.prepayment.top_ups.vend.mint(1500, channel)
    prepaid.display.press("utrn", receipt.utrn.reveal())
    (only,) = prepaid.execute(ReadTopUps(), SUPPLIER)  # type: ignore[misc]
    assert only.channel is channel
    assert {one.value for one in VendChannel} == {"phone", "internet", "atm", "cash-outlet"}


@pytest.mark.requirement("PPM-03")
def test_a_token_is_typed_once_at_the_meter_it_was_sold_for(prepaid: ElectricityMeter) -> None:
    """No WAN is needed: nothing here has one."""
    receipt = prepaid.prepayment.top_ups.vend.mint(1500, VendChannel.ATM)
    prepaid.display.press("utrn", receipt.utrn.reveal())
    assert prepaid.prepayment.accounts.balance == 2_500_000
    assert AlertCode.CREDIT_ADDED_LOCALLY in codes(prepaid)
    with pytest.raises(DeviceRefusal):
        prepaid.display.press("utrn", receipt.utrn.reveal())
    assert codes(prepaid)[-2] == AlertCode.TOP_UP_DUPLICATE
    assert prepaid.prepayment.accounts.balance == 2_500_000
    (only,) = prepaid.execute(ReadTopUps(), SUPPLIER)  # type: ignore[misc]
    assert (only.way, only.channel, only.went_to.balance) == (EntryWay.KEYPAD, VendChannel.ATM, 1_500_000)
    other = VendAccount(prepaid.site, DEVICE).mint(1500, counter=2)
    with pytest.raises(DeviceRefusal):
        prepaid.display.press("utrn", other.utrn.reveal())
    assert codes(prepaid)[-2] == AlertCode.TOP_UP_NOT_AUTHENTIC


@pytest.mark.requirement("PPM-03")
def test_a_replay_is_refused_whichever_way_it_comes(prepaid: ElectricityMeter, ppmid: Interface) -> None:
    receipts = [prepaid.prepayment.top_ups.vend.mint(10) for _number in range(130)]
    for receipt in receipts:
        prepaid.answer(EnterTopUp(receipt.utrn), ppmid)
    assert prepaid.prepayment.accounts.balance == 1_000_000 + 130 * 10_000
    for receipt in receipts:
        for again in (
            lambda r=receipt: prepaid.answer(EnterTopUp(r.utrn), ppmid),
            lambda r=receipt: prepaid.execute(ApplyTopUp(r.utrn, r.counter, r.target), SUPPLIER),
        ):
            with pytest.raises(DeviceRefusal, match="used before"):
                again()
    assert prepaid.prepayment.accounts.balance == 1_000_000 + 130 * 10_000
    assert len(prepaid.prepayment.top_ups.accepted) == 5


def test_what_the_supplier_sends_is_for_this_device_and_authentic(prepaid: ElectricityMeter) -> None:
    receipt = prepaid.prepayment.top_ups.vend.mint(1000)
    with pytest.raises(DeviceRefusal):
        prepaid.execute(ApplyTopUp(receipt.utrn, receipt.counter, DEVICE), SUPPLIER)
    assert codes(prepaid)[-1] == AlertCode.TOP_UP_FOR_ANOTHER_DEVICE
    for counter in (receipt.counter + 1, receipt.counter + 1024, 0, -1023, 1 << 40):
        with pytest.raises(DeviceRefusal):
            prepaid.execute(ApplyTopUp(receipt.utrn, counter, receipt.target), SUPPLIER)
        assert codes(prepaid)[-1] == AlertCode.TOP_UP_NOT_AUTHENTIC
    prepaid.execute(ApplyTopUp(receipt.utrn, receipt.counter, receipt.target), SUPPLIER)
    assert AlertCode.CREDIT_ADDED_LOCALLY not in codes(prepaid)
    with pytest.raises(DeviceRefusal):
        prepaid.execute(
            ApplyTopUp(receipt.utrn, receipt.counter, receipt.target),
            Party("Networks", UserRole.ELECTRICITY_DISTRIBUTOR),
        )


def test_a_vendor_who_counts_from_an_epoch_is_not_understood_until_a_whole_counter_came(
    prepaid: ElectricityMeter,
) -> None:
    """Painpoints P21: only ten bits of the counter are in what is typed."""
    vend = prepaid.prepayment.top_ups.vend
    first = vend.mint(1000, counter=1_795_000_000)
    with pytest.raises(DeviceRefusal, match="window"):
        prepaid.display.press("utrn", first.utrn.reveal())
    prepaid.execute(ApplyTopUp(first.utrn, first.counter, first.target), SUPPLIER)
    second = vend.mint(1000, counter=1_795_000_400)
    prepaid.display.press("utrn", second.utrn.reveal())
    assert prepaid.prepayment.accounts.balance == 3_000_000


@pytest.mark.requirement("PPM-13", "EDG-10")
def test_a_stolen_card_of_high_value_is_not_taken(prepaid: ElectricityMeter, clock: ManualClock) -> None:
    """Limits bound what one token, and all of them together, can be worth; a refused token stays good."""
    limits = replace(prepaid.prepayment.settings, max_credit=50 * POUND, max_meter_balance=60 * POUND)
    prepaid.execute(UpdatePrepaymentConfiguration(limits), SUPPLIER)
    vend = prepaid.prepayment.top_ups.vend
    with pytest.raises(DeviceRefusal):
        prepaid.display.press("utrn", vend.mint(819_100).utrn.reveal())
    assert codes(prepaid)[-2] == AlertCode.TOP_UP_EXCEEDS_MAXIMUM_CREDIT
    prepaid.display.press("utrn", vend.mint(5000).utrn.reveal())  # £10 and £50
    card = vend.mint(1)
    with pytest.raises(DeviceRefusal):
        prepaid.display.press("utrn", card.utrn.reveal())
    assert codes(prepaid)[-2] == AlertCode.TOP_UP_EXCEEDS_MAXIMUM_BALANCE
    prepaid.consumer.use("kettle", True)
    clock.advance(100)
    prepaid.display.press("utrn", card.utrn.reveal())


def test_wrong_digits_five_times_and_typing_is_suspended(
    prepaid: ElectricityMeter, clock: ManualClock, ppmid: Interface
) -> None:
    top_ups = prepaid.prepayment.top_ups
    good = top_ups.vend.mint(1000).utrn
    wrong = good.reveal()[:-1] + str((int(good.reveal()[-1]) + 1) % 10)
    for _try in range(4):
        with pytest.raises(DeviceRefusal):
            prepaid.display.press("utrn", wrong)
    clock.advance(601)  # the earlier ones no longer count
    for _try in range(4):
        with pytest.raises(DeviceRefusal):
            prepaid.display.press("utrn", "12")
    assert AlertCode.UTRN_ENTRY_SUSPENDED not in codes(prepaid)
    with pytest.raises(DeviceRefusal):
        prepaid.display.press("utrn", wrong)
    assert codes(prepaid)[-2] == AlertCode.UTRN_ENTRY_SUSPENDED
    assert top_ups.suspended_s == 3600
    with pytest.raises(DeviceRefusal, match="60 more minutes"):
        prepaid.answer(EnterTopUp(good), ppmid)
    assert codes(prepaid)[-1] == AlertCode.UTRN_ENTRY_LOCKED_OUT
    other = top_ups.vend.mint(100)
    prepaid.execute(ApplyTopUp(other.utrn, other.counter, other.target), SUPPLIER)  # the supplier's way stays open
    clock.advance(3600)
    prepaid.answer(EnterTopUp(good), ppmid)
    assert prepaid.prepayment.accounts.balance == 2_100_000


def test_a_good_token_forgives_wrong_ones(prepaid: ElectricityMeter) -> None:
    for _round in range(3):
        for _try in range(4):
            with pytest.raises(DeviceRefusal):
                prepaid.display.press("utrn", "nonsense")
        prepaid.display.press("utrn", prepaid.prepayment.top_ups.vend.mint(100).utrn.reveal())
    assert AlertCode.UTRN_ENTRY_SUSPENDED not in codes(prepaid)


def test_in_credit_mode_no_token_is_taken(prepaid: ElectricityMeter) -> None:
    prepaid.execute(SetCreditMode(), SUPPLIER)
    receipt = prepaid.prepayment.top_ups.vend.mint(1000)
    with pytest.raises(DeviceRefusal):
        prepaid.display.press("utrn", receipt.utrn.reveal())
    with pytest.raises(DeviceRefusal, match="Credit mode"):
        prepaid.execute(ApplyTopUp(receipt.utrn, receipt.counter, receipt.target), SUPPLIER)


def test_only_an_interface_device_asks_for_changes(prepaid: ElectricityMeter) -> None:
    other = Device(prepaid.site, "thing", DeviceIdentity(DEVICE, "HHT", "X", "00000001"))
    for request in (RequestEmergencyCredit(), EnterTopUp(prepaid.prepayment.top_ups.vend.mint(100).utrn)):
        with pytest.raises(DeviceRefusal):
            prepaid.answer(request, other)
    assert prepaid.prepayment.accounts.balance == 1_000_000


def test_no_token_stands_in_what_is_written_down(prepaid: ElectricityMeter) -> None:
    receipt = prepaid.prepayment.top_ups.vend.mint(1000)
    digits = receipt.utrn.reveal()
    prepaid.display.press("utrn", digits)
    with pytest.raises(DeviceRefusal) as refused:
        prepaid.display.press("utrn", digits)
    told = [f"{line.what} {line.why}" for line in prepaid.site.chronicle]
    logged = [record.information for record in prepaid.event_log]
    for text in (*told, *logged, str(refused.value), repr(receipt), repr(prepaid.prepayment.top_ups.accepted)):
        assert digits not in text.replace(" ", "")
    assert digits not in str(prepaid.display.pages())


@pytest.mark.parametrize("again", ["used before", "above the maximum"])
def test_a_token_that_is_not_taken_forgives_nothing(prepaid: ElectricityMeter, again: str) -> None:
    top_ups = prepaid.prepayment.top_ups
    if again == "used before":
        card = top_ups.vend.mint(100).utrn.reveal()
        prepaid.display.press("utrn", card)
    else:
        settings = replace(prepaid.prepayment.settings, max_credit=100_000)
        prepaid.execute(UpdatePrepaymentConfiguration(settings), SUPPLIER)
        card = top_ups.vend.mint(1000).utrn.reveal()
    for attempt in ("nonsense",) * 4 + (card, "nonsense"):
        with pytest.raises(DeviceRefusal):
            prepaid.display.press("utrn", attempt)
    assert AlertCode.UTRN_ENTRY_SUSPENDED in codes(prepaid)
    assert top_ups.suspended_s == 3600
