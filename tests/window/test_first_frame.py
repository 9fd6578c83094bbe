"""The start: the outline comes first and waits for nothing heavy; then the page, and the program ends cleanly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pytestqt.qtbot import QtBot

from ui.window import appearance
from ui.window.app import option
from ui.window.frame import Frame, outline_svg
from ui.window.tokens import colours

HEAVY = (
    "asyncio",
    "sqlite_utils",
    "cryptography",
    "reportlab",
    "jsonschema",
    "keyring",
    "serial",
    "decimal",
    "hht.client",
    "ui.shell",
)

LOOK = f"""
import sys
from ui.window.app import make_application
from ui.window.frame import Frame
app = make_application()
frame = Frame("night", training=True)
frame.first_painted.connect(app.quit)
frame.show()
app.exec()
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def run(*arguments: str, **environment: str) -> str:
    """The output of a fresh interpreter."""
    done = subprocess.run(
        [sys.executable, *arguments],
        env=dict(os.environ, QT_QPA_PLATFORM="offscreen", **environment),
        capture_output=True,
        text=True,
        timeout=100,
        check=True,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout.strip()


def test_the_first_frame_imports_nothing_heavy() -> None:
    assert run("-c", LOOK) == "[]"


@pytest.mark.parametrize("what", ["1", "page"])
def test_the_program_starts_paints_and_ends(what: str, tmp_path: Path) -> None:
    said = run(
        "-m", "ui", "--training", f"--data-dir={tmp_path}",
        HHT_BENCH_FIRST_FRAME=what, XDG_CONFIG_HOME=str(tmp_path),
    )  # fmt: skip
    assert float(said) >= 0


@pytest.mark.parametrize("training", [False, True])
def test_the_outline_is_a_picture_of_the_theme(training: bool) -> None:
    svg = outline_svg(1024, 640, colours("night", training=training), training=training)
    root = ElementTree.fromstring(svg)
    assert root[0].attrib["fill"] == colours("night").ground
    assert (len(root) > 10) is training  # the tape's stripes


def test_the_frame_passes_its_size_on(qtbot: QtBot) -> None:
    from PySide6.QtWidgets import QWidget

    frame, inner = Frame(), QWidget()
    qtbot.addWidget(frame)
    with qtbot.waitSignal(frame.first_painted, timeout=60_000):
        frame.show()
    frame.grow(inner)
    frame.resize(1100, 700)
    assert (inner.width(), inner.height()) == (1100, 700)


def test_the_look_of_the_last_time_is_remembered(tmp_path: Path) -> None:
    path = str(tmp_path / "hht" / "appearance")
    assert appearance.read(path) == ("day", False)
    appearance.write(path, "night", glove=True)
    assert appearance.read(path) == ("night", True)
    Path(path).write_bytes(b"\xff\xfe neon")
    assert appearance.read(path) == ("day", False)
    appearance.write("/proc/nowhere/appearance", "sun", glove=False)  # a disk that refuses troubles nobody


def test_options_of_the_command_line() -> None:
    assert option(["--data-dir", "x"], "--data-dir") == "x"
    assert option(["--data-dir=y"], "--data-dir") == "y"
    assert option(["--training"], "--data-dir") is None


def test_a_visit_that_opens_imports_no_other_page() -> None:
    """What another page is made of would hold the window up meanwhile."""
    words = (
        "import sys; from unittest.mock import patch; from ui.window import pages\n"
        "import ui.window.walkthrough_page as page\n"
        "with patch.object(page, 'WalkthroughPage', lambda host: host): assert pages.make_page('visit', 7) == 7\n"
        "print(*(name for name in sys.modules if name.startswith('ui.window.') and name.endswith('_page')))"
    )
    assert run("-c", words).split() == ["ui.window.walkthrough_page"]
