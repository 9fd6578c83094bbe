"""``hht set``: checked before anything is opened; reads before, reads back after, says whose authority."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from hht.store.log_chain import LOGGED_IN
from hht.work.unusual import READ
from tests.cli.conftest import METER, Run
from tests.support.command import Done, hht
from tests.support.emulate import Emulated
from tests.support.real_ids import real_premises
from tests.support.store_log import log_of
from ui.cli.main import main

NOWHERE = "tcp://127.0.0.1:1"  # nothing listens: a check that comes too late would say so


@pytest.mark.parametrize(
    ("item", "value", "before", "after"),
    [
        ("mpan", "1200023305967", "", "1200023305967"),
        ("mpan", "12 0002 3305 967", "", "1200023305967"),
        ("randomised-offset-limit", "600", "0", "600"),
        ("randomised-offset-limit", "1799", "0", "1799"),
        ("randomised-offset-limit", "0" * 5000 + "60", "0", "60"),
        ("contact-name", "Example Energy", "", "Example Energy"),
        ("contact-telephone", "0800 000 0000", "", "0800 000 0000"),
    ],
)
def test_the_result(run: Run, item: str, value: str, before: str, after: str) -> None:
    done = run("set", METER, item, value)
    assert done.status == 0, done.last
    expected = {"type": "result", "ok": True, "item": item, "before": before, "after": after, "written": True}
    assert done.last == expected | {"authority": done.last["authority"]}
    assert "Import Supplier" in done.last["authority"]


def test_the_clock(run: Run) -> None:
    done = run("set", METER, "clock", "now")
    assert done.last["written"] is True
    before, after = (datetime.fromisoformat(done.last[name]) for name in ("before", "after"))
    assert 30 < abs((before - after).total_seconds()) < 45, "the meter was 37 s adrift"
    left = run("set", METER, "clock", "now", "--tolerance", "38")
    assert left.last["written"] is False
    assert left.last["before"] == left.last["after"]


@pytest.mark.parametrize("tolerance", ["nan", "inf", "-inf", "1e9", "1_0", " 5", "+5", "٥", "0x10", "5.", ""])
def test_a_tolerance_that_is_no_number_in_plain_digits(tolerance: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["set", NOWHERE, "clock", "now", f"--tolerance={tolerance}"])
    assert caught.value.code == 2
    assert f"“{tolerance}” is not a number in plain digits" in capsys.readouterr().err


@pytest.mark.parametrize("words", [["--client", "1_6"], ["--client", "+16"], ["--server", "１"], ["--physical", " 17"]])
def test_an_address_that_is_no_number_in_plain_digits(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(["set", NOWHERE, "clock", "now", *words])
    assert caught.value.code == 2
    assert f"“{words[1]}” is not a whole number in plain digits" in capsys.readouterr().err


@pytest.mark.parametrize("tolerance", ["-1", "86401", "1000000000"])
def test_a_tolerance_that_would_let_anything_pass(run: Run, tolerance: str) -> None:
    done = run("set", NOWHERE, "clock", "now", f"--tolerance={tolerance}")
    assert (done.status, done.last["code"]) == (1, "clock-tolerance-range")


def test_what_is_so_already_is_not_written(run: Run) -> None:
    done = run("set", METER, "randomised-offset-limit", "0")
    assert (done.status, done.last["written"]) == (0, False)


@pytest.mark.parametrize(
    ("item", "value", "code"),
    [
        ("mpan", "1200023305968", "mpan-check-digit"),
        ("mpan", "12000233059", "mpan-length"),
        ("mpan", "12000233059O7", "mpan-character"),
        ("mpan", "", None),
        ("randomised-offset-limit", "1800", "randomised-offset-limit-range"),
        ("randomised-offset-limit", "-1", "randomised-offset-limit-character"),
        ("randomised-offset-limit", "٦٠٠", "randomised-offset-limit-character"),
        ("randomised-offset-limit", "1e2", "randomised-offset-limit-character"),
        ("randomised-offset-limit", "600.0", "randomised-offset-limit-character"),
        ("randomised-offset-limit", "+600", "randomised-offset-limit-character"),
        ("randomised-offset-limit", " 600 ", "randomised-offset-limit-character"),
        ("randomised-offset-limit", "0x10", "randomised-offset-limit-character"),
        ("randomised-offset-limit", "1_000", "randomised-offset-limit-character"),
        ("randomised-offset-limit", "６００", "randomised-offset-limit-character"),
        ("randomised-offset-limit", "9" * 5000, "randomised-offset-limit-range"),
        ("contact-name", "", "contact-length"),
        ("contact-name", "x" * 16, "contact-length"),
        ("contact-name", "Énergie", "contact-character"),
        ("contact-telephone", "+44 800", "contact-character"),
        ("contact-telephone", "٠٨٠٠", "contact-character"),
        ("clock", "2026-11-21T00:00:00Z", "clock-value"),
    ],
)
def test_a_wrong_value_reaches_no_device(run: Run, item: str, value: str, code: str | None) -> None:
    done = run("set", NOWHERE, item, value)
    assert done.status == 1
    assert code is None or done.last["code"] == code
    assert not done.last["code"].startswith("link")
    assert done.last["message"]
    assert done.last["remedy"]


def test_test_identifiers_are_for_training_and_logged(run: Run, tmp_path: Path) -> None:
    for words in (["mpan", "1200023305968"], ["clock", "now"]):
        refused = run("set", NOWHERE, *words, "--allow-test-identifiers")
        assert (refused.status, refused.last["code"]) == (1, "training-only")
    done = run("set", METER, "mpan", "1200023305968", "--allow-test-identifiers", "--training")
    assert done.last["after"] == "1200023305968"
    assert "check digit" in done.errors
    entry = {"command": f"set {METER} mpan", "accepted": ["1200023305968"]}
    assert log_of(tmp_path / "home")[0] == ("test-identifiers", entry)
    run("set", METER, "mpan", "1200023305967", "--allow-test-identifiers", "--training")
    kinds = [kind for kind, _payload in log_of(tmp_path / "home")]
    assert kinds.count("test-identifiers") == 1, "nothing was overridden"


def test_an_override_is_put_down_before_the_meter_hears_of_it(run: Run, tmp_path: Path) -> None:
    words = ["mpan", "1200023305968", "--allow-test-identifiers", "--training"]
    assert run("set", "emulated:refuses-writes?days=1", *words).status == 1
    assert [kind for kind, _payload in log_of(tmp_path / "home")] == ["test-identifiers", "set-intent", "set-outcome"]


@pytest.mark.parametrize(
    ("meter", "code"),
    [
        ("emulated:smets2-read-only", "local-access"),
        ("emulated:forgets-writes", "read-back-mismatch"),
        ("emulated:refuses-writes", "cosem-hardware-fault"),
    ],
)
@pytest.mark.parametrize("words", [["mpan", "1012345678903"], ["randomised-offset-limit", "900"], ["clock", "now"]])
def test_meters_that_do_not_take_it(run: Run, meter: str, code: str, words: list[str]) -> None:
    done = run("set", f"{meter}?days=1", *words)
    assert (done.status, done.last["code"]) == (1, code)
    assert done.last["remedy"]


def test_a_meter_that_holds_nothing_after_a_write_is_said_to_hold_nothing(run: Run) -> None:
    done = run("set", "emulated:forgets-writes?days=1", "mpan", "1012345678903")
    assert done.last["message"].endswith("1012345678903 was written, the meter holds nothing.")


def test_a_client_that_may_not_write(run: Run) -> None:
    done = run("set", METER, "randomised-offset-limit", "600", "--security", "none")
    assert done.status == 1
    assert "denied" in done.last["code"] or "refus" in done.last["code"]


def test_for_people(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HHT_HOME", str(tmp_path))
    assert main(["set", METER, "mpan", "1200023305967"]) == 0
    told = capsys.readouterr().out
    assert "(none) → 1200023305967" in told
    assert "authority" in told
    assert main(["set", METER, "clock", "now"]) == 0
    told = capsys.readouterr().out
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC → \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC", told)


@pytest.mark.parametrize(
    ("item", "text", "code", "words"),
    [
        ("contact-name", "   ", "contact-length", "nothing but spaces"),
        ("contact-telephone", " ", "contact-length", "nothing but spaces"),
        ("contact-name", "", "contact-length", "nothing"),
        ("contact-name", "a\nb", "contact-character", "U+000A"),
    ],
)
def test_contacts_that_say_nothing(run: Run, item: str, text: str, code: str, words: str) -> None:
    refused = run("set", NOWHERE, item, text)
    assert (refused.status, refused.last["code"]) == (1, code)
    assert words in refused.last["message"]


def test_wrong_usage_is_two() -> None:
    with pytest.raises(SystemExit) as caught:
        main(["set", METER, "supply", "off"])
    assert caught.value.code == 2


@pytest.fixture
def real(tmp_path: Path) -> Iterator[str]:
    """A meter that outlives a command, at a link as a real one's: the terminal does not know that it is none."""
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1") as meter:
        yield meter.url


