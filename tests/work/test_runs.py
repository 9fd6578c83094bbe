"""Who was at the meter and over which link, run by run: journalled when a run begins, told by the record."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hht.work.engineer import MAX_LENGTH, Engineer, EngineerError
from hht.work.view import Outcome
from tests.work.conftest import Rig
from tests.work.playing import failure, lose_link

ANN = Engineer.of("Ann Other", "E-17")
BOB = Engineer.of("Bob Bychan")


def test_what_a_name_may_be() -> None:
    assert Engineer.of("  Siân \u00a0 Ŵyn-O'Neill ", " E-17 ") == Engineer("Siân Ŵyn-O'Neill", "E-17")
    assert not Engineer.of("  ", "").stated
    assert Engineer.of("", "E-17").stated
    for name, identifier in (("x" * (MAX_LENGTH + 1), ""), ("Ann", "\u202eE-17"), ("A\0nn", ""), ("\udcff", "")):
        with pytest.raises(EngineerError) as caught:
            Engineer.of(name, identifier)
        assert caught.value.code == "engineer"
        assert caught.value.remedy
        assert caught.value.message.encode()


def test_a_name_is_personal() -> None:
    assert "Ann" not in repr(ANN)
    assert "E-17" not in repr(ANN)


def test_what_a_journal_may_hold() -> None:
    assert Engineer.from_plain(ANN.as_plain()) == ANN
    for plain in (None, [], "Ann", {}, {"name": 5}):
        assert not Engineer.from_plain(plain).stated


async def test_the_engineer_is_journalled_before_anything_else(rig: Rig) -> None:
    visit = rig.visit(engineer=ANN)
    assert await visit.run() is Outcome.COMPLETE
    first = rig.journal.entries()[0]
    assert (first.kind.value, first.payload["engineer"]) == ("resumed", {"name": "Ann Other", "identifier": "E-17"})
    record = rig.visits.record(rig.journal.visit_id)
    assert [run.engineer for run in record.runs] == [ANN]
    assert record == visit.record


async def test_a_visit_over_two_links_by_two_engineers(rig: Rig) -> None:
    rig.meter.refuses = {"read-clock"}
    await failure(rig.visit(link="optical:/dev/ttyUSB0", engineer=ANN))
    rig.clock.advance(1200)
    rig.meter.refuses = set()
    assert await rig.visit(link="tcp://127.0.0.1:4059", engineer=BOB).run() is Outcome.COMPLETE
    record = rig.visits.record(rig.journal.visit_id)
    first, second = record.runs
    assert [run.engineer for run in (first, second)] == [ANN, BOB]
    assert [[use.link for use in run.links] for run in (first, second)] == [
        ["optical:/dev/ttyUSB0"], ["tcp://127.0.0.1:4059"],
    ]  # fmt: skip
    assert first.links[0].first_at <= first.links[0].last_at < second.links[0].first_at
    assert second.links[0].first_at - first.links[0].last_at >= timedelta(minutes=20)
    assert record.ended_at is not None
    assert second.links[0].last_at <= record.ended_at


async def test_a_meter_that_never_answered_was_reached_over_no_link(rig: Rig) -> None:
    rig.meter.disturb = lose_link("open")
    await failure(rig.visit(link="tcp://127.0.0.1:1"))
    (run,) = rig.visits.record(rig.journal.visit_id).runs
    assert run.links == ()
    assert not run.engineer.stated
