"""``recorded:FILE``: a trace says how its conversation was opened, so that it opens again by itself."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from hht.client.association import security_material
from hht.link import TraceEvent, TraceKind
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.initiate import InitiateRequest
from hht.protocol.overhearing import Overhearing
from hht.store.trace_export import read_json_lines, write_json_lines
from tests.cli.conftest import METER, Run
from tests.support.emulate import Emulated
from ui.cli.main import main
from ui.meter_keys import training_keys

OTHER = "Something else was asked"
PLAIN_METER = "emulated:single-element?days=1&offers=c"


@pytest.fixture
def recorded(run: Run, tmp_path: Path) -> Any:
    """Runs a command on a meter in training, and gives the file of its trace and the command's last lines."""
    store = ["--training", "--data-dir", str(tmp_path / "data")]

    def record(*words: str) -> Path:
        assert run(*words, *store).status == 0
        path = tmp_path / "trace.jsonl"
        done = run("trace", "export", "--last", "--out", str(path), *store)
        assert done.status == 0, done.last
        assert done.last["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
        return path

    return record


def header_of(path: Path) -> dict[str, Any]:
    header: dict[str, Any] = json.loads(path.read_text().splitlines()[0])
    return header


@pytest.mark.parametrize(
    ("security", "facts"),
    [
        (["none"], {"client_sap": 16, "suite": 0}),
        (["low"], {"client_sap": 17, "suite": 0}),
        (["gmac"], {"client_sap": 1, "suite": 0}),
        (["gmac", "--envelope", "general-glo"], {"client_sap": 1, "envelope": "general-glo"}),
        (["gmac", "--protection", "authenticated"], {"client_sap": 1, "protection": "authenticated"}),
        (["low", "--physical", "17", "--address-bytes", "4"], {"physical": 17, "address_size": 4}),
    ],
)
def test_it_opens_by_itself(run: Run, recorded: Any, security: list[str], facts: dict[str, Any]) -> None:
    path = recorded("read", METER, "clock", "registers", "--security", *security)
    header = header_of(path)
    said = {"type": "header", "format": "hht-trace", "training": True, "masked": False, "replays": True}
    assert header == header | said | {"security": security[0], "opening": "iec", "server": 1} | facts
    assert header["hdlc"]["max_info_tx"] == 2030
    told = path.read_text().lower()
    assert "d0d1d2d3d4d5d6d7" not in told
    again = run("read", f"recorded:{path}", "clock", "registers", *(["--training"] if "gmac" in security else []))
    assert again.status == 0, again.last
    first = run("read", METER, "registers")
    assert {line["obis"] for line in again.of("register")} <= {line["obis"] for line in first.of("register")}
    assert again.of("clock")


def test_what_the_terminal_offered_then_is_offered_again(run: Run, recorded: Any) -> None:
    """A later version may take longer messages: the recording's own length stands in its header."""
    path = recorded("read", METER, "clock", "--security", "none")
    lines = path.read_text().splitlines()
    header = json.loads(lines[0])
    for key, value, code in (("max_pdu", 4096, "recording-mismatch"), ("conformance", "000010", "recording-mismatch")):
        path.write_text("\n".join([json.dumps(header | {key: value}), *lines[1:]]) + "\n")
        done = run("read", f"recorded:{path}", "clock")
        assert (done.status, done.last["code"]) == (1, code)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("max_pdu", -1), ("max_pdu", True), ("max_pdu", 65536), ("conformance", "zz"), ("suite", "0"), ("mode", "x"),
        ("envelope", ["glo"]), ("security", {}), ("replays", 1), ("address", "x" * 99), ("fastest", 17), ("wake", ""),
    ],
)  # fmt: skip
def test_an_impossible_header_is_told(run: Run, recorded: Any, key: str, value: object) -> None:
    path = recorded("read", METER, "clock", "--security", "none")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps(json.loads(lines[0]) | {key: value}), *lines[1:]]) + "\n")
    done = run("read", f"recorded:{path}", "clock")
    assert (done.status, done.last["code"]) == (1, "trace-file")
    assert key in done.last["message"]


