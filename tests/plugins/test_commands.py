"""``hht plugin``, and a plug-in's device read: from a maker's folder to a reading, and what happens when it fails."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest

from tests.cli.conftest import Run, run
from tests.conftest import ROOT
from tests.plugins.making import DEVICE, SAMPLE, archive_of, maker, pem, sample, sample_files

__all__ = ["run"]
LINK = f"emulated:{DEVICE}"


@pytest.fixture
def installed(run: Run, tmp_path: Path) -> Path:
    """The sample is installed in the training store, and on; the folder of its files."""
    install(run, tmp_path, sample())
    return tmp_path


def install(run: Run, folder: Path, octets: bytes) -> None:
    key, file = folder / "maker.pub.pem", folder / "kestrel.hhtplugin"
    key.write_bytes(pem(maker()))
    file.write_bytes(octets)
    if not run("plugin", "trust", "--training").of("maker"):
        assert run("plugin", "trust", "--add", str(key), "--training").status == 0
    done = run("plugin", "install", str(file), "--training")
    assert done.status == 0, done.last
    assert run("plugin", "on", "kestrel", done.last["digest"], "--training").status == 0


def test_from_a_makers_folder_to_a_reading(run: Run, tmp_path: Path) -> None:
    file, key, public = (str(tmp_path / name) for name in ("k.hhtplugin", "me.pem", "me.pub.pem"))
    built = run("plugin", "build", str(SAMPLE), "--key", key, "--new-key", "--out", file)
    assert built.status == 0
    assert run("plugin", "build", str(SAMPLE), "--key", key, "--new-key", "--out", file).status == 2, "no key is lost"
    assert oct(Path(key).stat().st_mode & 0o777) == "0o600"

    assert run("plugin", "install", file, "--training").last["code"] == "plugin-untrusted"
    trusted = run("plugin", "trust", "--add", public, "--name", "Kestrel Metering", "--training")
    assert trusted.last["key"] == built.last["key"]
    kept = run("plugin", "install", file, "--training").last
    assert (kept["digest"], kept["on"], kept["maker"]) == (built.last["digest"], False, "Kestrel Metering")
    assert run("read", LINK, "--training").last["code"] == "premises-unknown", "it is off"

    assert run("plugin", "on", "kestrel", "0" * 16, "--training").last["code"] == "plugin-digest"
    on = run("plugin", "on", "kestrel", kept["digest"][:16], "--training")
    assert "Nothing sandboxes it" in on.last["meaning"]
    assert "Nothing sandboxes it" in on.errors

    read = run("read", LINK, "clock", "registers", "events", "--training")
    assert [line["name"] for line in read.of("register")] == ["E", "V", "TF", "TR"]
    assert Decimal(read.of("register")[0]["value"]) > 1000
    assert abs(read.of("clock")[0]["drift_s"]) < 60
    assert len(read.of("event")) == 5
    assert read.last["bytes_rx"] > 100
    other = run("identify", f"{LINK}?seed=77", "--training").last
    assert (other["device_id"], other["model"], other["kind"]) == ("KST0000077", "HM1", DEVICE)

    assert run("plugin", "off", "kestrel", "--training").status == 0
    assert run("identify", LINK, "--training").last["code"] == "premises-unknown"
    assert run("plugin", "remove", "kestrel", "--training").status == 0
    assert run("plugin", "list", "--training").of("plugin") == []


def test_what_it_said_is_in_the_trace_with_who_spoke_for_the_terminal_and_replays(run: Run, installed: Path) -> None:
    read = run("read", LINK, "--training")
    assert read.status == 0
    out = installed / "trace.jsonl"
    assert run("trace", "export", "--last", "--out", str(out), "--training").status == 0
    assert b";KST".hex() not in out.read_text()
    assert b"E=".hex() in out.read_text()
    header = json.loads(out.read_text().splitlines()[0])
    assert header["plug_in"]["sha256"] == hashlib.sha256(sample()).hexdigest()
    again = run("read", f"recorded:{out}?kind={DEVICE}", "--training")
    assert again.of("register") == read.of("register")
    assert run("trace", "show", str(out)).status == 0


def test_one_that_was_changed_on_disk_is_not_told_as_on(run: Run, installed: Path) -> None:
    (whole,) = run("plugin", "list", "--training").of("plugin")
    assert (whole["on"], whole["state"]) == (True, "on")
    (archive,) = (installed / "home").rglob("kestrel.hhtplugin")
    archive.write_bytes(archive.read_bytes() + b"x")
    (told,) = run("plugin", "list", "--training").of("plugin")
    assert (told["on"], told["state"]) == (False, "changed")
    assert "was changed since it was installed" in told["trouble"]


def test_the_kit_by_command(run: Run, tmp_path: Path) -> None:
    """Run for whoever names or accepted the maker alone; status 1 where a row fails."""
    file, key, other = tmp_path / "k.hhtplugin", tmp_path / "a.pub.pem", tmp_path / "b.pub.pem"
    file.write_bytes(archive_of({"plugin.py": "import os\nos.environ['HHT_PLUGIN_RAN'] = 'yes'\n"}))
    key.write_bytes(pem(maker()))
    other.write_bytes(pem(maker(2)))
    for words in ([], ["--maker", str(other)]):
        refused = run("plugin", "check", str(file), "--training", *words)
        assert (refused.status, refused.last["code"]) == (1, "plugin-untrusted")
    assert "HHT_PLUGIN_RAN" not in os.environ, "nothing of it was run"
    done = run("plugin", "check", str(file), "--maker", str(key))
    del os.environ["HHT_PLUGIN_RAN"]
    assert done.status == 1
    assert {line["check"]: line["verdict"] for line in done.of("row")} == {
        "form": "pass",
        "source": "fail",
        "loads": "fail",
    }


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("emulator.py", 'said = b""', "said = octets[999]"),  # the device's end
        ("reader.py", "return _time(found[0])", "return found[0]"),  # no time
        ("reader.py", "return _time(found[0])", "return _time(found[0]).replace(tzinfo=None)"),
        ("reader.py", "return _time(found[0])", "raise SystemExit"),
        ("emulator.py", "return said", "return 7"),
    ],
)
def test_one_that_fails_at_work_is_off_and_the_program_goes_on(
    run: Run, tmp_path: Path, file: str, old: str, new: str
) -> None:
    files = sample_files()
    text = files[file].decode()
    assert old in text
    install(run, tmp_path, archive_of({**files, file: text.replace(old, new)}))
    failed = run("read", LINK, "clock", "--training")
    assert (failed.status, failed.last["code"]) == (1, "plugin-failed")
    (told,) = run("plugin", "list", "--training").of("plugin")
    assert not told["on"]
    assert told["off_because"]
    assert run("read", LINK, "clock", "--training").last["code"] == "premises-unknown"
    assert run("check", "mpan", "1200023305967").status == 0
    support = str(run("diagnostics", "--training").lines)
    assert "'plug_ins': {'kestrel': {'version': '1.0.0', 'on': False, 'turned_off_by_program': True}}" in support


def test_a_file_changed_on_the_disk_is_refused_in_a_sentence(run: Run, installed: Path) -> None:
    (file,) = (installed / "home" / "training-plugins").glob("*")
    file.write_bytes(file.read_bytes().replace(b"Kestrel", b"Kestrol"))
    refused = run("read", LINK, "--training")
    assert (refused.status, refused.last["code"]) == (1, "plugin-changed")
    assert not run("plugin", "list", "--training").of("plugin")[0]["on"]


def test_no_plug_in_is_known_to_another_store_or_used_for_other_work(run: Run, installed: Path) -> None:
    phrase = installed / "phrase"
    phrase.write_text("four unrelated words")
    for words in (["--pass-phrase-file", str(phrase)], []):
        assert run("read", LINK, *words).last["code"] == "premises-unknown"
        assert run("read", f"tcp://127.0.0.1:1?kind={DEVICE}", *words).last["code"] == "plugin-kind"
    assert run("read", f"tcp://127.0.0.1:1?kind={DEVICE}", "--training").last["code"] == "link-unavailable"
    for command in ("browse", "conformance"):
        asked = run(command, f"tcp://127.0.0.1:1?kind={DEVICE}", "--training")
        assert asked.last["code"] == "link-not-a-meter"
    assert run("browse", LINK, "--training").last["code"] == "link-not-a-meter"
    assert run("conformance", LINK).last["code"] == "premises-unknown"
    rows = run("conformance", LINK, "--training")
    assert (rows.status, rows.last["pass"], rows.last["fail"]) == (0, len(rows.of("row")), 0)
    assert run("read", LINK, "profile", "--training").status == 2
    assert run("read", f"{LINK}?days=3", "--training").status == 1


def test_its_emulator_is_offered_to_any_program_and_read_over_a_socket(run: Run, installed: Path) -> None:
    assert run("plugin", "emulate", "nobody", "--training").last["code"] == "plugin-kind"
    words = [sys.executable, "-m", "ui", "plugin", "emulate", DEVICE, "--seed", "42", "--training", "--json"]
    process = subprocess.Popen(
        words, cwd=ROOT, env=dict(os.environ, PYTHONPATH=str(ROOT)), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        link = json.loads(process.stdout.readline())["link"]
        found = run("identify", link, "--training").last
        assert (found["device_id"], found["ok"]) == ("KST0000042", True)
    finally:
        process.terminate()
        assert process.wait(60) == 0
        process.stdout.close()


def imported(path: Path) -> set[str]:
    """What a module imports from outside of its own package."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {one.name for one in node.names}
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module or "")
    return found


def test_the_sample_touches_no_core_and_no_core_knows_the_sample() -> None:
    used = set().union(*(imported(path) for path in SAMPLE.glob("*.py")))
    assert {name for name in used if name.partition(".")[0] not in sys.stdlib_module_names} == {"hht.plugins.api"}
    named = [path for room in ("hht", "ui", "drivers") for path in (ROOT / room).rglob("*.py")]
    assert [path for path in named if b"kestrel" in path.read_bytes().lower()] == []


def test_the_public_interface_needs_nothing_but_python() -> None:
    used = imported(ROOT / "hht" / "plugins" / "api.py")
    assert {name for name in used if name.partition(".")[0] not in sys.stdlib_module_names} == set()
