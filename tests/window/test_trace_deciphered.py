"""What the trace drawer is given: frames under keys that the store holds come deciphered, others as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from hht.link import TraceEvent, TraceKind
from hht.store.trace_export import header_event, header_facts
from ui.kept_keys import keep_keys
from ui.services import TraceLine, TreeNode
from ui.terminal import Terminal

KEYS = '{"ek": "000102030405060708090A0B0C0D0E0F", "ak": "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"}'
CLOCK_READ = "▸ get-request  8 0-0:1.0.0 attribute 2"


def labels(node: TreeNode) -> Iterator[str]:
    yield node.label
    for child in node.children:
        yield from labels(child)


async def trained(folder: Path) -> tuple[list[TraceLine], list[TraceEvent], Terminal]:
    """What the drawer hears while the device page reads an emulated meter."""
    terminal, lines = Terminal(data_dir=folder, training=True), list[TraceLine]()
    await terminal.unlock("")
    terminal.subscribe_trace(lines.append)
    await terminal.read_device("emulated:single-element?days=1")
    await terminal.release_device()
    return lines, terminal._trace.events(), terminal


async def test_training_is_deciphered(tmp_path: Path) -> None:
    lines, _events, terminal = await trained(tmp_path)
    (line, *_more) = [line for line in lines if CLOCK_READ in line.summary]
    assert "Deciphered, tag verified" in list(labels(terminal.decode(line)))
    assert "ek" not in repr(line)
    assert "apdu" not in repr(line)
    await terminal.close()


@pytest.mark.parametrize("kept", [True, False])
async def test_live_work_is_deciphered_where_the_store_has_the_keys(tmp_path: Path, kept: bool) -> None:
    _lines, events, training = await trained(tmp_path / "training")
    await training.close()
    terminal, lines = Terminal(data_dir=tmp_path / "live", training=False), list[TraceLine]()
    await terminal.unlock("correct horse battery staple")
    if kept:
        keep_keys(terminal._opened(), "00-DB-12-34-56-78-90-A0", KEYS)
    terminal.subscribe_trace(lines.append)
    for event in events:
        terminal._trace.hear(_as_live(event))
    shown = [line for line in lines if CLOCK_READ in line.summary]
    assert bool(shown) == kept
    assert any(line.opened for line in lines) == kept
    if kept:
        assert "Deciphered, tag verified" in list(labels(terminal.decode(shown[0])))
    await terminal.close()


def _as_live(event: TraceEvent) -> TraceEvent:
    """The same conversation as if it were of live work: its header does not say that everybody knows the keys."""
    if event.kind is not TraceKind.HEADER:
        return event
    facts = {**header_facts(event), "training": False}
    return replace(event, note=header_event(event.utc, event.monotonic_s, event.link, facts).note)
