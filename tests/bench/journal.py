"""Journal appends per second: each sealed, committed and synced before it returns; beside bare synced commits."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.support.journal_bench import appends_per_second, bare_commits_per_second

COUNT = 1000


def run() -> Iterator[str]:
    """Both in one run on the same disk."""
    with tempfile.TemporaryDirectory(dir=".") as one, tempfile.TemporaryDirectory(dir=".") as other:
        ours = appends_per_second(Path(one), COUNT)
        bare = bare_commits_per_second(Path(other), COUNT)
    yield f"{ours:,.0f} appends/s; bare synced commits {bare:,.0f}/s; ratio {ours / bare:.2f}"
