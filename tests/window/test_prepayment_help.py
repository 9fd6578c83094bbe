"""Prepayment help from the job list on, in the real window, at an emulated home that has run out of credit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from hht.model.electricity_meter.items import SupplyState
from hht.work.view import Outcome, Question, StepState
from tests.window.beginning import VisitBeginner, hurry
from tests.window.test_access_devices import AtDevices
from tests.window.test_install_dual_fuel import evidence_of, sample

TOKENS = {"check-token/token": "73943020269416927941", "check-gas-token/token": "73943020239019862396"}


class AtPrepayment(AtDevices):
    """An engineer beside a customer at two prepaid meters; the taps are as the customer has left them."""

    tap_lh = 0

    def press(self, name: str) -> None:
        super(AtDevices, self).press(name)

    def give(self, question: Question, value: str) -> None:
        match question.id:
            case "arrive/smell":
                self.stay_beside("gsme-1")
            case "type-token/said-1":
                self.type_at("esme-1", "utrn", TOKENS["check-token/token"])
            case "type-gas-token/said-1":
                self.type_at("gsme-1", "utrn", TOKENS["check-gas-token/token"])
            case "enable-supply/pressed":
                self.press_at("esme-1", "enable")
            case "gas-flow-test/result":
                self.do(lambda ground: _meter(ground, "gsme-1").open_tap(self.tap_lh))
                self.press_at("gsme-1", "enable")
                self.pass_time(420)
        super(AtDevices, self).give(question, TOKENS.get(question.id, value))

    def settled(self) -> bool:
        return super(AtDevices, self).settled()


def _meter(ground: Any, name: str) -> Any:
    return ground._opened()[1].premises.find(name)


@pytest.fixture
def at_prepayment(begin_visit: VisitBeginner, monkeypatch: pytest.MonkeyPatch) -> Callable[[], AtPrepayment]:
    hurry(monkeypatch)
    return lambda: begin_visit(AtPrepayment, sample("prepayment-help"), desk="desk:emulated")


@pytest.mark.requirement("PPM-02", "PPM-14", "DNO-24")
@pytest.mark.timeout(240)
def test_credit_and_electricity_come_back_and_gas_that_flows_in_its_test_is_a_stop(
    at_prepayment: Callable[[], AtPrepayment],
) -> None:
    at = at_prepayment()
    at.tap_lh = 200
    at.play(stop_before="read-account/told")
    assert "-£1.30" in at.texts(), "on the screen while the customer is told"
    at.play(stop_before="check-token/token")
    assert "£1.30" not in at.texts(), "and not after that"
    at.play(stop_before="gas-proved/cleared-by")  # the screen was not looked at: it is said that it is open
    page = at.shell._visit_page()
    assert page.proceed.accessibleName() == "Clear the lock"
    assert "0x81BF" in at.texts()
    at.play()
    view = at.view
    assert view is not None
    assert view.outcome is Outcome.MADE_SAFE
    assert view.step("enable-supply").state is StepState.DONE
    found = evidence_of(at)["findings"]
    assert (found["type-token"]["seen"], found["type-gas-token"]["seen"]) == ("in-the-log", "not-seen")
    states: list[object] = []
    at.do(lambda ground: states.append(_meter(ground, "esme-1").load_switch.state))
    at.do(lambda ground: states.append(_meter(ground, "gsme-1").valve.state))
    assert states == [SupplyState.ENABLED, SupplyState.ARMED]
    told = str(evidence_of(at))
    for secret in (*TOKENS.values(), "£"):
        assert secret not in told
