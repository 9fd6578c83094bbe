"""A write outside of any visit: on disk before a byte leaves, told only when its outcome is there too."""

from __future__ import annotations

import asyncio
import json
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hht.clock import ManualClock
from hht.link import LinkTimeout
from hht.store.errors import StoreError
from hht.store.store import Store
from hht.store.vault import TRAINING_PASS_PHRASE
from hht.work.single_write import INTENT, OUTCOME, IntendedWrite, OutcomeUnknown, WriteLog
from tests.conftest import ROOT
from tests.store.conftest import CHEAP, FailingCommit
from tests.work.conftest import START
from tests.work.small_meter import DEVICE_ID, SmallMeter

DEAD = """
import os, sys
from pathlib import Path
from tests.work.test_single_write import killed
killed(Path(sys.argv[1]), sys.argv[2])
"""


def open_store(folder: Path, clock: ManualClock) -> Store:
    return Store.open(
        folder / "training.db",
        TRAINING_PASS_PHRASE,
        training=True,
        clock=clock,
        entropy=random.SystemRandom().randbytes,
        cost=CHEAP,
        factory=FailingCommit,
    )


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
def store(tmp_path: Path, clock: ManualClock) -> Iterator[Store]:
    with open_store(tmp_path, clock) as store:
        yield store


@pytest.fixture
async def meter(clock: ManualClock) -> SmallMeter:
    meter = SmallMeter(clock)
    await meter.open()
    return meter


def log_of(store: Store) -> WriteLog:
    return WriteLog(store, lambda: f"write-{len(store.log_entries())}")


def mpan_write(log: WriteLog, target: str = "1200023305967") -> IntendedWrite:
    return log.new_write(DEVICE_ID, "optical:/dev/ttyUSB0", "mpan", "", target)


def kinds(store: Store) -> list[str]:
    return [kind for _at, kind, _payload in store.log_entries()]


async def set_mpan(log: WriteLog, meter: SmallMeter, target: str = "1200023305967") -> None:
    await log.write(mpan_write(log, target), lambda intend: meter.set_import_mpan(target, before_write=intend))


async def test_the_intent_is_on_disk_before_a_byte_leaves(store: Store, meter: SmallMeter, tmp_path: Path) -> None:
    seen = []

    def disturb(name: str) -> None:
        if name == "write-mpan":
            with open_store(tmp_path, ManualClock(START)) as other:
                seen.extend(other.log_entries())

    meter.disturb = disturb
    await set_mpan(log_of(store), meter)
    ((at, kind, payload),) = seen
    assert (at, kind) == ("2026-03-02T09:00:00Z", INTENT)
    assert payload == {
        "write": "write-0", "device": DEVICE_ID, "link": "optical:/dev/ttyUSB0", "item": "mpan", "before": "",
        "target": "1200023305967",
    }  # fmt: skip
    assert kinds(store) == [INTENT, OUTCOME]
    outcome = store.log_entries()[1][2]
    assert (outcome["result"], outcome["before"], outcome["after"]) == ("written", "", "1200023305967")
    assert log_of(store).open_writes() == []


async def test_a_store_that_takes_nothing_keeps_the_write_from_leaving(
    store: Store, meter: SmallMeter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FailingCommit, "failing", "SQLITE_FULL")
    with pytest.raises(StoreError):
        await set_mpan(log_of(store), meter)
    assert meter.writes == {}


async def test_what_is_so_already_is_an_outcome_without_an_intent(store: Store, meter: SmallMeter) -> None:
    meter.state["mpan"] = "1200023305967"
    await set_mpan(log_of(store), meter)
    assert kinds(store) == [OUTCOME]
    assert store.log_entries()[0][2]["result"] == "held-already"


@pytest.mark.parametrize(("trouble", "result"), [("refuses", "meter-refused"), ("forgets", "read-back-mismatch")])
async def test_a_meter_that_says_no_leaves_nothing_open(
    store: Store, meter: SmallMeter, trouble: str, result: str
) -> None:
    if trouble == "refuses":
        meter.refuses.add("write-mpan")
    else:
        meter.forgets = True
    with pytest.raises(Exception, match="mpan") as caught:
        await set_mpan(log_of(store), meter)
    assert caught.value.code == result  # type: ignore[attr-defined]
    assert [payload.get("result") for _at, _kind, payload in store.log_entries()] == [None, result]
    assert log_of(store).open_writes() == []


