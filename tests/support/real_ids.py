"""Emulated premises that are none of training by their Device IDs: as real ones, as far as anybody can ask them."""

from __future__ import annotations

import re
from pathlib import Path

from hht.identifiers.training_range import TRAINING_RANGE_SHOWN

ROOT = Path(__file__).resolve().parents[2]
REAL_RANGE = "02-DB-12-34-56"  # locally administered: no maker's
REAL_ID = f"{REAL_RANGE}-78-90-A0"  # of the electricity meter in single-element


def as_real(text: str) -> str:
    """`text` with every Device ID of training as one that is none, however it is written."""
    found = re.compile("-?".join(TRAINING_RANGE_SHOWN.split("-")), re.IGNORECASE)
    return found.sub(lambda match: "02" + match[0][2:], text)


def real_premises(folder: Path, name: str = "single-element") -> str:
    """The premises `name` with such Device IDs, for ``hht emulate``; the path of its file, below `folder`."""
    path = folder / f"real-{name}.toml"
    path.write_text(as_real((ROOT / "resources" / "premises" / f"{name}.toml").read_text()))
    return str(path)
