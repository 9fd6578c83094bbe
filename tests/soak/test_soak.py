"""Some of the runs, that a run is repeated by its seed, and that the judge would see what is wrong."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from hht.client.catalogue import CLASS_DATA, RANDOMISED_OFFSET_LIMIT
from hht.client.meter_writes import MeterWrites
from hht.link import Line
from hht.protocol.cosem.data import long_unsigned
from hht.protocol.hdlc.frame import Control, Frame, HdlcAddress
from hht.work.asking import Deadline
from hht.work.journal import Journal, JournalEntry, JournalKind
from hht.work.view import Outcome
from tests.drivers.conftest import open_descriptors
from tests.soak.faults import KINDS, SLEEP
from tests.soak.judge import Judge
from tests.soak.many import tidy
from tests.soak.place import Place, scratch
from tests.soak.plan import WAYS, Strike, plan
from tests.soak.run import Report, run
from tests.soak.table import Totals, totals_of
from tests.support.virtual_time import in_virtual_time

RUNS, PIECES = 60, 5
ROWS = range(1, 23)  # of the list of faults in the field
NOT_IN_A_VISIT = {
    9: "a meter without mode E is refused before anything begins (test_matrix)",
    10: "parity is done in software in every run",
    18: "a bridge that sleeps or is taken is not there when the visit begins (test_matrix)",
    21: "every run has its frames in pieces",
}


@pytest.fixture(autouse=True)
def tidied() -> Iterator[None]:
    yield
    tidy()


@pytest.mark.parametrize("piece", range(PIECES))
def test_seeded_runs(piece: int) -> None:
    run(piece)  # whatever is loaded once is loaded
    threads, descriptors = set(threading.enumerate()), open_descriptors()
    totals = totals_of(run(seed) for seed in range(piece * RUNS // PIECES, (piece + 1) * RUNS // PIECES))
    assert totals.defects == []
    assert totals.struck > totals.runs / 2
    gc.collect()
    assert set(threading.enumerate()) - threads == set()
    assert open_descriptors() - descriptors == set()  # what an earlier test left for the collector may go meanwhile


def test_a_run_is_repeated_by_its_seed() -> None:
    for way in set(WAYS):
        seed = next(seed for seed in range(1000) if plan(seed).way == way and len(plan(seed).strikes) > 1)
        first, second = run(seed), run(seed)
        assert first.digest == second.digest
        assert (first.ends, first.struck, first.seconds) == (second.ends, second.struck, second.seconds)
        assert first.digest != run(seed + 1).digest


def test_every_row_of_the_list_is_drawn_or_said_why_not() -> None:
    assert {row for kind in KINDS for row in kind.rows} | set(NOT_IN_A_VISIT) == set(ROWS)
    drawn = {strike.kind.name for seed in range(2000) for strike in plan(seed).strikes}
    assert drawn == {kind.name for kind in KINDS}


def test_the_table_counts_every_run() -> None:
    reports = [run(seed) for seed in range(3)]
    totals, other = totals_of(reports[:1]), totals_of(reports[1:])
    totals.merge(other)
    assert totals.runs == 3
    text = "\n".join(totals.lines())
    assert "3 runs" in text
    assert "0 defects" in text
    totals.merge(Totals(defects=[(7, "wrong")]))
    assert "seed 7: wrong" in "\n".join(totals.lines())


# The judge has teeth --------------------------------------------------------------------------------------------
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs in which nothing strikes, by the probe."""
    monkeypatch.setattr("tests.soak.run.plan", lambda seed: replace(plan(seed), way="probe", strikes=()))


def defects(report: Report) -> str:
    return "; ".join(report.defects)


def test_without_faults_a_visit_is_complete_and_nobody_speaks_into_an_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    places: list[Place] = []
    report = run(1, places.append)
    assert (report.first, report.defects) == (Outcome.COMPLETE.value, [])
    assert places[0].way.line.violations == []


def test_a_wrong_value_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    monkeypatch.setattr("tests.soak.place.LIMIT_S", 601)
    assert "randomised-offset-limit was written wrongly: 600" in defects(run(1))


