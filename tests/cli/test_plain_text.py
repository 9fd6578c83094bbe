"""``hht read`` and ``identify`` on meters that speak plain text only: shapes, units, sentences."""

from __future__ import annotations

import asyncio
import csv
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from drivers.serve_tcp import TcpServer
from hht.client.plain_text_session import PlainTextSession
from hht.clock import ManualClock
from hht.emulation.port_server import PortServer, offering
from hht.link import TraceEvent, TraceKind
from hht.model.premises import load_premises
from hht.protocol.iec62056_21 import without_parity
from hht.store.trace_export import as_json
from tests.cli.conftest import Run
from tests.support.emulate import Emulated
from ui.compose import AssociationOptions, Composer

METER = "emulated:single-element?days=2&offers={mode}"


def test_identify(run: Run) -> None:
    done = run("identify", METER.format(mode="c"))
    assert done.status == 0
    assert {key: done.last[key] for key in ("type", "ok", "flag", "ident", "baud", "mode", "mode_e", "model")} == {
        "type": "result",
        "ok": True,
        "flag": "HHT",
        "ident": "TRAINER-1E",
        "baud": 9600,
        "mode": "C",
        "mode_e": False,
        "model": "TRAINER-1E",
    }
    talks = run("identify", METER.format(mode="d")).last
    assert (talks["mode"], talks["device_id"]) == ("D", "00-DB-12-34-56-78-90-A0")


@pytest.mark.parametrize(
    ("mode", "asked", "learnt", "source", "read_as"),
    [
        ("a", "", "A", "baud-character", "A"),
        ("b", "", "B", "baud-character", "B"),
        ("c", "", "C", "baud-character", "C"),
        ("d", "", "D", "telegram", "D"),
        ("e", "&mode=c", "E", "escape", "C"),
        ("c", "&mode=a", "C", "baud-character", "A"),
    ],
)
def test_identify_says_what_it_has_learnt(
    run: Run, mode: str, asked: str, learnt: str, source: str, read_as: str
) -> None:
    done = run("identify", METER.format(mode=mode) + asked)
    if asked == "&mode=a":  # the meter waits for an acknowledgement that never comes
        assert done.last["code"] == "iec-no-answer"
        assert "mode C" in done.last["remedy"]
        return
    told = done.last
    assert (told["mode"], told["mode_source"], told["read_as"]) == (learnt, source, read_as)
    assert told["mode_confirmed"] is (mode in "abd")  # those have shown it, the others only said so


def test_the_clock_of_a_plain_text_meter(run: Run) -> None:
    """It states no status; the drift is told where the time says in which zone it is."""
    (plain,) = run("read", METER.format(mode="c"), "clock").of("clock")
    (cosem,) = run("read", "emulated:single-element?days=2", "clock").of("clock")
    assert plain.keys() == cosem.keys()
    assert plain["status"] == "not stated"
    assert abs(plain["drift_s"] - cosem["drift_s"]) < 5


def test_a_meter_that_talks_by_itself_in_another_process(run: Run) -> None:
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "2", "--mode", "D") as emulated:
        told = run("identify", emulated.url + "?framing=iec").last
        assert (told["mode"], told["mode_source"]) == ("D", "telegram")


@pytest.mark.parametrize(("baud", "agreed"), [("300", b"\x06000\r\n"), ("2400", b"\x06030\r\n")])
async def test_the_speed_behind_a_serial_server_can_be_said(baud: str, agreed: bytes) -> None:
    clock = ManualClock(datetime(2026, 11, 21, tzinfo=UTC))
    meter = offering(load_premises("single-element", clock=clock, days=1).device(), "C")
    composer, events = Composer(clock, training=False), list[TraceEvent]()
    async with TcpServer(PortServer(meter)) as server:
        url = f"tcp://127.0.0.1:{server.port}?framing=iec&baud={baud}"
        session = await composer.either(url, AssociationOptions(), events.append)
        assert isinstance(session, PlainTextSession)
        assert (await session.readout()).find("1.8.0")
        await session.close()
    assert agreed in without_parity(b"".join(event.data for event in events if event.kind is TraceKind.TX))


