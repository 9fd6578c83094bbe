"""``hht han log|add|remove|join|exchange``: hub work at a home in another process, over its dongle."""

from __future__ import annotations

import csv
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.support.command import Done
from tests.support.emulate import Emulated

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="ptys are POSIX's")
HUB = ("--hub", "00-DB-12-34-56-78-97-A3", "--chf", "00-DB-12-34-56-78-97-A2", "--training")
NEW = ("--hub", "00-DB-12-34-56-78-A0-A3", "--chf", "00-DB-12-34-56-78-A0-A2", "--training")
ESME, HCALCS = "00-DB-12-34-56-78-97-A0=ESME", "00-DB-12-34-56-78-97-A6=HCALCS"
GSME, ADDED = "00-DB-12-34-56-78-90-A1", "00-DB-12-34-56-78-00-77"
KINDS = ("--device", ESME, "--device", HCALCS)


@pytest.fixture(scope="module")
def home() -> Iterator[Emulated]:
    spare = "00-DB-12-34-56-78-A0-A2,00-DB-12-34-56-78-A0-A3"
    words = ("--han", "pty", "--days", "1", "--speed", "30", "--hub-fresh", "--spare-hub", spare)
    with Emulated("storage-heaters", *words) as emulated:
        yield emulated


def last(done: Done, status: int = 0) -> dict[str, object]:
    assert done.status == status, done.lines
    found: dict[str, object] = done.lines[-1]
    return found


@pytest.mark.requirement("HHT-03")
def test_devices_are_read_added_removed_and_joined(run: Run, home: Emulated, tmp_path: Path) -> None:
    link, figures = str(home.listening["han"]), tmp_path / "signal.csv"
    read = run("han", "log", link, *HUB, "--device", ESME, "--times", "2", "--every", "0", "--csv", str(figures))
    assert last(read)["readings"] == 2
    rows = list(csv.DictReader(figures.open(encoding="utf-8")))
    assert len(rows) == 4
    meter = next(row for row in rows if row["device"] == ESME[:23])
    assert (meter["kind"], meter["joined"], meter["verdict"]) == ("ESME", "yes", "good")
    assert int(meter["rssi_least_dbm"]) <= int(meter["rssi_average_dbm"]) < 0 < int(meter["lqi_average"]) < 256
    code = tmp_path / "code"
    code.write_text("000102030405060708090A0B0C0D0E0F", encoding="ascii")
    added = run("han", "add", link, *HUB, f"{ADDED}=PPMID", "--device-code-file", str(code))
    assert last(added)["state"] == "done"
    assert [line["done"] for line in added.lines if line["type"] == "operation"] == [True] * 3
    assert last(added)["seen"] == f"{ADDED} is on the hub's Device Log."
    removed = last(run("han", "remove", link, *HUB, ADDED))
    assert (removed["state"], removed["seen"]) == ("done", f"{ADDED} is not on the hub's Device Log.")
    joined = run("han", "join", link, *HUB, ESME, HCALCS)
    assert (last(joined)["state"], [line["knows"] for line in joined.lines if line["type"] == "end"]) == (
        "joined",
        [True, True],
    )
    assert last(run("han", "links", "--training"))["links"] == 0


def test_the_network_is_seen_through_device_by_device(run: Run, home: Emulated) -> None:
    link = str(home.listening["han"])
    shown = run("han", "xray", link, *HUB, *KINDS, "--device", f"{ADDED}=PPMID", "--times", "2", "--every", "0")
    result = last(shown)
    assert (result["devices"], result["not_listed"], result["never_joined"]) == (3, [ADDED], [])
    assert (result["mirror_age_s"], result["next_gas_wake"]) == (None, None)  # a home without gas
    rows = {line["device"]: line for line in shown.of("device")}
    assert (rows[ESME[:23]]["position"], rows[ESME[:23]]["kind"]) == ("joined", "ESME")
    assert rows[ESME[:23]]["verdict"] == "good"
    assert HCALCS[:23] in rows[ESME[:23]]["knows"]
    assert rows[ADDED]["listed"] is False
    assert last(run("han", "xray", link, *HUB, "--times", "0"), 2)["code"] == "usage"


def test_conformance_holds_the_hub_and_its_devices_against_the_rows_that_are_heard(
    run: Run, home: Emulated, monkeypatch: pytest.MonkeyPatch
) -> None:
    from hht.work.conformance import hub

    link = str(home.listening["han"])
    assert last(run("conformance", link, "--training"), 2)["code"] == "usage"
    monkeypatch.setattr(hub, "MOST_HISTORIC", -1)  # no hub holds that: the row fails
    held = run("conformance", link, *HUB, *KINDS, "--all")
    rows = {line["check"]: line for line in held.of("row") if "check" in line}
    assert list(rows) == [check.name for check in hub.CHECKS]
    failed = [line for line in rows.values() if line["verdict"] == "fail"]
    assert [line["rows"] for line in failed] == [["ASR-20"]]
    assert any(frame.startswith("rx fe") for frame in failed[0]["frames"]), "what the dongle said"
    assert rows["hcalcs"]["verdict"] == rows["hub-firmware"]["verdict"] == "pass"
    assert rows["mirror"]["verdict"] == "not-applicable"
    unseen = [line for line in held.of("row") if line["verdict"] == "unseen"]
    assert len(unseen) == last(held, 1)["unseen"]
    assert all(line["why"] for line in unseen)


