"""``hht wallet``, and visits that fill their answers in from it."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from hht.store.database import open_database
from hht.work.job import parse_job
from hht.work.wallet import Entry, instrument, registration
from hht.work.wallet_store import WalletStore
from tests.cli.conftest import Run
from tests.cli.test_visit_install import LATER, LINK, evidence, states
from tests.support.command import Done
from tests.work.flow_model import GAS, HUB, all_well, job_text
from ui.stores import open_store
from ui.system import SystemClock

TODAY = SystemClock().now().date()
LONG, SOON = "2099-03-31", (TODAY + timedelta(days=20)).isoformat()


def keep(run: Run, folder: Path) -> list[str]:
    """Everything that an engineer has, in the wallet; the options of its store."""
    where = ["--training", "--data-dir", str(folder / "data")]
    for words in (
        ["registration", "EL-7", "--called", "MOCOPA", "--for", "electricity", "--until", LONG],
        ["instrument", "AVI-1", "--kind", "voltage", "--until", SOON],
        ["instrument", "LOOP-2", "--kind", "loop", "--until", LONG],
    ):
        assert run("wallet", "add", *words, *where).status == 0
    return where


def put_ended(folder: Path, entry: Entry) -> None:
    """An entry that held when it was added and has ended since."""
    with open_store(folder / "data", "", training=True, clock=SystemClock()) as store:
        WalletStore(store).add(entry, entry.until)


def visit(run: Run, folder: Path, text: str, *without: str, **answers: str) -> Done:
    """The visit of the job in `text`, where nobody answers what begins with one of `without`."""
    path, told = folder / "job.json", folder / "answers.json"
    path.write_text(text)
    given = {name: value for name, value in all_well(parse_job(text, "job.json")).items() if value}
    given = {name: value for name, value in given.items() if not name.startswith(without)}
    told.write_text(json.dumps(given | {name.replace("_", "/"): value for name, value in answers.items()}))
    where = ["--training", "--data-dir", str(folder / "data"), "--out", str(folder / "out")]
    return run("visit", "run", str(path), *where, "--answers", str(told), "--link", LINK)


def test_what_is_added_is_listed_with_how_it_stands_and_renewed_and_erased(run: Run, tmp_path: Path) -> None:
    where = keep(run, tmp_path)
    put_ended(tmp_path, registration("GS-1", ["gas"], "2020-01-31"))
    told = run("wallet", "list", *where)
    assert [(one["number"], one["standing"]) for one in told.lines[:-1] if "number" in one] == [
        ("EL-7", "holds"),
        ("GS-1", "ended"),
        ("LOOP-2", "holds"),
        ("AVI-1", "ends-soon"),
    ]
    assert told.last["entries"] == 4
    assert "ended 2020-01-31" in told.errors
    assert "ends in 20 days" in told.errors
    renewed = run("wallet", "add", "registration", "GS-1", "--for", "gas,electricity", "--until", LONG, *where)
    assert renewed.last["renewed"] is True
    assert run("wallet", "remove", "instrument", "LOOP-2", *where).status == 0
    left = run("wallet", "list", *where)
    assert {one["number"]: one["until"] for one in left.lines if "until" in one} == {
        "EL-7": LONG,
        "GS-1": LONG,
        "AVI-1": SOON,
    }


def test_the_file_shows_no_number(run: Run, tmp_path: Path) -> None:
    keep(run, tmp_path)
    (path,) = (tmp_path / "data").glob("*.db")
    database = open_database(path)
    rows = list(database["wallet"].rows)
    database.close()
    assert len(rows) == 3
    assert not any(number in repr(rows) for number in ("EL-7", "MOCOPA", "AVI-1", "LOOP-2"))


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["add", "registration", "EL-7", "--for", "water", "--until", LONG], "wallet-kind"),
        (["add", "registration", "EL-7", "--for", "gas", "--until", "31/03/2027"], "answer-date"),
        (["add", "registration", "EL-7", "--for", "gas", "--until", LONG, "--from", "2099-04-01"], "wallet-days"),
        (["add", "registration", "EL*7", "--for", "gas", "--until", LONG], "answer-name"),
        (["add", "registration", "1", "--for", "gas", "--until", LONG, "--called", "a\x1b[2J"], "wallet-name"),
        (["add", "instrument", "S-1", "--kind", "hammer", "--until", LONG], "wallet-kind"),
        (["add", "instrument", "S-1", "--kind", "loop", "--until", "2020-01-31"], "wallet-ended"),
        (["remove", "registration", "S-1"], "wallet-unknown"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(run: Run, tmp_path: Path, words: list[str], code: str) -> None:
    where = ["--training", "--data-dir", str(tmp_path / "data")]
    done = run("wallet", *words, *where)
    assert (done.status, done.last["code"]) == (1, code)
    assert done.last["remedy"]
    assert run("wallet", "list", *where).last["entries"] == 0


def test_a_visit_is_answered_from_the_wallet_and_says_so(run: Run, tmp_path: Path) -> None:
    keep(run, tmp_path)
    text = job_text("install-electricity")
    done = visit(run, tmp_path, text, "competence/", "instruments/", instruments_loop="OTHER-9")
    assert (done.status, done.last["code"]) == (1, "answer-needed"), "the wallet knows no last day of the other one"
    assert "ends in 20 days" in done.errors
    told = {"instruments/loop": "OTHER-9", "instruments/loop-until": LONG}
    again = visit(run, tmp_path, text, "competence/", "instruments/", **told)
    assert (again.status, again.last["outcome"]) == (0, "complete"), again.last
    assert evidence(tmp_path)["findings"]["instruments"] == {
        "voltage": "AVI-1",
        "voltage-until": SOON,
        "loop": "OTHER-9",
        "loop-until": LONG,
    }
    steps = {one["id"]: one["facts"] for one in evidence(tmp_path)["steps"]}
    shown = {fact["label"]: fact["value"] for fact in steps["instruments"]}
    assert shown["Approved voltage indicator: serial number"] == "AVI-1, from the wallet"
    assert shown["Approved voltage indicator: calibrated until"] == f"{SOON}, ends in 20 days, from the wallet"
    assert shown["Loop impedance tester: serial number"] == "OTHER-9"


def test_an_instrument_out_of_calibration_is_refused(run: Run, tmp_path: Path) -> None:
    where = keep(run, tmp_path)
    assert run("wallet", "remove", "instrument", "LOOP-2", *where).status == 0
    put_ended(tmp_path, instrument("loop", "LOOP-2", "2020-01-31"))
    text = job_text("install-electricity")
    done = visit(run, tmp_path, text, "competence/", "instruments/")
    assert (done.status, done.last["code"], done.last["step"]) == (1, "past", "instruments")
    assert "2020-01-31 is over" in done.last["message"]
    assert "hht wallet add" in done.last["remedy"]


def test_a_gas_registration_that_ended_shuts_the_gas_work(run: Run, tmp_path: Path) -> None:
    keep(run, tmp_path)
    put_ended(tmp_path, registration("GS-1", ["gas"], "2020-01-31"))
    text = job_text("install-dual-fuel", HUB, GAS)
    done = visit(run, tmp_path, text, "competence/", **{"ask-hub-installed": LATER})
    assert (done.status, done.last["code"]) == (1, "not-competent")
    assert "ended 2020-01-31" in done.last["message"]
    assert "wallet" in done.last["remedy"]
    assert states(done)["competence"] == "done"


def test_saying_that_there_is_none_counts_against_the_wallet(run: Run, tmp_path: Path) -> None:
    where = keep(run, tmp_path)
    gas = ["registration", "GS-1", "--for", "gas", "--until", LONG]
    assert run("wallet", "add", *gas, *where).status == 0
    told = {"competence/gas": "none", "ask-hub-installed": LATER}
    done = visit(run, tmp_path, job_text("install-dual-fuel", HUB, GAS), "competence/", **told)
    assert (done.status, done.last["code"]) == (1, "not-competent")
