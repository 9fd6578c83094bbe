"""The program with time-outs that no busy machine comes near: ``python -m tests.support.patient WORDS``.

A line of ours keeps the computer's time. Whoever lets it stand still for a second, because the machine has other things
to do, makes the terminal ask again, and speak while the meter does: nothing is wrong with either.
"""

from __future__ import annotations

import inspect
import sys

from hht.client import line_record
from hht.client.deadlines import Timing
from ui.__main__ import main

PATIENCE_S = 60.0


def be_patient() -> None:
    """From now on silence is no answer for a minute, however even the line has been so far."""
    line_record._ENOUGH_GAPS = line_record._ENOUGH_REACTIONS = sys.maxsize
    longer = dict.fromkeys(("reaction_s", "gap_s", "response_s", "octet_s"), PATIENCE_S)
    found = inspect.signature(Timing).parameters.values()
    Timing.__init__.__defaults__ = tuple(longer.get(one.name, one.default) for one in found)


if __name__ == "__main__":
    be_patient()
    sys.exit(main())
