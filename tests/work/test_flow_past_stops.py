"""Ways past a safety stop that are no way through the flow: what can be typed, whose name clears a lock, a walkthrough
that was another when the visit stopped, a clock that goes back."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from hht.clock import ManualClock
from hht.errors import HhtError
from hht.work import danger
from hht.work.asking import Asking
from hht.work.engineer import Engineer
from hht.work.items import ItemSpec, fault
from hht.work.journal import JournalEntry, JournalKind
from hht.work.noted import payload_of
from hht.work.progress import VisitProgress
from hht.work.questions import check_answer
from hht.work.scanned import JobKnowledge
from hht.work.show import Transient
from hht.work.stops import NotYours, make_safe
from hht.work.view import NOT_MEASURED, Outcome, Question, QuestionKind, StepState
from hht.work.visit_log import VisitLog
from hht.work.walkthrough import StepSpec, load_walkthrough, walkthrough_names
from tests.work.flow_checks import TODAY
from tests.work.flow_model import GAS, HUB, START, Choice, EdgeJournal, entries_before, job, play
from tests.work.flow_model import danger as found_danger

OF = job("install-dual-fuel", HUB, GAS)
FLOW = load_walkthrough(OF.walkthrough).for_job(OF)
ODD = [
    *("", " ", "\t", "\u00a0", "\u200b", "-", "--", "?", "none", "NONE", "None", " none ", "n/a", "null", "nil", "no"),
    *("nan", "NaN", "inf", "-inf", "infinity", "1e0", "1E1", "0x1", "1_0", "0,35", "0,5", "1.000,5", "1 000", "½", "٣"),
    *("-0", "-0.0", "+0", "-1", "-0.35", "00", "0.", ".5", "+-1", "1.2.3", "9" * 6, "9" * 7, "9" * 400, "1٫5", "１"),
    *("350 mΩ", "0.35 Ω", "0.35 ohm", "230 V", "230V", "21 mbar", "2100 Pa", "1/3", "0.35;0.2", "0.35\n0.2", "1\x002"),
    *("y", "ye", "yes!", "ｙｅｓ", "true", "1", "yes,no", "YES\u0301", "smell,none", "none,smell", "tt ", "TN-S"),
    *("2026-13-01", "2026-02-30", "0000-01-01", "2027-3-1", "01/03/2027", "2027-03-31T00:00", "２０２７-03-31"),
]  # fmt: skip


def safety() -> Iterator[tuple[StepSpec, ItemSpec]]:
    """Every safety item of every walkthrough, once."""
    seen: set[tuple[str, str]] = set()
    for name in walkthrough_names():
        for step in load_walkthrough(name).steps:
            for item in step.items:
                if item.stop is not None and (step.id, item.id) not in seen:
                    seen.add((step.id, item.id))
                    yield step, item


def means(question: Question, item: ItemSpec, text: str) -> bool:
    """Whether a person who typed this said that it is good: by the item itself, and by no code of the engine."""
    typed = text.strip()
    match item.kind:
        case QuestionKind.CONFIRM:
            return typed.isascii() and typed.lower() in (item.good or ("yes",))
        case QuestionKind.CHOICE:
            return typed in item.good
        case QuestionKind.CHECKLIST:
            return {one.strip() for one in typed.split(",")} == set(question.choices)
        case QuestionKind.MEASURE:
            plain = typed.lstrip("+-").replace(".", "", 1)
            number = plain.isascii() and plain.isdigit() and typed[-1] != "." and typed.lstrip("+-")[0] != "."
            return number and typed.count("-") + typed.count("+") <= 1
        case QuestionKind.DATE:
            return len(typed) == 10 and typed.isascii() and "2026-03-02" <= typed <= "9999-12-31"
        case _:
            return typed.lower() not in ("", NOT_MEASURED)


def test_nothing_that_can_be_typed_is_taken_for_good_that_does_not_say_so() -> None:
    """For every safety item: whatever is accepted and judged good says that it is, in the one way there is."""
    judged = good = 0
    for step, item in safety():
        limits = [*(item.limit_of or {"": item.limit})]
        for by in limits:
            on_record = {item.limit_by: by, item.instrument: "SN-1", f"{item.instrument}-until": "2027-03-31"}
            question = item.question(step.id, on_record)
            usual = ("yes", "0", "0.35", "1", "230", "2027-03-31", ",".join(question.choices))
            for text in (*ODD, *usual, *item.good, *question.choices):
                with contextlib.suppress(HhtError):
                    value = check_answer(question, text)
                    judged += 1
                    if fault(item, value, on_record, TODAY) is None:
                        good += 1
                        assert means(question, item, text), (step.id, item.id, text)
                        limit = item.limit_for(on_record)
                        assert limit is None or limit.holds(Decimal(value))
    assert judged > 600
    assert good > 100


@pytest.mark.parametrize("word", ["None", "NONE", " none"])
def test_that_there_is_no_photo_is_no_photo_however_it_is_written(word: str) -> None:
    for kind in (QuestionKind.PHOTO, QuestionKind.SERIAL):
        assert check_answer(Question("old/photo", kind, "?", optional=True), word) == NOT_MEASURED


async def stopped_for_gas(engineer: str) -> list[JournalEntry]:
    """A visit that stands at the smell of gas, by somebody."""
    entries = await entries_before(OF, "arrive")
    edge = await play(OF, FLOW, entries, "arrive", Choice("arrive/smell", "smell"))
    place = next(place for place, one in enumerate(edge.entries) if one.kind is JournalKind.STOPPED)
    kept = edge.entries[: place + 1]
    resumed = next(place for place, one in enumerate(kept) if one.kind is JournalKind.RESUMED)
    payload = {**kept[resumed].payload, "engineer": Engineer(engineer).as_plain()}
    kept[resumed] = replace(kept[resumed], payload=payload)
    return kept


@pytest.mark.parametrize(
    ("who", "clears"),
    [
        ("A. Engineer", False),
        ("a engineer", False),
        ("ENGINEER, A", False),
        ("A. Engineer (fitter)", False),
        ("Ａ. Ｅｎｇｉｎｅｅｒ", False),
        ("J. Before", False),
        ("Before", False),
        ("A. Smith", False),
        ("Smith (Ann)", False),
        ("ann_smith", False),
        ("myself", False),
        ("The engineer", False),
        ("Smith, supervisor", True),
        ("Annette Smith", True),
        ("B. Engineer, supervisor", True),
        ("GES 4711-08", True),
    ],
)
async def test_nobody_who_worked_on_the_visit_clears_its_lock(who: str, clears: bool) -> None:
    """Neither the engineer who goes on with it now, nor those before: the name is told at each start. Half of it, its
    initials, or a word for oneself is no other person."""
    entries = await stopped_for_gas("J. Before")
    journal = EdgeJournal(entries, "arrive")
    log = the_log(journal)
    for one in ("Ann Smith", "A. Engineer"):
        log.append("", JournalKind.RESUMED, {"engineer": Engineer(one).as_plain()})

    async def ask(question: Question, error: HhtError | None) -> str | None:
        return None if error is not None else who if question.person else "N-1"

    asking = Asking(ask, log.transient, JobKnowledge(OF), unattended=True)
    step = log.progress.steps["arrive"]
    if not clears:
        with pytest.raises(NotYours):
            await make_safe(step, log, asking, "A. Engineer")
        assert (step.state, step.locked) == (StepState.STOPPED, True)
        return
    await make_safe(step, log, asking, "A. Engineer")
    assert (step.state, step.locked, step.cleared_by) == (StepState.LEFT, False, who)


def the_log(journal: EdgeJournal) -> VisitLog:
    """What writes into it."""
    progress = VisitProgress(FLOW, journal.entries())
    return VisitLog(OF, journal, progress, Transient(), ManualClock(START), on_view=None, flush_trace=None)  # type: ignore[arg-type]


async def test_a_stop_stands_though_the_walkthrough_has_its_step_no_more() -> None:
    """A terminal that was updated while the visit was locked: it has another step there now."""
    entries = await stopped_for_gas("J. Before")
    newer = replace(FLOW, steps=tuple(step for step in FLOW.steps if step.id != "arrive"))
    needless = replace(newer, steps=tuple(replace(step, needs=()) for step in newer.steps))
    progress = VisitProgress(needless, entries)
    current = progress.current()
    assert current is not None
    assert (current.state, current.locked, current.stop) == (StepState.STOPPED, True, "gas-at-the-door")
    edge = await play(OF, needless, entries, current.spec.id, Choice())
    assert edge.outcome is Outcome.MADE_SAFE
    assert edge.visit.progress.steps[current.spec.id].cleared_by == "B. Supervisor"
    again = VisitProgress(needless, edge.entries)
    assert (again.outcome, again.current()) == (Outcome.MADE_SAFE, None)


async def test_a_danger_is_stopped_for_once_whatever_the_clock_does_meanwhile() -> None:
    """Set back by a day between the note and the stop, and forward before the next."""
    entries = await entries_before(OF, "arrive")
    note = payload_of(found_danger("gas"))
    number = len(entries)

    def entry(kind: JournalKind, days: int, payload: dict[str, object]) -> JournalEntry:
        nonlocal number
        number += 1
        return JournalEntry(number, START + timedelta(days=days), "arrive", kind, dict(payload))

    progress = VisitProgress(FLOW, [*entries, entry(JournalKind.NOTED, 1, note)])
    assert danger.standing(progress) is not None
    stop = {"stop": danger.DANGER, "locked": True, "code": "", "message": "", "remedy": ""}
    progress.apply(entry(JournalKind.STOPPED, 0, stop))
    assert danger.standing(progress) is None
    progress.apply(entry(JournalKind.NOTED, -1, note))
    assert danger.standing(progress) is not None, "a second one, noted by a clock that went back"