def test_a_speed_over_tcp_without_a_sign_on_is_refused_in_words(run: Run) -> None:
    done = run("identify", "tcp://127.0.0.1:4059?baud=2400")
    assert done.last["code"] == "link-url"
    assert "framing=iec" in done.last["remedy"]


@pytest.mark.parametrize("mode", ["a", "b", "c", "d"])
def test_clock_and_registers(run: Run, mode: str) -> None:
    done = run("read", METER.format(mode=mode))
    assert done.status == 0, done.last
    (clock,) = done.of("clock")
    assert clock["time"].endswith("Z")
    registers = {line["obis"]: line for line in done.of("register")}
    assert list(registers)[:4] == ["1-0:1.8.0", "1-0:2.8.0", "1-0:1.7.0", "1-0:32.7.0"]
    assert {line["unit"] for line in registers.values()} == {"kWh", "kW", "kvarh", "V"}
    cosem = run("read", "emulated:single-element?days=2", "registers")
    there = {line["obis"]: float(line["value"]) for line in cosem.of("register")}
    assert float(registers["1-0:1.8.0"]["value"]) == pytest.approx(there["1-0:1.8.0"], abs=0.01)
    assert done.last["ok"] is True
    assert done.last["bytes_rx"] > 300
    assert ("no block check" in done.errors) == (mode == "d")


def test_a_meter_of_mode_e_can_be_read_in_plain_text_too(run: Run) -> None:
    done = run("read", "emulated:single-element?days=2&mode=c", "objects", "C.1.1", "0-0:96.1.1", "R5/1.8.0")
    assert done.status == 0, done.last
    objects = {line["address"]: line for line in done.of("object")}
    assert objects["1.8.0"]["obis"] == "1-0:1.8.0"
    assert objects["1.8.0"]["unit"] == "kWh"
    assert objects["F.F"] == {
        "type": "object", "obis": "0-0:97.97.0", "address": "F.F", "value": "00000000", "unit": "",
        "values": ["00000000"],
    }  # fmt: skip
    values = done.of("value")
    assert [line["value"] for line in values] == ["00-DB-12-34-56-78-90-A0"] * 2
    (register,) = done.of("register")
    assert (register["address"], register["obis"], register["unit"]) == ("1.8.0", "1-0:1.8.0", "kWh")


def test_a_time_in_which_nothing_was_recorded_has_no_rows(run: Run) -> None:
    link = "emulated:single-element?offers=c&days=2"
    done = run("read", link, "profile", "--rows", "--from", "2030-01-01T00:00:00Z")
    assert done.of("row") == []
    assert done.last["rows"] == 0


def test_a_profile(run: Run, tmp_path: Path) -> None:
    link, file = METER.format(mode="c"), tmp_path / "profile.csv"
    whole = run("read", link, "profile", "--rows")
    rows = whole.of("row")
    assert len(rows) == whole.last["rows"] == 96
    first, second = rows[10]["time"], rows[12]["time"]
    part = run("read", link, "profile", "--rows", "--from", first, "--to", second, "--csv", str(file))
    assert part.of("row") == rows[10:12]
    with file.open(encoding="utf-8", newline="") as opened:
        table = list(csv.reader(opened))
    assert table[0] == ["time", "status", "1-0:1.8.0", "1-0:2.8.0"]
    assert table[1][0] == first
    assert len(table) == 3