def entries(run: Run, *store: str) -> list[tuple[str, str]]:
    """The log of what was written, as (kind, result or target)."""
    log = run("log", *store)
    assert log.status == 0, log.last
    told = [one for one in log.of("entry") if one["kind"] not in (READ, LOGGED_IN)]
    return [(e["kind"], e["details"].get("result", e["details"].get("target"))) for e in told]


def test_a_clock_within_the_tolerance_of_a_visit_is_left_alone(run: Run, real: str) -> None:
    store = ["--training"]
    assert run("set", real, "clock", "now", *store, "--tolerance", "0").last["written"] is True
    again = run("set", real, "clock", "now", *store)
    assert (again.status, again.last["written"]) == (0, False)
    assert run("set", real, "clock", "now", *store, "--tolerance", "0").last["written"] is True


def test_an_emulated_meter_is_written_to_in_the_training_store(run: Run, tmp_path: Path) -> None:
    assert run("set", METER, "randomised-offset-limit", "600").status == 0
    assert (tmp_path / "home" / "training.db").exists()
    assert not (tmp_path / "home" / "store.db").exists()
    assert entries(run, "--training") == [("set-intent", "600"), ("set-outcome", "written")]
    intent = run("log", "--training").of("entry")[0]["details"]
    assert (intent["before"], intent["item"], intent["device"]) == (
        "0", "randomised-offset-limit", "00-DB-12-34-56-78-90-A0"
    )  # fmt: skip
    assert run("trace", "export", "--last", "--training", "--out", str(tmp_path / "trace.jsonl")).status == 0
    assert '"training":true' in (tmp_path / "trace.jsonl").read_text().splitlines()[0]


