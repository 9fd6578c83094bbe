"""``hht set``: checked before anything is opened; reads before, reads back after, says whose authority."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from tests.cli.conftest import METER, Run
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
    left = run("set", METER, "clock", "now", "--tolerance", "60")
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
    assert log_of(tmp_path / "home") == [("test-identifiers", entry)]
    run("set", METER, "mpan", "1200023305967", "--allow-test-identifiers", "--training")
    assert len(log_of(tmp_path / "home")) == 1, "nothing was overridden"


def test_an_override_is_put_down_before_the_meter_hears_of_it(run: Run, tmp_path: Path) -> None:
    words = ["mpan", "1200023305968", "--allow-test-identifiers", "--training"]
    assert run("set", "emulated:refuses-writes?days=1", *words).status == 1
    assert [kind for kind, _payload in log_of(tmp_path / "home")] == ["test-identifiers"]


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


def test_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["set", METER, "mpan", "1200023305967"]) == 0
    told = capsys.readouterr().out
    assert "(none) → 1200023305967" in told
    assert "authority" in told


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
