"""What the training desk remembers of hubs, beside the store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from hht.client.radio.joining import HanMember
from hht.emulation.gbcs.ends import GbcsEnds
from hht.identifiers import DeviceId
from hht.protocol.gbcs.device_types import DeviceLogType
from tests.support.radio import ESME, Bench, joined, play
from tests.work.conftest import Rig
from tests.work.hub_home import NEW_CODE, NEW_PPMID
from ui.desk_memory import DESK_MEMORY
from ui.hub_work import HubPlace, HubWorkService
from ui.whole_file import FileNotWritten


def test_a_memory_that_cannot_be_written_is_said_and_holds_up_no_pack(tmp_path: Path) -> None:
    async def story(made: Bench) -> None:
        rig = Rig(tmp_path)

        @asynccontextmanager
        async def on_han(_place: HubPlace, _traced: bool) -> AsyncIterator[HanMember]:
            yield await joined(made)

        place = HubPlace("dongle:test", made.gpf_id, DeviceId.parse(made.hub.identity.device_id))
        service = HubWorkService(rig.store, rig.clock, on_han)

        async def work() -> None:
            async with service.at(place) as here:
                assert here.terminal != place.gpf
                (tmp_path / DESK_MEMORY).mkdir()

        with pytest.raises(FileNotWritten, match="could not be written"):
            await work()
        rig.store.hold_packs()
        rig.store.release_packs()
        rig.store.close()

    play(story)


@pytest.mark.parametrize(("verb", "traced"), [("add", False), ("remove", True)])
def test_the_command_that_brings_an_install_code_leaves_no_trace(tmp_path: Path, verb: str, traced: bool) -> None:
    async def story(made: Bench) -> None:
        rig, told = Rig(tmp_path), []

        @asynccontextmanager
        async def on_han(_place: HubPlace, kept: bool) -> AsyncIterator[HanMember]:
            told.append(kept)
            yield await joined(made)

        place = HubPlace("dongle:test", made.gpf_id, DeviceId.parse(made.hub.identity.device_id))
        service = HubWorkService(rig.store, rig.clock, on_han, {NEW_PPMID: NEW_CODE})
        if verb == "add":
            await service.add(place, NEW_PPMID, DeviceLogType.PPMID, 600)
        else:
            await service.remove(place, ESME)
        assert told == [traced]
        rig.store.close()

    play(story, read=GbcsEnds().read)
