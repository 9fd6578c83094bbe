"""What a benchmark asks the system of its threads outlasts them."""

from __future__ import annotations

import sys
import threading
from pathlib import Path

import pytest

from tests.bench.waits import Waits


@pytest.mark.skipif(not Path("/proc/self/schedstat").exists(), reason=f"{sys.platform} does not tell")
def test_a_thread_that_ends_keeps_what_it_waited() -> None:
    end = threading.Event()
    thread = threading.Thread(target=end.wait)
    thread.start()
    assert thread.native_id is not None
    with Waits(own=[thread.native_id]) as waits:
        before = waits.seconds()
        end.set()
        thread.join()
        while Path(f"/proc/self/task/{thread.native_id}").exists():
            pass  # the system ends it a moment after the interpreter has
        assert waits.seconds() >= before
        assert waits.seconds() == waits.seconds()