def test_a_write_that_is_done_twice_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    offset_limit = MeterWrites.offset_limit

    async def twice(self: MeterWrites, limit_s: int, before_write: Callable[[], None] | None) -> object:
        result = await offset_limit(self, limit_s, before_write)
        await self._meter.put(CLASS_DATA, RANDOMISED_OFFSET_LIMIT, 2, long_unsigned(limit_s))
        return result

    monkeypatch.setattr(MeterWrites, "offset_limit", twice)
    assert "was written again though the meter held it" in defects(run(1))


def test_a_write_that_the_journal_does_not_know_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    append = Journal.append

    def forgets(self: Journal, step: str, kind: JournalKind, payload: dict[str, object] | None = None) -> JournalEntry:
        kind = JournalKind.ANSWER if kind is JournalKind.INTENT else kind
        return append(self, step, kind, {"question": "", "value": "", **(payload or {})})

    monkeypatch.setattr(Journal, "append", forgets)
    assert "the meter was told 1 times, the journal intended 0" in defects(run(1))


def test_an_end_that_no_fault_explains_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    report = run(1, lambda place: setattr(place.settings, "lifted", True))
    assert "sign-on-silent (connect) is no end by no fault" in defects(report)
    assert "all is mended, and the visit still ends" in defects(report)


def test_a_hang_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    quiet(monkeypatch)
    monkeypatch.setattr(Deadline, "running", lambda _self, _seconds: contextlib.AsyncExitStack())
    monkeypatch.setattr("hht.client.meter_session.meet", lambda *_args: asyncio.sleep(5000))
    assert "the visit still runs" in defects(run(1))


def test_a_visit_says_that_the_computer_slept(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever clock stands still meanwhile, and whether the adapter is still there."""
    (kind,) = (kind for kind in KINDS if kind.name == SLEEP)
    strike = Strike(kind, 5.0, None, 0.0, 0.0)
    monkeypatch.setattr("tests.soak.run.plan", lambda seed: replace(plan(seed), way="probe", strikes=(strike,)))
    for seed in range(6):
        places: list[Place] = []
        report = run(seed, places.append)
        assert report.defects == []
        assert [ended.how for ended in report.ends] == ["computer-slept", "complete"]


@pytest.mark.parametrize(
    ("names", "wrong"), [(("terminal killed",), True), (("terminal killed", "lifted probe"), False)]
)
def test_the_rest_of_somebody_elses_answer_is_an_end_only_where_the_meter_says_nothing_more(
    names: tuple[str, ...], wrong: bool
) -> None:
    async def main() -> list[str]:
        folder = scratch() / "rest"
        folder.mkdir()
        place = Place(1, "probe", folder)
        judge = Judge(place)
        judge.terminal("sign-on-speed", "identify", [kind for kind in KINDS if kind.name in names], mended=False)
        await place.close()
        return judge.defects

    assert bool(in_virtual_time(main())) is wrong


# Found by the runs -----------------------------------------------------------------------------------------------
def test_a_step_outlasts_a_meter_that_is_in_another_conversation() -> None:
    """Somebody else's conversation ends with its inactivity time, twice as late as a step may last."""

    async def main() -> tuple[Outcome, float]:
        folder = scratch() / "busy"
        folder.mkdir()
        place = Place(1, "probe", folder)
        somebody = place.way.attach(lambda _data: None)
        somebody.line_speed(Line().baud)
        somebody.receive(Frame(HdlcAddress(1), HdlcAddress(77), Control.SNRM, final=True).encode())
        await asyncio.sleep(1.0)
        outcome = await place.runner().visit.run()
        await place.close()
        return outcome, asyncio.get_running_loop().time()

    outcome, seconds = in_virtual_time(main())
    assert outcome is Outcome.COMPLETE
    assert 125 < seconds < 160


def test_no_deadline_of_a_visit_is_shorter_than_a_line_behind_tcp_takes() -> None:
    """9600 baud, and a head that answers after 20 ms; the terminal knows nothing of that line."""

    async def main() -> tuple[Outcome, int, float]:
        folder = scratch() / "slow"
        folder.mkdir()
        place = Place(1, "tcp", folder)
        outcome = await place.runner().visit.run()
        await place.close()
        return outcome, sum(len(event.data) for event in place.events), asyncio.get_running_loop().time()

    outcome, octets, seconds = in_virtual_time(main())
    assert outcome is Outcome.COMPLETE
    assert octets > 3000
    assert seconds > octets * 10 / 9600