def timeout_at(point: str) -> object:
    def disturb(name: str) -> None:
        if name == point:
            raise LinkTimeout("silence", remedy="look")

    return disturb


@pytest.mark.parametrize(("point", "result"), [("write-mpan", "not-written"), ("wrote-mpan", "written-earlier")])
async def test_an_outcome_that_nobody_knows_is_told_as_that_and_settled_by_reading(
    store: Store, meter: SmallMeter, point: str, result: str
) -> None:
    meter.disturb = timeout_at(point)  # type: ignore[assignment]
    with pytest.raises(OutcomeUnknown) as caught:
        await set_mpan(log_of(store), meter)
    assert "silence" in caught.value.message
    assert caught.value.remedy
    assert kinds(store) == [INTENT]
    (unsettled,) = log_of(store).unsettled(DEVICE_ID)
    assert (unsettled.item, unsettled.target, unsettled.at) == ("mpan", "1200023305967", "2026-03-02T09:00:00Z")
    assert log_of(store).unsettled("another") == []
    meter.disturb = lambda _name: None
    writes = dict(meter.writes)
    (settled,) = await log_of(store).settle(meter, DEVICE_ID)
    assert (settled.result, settled.held) == (result, meter.state["mpan"])
    assert meter.writes == writes, "by a read, never by a write"
    assert log_of(store).unsettled(DEVICE_ID) == []
    assert store.log_entries()[-1][2]["result"] == result


async def test_a_link_that_fails_before_the_write_is_no_doubt(store: Store, meter: SmallMeter) -> None:
    meter.disturb = timeout_at("read-mpan")  # type: ignore[assignment]
    with pytest.raises(LinkTimeout):
        await set_mpan(log_of(store), meter)
    assert kinds(store) == []


async def test_a_write_that_is_cancelled_stays_open(store: Store, meter: SmallMeter) -> None:
    meter.slow.add("write-mpan")
    log = log_of(store)
    task = asyncio.get_running_loop().create_task(set_mpan(log, meter))
    left = asyncio.Event()
    meter.disturb = lambda name: left.set() if name == "write-mpan" else None
    await left.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert len(log.unsettled(DEVICE_ID)) == 1


async def test_what_cannot_be_read_stays_unknown(store: Store, meter: SmallMeter) -> None:
    meter.disturb = timeout_at("write-mpan")  # type: ignore[assignment]
    with pytest.raises(OutcomeUnknown):
        await set_mpan(log_of(store), meter)
    meter.disturb = lambda _name: None
    meter.refuses.add("read-mpan")
    (settled,) = await log_of(store).settle(meter, DEVICE_ID)
    assert settled.result == "unknown"
    assert len(log_of(store).unsettled(DEVICE_ID)) == 1


def killed(folder: Path, point: str) -> None:
    """Write, and end the process at `point` as a power cut would."""
    import os

    async def play() -> None:
        clock = ManualClock(START)
        meter = SmallMeter(clock, folder / "meter.json")
        await meter.open()
        meter.disturb = lambda name: os._exit(9) if name == point else None
        await set_mpan(log_of(open_store(folder, clock)), meter)

    asyncio.run(play())


@pytest.mark.parametrize("point", ["write-mpan", "wrote-mpan"])
def test_a_killed_terminal_knows_afterwards_that_it_does_not_know(
    tmp_path: Path, clock: ManualClock, point: str
) -> None:
    done = subprocess.run([sys.executable, "-c", DEAD, str(tmp_path), point], cwd=ROOT, timeout=60, check=False)
    assert done.returncode == 9
    with open_store(tmp_path, clock) as store:
        (unsettled,) = log_of(store).unsettled(DEVICE_ID)
        assert unsettled.target == "1200023305967"
        meter = SmallMeter(clock, tmp_path / "meter.json")
        asyncio.run(meter.open())
        (settled,) = asyncio.run(log_of(store).settle(meter, DEVICE_ID))
    written = (tmp_path / "meter.json").exists() and json.loads((tmp_path / "meter.json").read_text())["writes"]
    assert settled.result == ("written-earlier" if written else "not-written")


def test_no_value_shows_in_repr() -> None:
    assert "1200023305967" not in repr(IntendedWrite("w", DEVICE_ID, "x", "mpan", "", "1200023305967"))