def test_a_hub_is_exchanged_by_hand_step_by_step(run: Run, home: Emulated, tmp_path: Path) -> None:
    link = str(home.listening["han"])

    def step(*words: str, status: int = 0) -> dict[str, object]:
        return last(run("han", "exchange", *words), status)

    assert step("snapshot", link, "--training", status=1)["code"] == "hub-no-exchange"
    assert step("begin", *HUB, "--job", "J-1042")["phase"] == "begun"
    assert step("snapshot", link, "--training", status=1)["code"] == "hub-kind-unknown"
    assert step("snapshot", link, "--training", *KINDS)["devices"] == 2
    assert step("prove", "--training", "--copy-taken", "2020-01-01", status=1)["code"] == "hub-copy-old"
    assert step("prove", "--training")["phase"] == "proven"
    assert step("check", link, "--training")["blockers"] == []
    assert step("expect", "--training", "--reference", "D-7")["phase"] == "expected"
    assert step("restore", link, "--training", status=1)["code"] == "hub-exchange-order"
    os.kill(int(str(home.listening["pid"])), signal.SIGUSR1)
    assert home.next_event()["type"] == "hub-exchanged"
    assert step("swapped", *NEW)["phase"] == "swapped"
    assert step("restore", link, "--training")["phase"] == "restored"
    assert step("finish", "--training", status=1)["code"] == "hub-exchange-order"
    proved = step("devices", link, "--training", "--within", "2")
    assert (proved["phase"], proved["hub_removed"], proved["lost_joins"]) == ("devices-proved", 1, [])
    done = step("finish", "--training")
    assert done["phase"] == "finished"
    assert done["receipt"]["found_after"] == 0 < done["receipt"]["found_before"]  # type: ignore[index]
    os.kill(int(str(home.listening["pid"])), signal.SIGUSR1)
    assert home.next_event()["type"] == "hub-switched"
    assert step("show", "--training", "--of", HUB[3])["phase"] == "finished"
    assert step("list", "--training")["exchanges"] == 1
    assert (
        last(run("han", "log", link, *NEW))["readings"] == 1
    )  # by the old network, as the exchange that is kept tells
    elsewhere = ("han", "check", link, *NEW[:2], "--training", "--data-dir", str(tmp_path / "another"))
    assert last(run(*elsewhere), 1)["code"] == "hub-not-found"
    assert last(run(*elsewhere, "--network", HUB[1]))["gpf_id"] == NEW[1]


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("log", "LINK", *HUB[:3], HUB[1], "--training"), 2, "usage"),
        (("log", "LINK", *HUB, "--times", "0"), 2, "usage"),
        (("add", "LINK", *HUB, "00-DB-12-34-56-78-00-77"), 2, "usage"),
        (("add", "LINK", *HUB, f"{ADDED}=CHF"), 1, "gbcs-device-type"),
        (("join", "LINK", *HUB, ESME, f"{GSME}=GSME"), 1, "join-matrix"),
        (("log", "LINK", *HUB, "--pack", "nobody's"), 1, "pack-not-kept"),
        (("exchange", "begin", *HUB[:3], HUB[1], "--training"), 1, "hub-ids"),
        (("exchange", "finish", "--training"), 1, "hub-no-exchange"),
        (("exchange", "pack", "after", "--out", "x.pack", "--training"), 1, "hub-no-exchange"),
        (("exchange", "prove", "--training", "--copy-taken", "noon"), 1, "hub-no-exchange"),
    ],
)
def test_what_makes_no_sense_is_said_before_anybody_is_reached(
    run: Run, words: tuple[str, ...], status: int, code: str
) -> None:
    link = "emulated:dual-fuel?via=han&days=1"
    done = run("han", *[link if word == "LINK" else word for word in words])
    assert (done.status, done.lines[-1]["code"]) == (status, code), done.lines
    assert not [line for line in done.lines if line["type"] == "progress"]


def test_what_the_training_desk_remembers_may_be_damaged(run: Run, home: Emulated, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "training-desk-hubs.json").write_text('{"00-DB": 1}', encoding="utf-8")
    done = run("han", "log", str(home.listening["han"]), *NEW)
    assert (done.status, done.lines[-1]["code"]) == (1, "hub-desk-memory")
