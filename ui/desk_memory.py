"""What the training desk's centre remembers of hubs: a file beside the training store."""

from __future__ import annotations

import json
from collections.abc import Collection
from pathlib import Path
from typing import Final

from ui.whole_file import whole_binary_file

DESK_MEMORY: Final = "training-desk-hubs.json"


def forget_hubs(folder: Path, hubs: Collection[str]) -> None:
    """Drop what is remembered of those hubs (CHF IDs); where the file is none of this program's it goes as a whole.
    Raises UsageProblem where it cannot be written."""
    path = folder / DESK_MEMORY
    try:
        known = json.loads(path.read_bytes())
        left = {hub: told for hub, told in known.items() if hub not in hubs}
    except FileNotFoundError:
        return
    except (ValueError, AttributeError, RecursionError):
        known, left = None, {}
    if left == known:
        return
    if not left:
        path.unlink()
        return
    with whole_binary_file(path) as file:
        file.write(json.dumps(left).encode())
