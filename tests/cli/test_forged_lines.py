"""What a meter says never becomes a line of ours on the terminal."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from hht.client.api import Identity
from hht.client.meter_session import MeterSession
from ui.cli.main import main

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
