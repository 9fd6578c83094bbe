"""The window in training, with a real meter at the probe: the visit stops where it connects, and says why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from hht.work.view import StepState
from tests.support.command import JOB, hht
from tests.support.emulate import Emulated
from tests.support.real_ids import REAL_ID, as_real, real_premises
from tests.window import test_visit_end_to_end as end_to_end
from ui.window.device_page import DevicePage


@pytest.fixture
def real(tmp_path: Path) -> Iterator[Emulated]:
    with Emulated(real_premises(tmp_path), "--optical", "tcp://127.0.0.1:0", "--days", "1", "--events") as meter:
        yield meter


def test_a_visit_of_training_stops_where_a_real_meter_is(
    real: Emulated, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = {**json.loads(as_real(JOB.read_text())), "link": real.url}
    (tmp_path / "job.json").write_text(json.dumps(job))
    assert hht("job", "import", str(tmp_path / "job.json"), "--training", "--data-dir", str(tmp_path)).status == 0
    monkeypatch.setattr(end_to_end, "DEVICE_ID", REAL_ID)
    hands = end_to_end.Hands(tmp_path)
    try:
        hands.open_job()
        hands.until(hands.settled, "the first step")
        while (view := hands.view) is not None and view.step(view.current).state is not StepState.FAILED:
            hands.do_next()
        assert view is not None
        stopped = view.step(view.current)
        assert REAL_ID in stopped.message
        assert "training" in stopped.message
        assert "live work" in stopped.remedy
        hands.shell.go("device")
        page = hands.shell.page("device")
        assert isinstance(page, DevicePage)
        hands.press("Read meter")
        hands.until(lambda: bool(page.notice.message), "why it is not read")
        assert REAL_ID in page.notice.message
    finally:
        hands.close()
    assert real.events() == []
