"""How long threads were ready to run and had no core: what other programs took of a measurement. Linux tells it."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterable
from types import TracebackType


class Waits:
    """The waits of this process's threads (those that there are now, or only `own`), and of the main threads of the
    processes `others`."""

    def __init__(self, others: Iterable[int] = (), *, own: Iterable[int] = ()) -> None:
        threads = list(own) or [thread.native_id for thread in threading.enumerate()]
        paths = [
            *(f"/proc/self/task/{number}/schedstat" for number in threads),
            *(f"/proc/{pid}/schedstat" for pid in others),
        ]
        self._waited_ns = {os.open(path, os.O_RDONLY): 0 for path in paths if os.path.exists(path)}

    def seconds(self) -> float:
        """Of all of them, so far; 0 where the system does not tell. Who has ended waits no more."""
        for file in self._waited_ns:
            with contextlib.suppress(ProcessLookupError):
                self._waited_ns[file] = int(os.pread(file, 64, 0).split()[1])
        return sum(self._waited_ns.values()) / 1e9

    def close(self) -> None:
        """No more is asked."""
        for file in self._waited_ns:
            os.close(file)
        self._waited_ns.clear()

    def __enter__(self) -> Waits:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
