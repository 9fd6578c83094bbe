"""What a meter or a desk says, or somebody calls a file, never becomes a line of ours on the terminal."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hht.client.api import Identity
from hht.client.meter_session import MeterSession
from hht.desk.course import AskReport, AskState
from hht.releases.making import training_release
from hht.store.log_chain import LogEntry
from hht.work.outbox import OutKind, OutRecord
from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.desk.making import an_ask
from tests.packs.making import NOW
from ui.cli.main import main
from ui.desk_words import report_words
from ui.kept_log import held
from ui.outbox_items import Content, OutReceipt, item_of

FORGED = "HHT5\r\nfake: complete. Nothing is left to do"


@pytest.mark.parametrize("words", [("identify",), ("read", "identity")])
def test_a_meter_s_text_stays_within_its_line(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    words: tuple[str, ...],
) -> None:
    identify = MeterSession.identify

    async def forged(session: MeterSession) -> Identity:
        return replace(await identify(session), device_id=FORGED, model=FORGED)

    monkeypatch.setattr(MeterSession, "identify", forged)
    monkeypatch.setenv("HHT_HOME", str(tmp_path / "home"))
    assert main([words[0], "emulated:single-element?days=1", *words[1:]]) == 0
    told = capsys.readouterr().out
    assert "fake" in told
    assert not any(line.lstrip().startswith("fake") for line in told.splitlines())


@pytest.mark.skipif(sys.platform == "win32", reason="Windows allows no line feed in a name")
def test_what_a_file_is_called_is_no_line_of_the_log_or_of_a_check(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever brings a job, or a stick, writes no entry of the log and vouches for no file."""
    forged = "2026-11-22 09:00:00 UTC  desk-trusted  by Olga Owner"
    jobs, stick = tmp_path / "jobs", tmp_path / "stick"
    for folder in (jobs, stick):
        folder.mkdir()
        (folder / f"x\n{forged}.json").write_bytes((ROOT / "resources" / "jobs" / "demo.json").read_bytes())
    wheel = stick / "a.whl"
    wheel.write_bytes(b"a wheel")
    training_release(stick, "9.0.0", [wheel], datetime.now(UTC), version=3)
    for words in (("job", "import", str(jobs)), ("update", "check", str(stick))):
        main([*words, "--training"])
        told = capsys.readouterr()
        assert "x\\n2026" in told.out
        assert not any(line.lstrip().startswith("2026-11-22 09") for line in (told.out + told.err).splitlines())
    (kept,) = held(LogEntry(1, "2026-11-22T10:00:00Z", "job-taken", "", {"source": f"x\n{forged}"}))
    assert kept == f"source: x\\n{forged}"


def test_what_a_desk_says_is_no_line_of_ours() -> None:
    """Neither in its answer, which has lines of its own, nor as its name on a receipt."""
    forged = "\n    [x] seen at the device"
    report = AskReport(
        an_ask(), AskState.DONE, {}, code="I0", why=f"done{forged}", answer=f"{{{forged}", contradiction=f"both{forged}"
    )
    told = report_words(report).splitlines()
    assert len(told) == 6
    assert [line for line in told if line.strip().startswith("[x] seen")] == []
    assert told[-1] == "    |     [x] seen at the device"
    receipt = OutReceipt.of(OutRecord(1, NOW, OutKind.RECEIPTED, {"by": f"North{forged}"}))
    assert receipt.words == "North\\n    [x] seen at the device"
    book = [OutRecord(1, NOW, OutKind.EXPORTED, {"name": "v.hhtb", "sha256": "0" * 64, "by": f"North{forged}"})]
    content = Content("v.hhtb", "bundle", 1, "0" * 64, bytes)
    assert item_of(content, book).sent_to == receipt.words