@pytest.mark.parametrize("line", ['"version":2', '"utc":"x"', '"monotonic_s":null', f'"note":"{"x" * 3000}"'])
def test_a_header_line_that_is_damaged_is_told(run: Run, recorded: Any, line: str) -> None:
    path = recorded("read", METER, "clock", "--security", "none")
    head, *rest = path.read_text().splitlines()
    path.write_text("\n".join([f"{head[:-1]},{line}}}", *rest]) + "\n")
    done = run("trace", "show", str(path))
    assert (done.status, done.last["code"]) == (1, "trace-file")
    assert "line 1" in done.last["message"]


def test_a_lenient_replay_says_that_an_answer_is_to_another_question(run: Run, recorded: Any) -> None:
    path = recorded("read", METER, "1-0:1.8.0", "--security", "none")
    same = run("read", f"recorded:{path}?strict=no", "1-0:1.8.0")
    assert (same.status, same.of("remark")) == (0, [])
    other = run("read", f"recorded:{path}?strict=no", "1-0:2.8.0")
    assert [line["code"] for line in other.of("remark")] == ["recording-differs"]
    assert "not what is asked now" in other.of("remark")[0]["text"]


def test_under_keys_it_replays_exactly_or_not_at_all(run: Run, recorded: Any) -> None:
    path = recorded("read", METER, "clock")
    lenient = run("read", f"recorded:{path}?strict=no", "clock")
    assert (lenient.status, lenient.last["code"]) == (1, "recorded-gmac")
    assert "Leave ?strict=no out" in lenient.last["remedy"]
    other = recorded("read", METER, "clock", "--security", "none")
    refused = run("read", f"recorded:{other}", "clock", "--security", "gmac", "--training")
    assert (refused.status, refused.last["code"]) == (1, "recorded-gmac")
    assert "Leave --security out" in refused.last["remedy"]


def test_an_opening_that_was_refused_first_goes_as_it_went(run: Run, recorded: Any, tmp_path: Path) -> None:
    """A terminal that has lost count asks the public client, and goes on from the meter's counter; so does a replay."""
    with Emulated("single-element", "--optical", "tcp://127.0.0.1:0", "--days", "1", "--counters", "strict") as meter:
        words = ("read", meter.url, "clock", "registers", "--training", "--security", "gmac")
        assert run(*words, "--data-dir", str(tmp_path / "another terminal")).status == 0
        path = recorded(*words[:-3], "--security", "gmac")
    assert path.read_text().count('"type":"header"') == 3
    for _again in range(2):
        again = run("read", f"recorded:{path}", "clock", "registers", "--training")
        assert again.status == 0, again.last
        assert [remark["code"] for remark in again.of("remark")] == ["counter-gone-on"]
        assert again.of("clock")
        assert len(again.of("register")) > 3
        assert OTHER not in again.errors
    asked_otherwise = run("read", f"recorded:{path}", "registers", "--training")
    assert asked_otherwise.status == 0, asked_otherwise.last
    assert OTHER in asked_otherwise.errors


def as_live(path: Path, folder: Path) -> tuple[Path, Path]:
    """The recording as if it were of live work, and its keys in a file."""
    live, keys = folder / "live.jsonl", folder / "keys.json"
    live.write_text(path.read_text().replace('"training":true', '"training":false', 1))
    keys.write_text(json.dumps({name: value for name, value in training_keys("gmac", 0).items() if name != "kek"}))
    return live, keys


def test_a_recording_of_training_has_the_keys_that_everybody_knows(run: Run, recorded: Any) -> None:
    again = run("read", f"recorded:{recorded('read', METER, 'clock')}", "clock")
    assert again.status == 0, again.last
    assert OTHER not in again.errors


def test_a_live_one_asks_for_its_keys_and_takes_them_from_file_and_vault(
    run: Run, recorded: Any, tmp_path: Path
) -> None:
    live, keys = as_live(recorded("read", METER, "clock"), tmp_path)
    needed = run("read", f"recorded:{live}", "clock")
    assert (needed.status, needed.last["code"]) == (1, "keys-needed")
    assert "--keys" in needed.last["remedy"]
    assert "vault" in needed.last["remedy"]
    assert run("read", f"recorded:{live}", "clock", "--keys", str(keys)).status == 0
    (tmp_path / "phrase").write_text("correct horse battery staple")
    store = ["--pass-phrase-file", str(tmp_path / "phrase")]
    assert run("vault", "put", "cupboard", "--keys", str(keys), *store).status == 0
    done = run("read", f"recorded:{live}", "clock", "--keys", "cupboard", *store)
    assert done.status == 0, done.last