def test_a_password_opens_programming_mode_and_does_not_show(run: Run, tmp_path: Path) -> None:
    link = METER.format(mode="c")
    assert run("read", link, "1.8.0", "--security", "low").status == 0
    for wrong, code in (("Sesame-17", "iec-password-refused"), ("Sesame-(17", "iec-password")):
        (tmp_path / "password").write_text(wrong)
        done = run("read", link, "1.8.0", "--password-file", str(tmp_path / "password"))
        assert (done.status, done.last["code"]) == (1, code)
        assert "Sesame" not in str(done.lines) + done.errors


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["supply"], "plain-text-item"),
        (["events"], "plain-text-item"),
        (["9.9.9"], "plain-text-object"),
        (["R5/9.9.9"], "iec-refused"),
        (["W1/1.8.0"], "plain-text-command"),
        (["P2/1"], "plain-text-command"),
        (["R9/1.8.0"], "plain-text-command"),
    ],
)
def test_what_is_not_there(run: Run, words: list[str], code: str) -> None:
    done = run("read", METER.format(mode="c"), *words)
    assert (done.status, done.last["code"]) == (1, code)
    assert done.last["remedy"]


def test_mode_e_is_not_forced_upon_a_meter_without_it(run: Run) -> None:
    done = run("read", METER.format(mode="c") + "&mode=e")
    assert (done.status, done.last["code"]) == (1, "no-mode-e")
    assert "read in plain text" in done.last["message"]


@pytest.mark.parametrize(
    ("words", "before", "after"),
    [
        (["mpan", "1200023305967"], None, "1200023305967"),
        (["randomised-offset-limit", "600"], "0", "600"),
        (["W1/0-0:94.44.0.1", "600"], "0*s", "600*s"),
        (["W5/0-0:94.44.0.1", "601"], "0*s", "601*s"),
        (["W3/0-0:94.44.0.1", "602*s"], "0*s", "602*s"),
    ],
)
def test_setting_in_plain_text(run: Run, words: list[str], before: str | None, after: str) -> None:
    done = run("set", METER.format(mode="c"), *words)
    assert done.status == 0, done.last
    assert (done.last["after"], done.last["written"]) == (after, True)
    assert before is None or done.last["before"] == before


def test_setting_the_clock_in_plain_text(run: Run) -> None:
    done = run("set", METER.format(mode="c"), "clock", "now", "--tolerance", "60")
    assert done.status == 0, done.last
    assert done.last["written"] is False  # the emulated meter's is right
    done = run("set", METER.format(mode="c"), "E2/0-0:1.0.0", "90")
    assert (done.status, done.last["written"], done.last["after"]) == (0, True, "(acknowledged)")


@pytest.mark.parametrize(
    ("link", "words", "code"),
    [
        (METER.format(mode="c"), ["W1/1.8.0", "0"], "iec-refused"),
        (METER.format(mode="c"), ["E2/1.8.0", "0"], "iec-refused"),
        (METER.format(mode="c"), ["W1/0-0:94.44.0.1", "10*min"], "iec-refused"),
        (METER.format(mode="c"), ["mprn", "7420000306"], "not-on-this-device"),
        (METER.format(mode="a"), ["randomised-offset-limit", "600"], "iec-no-programming"),
        ("emulated:smets2-read-only?days=2&offers=c", ["randomised-offset-limit", "600"], "local-access"),
        ("emulated:single-element?days=2", ["W1/1.8.0", "0"], "not-on-this-device"),
    ],
)
def test_what_cannot_be_set_in_plain_text(run: Run, link: str, words: list[str], code: str) -> None:
    done = run("set", link, *words)
    assert done.status != 0
    assert done.last["code"] == code, done.last


@pytest.mark.parametrize("optical", ["pty", "tcp://127.0.0.1:0"])
@pytest.mark.parametrize("mode", ["B", "C"])
def test_an_older_meter_in_another_process(run: Run, optical: str, mode: str) -> None:
    with Emulated("single-element", "--optical", optical, "--days", "2", "--mode", mode) as emulated:
        assert emulated.listening["mode"] == mode
        link = emulated.url + ("?framing=iec" if "tcp" in optical else "?echo=auto&dtr=on&rts=off")
        done = run("read", link, "registers", "clock")
        assert done.status == 0, done.last
        assert len(done.of("register")) > 4
        again = run("identify", link)  # the port takes a new sign-on at once
        assert again.last["mode"] == mode


