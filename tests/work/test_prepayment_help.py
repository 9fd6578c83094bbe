"""Prepayment help step by step: whose account is read, which tokens are typed and how often, who enables a supply."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from hht.client.api import MeterRefused, SupplyState
from hht.client.prepayment import EmergencyState, Money, PrepaymentState, TopUpLogged
from hht.clock import ManualClock, iso_z
from hht.desk.course import AskReport
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.identifiers.utrn import Utrn, UtrnContents, completed_counter
from hht.store.errors import SealBroken
from hht.work.actions.gas_supply import GAS_FLOWED
from hht.work.items import Ends
from hht.work.job import Job
from hht.work.journal import JournalEntry
from hht.work.prepaying import EntryRules, Window, entry_rules, money_text, window_of
from hht.work.scanned import JobKnowledge
from hht.work.supplier import Wanted
from hht.work.tokens import KeptTokens, Tokens
from hht.work.view import NOT_MEASURED, Outcome, Question, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.walkthrough import load_walkthrough
from tests.work.conftest import Rig
from tests.work.flow_model import GAS, HUB, START, MemoryJournal, YesDesk, entries_before, good, job
from tests.work.small_meter import SmallMeter

TOKEN = "73941569907863060480"  # bits 0, nothing on it
PREPAID = job("prepayment-help", HUB, GAS, payment_mode="prepayment")


class Home:
    """A meter, a desk and a person, all well but for `answers`."""

    def __init__(
        self,
        of: Job = PREPAID,
        entries: list[JournalEntry] | None = None,
        answers: dict[str, str] | None = None,
        tokens: Tokens | None = None,
    ) -> None:
        self.of, self.answers = of, dict(answers or {})
        self.knowledge = JobKnowledge(of, tokens=tokens)
        self.clock = ManualClock(START)
        self.meter = SmallMeter(self.clock)
        self.desk: YesDesk = YesDesk()
        self.asked: list[str] = []
        self.journal = MemoryJournal(entries)
        self.on_ask = lambda _question: None
        self.visit = self._visit()

    def _visit(self) -> Visit:
        async def connect() -> SmallMeter:
            await self.meter.open()
            return self.meter

        async def ask(question: Question, error: HhtError | None) -> str | None:
            self.asked.append(question.id)
            self.on_ask(question)
            await asyncio.sleep(0)
            return None if error else self.answers.get(question.id, good(question, self.of))

        flow = load_walkthrough(self.of.walkthrough).for_job(self.of)
        where: Any = self.journal
        knowledge = self.knowledge
        return Visit(self.of, flow, where, connect, self.clock, auto=True, ask=ask, desk=self.desk, knowledge=knowledge)

    async def run(self) -> Outcome | str:
        """The outcome, or the code that it fails with."""
        try:
            return await self.visit.run()
        except StepFailed as error:
            return error.code

    def data(self, step: str) -> dict[str, Any]:
        return dict(self.visit.progress.steps[step].data)


@pytest.mark.requirement("PRV-02")
@pytest.mark.parametrize("mode", ["credit", "prepayment"])
async def test_balance_and_debt_are_read_for_prepayment_alone(mode: str) -> None:
    home = Home(job("prepayment-help", HUB, payment_mode=mode))
    came = await home.run()
    read = {"read-prepayment", "read-money"} & set(home.meter.operations)
    if mode == "prepayment":
        assert (came, read) == (Outcome.COMPLETE, {"read-prepayment", "read-money"})
    else:
        assert (came, read) == ("not-a-prepayment-job", set())
        assert "read-supply" not in home.meter.operations


async def test_no_amount_and_no_token_stands_in_the_journal() -> None:
    home = Home()
    home.meter.energy = []
    assert await home.run() is Outcome.COMPLETE
    told = json.dumps([entry.payload for entry in home.journal.entries()])
    assert '"given"' in told
    for secret in (TOKEN, "£", "4000000", "40.00", "130000", "1.30"):
        assert secret not in told
    assert "1300" not in repr(Money(-130_000, 0, 0, (0, 0, 0)))


@pytest.mark.requirement("PPM-14")
@pytest.mark.parametrize(
    ("counter", "highest", "expected"),
    [
        (None, 7, Window.UNKNOWN),
        (1025, None, Window.UNKNOWN),
        (1025, 1020, Window.INSIDE),
        (1025 << 32, 1020 << 32, Window.INSIDE),
        (1025, 1025, Window.USED),
        (1026, 1020, Window.OTHER),
        (1_760_000_001, 1020, Window.OUTSIDE),  # counted from an epoch: painpoints P21
    ],
)
def test_what_ten_bits_of_a_counter_tell(counter: int | None, highest: int | None, expected: Window) -> None:
    assert window_of(UtrnContents(1, 1, 10), counter, highest) is expected


def test_bits_stand_for_the_nearest_counter() -> None:
    assert [completed_counter(bits, 2050) for bits in (0, 1, 513, 515, 1023)] == [2048, 2049, 2561, 1539, 2047]
    assert completed_counter(1000, 0) == 1000


@pytest.mark.parametrize(
    ("answers", "asked", "wrong"),
    [
        ({"earlier": "4"}, 0, 4),
        ({"earlier": "5"}, 0, 5),
        ({"earlier": "3", "said-1": "incomplete"}, 1, 4),
        ({"earlier": "0", **{f"said-{n}": "incomplete" for n in range(1, 11)}}, 4, 4),
        ({"earlier": "0", "said-1": "incomplete"}, 2, 1),
        ({"earlier": "0", "said-1": "invalid"}, 1, 1),
        ({"earlier": "0", "said-1": "high"}, 1, 1),
        ({"earlier": "0", "said-1": "locked"}, 1, 1),
    ],
)
async def test_attempts_are_counted_and_none_is_offered_before_the_lock_out(
    answers: dict[str, str], asked: int, wrong: int
) -> None:
    home = Home(job("prepayment-help", HUB, payment_mode="prepayment"))
    home.answers = {f"type-token/{name}": value for name, value in answers.items()}
    accepted = answers.get(f"said-{asked}", "accepted") == "accepted" and asked > 0
    assert await home.run() is (Outcome.COMPLETE if accepted else Outcome.INSTALL_AND_LEAVE)
    assert home.asked.count("type-token/earlier") == 1
    assert [one for one in home.asked if one.startswith("type-token/said")] == [
        f"type-token/said-{number}" for number in range(1, asked + 1)
    ]
    assert home.data("type-token")["wrong"] == wrong
    if not accepted:
        facts = {fact.label: fact.value for fact in home.visit.view.step("type-token").facts}
        assert facts["Next"] == "type no more; the supplier sends the top-up over WAN or HAN"


TEN_POUNDS = "73946144332040217315"  # factbook 1.5: counter 3, pounds, 10


def _typed(home: Home, *rows: TopUpLogged, log: bool, pence: int = 0) -> None:
    """What the meter does when the customer types: these rows come into its log (where it shows one), and its balance
    rises by so many pence."""
    home.meter.top_ups = (TopUpLogged(START - timedelta(days=3), 2_000_000),) if log else None
    home.answers |= {"check-token/token": TEN_POUNDS}

    def types(question: Question) -> None:
        if question.id == "type-token/said-1":
            home.meter.balance += pence * 1000
            home.meter.top_ups = (*home.meter.top_ups, *rows) if home.meter.top_ups is not None else None

    home.on_ask = types


TAKEN = TopUpLogged(START, 1_000_000)


@pytest.mark.parametrize(
    ("said", "rows", "log", "pence", "seen"),
    [
        ("accepted", (TAKEN,), True, 1000, "in-the-log"),
        ("invalid", (TAKEN,), True, 1000, "in-the-log"),  # the screen was misread: the meter took it
        ("accepted", (), False, 1000, "in-the-balance"),
        ("accepted", (), False, 998, "in-the-balance"),  # two pence were used meanwhile
        ("accepted", (TopUpLogged(START, 500_000),), True, 500, "another-top-up"),
    ],
)
async def test_a_top_up_is_accepted_by_the_meters_own_record(
    said: str, rows: tuple[TopUpLogged, ...], log: bool, pence: int, seen: str
) -> None:
    home = Home(job("prepayment-help", HUB, payment_mode="prepayment"), answers={"type-token/said-1": said})
    _typed(home, *rows, log=log, pence=pence)
    assert await home.run() is Outcome.COMPLETE
    assert home.data("type-token") == {"accepted": True, "wrong": 0, "seen": seen}
    (fact,) = home.visit.view.step("type-token").facts
    assert fact.from_device is seen.startswith("in-the-")
    written = [one for one in home.visit.progress.writes if one.item == "top-up"]
    assert [one.result for one in written] == [f"top-up-{seen}"]
    told = json.dumps([entry.payload for entry in home.journal.entries()])
    assert "1000000" not in told, "no amount is kept"


@pytest.mark.parametrize(("log", "pence"), [(True, 0), (False, 0), (False, 300)])
async def test_a_top_up_that_the_meter_does_not_have_is_not_called_accepted(log: bool, pence: int) -> None:
    home = Home(job("prepayment-help", HUB, payment_mode="prepayment"), answers={"type-token/said-1": "accepted"})
    _typed(home, log=log, pence=pence)
    assert await home.run() == "top-up-not-there"
    assert home.visit.progress.steps["type-token"].state is not StepState.DONE
    assert [one.result for one in home.visit.progress.writes if one.item == "top-up"] == []


@pytest.mark.parametrize("why", ["no port", "gas"])
async def test_where_nobody_can_look_it_is_told_by_the_person(why: str) -> None:
    home = Home()
    if why == "no port":
        home.meter.disturb = lambda name: _refuse(name == "read-top-ups")
    assert await home.run() is Outcome.COMPLETE
    step = "type-token" if why == "no port" else "type-gas-token"
    assert home.data(step)["seen"] == "not-seen"
    (fact,) = home.visit.view.step(step).facts
    assert (fact.value, fact.from_device) == ("accepted (as told by the person, not seen)", False)


def _refuse(now: bool) -> None:
    if now:
        raise MeterRefused("The meter shows nobody its log.", remedy="Read it off its screen.")


async def test_after_an_interruption_what_was_before_is_not_known() -> None:
    of = job("prepayment-help", HUB, payment_mode="prepayment")
    first = Home(of)
    _typed(first, TAKEN, log=True, pence=1000)
    types = first.on_ask

    def dies(question: Question) -> None:
        types(question)
        if question.id == "type-token/said-1":
            first.visit.cancel()

    first.on_ask = dies
    assert await first.run() == "cancelled"
    again = Home(of, first.journal.entries())
    again.meter.top_ups, again.meter.balance = first.meter.top_ups, first.meter.balance
    assert await again.run() is Outcome.COMPLETE
    assert again.data("type-token")["seen"] == "not-seen"


async def test_entries_that_were_made_before_the_terminal_died_count() -> None:
    of = job("prepayment-help", HUB, payment_mode="prepayment")
    first = Home(of, answers={"type-token/earlier": "2", "type-token/said-1": "incomplete"})

    def dies(question: Question) -> None:
        if question.id == "type-token/said-2":  # the customer may have typed it already: it counts
            home_of_first.cancel()

    home_of_first = first.visit
    first.on_ask = dies
    assert await first.run() == "cancelled"
    again = Home(of, first.journal.entries(), {"type-token/earlier": "2", "type-token/said-2": "incomplete"})
    assert await again.run() is Outcome.INSTALL_AND_LEAVE
    assert [one for one in again.asked if one.startswith("type-token/said")] == ["type-token/said-2"]
    assert again.data("type-token")["wrong"] == 4


@pytest.mark.parametrize(("counter", "window"), [("1760000000", "outside"), ("5", "other"), ("0", "used")])
async def test_a_token_that_the_meter_cannot_understand_is_not_typed(counter: str, window: str) -> None:
    home = Home(job("prepayment-help", HUB, payment_mode="prepayment"))
    home.answers = {"check-token/counter": counter, "check-token/last": "0"}
    assert int(counter) % 1024 in (0, 5)
    assert await home.run() is Outcome.INSTALL_AND_LEAVE
    assert home.data("check-token")["window"] == window
    assert not [one for one in home.asked if one.startswith("type-token/")]


async def test_a_mistyped_token_is_refused_before_it_costs_an_entry() -> None:
    home = Home(answers={"check-token/token": TOKEN[:-1] + "1"})
    assert await home.run() == "utrn-check-digit"
    assert not [one for one in home.asked if one.startswith("type-token/")]


@pytest.mark.parametrize(
    ("answers", "came"),
    [
        ({"check-gas-token/token": TOKEN}, "token-checked-before"),
        ({"check-token/meter": "gas"}, "token-of-other-meter"),
        ({"check-gas-token/meter": "electricity"}, "token-of-other-meter"),
        ({"check-token/meter": "unsaid"}, Outcome.COMPLETE),
    ],
)
async def test_one_token_is_taken_for_one_of_two_meters(answers: dict[str, str], came: Outcome | str) -> None:
    home = Home(answers=answers)
    assert await home.run() == came
    refused = "gas" if "check-gas-token" in next(iter(answers)) else ""
    if came is not Outcome.COMPLETE:
        assert not [one for one in home.asked if one.startswith(f"type-{refused}{'-' if refused else ''}token/")]
        home.answers.clear()  # another receipt, or another word
        assert await home.run() is Outcome.COMPLETE
    else:
        facts = {fact.label: fact.value for fact in home.visit.view.step("check-token").facts}
        assert facts["For"] == "the receipt does not say"


async def test_a_terminal_that_began_anew_knows_the_tokens_that_it_has_checked(rig: Rig) -> None:
    """For the other meter it refuses one as before; for the same meter it tells in which visit that was. Of the token
    nothing is to be found in the store."""

    def tokens(visit: int, job: str = "J-1") -> KeptTokens:
        return KeptTokens(rig.store, job, visit)  # knows what is on disk alone

    first = Home(answers={"check-gas-token/token": NOT_MEASURED}, tokens=tokens(1))
    assert await first.run() is Outcome.COMPLETE
    of_first = {fact.label for fact in first.visit.view.step("check-token").facts}
    assert "Checked before" not in of_first
    crossed = Home(answers={"check-token/token": NOT_MEASURED, "check-gas-token/token": TOKEN}, tokens=tokens(1))
    assert await crossed.run() == "token-checked-before"
    assert not [one for one in crossed.asked if one.startswith("type-gas-token/")]
    second = Home(answers={"check-gas-token/token": NOT_MEASURED}, tokens=tokens(2))
    assert await second.run() is Outcome.COMPLETE
    facts = {fact.label: fact.value for fact in second.visit.view.step("check-token").facts}
    assert "visit 1 of this job" in facts["Checked before"]
    assert tokens(1, "J-2").before(Utrn.parse(TOKEN)) is None, "another job's tokens are its own"
    rig.store.checkpoint()
    assert TOKEN.encode() not in rig.store.path.read_bytes()
    (row,) = rig.store.rows("checked_tokens")
    with pytest.raises(SealBroken):
        rig.store.unseal("checked_tokens", "token", "another/1", row)


async def test_where_there_is_one_meter_nobody_is_asked_which() -> None:
    home = Home(job("prepayment-help", HUB, payment_mode="prepayment"))
    assert await home.run() is Outcome.COMPLETE
    assert "check-token/meter" not in home.asked


@pytest.mark.requirement("DNO-24")
@pytest.mark.parametrize(
    ("before", "after", "came"),
    [
        (SupplyState.ARMED, SupplyState.ENABLED, Outcome.COMPLETE),
        (SupplyState.ARMED, SupplyState.ARMED, "still-off"),
        (SupplyState.DISABLED, SupplyState.DISABLED, "not-armed"),
    ],
)
async def test_a_supply_is_enabled_by_the_person_alone(before: SupplyState, after: SupplyState, came: object) -> None:
    home = Home(job("prepayment-help", payment_mode="prepayment"))
    home.meter.supply = before

    def presses(question: Question) -> None:
        if question.id == "enable-supply/pressed":
            assert home.visit.progress.steps["safe-to-enable"].state is StepState.DONE
            home.meter.supply = after

    home.on_ask = presses
    assert await home.run() == came
    assert ("enable-supply/pressed" in home.asked) == (before is SupplyState.ARMED)
    assert home.meter.writes == {}


async def test_emergency_credit_is_read_back() -> None:
    for after, came in (
        (EmergencyState.ACTIVE, Outcome.COMPLETE),
        (EmergencyState.AVAILABLE, "emergency-not-activated"),
    ):
        home = Home(job("prepayment-help", payment_mode="prepayment"))
        home.meter.prepayment = PrepaymentState(True, EmergencyState.AVAILABLE)

        def presses(question: Question, home: Home = home, after: EmergencyState = after) -> None:
            if question.id == "emergency-credit/pressed":
                home.meter.prepayment = PrepaymentState(True, after)

        home.on_ask = presses
        assert await home.run() == came


class Logged(YesDesk):
    """A gas meter that has logged something, at the time of the test."""

    code, state = 0x81BF, "armed"

    def new(self, step: str, wanted: Wanted) -> AskReport:
        report = super().new(step, wanted)
        rows = json.dumps([{"time": iso_z(START), "code": self.code}])
        told = {AskKind.READ_LOG: rows, AskKind.READ_SUPPLY: json.dumps(self.state)}
        return AskReport(report.ask, report.state, report.since, code="I0", answer=told.get(wanted.kind, ""))


async def test_a_flow_in_the_log_stops_the_visit_whatever_the_screen_said() -> None:
    entries = await entries_before(PREPAID, "gas-proved")
    home = Home(entries=entries)
    home.desk = Logged()
    home.visit = home._visit()
    home.answers = {"gas-proved/cleared-by": "B. Supervisor", "gas-proved/notice": "N-1"}
    assert await home.run() is Outcome.MADE_SAFE
    step = home.visit.progress.steps["gas-proved"]
    assert (step.state, step.stop, step.cleared_by) == (StepState.LEFT, "gas-flowed", "B. Supervisor")
    assert "gas-lit/lit" not in home.asked, "the visit is over"


async def test_gas_that_is_not_open_is_no_gas_that_was_proved() -> None:
    home = Home(entries=await entries_before(PREPAID, "gas-proved"))
    home.desk = Logged()
    home.desk.code = 0x8F12
    home.visit = home._visit()
    assert await home.run() == "gas-not-open"


async def test_what_the_screen_says_of_a_flow_stops_the_visit() -> None:
    home = Home(answers={"gas-flow-test/result": "shut", "gas-flow-test/result?": "yes"})
    home.answers |= {"gas-flow-test/cleared-by": "B. Supervisor", "gas-flow-test/notice": "N-1"}
    assert await home.run() is Outcome.MADE_SAFE
    assert home.visit.progress.steps["gas-proved"].attempts == 0


def test_the_step_that_proves_has_the_stop_that_it_needs() -> None:
    step = next(one for one in load_walkthrough("prepayment-help").steps if one.id == "gas-proved")
    reason = step.leave_spec(GAS_FLOWED)
    assert reason is not None
    assert reason.stop is not None
    assert (reason.stop.ends, reason.stop.outcome, reason.stop.lock) == (Ends.VISIT, Outcome.MADE_SAFE, True)


def test_the_rules_of_entry_are_data() -> None:
    rules = entry_rules()
    assert (rules.tries, rules.spare, rules.verified) == (5, 1, False)
    assert [EntryRules(3, 1, 1, 1, True).may_type(wrong) for wrong in range(4)] == [True, True, False, False]
    assert [money_text(one) for one in (-105_000, 999, -999, 1_234_567)] == ["-£1.05", "£0.00", "£0.00", "£12.34"]