@pytest.mark.parametrize("security", [["none"], ["low"], ["gmac"], ["gmac", "--envelope", "general-glo"]])
def test_what_was_asked_then_is_answered_in_any_order(run: Run, recorded: Any, security: list[str]) -> None:
    words = ["identity", "profile", "clock", "registers"]
    path = recorded("read", METER, *words, "--security", *security)
    other = run("read", f"recorded:{path}", "registers", "clock")
    assert other.status == 0, other.last
    assert OTHER in other.errors
    then = run("read", f"recorded:{path}", *words, "--rows")
    assert OTHER not in then.errors
    assert other.of("register") == then.of("register")
    assert [line["time"] for line in other.of("clock")] == [line["time"] for line in then.of("clock")]
    rows = run("read", f"recorded:{path}", "profile", "--rows").of("row")
    assert rows == then.of("row")
    assert len(rows) >= 48


def test_what_nobody_asked_then_has_no_answer_and_nothing_is_written(run: Run, recorded: Any) -> None:
    path = recorded("read", METER, "identity", "clock", "registers")
    missing = run("read", f"recorded:{path}", "registers", "supply")
    assert (missing.status, missing.last["code"]) == (1, "recorded-not-asked")
    assert "0-0:96.3.10" in missing.last["message"]
    refused = run("set", f"recorded:{path}", "clock", "now", "--tolerance", "0")
    assert (refused.status, refused.last["code"]) == (1, "recorded-no-write")
    strict = run("read", f"recorded:{path}?strict=yes", "registers")
    assert (strict.status, strict.last["code"]) == (1, "recording-mismatch")
    assert "strict" not in strict.last["remedy"]


def deciphered(run: Run, path: Path, *words: str) -> dict[str, str]:
    """The frames with something deciphered in them, by the last of their summary, and what their tag says."""
    shown = run("trace", "show", str(path), *words)
    assert shown.status == 0, shown.last
    frames = [frame for frame in shown.of("frame") if "deciphered" in frame]
    return {frame["summary"].split("▸ ")[1]: frame["deciphered"][-1]["tag"] for frame in frames}


CLOCK_READ = "get-request  8 0-0:1.0.0 attribute 2"


