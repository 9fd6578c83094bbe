"""Theme and size of the last time, in a small plain file: the first frame must not blind anybody at night.

The settings themselves lie sealed in the store; this copy holds nothing else than "night glove". Plain Python.
"""

from __future__ import annotations

import os


def read(path: str) -> tuple[str, bool]:
    """(theme, glove) as they were; ("day", False) where there is no such file."""
    try:
        with open(path, encoding="ascii") as file:
            words = file.read(64).split()
    except (OSError, ValueError):
        return "day", False
    theme = next((word for word in words if word in ("day", "night", "sun")), "day")
    return theme, "glove" in words


def write(path: str, theme: str, *, glove: bool) -> None:
    """Remember them; a disk that refuses is no reason to trouble anybody."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{theme} {'glove' if glove else 'normal'}\n")
    except OSError:
        return
