"""``hht set`` that dies as a power cut would: its intent is on disk, and not a byte of the write has left."""

from __future__ import annotations

import os
import sys

from hht.client.meter_objects import MeterObjects
from hht.protocol.cosem.data import Data
from ui.cli.main import main


async def _die(_meter: MeterObjects, _class_id: int, _obis: str, _attribute: int, _value: Data) -> None:
    os._exit(9)


if __name__ == "__main__":
    MeterObjects.put = _die  # type: ignore[method-assign]
    sys.exit(main(sys.argv[1:]))
