"""A visit goes home photo by photo; of one that is erased nothing is left, on the van neither, nor in the clear."""

from __future__ import annotations

import contextlib
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, cast

import pytest

from hht.identifiers.utrn import Utrn
from hht.photos import Photo
from hht.store.errors import StoreError
from hht.work.engineer import Engineer
from hht.work.outbox import OutboxBook, OutKind, PhotoStore
from hht.work.tokens import KeptTokens
from hht.work.van import VanStock, van_device
from tests.work.conftest import Rig, RigMaker
from tests.work.flow_model import GAS, HUB, job_text
from tests.work.killing import Died, Reaper
from ui.evidence_notes import EndingAsked, EvidenceNotes
from ui.outbox import Outbox

TOKEN = "73941569907863060480"
NAME = "B. Example of Nowhere"
ALL_IS_GONE = 4  # the instant of an erasure at which the rows are gone, and nobody has looked: the key, gone


def ended(rig: Rig, reference: str, again: bool = False) -> str:
    """A visit of a dual-fuel job that has ended and arrived; its id."""
    text = job_text("install-dual-fuel", GAS, HUB, reference=reference, customer={"name": NAME})
    job = rig.visits.import_job(text, "job.json")
    visit_id = EvidenceNotes(rig.store, rig.clock).end_job(
        job.job_id, EndingAsked("refused-work"), Engineer(), again=again
    )
    arrived(rig, visit_id)
    return visit_id


def arrived(rig: Rig, visit_id: str) -> None:
    """All that is of the visit now is receipted."""
    (visit,) = [one for one in box(rig).list() if one.visit_id == visit_id]
    for item in visit.items:
        note = {"name": item.name, "sha256": item.sha256, "by": "A. Clerk"}
        OutboxBook(rig.store).append(visit_id, OutKind.RECEIPTED, note)


def box(rig: Rig) -> Outbox:
    return Outbox(rig.store, lambda count: bytes(count))


def test_what_visits_of_the_job_took_off_the_van_or_checked_goes_with_the_last_of_them(rig: Rig) -> None:
    van, spare = VanStock(rig.store), "00-DB-12-34-56-7F-0A-A1"
    first, second = ended(rig, "J-7"), ended(rig, "J-7", again=True)
    kept = [van_device("gas-meter", GAS["device_id"]), van_device("gas-meter", spare)]
    other = van_device("communications-hub", HUB["device_id"])
    van.add([*kept, other])
    assert van.take(GAS["device_id"], "J-7")
    assert van.take(HUB["device_id"], "J-8")
    KeptTokens(rig.store, "J-7", 1).note(Utrn.parse(TOKEN), "gas")
    KeptTokens(rig.store, "J-8", 1).note(Utrn.parse(TOKEN), "gas")
    box(rig).erase(first)
    assert len(van.all()) == 3, "the job is still here"
    assert len(rig.store.rows("checked_tokens")) == 2
    assert box(rig).erase(second).found_after == 0
    assert KeptTokens(rig.store, "J-7", 1).before(Utrn.parse(TOKEN)) is None
    assert len(rig.store.rows("checked_tokens")) == 1, "of the job that is here"
    assert {(str(one.device_id), one.taken_by) for one in van.all()} == {
        (str(kept[1].device_id), ""), (str(other.device_id), "J-8"),
    }  # fmt: skip


@pytest.mark.parametrize("what", ["reference", "name", "device_id", "mpan", "mprn", "gpf_id"])
def test_what_stands_in_the_clear_is_found(what: str, rig: Rig) -> None:
    """Each thing that must not be in the files is looked for: planted beside the visit, it is found."""
    visit_id = ended(rig, "J-99999")
    job = rig.visits.find("J-99999").job
    numbers = {number.name: str(number.value) for number in job.numbers()}
    planted = {"reference": job.reference, "name": NAME, **numbers}[what]
    with rig.store.transaction() as database:
        database.execute("CREATE TABLE planted (told TEXT)")
        database.execute("INSERT INTO planted VALUES (?)", [planted])
    with pytest.raises(StoreError) as left:
        box(rig).erase(visit_id)
    assert left.value.code == "store-erasure"
    assert planted.encode() in Path(rig.store.path).read_bytes()


def test_who_looks_later_finds_what_is_left_of_any_part_of_the_visit(make_rig: RigMaker) -> None:
    """The terminal dies when all is erased and nobody has looked; what was noted for the next one is of every part."""
    rig = make_rig()
    visit_id = ended(rig, "J-7")
    for number in range(12):
        PhotoStore(rig.store).add(visit_id, "", Photo(bytes([number]) * 99, "jpeg", 0))
    arrived(rig, visit_id)
    journal = [bytes(row["payload_sealed"]) for row in rig.store.rows("visit_journal")]
    with pytest.raises(Died), Reaper(ALL_IS_GONE).over(rig.store):
        box(rig).erase(visit_id)
    rig = make_rig()
    assert (rig.store.rows("visit_journal", "visit_id = ?", (visit_id,)), box(rig).is_begun(visit_id)) == ([], True)
    with rig.store.transaction() as database:
        database.execute("CREATE TABLE planted (told BLOB)")
        database["planted"].insert_all({"told": one} for one in journal)
    with pytest.raises(StoreError) as left:
        box(rig).erase(visit_id)
    assert left.value.code == "store-erasure"
    with rig.store.transaction() as database:
        database.execute("DROP TABLE planted")
    assert box(rig).erase(visit_id).found_after == 0


async def test_photos_go_home_one_at_a_time(rig: Rig, tmp_path: Path) -> None:
    """However many there are, no more than a few photos' octets are in memory: sealed, opened, on their way."""
    visit_id, each, count = ended(rig, "J-7"), 400_000, 16
    for number in range(count):
        PhotoStore(rig.store).add(visit_id, "", Photo(bytes([number]) * each, "jpeg", 0))
    sent: list[int] = []

    class Desk:
        desk = "The desk"

        async def send(self, _name: str, octets: bytes) -> None:
            sent.append(len(octets))

    class Desks:
        @contextlib.asynccontextmanager
        async def conversation(self, _url: str, _home: str) -> AsyncIterator[Desk]:
            yield Desk()

    box(rig).list()  # whatever is imported is in memory by now
    tracemalloc.start()
    try:
        exported = box(rig).export(tmp_path / "home")
        exporting = tracemalloc.get_traced_memory()[1]
        tracemalloc.reset_peak()
        names = await box(rig).send(cast("Any", Desks()), "desk:emulated")
        sending = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [path.stat().st_size for path in exported][1:] == sent[1:] == [each] * count
    assert [path.name for path in exported] == [*names]
    assert max(exporting, sending) < count * each / 2, (exporting, sending)
    assert box(rig).export(tmp_path / "again") == ()
