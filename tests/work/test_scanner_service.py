"""Scanning on the real terminal: pictures and texts, the engineer's own table, and whose the numbers are."""

from __future__ import annotations

from pathlib import Path

import pytest

from hht.errors import HhtError
from hht.scan.values import Field
from tests.scan.drawing import as_file, code, paper
from tests.scan.test_labels import CODE, DEVICE, OWN
from ui.terminal import Terminal


async def test_what_is_scanned_is_told_with_whose_it_is(tmp_path: Path) -> None:
    terminal = Terminal(data_dir=tmp_path, training=True)
    with pytest.raises(HhtError) as locked:
        _ = terminal.scanner
    assert locked.value.code == "locked"
    await terminal.unlock("")
    try:
        told = await terminal.scanner.text("GPF ID: 00-DB-12-34-56-79-0A-A3")
        (whose,) = told.whose
        assert whose is not None
        assert whose.words == "the GPF ID of the communications hub"
        assert whose.reference in {"J-1044", "J-1043"}
        photo = tmp_path / "photo.jpg"
        photo.write_bytes(as_file(paper((code(DEVICE), (40, 40)), (code("12345678"), (400, 300))), "JPEG"))
        told = await terminal.scanner.file(photo)
        assert [value.typed for scan in told.scans for value in scan.values(Field.DEVICE_ID)] == [DEVICE]
        assert all(piece.startswith(b"\x89PNG") for piece in told.cuts)
        assert len(told.cuts) == len(told.scans) == len(told.whose) == 2
        assert told.trouble is None
        (tmp_path / "label_formats.toml").write_text(OWN, encoding="utf-8")
        told = await terminal.scanner.text(f"MK1;ZZ7;{DEVICE}{CODE}")
        assert told.scans[0].labels[0].format.name == "mine"
        (tmp_path / "label_formats.toml").write_text("nonsense", encoding="utf-8")
        told = await terminal.scanner.text(DEVICE)
        assert told.trouble is not None
        assert told.scans[0].values(Field.DEVICE_ID)
    finally:
        await terminal.close()
