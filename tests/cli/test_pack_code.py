"""``hht pack code`` and ``answer``: the desk's one-time codes by telephone, with the training desk at the other end."""

from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import Run

ENTRY = ("--entry", "enable-supply-esme")


def test_a_challenge_is_read_out_and_two_people_at_the_desk_answer(run: Run, tmp_path: Path) -> None:
    pack, pem = str(tmp_path / "visit.pack"), str(tmp_path / "terminal.pem")
    assert run("pack", "terminal-key", "--out", pem).status == 0
    parts = ("--with", "enable", "--with", "supply", "--release")
    assert run("pack", "build", "resources/jobs/demo.json", "--out", pack, *parts).status == 0
    assert run("pack", "take", pack).status == 0
    (held,) = (one for one in run("pack", "show", "J-1042").of("entry") if one["entry"] == ENTRY[1])
    assert "people who read one out: 2" in held["held"]
    asked = run("pack", "code", "J-1042", *ENTRY)
    challenge = asked.last["challenge"]
    said = run("pack", "answer", pack, *ENTRY, "--challenge", challenge.lower(), "--terminal", pem).last["codes"]
    assert len(said) == 2
    wrong = run("pack", "code", "J-1042", *ENTRY, "--code", said[0], "--code", said[0])
    assert (wrong.status, wrong.last["code"]) == (1, "pack-code")
    right = run("pack", "code", "J-1042", *ENTRY, "--code", said[0], "--code", said[1])
    assert (right.status, right.last["released"]) == (0, True)
    (goes,) = (one for one in run("pack", "show", "J-1042").of("entry") if one["entry"] == ENTRY[1])
    assert goes["held"] == ""
    read = run("pack", "code", "J-1042", "--entry", "read-supply-esme")
    assert (read.status, read.last["code"]) == (1, "pack-no-code-needed")
