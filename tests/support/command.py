"""``hht`` in another process, with JSON output parsed."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.conftest import ROOT
from tests.support import forked

ANSWERS = {"scan-meter": "00-DB-12-34-56-78-90-A0", "hand-over": "yes", "write-mpan": "yes"}
JOB = ROOT / "resources" / "jobs" / "demo.json"


@dataclass(frozen=True)
class Done:
    """What a command came to."""

    status: int
    lines: list[dict[str, Any]]
    errors: str

    @property
    def last(self) -> dict[str, Any]:
        """Its last line."""
        return self.lines[-1]

    def of(self, kind: str) -> list[dict[str, Any]]:
        """Its lines of one type."""
        return [line for line in self.lines if line["type"] == kind]


def hht(*words: str, module: str = "ui", stdin: str = "", timeout_s: float = 90) -> Done:
    """Run ``hht WORDS --json`` to its end. Raises subprocess.TimeoutExpired."""
    done = forked.run(module, *words, "--json", said=stdin, timeout_s=timeout_s)
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)


def here(*words: str, stdin: str = "") -> Done:
    """The same in this process: for tests of what a command says rather than of its being a program."""
    from ui.cli.main import main

    out, errors, keyboard = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = io.StringIO(stdin)
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(errors):
            status = main([*words, "--json"])
    finally:
        sys.stdin = keyboard
    return Done(status, [json.loads(line) for line in out.getvalue().splitlines()], errors.getvalue())


def hht_on_a_small_disk(kib: int, *words: str) -> Done:
    """The same where no file can grow beyond `kib` KiB: what a full disk does, without being root."""
    uncompiled = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}  # what is cut off would be left to the others
    limited = ["sh", "-c", f'ulimit -f {2 * kib}; exec "$@"', "sh", sys.executable, "-m", "ui", *words, "--json"]
    done = subprocess.run(limited, cwd=ROOT, capture_output=True, text=True, timeout=90, check=False, env=uncompiled)
    assert "Traceback" not in done.stderr, done.stderr
    return Done(done.returncode, [json.loads(line) for line in done.stdout.splitlines()], done.stderr)


def visit_words(verb: str, folder: Path, link: str, job: Path | str = JOB, **answers: str) -> list[str]:
    """The words of ``hht visit run|resume`` in training, with an answers file in `folder`."""
    path = folder / "answers.json"
    path.write_text(json.dumps({**ANSWERS, **answers}))
    words = ["visit", verb, str(job), "--training", "--data-dir", str(folder / "data"), "--answers", str(path)]
    return [*words, "--link", link, "--out", str(folder / "out")]


def job_file(folder: Path, **changes: Any) -> Path:
    """The demonstration job with its meter's fields changed."""
    job = json.loads(JOB.read_text())
    job["devices"][0].update(changes)
    path = folder / "job.json"
    path.write_text(json.dumps(job))
    return path
