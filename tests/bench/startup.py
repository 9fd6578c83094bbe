"""First frame of the terminal against that of an empty PySide6 window, in turns in one run."""

from __future__ import annotations

from collections.abc import Iterator

from ui.window.firstframe import measure


def run() -> Iterator[str]:
    """The ratio of first frames, and when the first page with its content stands."""
    found = measure()
    yield (
        f"first frame {found['first_frame_ms']:.0f} ms, empty window {found['empty_ms']:.0f} ms, "
        f"ratio {found['ratio']:.2f} (bar {found['target']:.2f})"
    )
    yield f"first page with its content {found['first_page_ms']:.0f} ms"
