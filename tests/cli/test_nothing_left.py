"""What a visit, and commands beside it, leave in the whole store folder once the visit went home and was erased:
nothing that was sealed and held a number of the home or a reading is in any file."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from hht.resources import resource_path
from hht.store.vault import Vault
from hht.work.hub_records import HubRecordKind, HubRecords, HubWorkKind, last_reference, log_work_of, works
from hht.work.job import Job, parse_job
from tests.cli.conftest import Run
from ui.stores import open_store
from ui.system import SystemClock

HEAD = 13  # octets of format and nonce before what is sealed
PIECE = 24
STAYS = {"log"}  # whose use was looked at, and why: that stays, sealed


class Sealed:
    """Everything that was ever sealed, by what it was sealed as."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.made: dict[bytes, tuple[str, bytes]] = {}
        seal, compress = Vault.seal, zlib.compress

        def remembered(vault: Vault, value: bytes, *, table: str, column: str, key: str) -> bytes:
            sealed = seal(vault, value, table=table, column=column, key=key)
            self.made[sealed] = table, value
            return sealed

        monkeypatch.setattr(Vault, "seal", remembered)
        monkeypatch.setattr(zlib, "compress", lambda data, *_given: compress(data, 0))  # words stay words

    def holding(self, words: set[bytes]) -> dict[bytes, str]:
        """What was sealed of values with such words, and its table."""
        return {
            sealed: table for sealed, (table, value) in self.made.items() if any(one in value.upper() for one in words)
        }


@pytest.fixture
def sealed(monkeypatch: pytest.MonkeyPatch) -> Sealed:
    return Sealed(monkeypatch)


def of_home(job: Job) -> set[bytes]:
    """The numbers of a home, as they may stand in a value."""
    found = set[bytes]()
    for number in (*(str(one.value) for one in job.numbers()), *(str(old.device_id or "") for old in job.old_meters)):
        plain = number.replace("-", "")
        found |= {number.encode(), plain.encode()} if number else set()
        found |= {bytes.fromhex(plain)} if len(plain) == 16 else set()
    return {word.upper() for word in found}


def readings(report: Path) -> set[bytes]:
    """What the visit read: registers with all their digits."""
    text = report.read_text(encoding="utf-8")
    return {one.encode() for one in re.findall(r"\d{3,6}\.\d{3}(?= kWh)", text)}


def octets_of(folder: Path) -> bytes:
    return b"\n".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def at_the_hub(folder: Path, job: Job) -> int:
    """Somebody has worked at the hub from the command line; the reference that came last."""
    hub = job.device("communications-hub")
    assert hub is not None
    with open_store(folder, "", training=True, clock=SystemClock()) as store:
        records = log_work_of(store, str(hub.device_id))
        way = ["han 00-DB", 4711]
        records.append(HubRecordKind.INTENT, {"order": "read-log", "way": way, "device": str(job.meter.device_id)})
        records.append(HubRecordKind.OUTCOME, {"order": "read-log", "device": str(job.meter.device_id)})
        return last_reference(store, way[0] if isinstance(way[0], str) else "")


KINDS = ("hub-exchange", "meter-exchange", "fault-visit", "crossed-meters", "network-view")


@pytest.mark.parametrize(
    "name",
    [name if name == "network-view" else pytest.param(name, marks=pytest.mark.soak) for name in KINDS],
)
def test_nothing_of_a_home_is_left_in_any_file(run: Run, tmp_path: Path, sealed: Sealed, name: str) -> None:
    path, data = resource_path("jobs", f"{name}.json"), tmp_path / "data"
    job = parse_job(path.read_text(encoding="utf-8"), name)
    where = ["--training", "--data-dir", str(data)]
    out = ["--out", str(tmp_path / "out")]
    answers = str(resource_path("samples", f"{name}-answers.json"))
    assert run("visit", "run", str(path), *where, *out, "--hasten", "--answers", answers).status == 0
    for words in (["history", job.link, "--by", "month"], ["read", job.link, "registers"], ["logs", job.link]):
        assert run(*words, *where).status == 0, words
    reference = at_the_hub(data, job) if job.device("communications-hub") else 0
    words = of_home(job) | readings(tmp_path / "out" / "report.json")
    held = sealed.holding(words)
    assert {"jobs", "visit_journal", "trace_chunks"} <= set(held.values()), "what is looked for was there"

    box = ["outbox"]
    assert run(*box, "export", "--out", str(tmp_path / "home"), *where).status == 0
    receipt = str(tmp_path / "receipt.json")
    assert run(*box, "acknowledge", str(tmp_path / "home"), "--by", "A. Clerk", "--out", receipt).status == 0
    assert run(*box, "receipt", receipt, *where).status == 0
    erased = run(*box, "erase", job.reference, *where)
    assert erased.status == 0, erased.last

    octets, held = octets_of(data), sealed.holding(words)
    left = [table for one, table in held.items() if one[HEAD : HEAD + PIECE] in octets and table not in STAYS]
    assert left == []
    files = [
        path for path in data.rglob("*") if path.is_file() and any(word in path.read_bytes().upper() for word in words)
    ]
    assert files == [], "in the clear"
    with open_store(data, "", training=True, clock=SystemClock()) as store:
        assert [one.hub for one in works(store, HubWorkKind.LOG)] == []
        if reference:
            assert last_reference(store, "han 00-DB") == reference == 4711, "a hub relays a number once"


def test_a_history_leaves_no_trace(run: Run, tmp_path: Path) -> None:
    """Nobody would look for it there, once it is dropped."""
    data = tmp_path / "data"
    where = ["--training", "--data-dir", str(data)]
    assert run("history", "emulated:single-element?days=2", "--by", "day", "--agreed", "A. Example", *where).status == 0
    with open_store(data, "", training=True, clock=SystemClock()) as store:
        assert store.rows("trace_sessions") == []
        assert store.rows("profile_chunks") != []


def test_to_drop_a_history_drops_the_traces_that_show_whose_it_is(run: Run, tmp_path: Path) -> None:
    data, link, other = tmp_path / "data", "emulated:single-element?days=1", "emulated:twin-element?days=1"
    where = ["--training", "--data-dir", str(data)]
    for one in (link, other):
        assert run("read", one, "registers", *where).status == 0
    assert run("history", link, "--forget", *where).status == 0
    with open_store(data, "", training=True, clock=SystemClock()) as store:
        (left,) = store.rows("trace_sessions")
        assert left["number"] == 2, "another home's stays"


def test_what_is_left_to_be_done_at_a_hub_stays(run: Run, tmp_path: Path) -> None:
    from hht.work.left_beside import rows_beside

    job = parse_job(resource_path("jobs", "hub-exchange.json").read_text(encoding="utf-8"), "job.json")
    hub = str(job.old_hub.chf if job.old_hub else "")
    with open_store(tmp_path, "", training=True, clock=SystemClock()) as store:
        records = log_work_of(store, hub)
        records.append(HubRecordKind.INTENT, {"order": "add"})
        assert list(rows_beside(store, job, [])) == [], "nobody knows what came of it"
        HubRecords(store, records.work_id).append(HubRecordKind.SILENCE, {"order": "add"})
        assert {one.table for one in rows_beside(store, job, [])} == {"hub_records", "hub_works"}
        assert list(rows_beside(store, job, [job])) == [], "another job has that hub"
