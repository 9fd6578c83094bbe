"""The same session against the same premises a second time leaves the same trace, octet for octet: clocks, references,
challenges and signatures all come from what was passed in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hht.diagnosis.knowledge import knowledge
from hht.errors import HhtError
from hht.store.trace_store import TraceReader
from hht.work.actions.find_fault import CANNOT_SAY, MORE
from hht.work.view import Outcome, Question
from tests.diagnosis.engineer import Customer, Engineer
from tests.support.virtual_time import in_virtual_time
from tests.work.flow_model import good
from tests.work.new_home import METER, Home, home
from tests.work.test_installation_killed import CASES, Case, visited
from ui.trace_files import write_trace_file
from ui.visits import VisitOptions, VisitRunner

FAULTY = "emulated:dual-fuel-connected?days=1&fault=clock-adrift=-3000@esme-1"
DEEDS = ("load-on", "load-off", "wake-gas", "let-desk-act")
ID = "00-DB-12-34-56-79-01-"


def trace_of(at: Home, visit_id: str, path: Path) -> bytes:
    """All that went over every link of the visit, as its file with nothing masked."""
    write_trace_file(path, TraceReader.of_visit(at.store, visit_id), reveal=True)
    return path.read_bytes()


async def installed(folder: Path, case: Case) -> bytes:
    """A walkthrough: optical port, dongle, hub's tunnel, commands of a pack or of the desk, and their answers."""
    async with visited(folder, case) as (at, played):
        return trace_of(at, played.record.view.visit_id, folder / "trace.jsonl")


async def fault_found(folder: Path) -> bytes:
    """A fault visit: what its looks read."""
    devices: list[Any] = [
        {**METER, "device_id": ID + "A0"},
        {"type": "communications-hub", "device_id": ID + "A2", "gpf_id": ID + "A3"},
        {"type": "gas-meter", "device_id": ID + "A1", "mprn": "3938424403"},
        {"type": "in-home-display", "device_id": ID + "A7"},
    ]
    async with home(folder, FAULTY, devices, walkthrough="fault-visit") as at:
        engineer = Engineer(at.premises, Customer(at.premises))

        async def ask(question: Question, error: HhtError | None) -> str | None:
            step, _slash, name = question.id.partition("/")
            if step != "find-fault" or error is not None:
                return {"fault-done/done": "given-on"}.get(question.id) or good(question, at.job)
            if name == "symptom":
                return "wrong-time"
            if name in DEEDS:
                return "done" if await engineer.do(name) else "not-done"
            if name == MORE:
                return "settle"
            return await engineer.tell(knowledge().readings[name]) or CANNOT_SAY

        options = VisitOptions(auto=True, desk="desk:emulated", han=f"{FAULTY}&via=han")
        visit = VisitRunner(at.store, at.clock, at.composer, at.stored, options, ask=ask).visit
        assert await visit.run() is Outcome.INSTALL_AND_LEAVE
        assert visit.progress.steps["find-fault"].data["causes"][0][0] == "clock-adrift"
        return trace_of(at, visit.journal.visit_id, folder / "trace.jsonl")


def twice(folder: Path, *names: str) -> tuple[bytes, bytes]:
    """What `names` leave (a fault visit, or an installation), and what they leave again."""
    made: list[bytes] = []
    for number in range(2):
        traces = []
        for name in names:
            place = folder / f"{name}-{number}"
            place.mkdir()
            traces.append(in_virtual_time(fault_found(place) if name == "fault" else installed(place, CASES[name])))
        made.append(b"".join(traces))
    return made[0], made[1]


def test_the_same_session_twice_leaves_the_same_octets(tmp_path: Path) -> None:
    once, again = twice(tmp_path, "fault", "pack")
    assert once == again
    lines = once.splitlines()
    assert sum(b"via=han" in line for line in lines) > 200, "the radio is in it"
    assert sum(b"dual-fuel-connected" in line for line in lines) > 100, "so are the looks of the fault visit"


@pytest.mark.soak
@pytest.mark.parametrize("name", ["wan", "relay"])
def test_other_sessions_too(tmp_path: Path, name: str) -> None:
    once, again = twice(tmp_path, name)
    assert once == again