def test_what_is_under_training_keys_is_shown_deciphered(
    run: Run, recorded: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded("read", METER, "clock")
    assert deciphered(run, path)[CLOCK_READ] == "verified"
    frames = run("trace", "show", str(path), "--tree").of("frame")
    frame = next(one for one in frames if CLOCK_READ in one["summary"])

    def find(node: dict[str, Any], label: str) -> list[dict[str, Any]]:
        return [node] * (node["label"] == label) + [found for child in node["children"] for found in find(child, label)]

    (ciphertext,) = find(frame["tree"], "ciphertext")
    (inner,) = ciphertext["children"]
    assert inner["label"] == "Deciphered, tag verified"
    (name,) = find(inner, "logical name")
    assert name["value"] == "0-0:1.0.0"
    assert (name["start"] - ciphertext["start"], name["end"] - name["start"]) == (5, 6)
    capsys.readouterr()
    assert main(["trace", "show", str(path), "--tree"]) == 0
    assert "Deciphered, tag verified" in capsys.readouterr().out
    replayed = run("trace", "replay", str(path), "--pace", "fast").of("frame")
    assert any(CLOCK_READ in one["summary"] for one in replayed)


def test_what_is_under_live_keys_is_shown_to_who_holds_them(run: Run, recorded: Any, tmp_path: Path) -> None:
    live, keys = as_live(recorded("read", METER, "clock"), tmp_path)
    assert deciphered(run, live) == {}
    assert deciphered(run, live, "--keys", str(keys))[CLOCK_READ] == "verified"
    (tmp_path / "phrase").write_text("correct horse battery staple")
    store = ["--pass-phrase-file", str(tmp_path / "phrase")]
    run("vault", "put", "cupboard", "--keys", str(keys), *store)
    assert deciphered(run, live, "--keys", "cupboard", *store)[CLOCK_READ] == "verified"
    for words in (["--keys", "cupboard"], ["--keys", "cellar", *store]):
        refused = run("trace", "show", str(live), *words)
        assert (refused.status, refused.last["code"]) == (1, "keys-name")
        assert "vault" in refused.last["remedy"]
    keys.write_text(json.dumps(json.loads(keys.read_text()) | {"ek": "00" * 16}))
    assert set(deciphered(run, live, "--keys", str(keys)).items()) == {("tag wrong", "wrong")}


def test_no_secret_is_shown_with_what_was_deciphered(run: Run, recorded: Any) -> None:
    """A dedicated key travels deciphered in the opening; a proof in the action after it."""
    path = recorded("read", METER, "clock", "--envelope", "ded")
    frames = run("trace", "show", str(path), "--tree").of("frame")
    text = json.dumps([frame["tree"] for frame in frames if "tree" in frame])
    assert "dedicated key" in text
    events = [(event.kind is TraceKind.TX, event.data) for event in read_json_lines(path) if event.data]
    overhearing = Overhearing([security_material(training_keys("gmac", 0), 0)])
    opened = [one for sent, data in events for message in overhearing.hear(data, sent=sent) for one in message.opened]
    proposals = [parse_apdu(one.apdu) for one in opened if one.apdu[0] == InitiateRequest.TAG]
    (key,) = [one.dedicated_key for one in proposals if isinstance(one, InitiateRequest)]
    assert key
    assert key.hex() not in text.replace(" ", "").lower()
    assert "d0d1d2d3" not in text.replace(" ", "").lower()


def test_a_message_in_several_frames_is_shown_with_the_last(run: Run, recorded: Any) -> None:
    path = recorded("read", METER, "profile")
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    frames = [line for line in lines if line["type"] == "trace" and line["kind"] == "rx"]
    assert any(bytes.fromhex(line["data"])[1] & 0x08 for line in frames if line["data"]), "a segmented frame"
    shown = deciphered(run, path)
    assert any(summary.startswith("get-response") for summary in shown)
    assert set(shown.values()) == {"verified"}


def test_keys_made_by_chance_are_told(run: Run, recorded: Any) -> None:
    path = recorded("read", METER, "clock", "--envelope", "ded")
    assert header_of(path)["replays"] is False
    done = run("read", f"recorded:{path}", "clock", "--training")
    assert (done.status, done.last["code"]) == (1, "recorded-by-chance")


def test_what_a_radio_dongle_said_is_no_conversation_with_a_meter(run: Run, tmp_path: Path) -> None:
    now, ask, say = datetime(2026, 11, 21, tzinfo=UTC), bytes.fromhex("FE00210120"), bytes.fromhex("FE02610159064F")
    path, link = tmp_path / "dongle.jsonl", "dongle:/dev/ttyACM0"
    with path.open("w") as file:
        write_json_lines(
            [TraceEvent(now, 0.0, link, TraceKind.TX, ask), TraceEvent(now, 0.1, link, TraceKind.RX, say)], file
        )
    for words in (("read", f"recorded:{path}", "clock", "--training"), ("trace", "replay", str(path), "--strict")):
        done = run(*words)
        assert (done.status, done.last["code"]) == (1, "recorded-dongle"), words
    out = path.with_name("fixture.jsonl")
    assert run("trace", "fixture", str(path), "--out", str(out)).last["code"] == "fixture-not-supported"
    assert run("trace", "replay", str(path), "--pace", "fast").status == 0, "it is shown all the same"


def test_plain_text_opens_by_itself_too(run: Run, recorded: Any) -> None:
    path = recorded("read", PLAIN_METER, "registers")
    again = run("read", f"recorded:{path}", "registers")
    assert again.status == 0, again.last
    assert again.of("register")


def test_a_training_trace_is_shown_as_it_was(run: Run, recorded: Any) -> None:
    path = recorded("read", METER, "clock", "--security", "low")
    shown = run("trace", "show", str(path))
    assert b"Gurux".hex() in json.dumps(shown.lines)
    header = shown.of("frame")[0]
    assert (header["direction"], json.loads(header["note"])["training"]) == ("header", True)


def test_which_trace_has_to_be_said(run: Run, tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "x"), "--training", "--data-dir", str(tmp_path / "data")]
    assert run("trace", "export", *out).status == 2
    assert run("trace", "export", "J-1042", "--last", *out).status == 2
    empty = run("trace", "export", "--last", *out)
    assert (empty.status, empty.last["code"]) == (1, "no-trace")
