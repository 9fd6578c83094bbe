"""A desk that is reached by files."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest

from hht.desk.course import AskState
from hht.desk.errors import DeskError
from hht.desk.kinds import AskKind
from hht.desk.messages import Hello, Taken
from tests.desk.house import ESME, HUB, IHD, MPAN, House, house
from tests.support.virtual_time import virtual
from ui.desk_folder import FROM_DESK, TO_DESK, DeskFolder, FolderEnd
from ui.desks import Mode


async def settled(h: House, end: FolderEnd, url: str, reference: str) -> AskState:
    """Carry files to and fro, and let the premises live, until it ends."""
    for _round in range(20):
        end.look()
        if (found := await h.desks.ask(url, reference)).state.final:
            return found.state
        await asyncio.sleep(2)
        h.premises.site.catch_up()
    return found.state


@virtual
async def test_what_is_asked_is_carried_and_the_answers_come_back(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        url = f"desk:{tmp_path / 'usb stick'}"
        assert (await h.desks.ways(url, HUB)).mode is Mode.NOTHING
        end = FolderEnd(h.port.desk, DeskFolder(tmp_path / "usb stick"))
        reference = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}).ask.reference
        assert (await h.desks.ask(url, reference)).state is AskState.UNKNOWN, "nobody knows where the stick is"
        file = tmp_path / "usb stick" / TO_DESK / f"{reference}.jsonl"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert await settled(h, end, url, reference) is AskState.DONE
        assert h.premises.device().import_mpan == MPAN
        report = h.desks.report(reference)
        assert [lit for _name, lit in report.lamps] == [True, True, True, True, False]
        await h.desks.ask(url, reference)
        assert h.desks.report(reference) == report, "the same files again are no news"


@virtual
async def test_asks_of_one_folder_are_kept_apart(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        url, end = f"desk:{tmp_path / 'x'}", FolderEnd(h.port.desk, DeskFolder(tmp_path / "x"))
        first = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}).ask.reference
        second = h.desks.new("J-1", AskKind.REMOVE, HUB, "CHF", {"other": IHD}).ask.reference
        await h.desks.ask(url, first)
        assert await settled(h, end, url, second) is AskState.DONE
        assert h.desks.report(second).alert == "N24"
        assert h.desks.report(first).unknown


@virtual
async def test_files_that_are_none_are_refused_by_name(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        url, folder = f"desk:{tmp_path / 'x'}", DeskFolder(tmp_path / "x")
        reference = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}).ask.reference
        await h.desks.ask(url, reference)
        bad = tmp_path / "x" / FROM_DESK / "bad.jsonl"
        folder.put("bad", Hello("desk", False), [Taken(reference)], to_desk=False)
        with pytest.raises(DeskError, match=r"bad\.jsonl") as refused:
            await h.desks.ask(url, reference)
        assert refused.value.code == "desk-training"
        for octets in (b"\x00\xff", b'{"desk":2,"say":"taken","reference":"00000000"}\n', b"x" * 200_000, b""):
            bad.write_bytes(octets)
            with pytest.raises(DeskError, match=r"bad\.jsonl"):
                await h.desks.ask(url, reference)
        bad.unlink()
        assert (await h.desks.ask(url, reference)).state is AskState.UNKNOWN
