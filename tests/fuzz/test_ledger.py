"""What `make fuzz` keeps: the ledger, whose turn it is, and inputs that reached something new."""

from __future__ import annotations

from collections import Counter
from datetime import date
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from hht.errors import HhtError
from hht.protocol.hdlc.frame import parse_frame
from tests.fuzz import __main__ as command
from tests.fuzz import corpus, growth, job
from tests.fuzz.growth import Grown, Guide, chosen
from tests.fuzz.judge import Judge
from tests.fuzz.ledger import Ledger
from tests.fuzz.mutation import Messages
from tests.fuzz.reach import Reach, fingerprint
from tests.fuzz.schedule import LONG_STRETCH, STRETCH_S, by_need, in_rounds
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS


def test_what_was_done_is_kept_and_a_change_of_code_begins_anew(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "ledger.toml")
    assert first.is_now("axdr", "abc")
    first.add("axdr", cpu_s=7200.0, inputs=5)
    first.add("axdr", cpu_s=1800.0, inputs=2, long=True)
    first.add("no target any more", cpu_s=1.0, inputs=1)
    first.tried("axdr", {9, 7, 8}, date(2026, 11, 22))
    first.write(TARGETS)
    again = Ledger(tmp_path / "ledger.toml")
    account = again.of("axdr")
    assert (account.cpu_s, account.long_s, account.since_s, account.inputs) == (9000.0, 1800.0, 9000.0, 7)
    assert (account.seeds, account.day) == ("7-9", "2026-11-22")
    assert list(again.accounts) == ["axdr"]
    assert not again.is_now("axdr", "abc")
    assert again.is_now("axdr", "abd")
    assert (account.cpu_s, account.since_s) == (9000.0, 0.0)
    assert next(again.lines(["axdr"])).startswith("2.50 of 24 CPU-hours")


def test_half_of_the_time_is_for_who_had_least_since_it_changed(tmp_path: Path) -> None:
    names = ["axdr", "cin", "mpan", "utrn"]
    ledger = Ledger(tmp_path / "ledger.toml")
    for name in names:
        ledger.add(name, cpu_s=1000.0, inputs=1)
    ledger.of("mpan").since_s = 0.0
    turns = Counter(task.name for task in islice(by_need(names, ledger, 1, float("inf")), 80))
    assert turns == {"mpan": 50, "axdr": 10, "cin": 10, "utrn": 10}
    long_s = sum(STRETCH_S for task in islice(by_need(["axdr"], ledger, 1, 1e9), 400) if task.long)
    assert 0.2 < long_s / (1000 + 400 * STRETCH_S) < 0.3


def test_each_run_tries_other_inputs_and_a_seed_the_same(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.toml")
    one, later = (list(islice(by_need(["axdr"], ledger, first, 1e9), 20)) for first in (1000, 1000 + 20 * LONG_STRETCH))
    assert len({task[:4] for task in one + later}) == 40
    assert list(islice(in_rounds(["axdr"], 5, 1e9), 20)) == list(islice(in_rounds(["axdr"], 5, 1e9), 20))


def test_the_command_adds_to_the_ledger_unless_it_is_given_a_seed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(corpus, "GROWN", tmp_path / "grown")
    monkeypatch.setattr(command, "Ledger", lambda: Ledger(tmp_path / "ledger.toml"))
    asked = ["fuzz", "--inputs", "30", "--jobs", "1", "--target", "wrapper"]
    monkeypatch.setattr("sys.argv", [*asked, "--seed", "3"])
    assert command.main() == 0
    assert list(tmp_path.iterdir()) == []
    counts = []
    for run in range(2):
        monkeypatch.setattr(command, "_first_seed", lambda run=run: 1000 * run)
        monkeypatch.setattr("sys.argv", asked)
        assert command.main() == 0
        counts.append(Ledger(tmp_path / "ledger.toml").of("wrapper").inputs)
        assert " of 24 CPU-hours since the ledger began" in capsys.readouterr().out
    assert 30 <= counts[0] < counts[1]


def _counts(messages: Messages) -> int:
    """A reader that asks nothing of what is empty, and of other things what an HDLC frame is asked."""
    octets = b"".join(messages)
    return len(parse_frame(octets[6:]).info) if octets[:6] == b"frame:" else 0


_COUNTS = Target("counts", _counts, "wrapper", (HhtError,))


def test_what_reaches_new_lines_is_kept_small_and_once() -> None:
    with Judge() as judge:
        guide = Guide(judge, _COUNTS)
        [grown] = guide.look(judge, _COUNTS, (b"fra", b"me:", bytes(50)))
        assert {file for file, _line in grown.lines} == {"hht/protocol/hdlc/frame.py", "hht/errors.py", "hht/i18n.py"}
        assert b"".join(grown.messages) == b"frame:"
        assert guide.look(judge, _COUNTS, (b"frame:", bytes(20))) == []


def test_a_guided_job_finds_what_an_unguided_one_is_not_told_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(corpus, "GROWN", tmp_path)
    target = TARGETS["iec-data"]
    with Judge() as judge:
        guide = Guide(judge, target)
    guided = job.run(target, 5, 400, guide=guide)
    assert guided.inputs == 400
    assert guided.grown
    assert not job.run(target, 5, 400).grown
    corpus.save_grown("iec-data", chosen(guided.grown))
    with Judge() as judge:
        again = Guide(judge, target)
    assert again.code == guide.code
    known = {line for one in again.grown for line in one.lines}
    assert known
    assert not any(one.lines & known for one in job.run(target, 5, 400, guide=again).grown)


def test_what_is_kept_is_bounded() -> None:
    def lines(*numbers: int) -> frozenset[tuple[str, int]]:
        return frozenset(("a.py", number) for number in numbers)

    wide, idle, long = (b"w",), (b"idle",), (bytes(growth.MOST_OCTETS),)
    assert chosen([Grown(wide, lines(1, 2, 3)), Grown(idle, lines(2)), Grown(long, lines(4))]) == [wide]
    many = [Grown((bytes((number,)),), lines(number)) for number in range(100)]
    assert len(chosen(many)) == growth.MOST_INPUTS


def test_a_print_of_code_tells_what_it_does_and_not_where_it_stands() -> None:
    def printed(number: str) -> str:
        reach = Reach()
        space: dict[str, Any] = {}
        path = f"{growth.__file__.rpartition('/tests/')[0]}/hht/made_up.py"
        exec(compile(f"{number}\ndef run():\n    return 'a' in {{'a', 'b'}}, {number[-1]}\n", path, "exec"), space)
        reach.look(space["run"])
        return fingerprint(reach)

    assert printed("1") == printed("# moved\n1")
    assert printed("1") != printed("2")
