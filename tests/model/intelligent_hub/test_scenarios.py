"""The three failure scenarios of document 001, appendix C, half-hour by half-hour.

A row: time, total register and cut-off volume (litres), the half-hour counters of meter and hub, the HAN failure flag,
the valve. The burner takes 450 l each half-hour.
"""

from __future__ import annotations

import pytest

from hht.model.alert_codes import AlertCode
from hht.model.intelligent_hub.commands import GasCommunication, Outage, ReadGasCommunication
from tests.model.intelligent_hub.bench import GAS_SUPPLIER, HALF_HOUR_S, Bench, bench

TWO_RATES = 'prices_p = [9, 18]\nswitches = [["00:00", 1], ["01:15", 2], ["04:00", 1]]'


def asked(home: Bench) -> GasCommunication:
    """What the head end reads."""
    answer = home.account.execute(ReadGasCommunication(), GAS_SUPPLIER)
    assert isinstance(answer, GasCommunication)
    return answer


def rows(table: str) -> list[str]:
    return [line.strip() for line in table.strip().splitlines()]


# --- 1: the communications fail permanently ------------------------------------------------------------------------


@pytest.mark.requirement("IH-07", "IH-18")
def test_the_cut_off_is_reached_first() -> None:
    home = bench(135, burner=900)
    home.wait(minutes=10)
    home.jam()
    home.wait(minutes=20)
    assert [home.row(), *home.run(5)] == rows("""
        00:30   450  1350   3/3 failed open
        01:00   900  1350   2/2 failed open
        01:30  1350  1350   1/1 failed open
        02:00  1800  1350   0/0 failed closed
        02:30  1800  1350   0/0 failed closed
        03:00  1800  1350   0/0 failed closed
    """)


@pytest.mark.requirement("IH-18")
def test_the_timeout_ends_first() -> None:
    home = bench(225, burner=900, timeout=2)
    home.jam()
    assert home.run(6) == rows("""
        00:30   450  2250   1/1 failed open
        01:00   900  2250   0/0 failed open
        01:30  1350  2250   0/0 failed open
        02:00  1800  2250   0/0 failed open
        02:30  2250  2250   0/0 failed closed
        03:00  2250  2250   0/0 failed closed
    """)


@pytest.mark.requirement("IH-18", "IH-15", "IH-16")
def test_ihd_and_head_end_are_told_and_the_timeout_says_for_how_long() -> None:
    home = bench(450, burner=900, timeout=96)
    home.jam()
    home.wait(minutes=20)
    assert not home.account.warning
    home.wait(minutes=10)
    told = [alert for alert in home.hub.outbox if alert.code is AlertCode.LOST_GSME_SEARCHES_FAILED]
    assert [alert.device for alert in told] == ["hub-1-gpf"]
    home.wait(half_hours=6)
    answer = asked(home)
    assert (answer.timeout - answer.left, answer.failed) == (7, True)
    assert home.account.read().warning == "No contact with the gas meter: the gas supply stays on for 1 d 20.5 h"
    assert len(told) == 1


# --- 2: they fail intermittently -----------------------------------------------------------------------------------


@pytest.mark.requirement("IH-08", "IH-19")
def test_recovery_before_the_cut_off_changes_nothing() -> None:
    home = bench(225, burner=900)
    before = [home.row(), *home.run(1)]
    home.jam()
    during = home.run(2)
    home.clear()
    assert before + during + home.run(3) == rows("""
        00:00     0  2250   4/4 -      open
        00:30   450  2250   4/4 -      open
        01:00   900  2250   3/3 failed open
        01:30  1350  2250   2/2 failed open
        02:00  1800  2250   4/4 -      open
        02:30  2250  2250   4/4 -      closed
        03:00  2250  2250   4/4 -      closed
    """)


@pytest.mark.requirement("IH-12", "IH-19")
def test_a_dearer_rate_meanwhile_may_cut_off_at_once() -> None:
    """Two half-hours at 45 p are paid; what was burnt unheard is charged at 18 p/kWh, the rate in force by then."""
    home = bench(225, burner=900, tariff=TWO_RATES)
    before = home.run(1)
    home.jam()
    during = home.run(2)
    home.clear()
    assert before + during + home.run(2) == rows("""
        00:30   450  2250   4/4 -      open
        01:00   900  2250   3/3 failed open
        01:30  1350  2250   2/2 failed open
        02:00  1800  1800   2/2 -      closed
        02:30  1800  1800   2/2 -      closed
    """)
    assert home.balance == 225 - 45 - 3 * 90


@pytest.mark.requirement("IH-19")
def test_the_head_end_sees_intermittent_failures() -> None:
    home = bench(900, burner=900)
    midnight_ms = home.premises.site.now_ms
    for _time in range(3):
        home.jam()
        home.wait(half_hours=2)
        home.clear()
        home.wait(half_hours=1)
    half_hour_ms = HALF_HOUR_S * 1000
    assert asked(home).outages == tuple(Outage(midnight_ms + (1 + 3 * time) * half_hour_ms, 2) for time in range(3))
    alerts = [alert for alert in home.hub.outbox if alert.code is AlertCode.LOST_GSME_SEARCHES_FAILED]
    assert len(alerts) == 3


# --- 3: they fail after the valve has closed -----------------------------------------------------------------------


@pytest.mark.requirement("IH-20", "IH-21")
def test_the_emergency_button_gives_gas_while_the_timer_runs() -> None:
    home = bench(90, burner=900, timeout=5)
    before = [home.row(), *home.run(3)]
    home.jam()
    failed = home.run(1)
    home.meter.display.press("emergency")
    used = home.run(2)
    home.clear()  # without credit: what is left of the timeout is left
    back = home.run(1)
    home.jam()
    again = home.run(1)
    home.meter.display.press("emergency")
    assert before + failed + used + back + again + home.run(2) == rows("""
        00:00     0   900   5/5 -      open
        00:30   450   900   5/5 -      open
        01:00   900   900   5/5 -      closed
        01:30   900   900   5/5 -      closed
        02:00   900   900   4/4 failed closed
        02:30  1260   900   3/3 failed open
        03:00  1710   900   2/2 failed open
        03:30  2160  2160   2/2 -      closed
        04:00  2160  2160   1/1 failed closed
        04:30  2520  2160   0/0 failed closed
        05:00  2520  2160   0/0 failed closed
    """)


@pytest.mark.requirement("IH-20")
def test_communications_back_in_time_and_in_credit_reset_the_timeout() -> None:
    home = bench(90, burner=900)
    home.wait(half_hours=3)
    home.jam()
    home.wait(half_hours=1)
    home.meter.display.press("emergency")
    home.wait(half_hours=1)
    home.top_up(200)
    home.clear()
    # 810 l more than was paid for were burnt by 03:00; £2 less £0.81 are good for 1190 l more
    assert home.run(1) == ["03:00  1710  2900   4/4 -      open"]


@pytest.mark.requirement("IH-20")
def test_without_the_button_the_valve_stays_closed() -> None:
    home = bench(90, burner=900)
    home.wait(half_hours=3)
    home.jam()
    assert {row.split()[-1] for row in home.run(8)} == {"closed"}


@pytest.mark.requirement("IH-17", "IH-20")
def test_after_the_timer_has_ended_the_button_does_nothing() -> None:
    home = bench(90, burner=900, timeout=2)
    home.wait(half_hours=3)
    home.jam()
    home.wait(half_hours=2)
    assert not {button.name: button for button in home.meter.display.buttons()}["emergency"].available()
    assert home.run(2)[-1] == "03:30   900   900   0/0 failed closed"