@pytest.mark.parametrize("mode", ["B", "C"])
def test_a_recorded_reading_replays(run: Run, tmp_path: Path, mode: str) -> None:
    file = tmp_path / "reading.jsonl"
    there = asyncio.run(recorded(mode, file))
    again = run("read", f"recorded:{file}", "registers")
    assert again.status == 0, again.last
    assert [(line["obis"], line["value"]) for line in again.of("register")] == there


async def recorded(mode: str, file: Path) -> list[tuple[str, str]]:
    """A reading of an emulated meter, its trace in `file`: the registers as text."""
    events: list[TraceEvent] = []
    composer = Composer(ManualClock(datetime(2026, 11, 21, tzinfo=UTC)), training=False)
    meter = await composer.either(METER.format(mode=mode.lower()), AssociationOptions(), events.append)
    assert isinstance(meter, PlainTextSession)
    readout = await meter.readout()
    await meter.close()
    await composer.close()
    with file.open("w", encoding="utf-8") as out:
        out.writelines(json.dumps(as_json(event)) + "\n" for event in events)
    return [(str(found[0]), str(found[1])) for entry in readout.data_sets if (found := entry.register)]


@pytest.mark.parametrize(
    "link", ["emulated:single-element?days=1&mode=c", "tcp://127.0.0.1:9?mode=c", "optical:x?mode=a"]
)
def test_a_plain_text_meter_has_no_objects_to_browse(run: Run, link: str) -> None:
    done = run("browse", link, "register")
    assert (done.status, done.last["code"]) == (1, "plain-text-only"), done.last
    assert "no COSEM objects" in done.last["message"]
    assert f"hht read {link} objects" in done.last["remedy"]


def test_browsing_a_meter_that_turns_out_to_speak_plain_text_only(run: Run) -> None:
    done = run("browse", METER.format(mode="c"))
    assert (done.status, done.last["code"]) == (1, "no-mode-e")


def test_columns_of_a_plain_text_profile(run: Run, tmp_path: Path) -> None:
    link, file = METER.format(mode="c"), tmp_path / "profile.csv"
    done = run("read", link, "profile", "--columns", "1-0:2.8.0", "--rows", "--csv", str(file))
    assert done.status == 0, done.last
    assert {tuple(row["values"]) for row in done.of("row")} == {("1-0:2.8.0",)}
    assert file.read_text(encoding="utf-8").splitlines()[0] == "time,status,1-0:2.8.0"
    wrong = run("read", link, "profile", "--columns", "1-0:9.8.0")
    assert (wrong.status, wrong.last["code"]) == (1, "no-such-column")
    assert "1-0:1.8.0" in wrong.last["remedy"]


def test_a_plain_text_profile_is_kept_and_only_the_rest_is_asked_for(run: Run, tmp_path: Path) -> None:
    link, training = METER.format(mode="c"), ["--training", "--data-dir", str(tmp_path)]
    middle = run("read", link, "profile", "--rows").of("row")[40]["time"]
    first = run("read", link, "profile", "--to", middle, *training)
    assert first.last["rows"] == first.last["rows_from_meter"] == 40
    whole = run("read", link, "profile", "--rows", *training)
    assert (first.status, whole.status) == (0, 0)
    assert whole.of("row") == run("read", link, "profile", "--rows").of("row")
    assert whole.last["rows_from_meter"] <= whole.last["rows"] - first.last["rows"] + 1
    assert whole.of("progress")[-1]["done"] == whole.of("progress")[-1]["total"] == whole.last["rows"]
    again = run("read", link, "profile", *training)
    assert again.last["rows_from_meter"] <= 1
    assert again.last["rows"] == whole.last["rows"]
    fresh = run("read", link, "profile", "--fresh", *training)
    assert fresh.last["rows_from_meter"] == whole.last["rows"]