def test_an_emulated_meter_and_a_live_store_do_not_mix(run: Run, tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("correct horse battery staple\n")
    done = run("set", METER, "randomised-offset-limit", "600", "--pass-phrase-file", str(tmp_path / "phrase"))
    assert (done.status, done.last["code"]) == (1, "training-only")
    assert not (tmp_path / "home").exists()


def test_nothing_is_written_to_a_real_meter_without_a_store(run: Run, tmp_path: Path) -> None:
    with Emulated(real_premises(tmp_path), "--optical", "tcp://127.0.0.1:0", "--days", "1") as meter:
        _nothing_without_a_store(run, meter.url, tmp_path)


def _nothing_without_a_store(run: Run, real: str, tmp_path: Path) -> None:
    words = ["set", real, "contact-name", "E-ON", "--security", "low", "--password-file", str(tmp_path / "password")]
    (tmp_path / "password").write_text("Gurux")
    refused = run(*words)
    assert (refused.status, refused.last["code"]) == (1, "pass-phrase-needed")
    assert "--pass-phrase-file" in refused.last["remedy"]
    (tmp_path / "phrase").write_text("correct horse battery staple\n")
    live = ["--pass-phrase-file", str(tmp_path / "phrase")]
    done = run(*words, *live)
    assert (done.status, done.last["before"]) == (0, ""), "what was refused had not left"
    assert entries(run, *live) == [("set-intent", "E-ON"), ("set-outcome", "written")]
    assert (tmp_path / "home" / "store.db").exists()


def test_a_command_that_keeps_no_trace_of_a_real_meter_says_so(run: Run, real: str, tmp_path: Path) -> None:
    for words in (["read", real, "clock"], ["identify", real], ["browse", real, "clock"]):
        assert "no trace is kept" in run(*words, "--security", "none").errors
        assert "no trace is kept" not in run(*words, "--training").errors
        assert "no trace is kept" not in run(words[0], METER, *words[2:]).errors


def interrupted(home: Path, link: str) -> Done:
    """A `set` that is killed when its intent is on disk and nothing has left."""
    return hht(
        "set", link, "randomised-offset-limit", "700", "--training", "--data-dir", str(home),
        module="tests.support.killed_set",
    )  # fmt: skip


@pytest.mark.parametrize("command", ["read", "set", "identify", "browse"])
def test_what_became_of_an_interrupted_write_is_told_by_the_next_command(
    run: Run, real: str, tmp_path: Path, command: str
) -> None:
    store = ["--training", "--data-dir", str(tmp_path / "data")]
    assert interrupted(tmp_path / "data", real).status == 9
    log = run("log", *store)
    assert [entry.get("outcome") for entry in log.of("entry")] == ["unknown"]
    words = {"read": ["clock"], "set": ["randomised-offset-limit", "700"], "identify": [], "browse": ["clock"]}
    done = run(command, real, *words[command], *store)
    assert done.status == 0
    (told,) = done.of("unsettled")
    assert told == told | {"item": "randomised-offset-limit", "target": "700", "result": "not-written", "held": "0"}
    assert "it was not written" in done.errors
    assert run("read", real, "clock", *store).of("unsettled") == []
    assert entries(run, *store)[:2] == [("set-intent", "700"), ("set-outcome", "not-written")]
    if command == "set":
        assert done.last["written"] is True
        assert entries(run, *store)[2:] == [("set-intent", "700"), ("set-outcome", "written")]
