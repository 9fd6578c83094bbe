"""``hht desk``: the desk of an emulated premises in another process, over a socket; by phone; what is said of it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import Any

import pytest

from hht.desk.kinds import AskKind
from tests.cli.conftest import Run
from tests.support.emulate import Emulated
from ui.cli.common import Stopped

HUB, ESME, IHD = "00-DB-12-34-56-79-01-A2", "00-DB-12-34-56-79-01-A0", "00-DB-12-34-56-79-01-A7"
MPAN, CODE = "1012345678912", "00112233445566778899AABBCCDD0103"
JOB = ("--job", "J-1", "--training")
NOBODY = "desk:tcp://127.0.0.1:9"
SLOWER = ("--speed", "40")  # a hub's hour for handheld terminals is 90 seconds then, however busy this machine is


@pytest.fixture(scope="module")
def desk() -> Iterator[str]:
    words = ("--desk", "tcp://127.0.0.1:0", "--days", "1", "--speed", "100")
    with Emulated("dual-fuel-connected", *words) as emulated:
        assert emulated.listening["desk"].startswith("desk:tcp://127.0.0.1:")
        assert "optical" not in emulated.listening
        yield str(emulated.listening["desk"])


def test_what_can_be_asked_is_listed(run: Run) -> None:
    done = run("desk", "what")
    assert {line["kind"] for line in done.of("ask")} == {str(kind) for kind in AskKind}
    (let_in,) = (line for line in done.of("ask") if line["kind"] == "whitelist")
    assert let_in["services"] == {"CHF": "8.11"}
    assert (let_in["must"], let_in["secret"]) == (["other", "other_type"], ["install_code"])


def test_an_ask_goes_over_a_socket_and_is_found_again(run: Run, desk: str) -> None:
    assert run("desk", "reach", "--hub", HUB, "--desk", desk, "--training").last["mode"] == "wan"
    done = run("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", "--desk", desk, *JOB)
    assert (done.status, done.last["state"], done.last["code"]) == (0, "done", "I0"), done.lines
    states = [line["state"] for line in done.of("progress")]
    assert states == ["unknown", "taken", "sent", "acknowledged", "done"]
    reference = done.last["reference"]
    again = run("desk", "follow", reference, "--desk", desk, "--training")
    assert (again.status, again.last["request"]) == (0, done.last["request"]), "the same request, and no other"
    read = run("desk", "ask", "read-mpxn", ESME, "--type", "ESME", "--desk", desk, *JOB)
    assert MPAN in read.last["answer"]
    assert not done.last["settled"]
    seen = run("desk", "note", reference, MPAN, "--agrees", "--by", "A. Engineer, on the display", "--training")
    assert (seen.status, seen.last["settled"], seen.last["lamps"]["seen"]) == (0, True, False)
    listed = run("desk", "list", "--job", "J-1", "--training")
    assert [line["ask"] for line in listed.of("ask")] == ["set-mpan", "read-mpxn"]
    assert run("desk", "show", reference, "--training").of("value")[0]["value"] == MPAN


@pytest.mark.parametrize(("end", "status"), [(Stopped(signal.SIGTERM), 143), (KeyboardInterrupt(), 130)])
def test_whoever_stops_an_ask_is_told_how_to_go_on_with_it(
    run: Run, monkeypatch: pytest.MonkeyPatch, end: BaseException, status: int
) -> None:
    def stopped(main: Coroutine[Any, Any, int]) -> int:
        main.close()
        raise end

    with monkeypatch.context() as patched:
        patched.setattr("ui.cli.desk.run_async", stopped)
        asked = run("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", "--desk", NOBODY, *JOB)
    (kept,) = run("desk", "list", "--job", "J-1", "--training").of("ask")
    assert (asked.status, asked.last["type"]) == (status, "error")
    assert f"hht desk follow {kept['reference']}" in asked.last["remedy"]


def test_how_long_an_ask_is_waited_for_and_how_to_leave_is_said_before_the_desk_is_reached(
    run: Run, tmp_path: Path
) -> None:
    asking = ("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", *JOB)
    asked = run(*asking, "--desk", NOBODY)  # it is said of a desk that does not even answer
    first, kept = asked.lines[0], asked.of("ask")[0]
    assert (first["type"], first["code"]) == ("remark", "desk-wait")
    assert "11 minutes" in first["text"]
    assert f"hht desk follow {kept['reference']}" in first["text"]
    for words in (("--way", "later"), ("--desk", f"desk:{tmp_path / 'carried'}")):  # nothing is waited for
        assert not run(*asking, *words).of("remark")


def test_a_secret_is_asked_with_and_never_shown(run: Run, desk: str) -> None:
    words = ("--set", f"other={IHD}", "--set", "other_type=IHD", "--desk", desk, *JOB)
    open_ = run("desk", "ask", "whitelist", HUB, "--set", f"install_code={CODE}", *words, "--way", "later")
    assert "install_code=-" in open_.errors
    done = run("desk", "ask", "whitelist", HUB, "--set", "install_code=-", *words, stdin=f"{CODE}\n")
    assert (done.status, done.last["alert"]) == (0, "N24"), done.lines
    assert not done.errors
    shown = run("desk", "show", done.last["reference"], "--training")
    for one in (open_, done, shown):
        assert CODE not in f"{one.lines} {one.errors}"
    refused = run("desk", "readout", open_.last["reference"], "--training")
    assert (refused.status, refused.last["code"]) == (1, "desk-secret")


def test_without_a_desk_the_ask_waits_and_the_phone_serves(run: Run) -> None:
    done = run("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", "--desk", NOBODY, *JOB)
    assert (done.status, done.last["type"], done.last["code"]) == (1, "error", "link-unavailable")
    (kept,) = done.of("ask")
    assert kept["state"] == "asked"
    assert run("desk", "reach", "--hub", HUB, "--desk", NOBODY, "--training").last["mode"] == "nothing"
    said = run("desk", "readout", kept["reference"], "--training").last
    assert said["lines"][0] == f"ASK {kept['reference']}"
    assert said["text"].endswith(said["lines"][-1])
    emulated = ("--desk", "desk:emulated?premises=dual-fuel-connected&days=1", "--training")
    misheard = run("desk", "hear", said["text"].replace("MPAN 10", "MPAN 01"), *emulated)
    assert (misheard.status, misheard.last["code"]) == (1, "desk-check")
    answer = run("desk", "hear", said["text"], *emulated).last["reference"]
    wrong = run("desk", "reference", kept["reference"], "T001-0000", "--training")
    assert (wrong.status, wrong.last["code"]) == (1, "desk-reference")
    assert run("desk", "list", "--training").of("ask")[0]["state"] == "unknown"
    typed = run("desk", "reference", kept["reference"], answer.replace("-", " ").lower(), "--training")
    assert (typed.status, typed.last["state"]) == (0, "taken")


@pytest.mark.parametrize(
    ("words", "code", "status"),
    [
        (("ask", "make-tea", ESME, *JOB), "usage", 2),
        (("ask", "read-supply", ESME, *JOB), "usage", 2),
        (("ask", "set-mpan", ESME, "--set", "mpan=1012345678904", *JOB), "mpan-check-digit", 1),
        (("ask", "set-mpan", ESME, "--set", "mpan", *JOB), "usage", 2),
        (("ask", "set-mpan", "00-DB", "--set", f"mpan={MPAN}", *JOB), "device-id-length", 1),
        (("ask", "whitelist", HUB, *JOB), "desk-ask", 1),
        (("follow", "00000000", "--training"), "desk-unknown-ask", 1),
        (("ask", "read-supply", ESME, "--type", "ESME", *JOB, "--desk", "desk:tcp://nowhere"), "link-url", 1),
        (("ask", "read-supply", ESME, "--type", "ESME", *JOB, "--way", "relay"), "usage", 2),
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_remedy(
    run: Run, words: tuple[str, ...], code: str, status: int
) -> None:
    done = run("desk", *words)
    assert (done.status, done.last["code"]) == (status, code), done.lines
    assert done.last["remedy"]


@pytest.mark.requirement("HHT-02", "HHT-03")
@pytest.mark.skipif(sys.platform == "win32", reason="ptys are POSIX's")
def test_a_command_is_relayed_by_dongle_and_desk(run: Run) -> None:
    words = ("--han", "pty", "--desk", "tcp://127.0.0.1:0", "--days", "1", *SLOWER, "--hub-fresh", "--events")
    with Emulated("dual-fuel-connected", *words, "--fault", "wan-lost") as emulated:
        desk, dongle = ("--desk", emulated.listening["desk"]), emulated.listening["han"]
        assert run("desk", "reach", "--hub", HUB, *desk, "--training").last["mode"] == "relay"
        way = ("--dongle", dongle, "--hub", "00-DB-12-34-56-79-01-A3")
        done = run("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", *desk, *way, *JOB)
        assert (done.status, done.last["state"]) == (0, "done"), done.lines
        assert done.last["commands"] == [{"number": 1, "state": "returned", "vouched": False}]
        (told,) = emulated.events()
        assert (told["type"], told["device_id"], told["message_code"]) == ("command", ESME, "004C")
        assert (told["carried_out"], MPAN in str(told)) == (True, False)
        again = run("desk", "follow", done.last["reference"], *desk, *way, "--training")
        assert (again.status, again.last["request"]) == (0, done.last["request"])


def test_a_wan_that_is_down_is_said_before_anything_is_asked(run: Run) -> None:
    desk = ("--desk", "desk:emulated?premises=dual-fuel-connected&days=1&fault=wan-lost")
    done = run("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", *desk, *JOB)
    assert (done.status, done.last["code"]) == (1, "desk-wan-down")
    assert done.of("ask")[0]["state"] == "asked"
    told = run("desk", "ask", "hub-return", HUB, "--set", "reason=Lost or Stolen Hub", *desk, *JOB)
    assert (told.status, told.last["service"]) == (0, "8.14.4"), "between desk and DCC the WAN does not matter"


def test_a_desk_looks_into_a_folder(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "stick"
    words = ("--desk", str(folder), "--days", "1", "--speed", "100")
    with Emulated("dual-fuel-connected", *words) as emulated:
        desk = ("--desk", str(emulated.listening["desk"]))
        asked = run("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", *desk, *JOB)
        assert asked.last["state"] == "unknown"
        found = asked
        while found.last["state"] != "done":  # the other process looks when it likes; pytest ends what never comes
            found = run("desk", "follow", asked.last["reference"], *desk, "--training")
            assert found.last["state"] in ("unknown", "taken", "sent", "acknowledged", "done"), found.lines


@pytest.mark.requirement("HHT-02")
def test_the_terminal_sees_for_itself(run: Run) -> None:
    """Over the optical port of the meter, and by radio in the hub's Device Log; a wrong meter shows nothing."""
    port = "tcp://127.0.0.1:0"
    words = ("--optical", port, "--desk", port, "--han", port, "--days", "1", *SLOWER, "--hub-fresh")
    with Emulated("dual-fuel-connected", *words) as emulated:
        desk = ("--desk", emulated.listening["desk"])
        asked = run("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", *desk, *JOB, "--way", "later")
        reference = asked.last["reference"]
        before = run("desk", "check", reference, emulated.url, "--training")
        assert (before.status, before.last["lamps"]["seen"]) == (1, False)
        assert before.last["seen"]["what"] == "1012345678903"
        assert run("desk", "follow", reference, *desk, "--training").status == 0
        after = run("desk", "check", reference, emulated.url, "--training")
        assert (after.status, after.last["lamps"]["seen"], after.last["settled"]) == (0, True, True)
        other = run("desk", "check", reference, "emulated:single-element?days=1", "--training")
        assert (other.status, other.last["code"]) == (1, "desk-not-seen")
        removed = run("desk", "ask", "remove", HUB, "--set", f"other={IHD}", *desk, *JOB)
        hub = ("--hub", "00-DB-12-34-56-79-01-A3", "--chf", HUB, "--training")
        looked = run("desk", "check", removed.last["reference"], emulated.listening["han"], *hub)
        assert (looked.status, looked.last["lamps"]["seen"]) == (0, True), looked.lines
        unseen = run("desk", "ask", "read-supply", ESME, "--type", "ESME", *desk, *JOB)
        assert (
            run("desk", "check", unseen.last["reference"], emulated.url, "--training").last["code"] == "desk-not-seen"
        )


def test_a_desk_that_goes_away_leaves_it_unknown_and_another_start_goes_on(run: Run) -> None:
    words = ("--desk", "tcp://127.0.0.1:0", "--days", "1", "--speed", "100")
    with Emulated("dual-fuel-connected", *words, "--desk-trouble", "drops") as emulated:
        desk = emulated.listening["desk"]
        done = run("desk", "ask", "set-mpan", ESME, "--set", f"mpan={MPAN}", "--desk", desk, *JOB)
        assert (done.status, done.last["code"]) == (1, "desk-lost")
        (kept,) = done.of("ask")
        assert kept["state"] == "unknown"
        assert run("desk", "follow", kept["reference"], "--desk", desk, "--training").last["code"] == "desk-lost"
        found = run("desk", "follow", kept["reference"], "--desk", desk, "--training")
        assert (found.status, found.last["state"]) == (0, "done")
