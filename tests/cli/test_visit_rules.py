"""``hht visit run`` at a site whose rules say something: what must not be done does not begin, and why is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hht.resources import resource_text
from tests.cli.conftest import Run


def job_file(folder: Path, name: str, **fields: Any) -> Path:
    """The sample job of that name with these fields instead; None takes one out."""
    plain = json.loads(resource_text("jobs", f"{name}.json")) | fields
    path = folder / f"{name}.json"
    path.write_text(json.dumps({key: value for key, value in plain.items() if value is not None}))
    return path


@pytest.mark.requirement("ARC-08")
def test_live_work_without_a_supplier_s_authority_cannot_be_started(run: Run, tmp_path: Path) -> None:
    (tmp_path / "phrase").write_text("four unrelated words here")
    store = ["--data-dir", str(tmp_path / "data"), "--pass-phrase-file", str(tmp_path / "phrase")]
    store += ["--unsigned", "Given to this terminal by its test"]
    live: dict[str, Any] = {"training": False, "link": "optical:tcp://127.0.0.1:9"}
    path = job_file(tmp_path, "demo", **live, authority=None)
    done = run("visit", "run", str(path), *store)
    assert (done.status, done.last["code"]) == (1, "no-authority")
    assert "nobody else has the right to enter" in done.last["message"]
    assert "Ask the desk to send job J-1042 again" in done.last["remedy"]
    assert done.of("visit") == [], "nothing was begun"
    job_file(tmp_path, "demo", **live)
    begun = run("visit", "run", str(path), *store).of("step")
    assert ("check-job", "done") in [(one["id"], one["state"]) for one in begun], "with it, it begins"
