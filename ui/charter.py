"""The privacy charter as a file, for window and command line."""

from __future__ import annotations

from pathlib import Path

from ui.whole_file import whole_binary_file


def write_charter(path: Path) -> Path:
    """Write the charter as PDF, whole or not at all; `path`. Raises FileNotWritten."""
    from hht.report.charter import charter_pdf

    made = charter_pdf()
    with whole_binary_file(path) as file:
        file.write(made)
    return path
