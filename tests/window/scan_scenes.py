"""Scanning, as scenes: several codes of a photo, a label that nothing asks for, an answer with its place marked."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from hht.errors import HhtError
from tests.scan.drawing import as_file, code, paper
from tests.window import samples
from ui.window.scan_sheet import ChooseSheet, ScanSheet

if TYPE_CHECKING:
    from tests.window.scenes import Stage

CHF, GPF = "00-DB-12-34-56-79-0A-A2", "00-DB-12-34-56-79-0A-A3"


def _look(stage: Stage, octets: bytes) -> None:
    stage.shell.scans._look_at(lambda services: services.scanner.picture(octets))


def _choose(stage: Stage) -> None:
    stage.visit("scan")
    drawn = ((code(CHF, "DataMatrix", scale=5), (30, 30)), (code(GPF, "DataMatrix", scale=5), (30, 300)))
    _look(stage, as_file(paper(*drawn, (code(samples.DEVICE_ID, "Code128", scale=2), (10, 500)))))
    stage.wait(lambda: isinstance(stage.shell.sheet(), ChooseSheet))
    stage.pause()


def _unasked(stage: Stage) -> None:
    label = f"CHF ID: {CHF}\nGPF ID: {GPF}\nMPRN: 3938424404"
    _look(stage, as_file(paper((code(label, scale=4), (20, 20)), (code("https://example.org/help"), (400, 60)))))
    stage.wait(lambda: isinstance(stage.shell.sheet(), ScanSheet))
    stage.pause()


def _refused(stage: Stage) -> None:
    stage.visit("scan")
    box = stage.shell._visit_page().card.question
    assert box._entry is not None
    box._entry.setText("00-DB-12-34-56-78-9O-A0")
    box.refused(
        HhtError(
            "Device ID: character 20 is “O”, not a hex digit.",
            remedy="Use 0 to 9 and A to F only; “O” may be the digit 0. Compare with the label.",
            code="device-id-character",
            position=20,
        )
    )
    stage.shell.say_scan("Device ID scanned: Device ID on the label of the meter")
    stage.pause()


SCAN_SCENES: dict[str, Callable[[Stage], None]] = {
    "scan-choose": _choose,
    "scan-unasked": _unasked,
    "scan-refused": _refused,
}
