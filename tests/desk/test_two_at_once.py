"""Two who work on one ask: the window while a visit waits for the desk, a second command line, a person who notes."""

from __future__ import annotations

import argparse
import asyncio
import json
from pathlib import Path

import pytest

from hht.desk.course import AskState, CommandState
from hht.desk.kinds import AskKind
from hht.desk.records import RecordKind
from hht.identifiers.device_id import DeviceId
from hht.link import LinkLost
from hht.packs.way import Found, Ticket
from tests.desk.house import house
from tests.desk.test_relay import ESME, MPAN, URL, Direct, ask
from tests.support.virtual_time import virtual
from ui.cli.common import Output
from ui.cli.desk import _go_on, _wan_is_down
from ui.desk_words import state_words
from ui.desks import Way


class Slow(Direct):
    """A way on which a command takes its time."""

    def begin(self) -> None:
        self.began, self.go_on = asyncio.Event(), asyncio.Event()

    async def carry(self, device: DeviceId, command: bytes, ticket: Ticket) -> Found:
        self.began.set()
        await self.go_on.wait()
        return await super().carry(device, command, ticket)


@virtual
async def test_what_a_person_notes_while_a_command_is_out_takes_nothing_from_its_answer(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = Slow(h.premises)
        way.begin()
        reference = ask(h, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        run = asyncio.create_task(h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way))
        await way.began.wait()
        h.desks.noted(reference, "the display shows the MPAN", agrees=True, by="A. Fitter")
        way.go_on.set()
        found = await run
        assert (found.state, found.commands[0].state) == (AskState.DONE, CommandState.RETURNED)
        assert found.fact is not None
        kinds = [record.kind for record in h.desks._book.records(reference).all()]
        assert kinds.index(RecordKind.SEEN) == kinds.index(RecordKind.ANSWER) - 1


@virtual
async def test_a_command_leaves_once_whoever_works_on_the_ask_besides(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        first, second = Slow(h.premises), Direct(h.premises)
        first.begin()
        reference = ask(h, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})

        async def ticket(_device: DeviceId) -> Ticket:
            """While the first asks for its own, the second one brings the command."""
            first.ticket = Direct(h.premises).ticket  # type: ignore[method-assign]
            await h.anew().ask(h.url, reference, way=Way.RELAY, carrier=second)
            return Ticket("direct", 1)

        first.ticket = ticket  # type: ignore[method-assign]
        first.go_on.set()
        found = await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=first)
        assert (len(first.carried), len(second.carried)) == (0, 1)
        assert found.state is AskState.DONE
        kinds = [record.kind for record in h.desks._book.records(reference).all()]
        assert kinds.count(RecordKind.INTENT) == 1


@virtual
async def test_who_has_no_way_to_the_device_does_not_end_what_another_waits_for(tmp_path: Path) -> None:
    """Only the hub can say what became of a command that left; a terminal that cannot ask it tells the desk nothing."""
    async with house(tmp_path, URL) as h:
        way = Slow(h.premises)
        way.begin()
        reference = ask(h, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        run = asyncio.create_task(h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way))
        await way.began.wait()
        looked = await h.anew().ask(h.url, reference, way=Way.RELAY)
        assert (looked.state.final, looked.settled) == (False, False)
        assert looked.commands[0].state is CommandState.UNKNOWN
        assert "ask again with the dongle" in state_words(looked)
        assert RecordKind.SILENCE not in [record.kind for record in h.desks._book.records(reference).all()]
        way.go_on.set()
        found = await run
        assert (found.state, found.commands[0].state) == (AskState.DONE, CommandState.RETURNED)
        assert not found.contradiction


@virtual
async def test_a_command_of_a_terminal_that_died_stays_open_until_the_hub_was_asked(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        way = Direct(h.premises, lost=True)
        reference = ask(h, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        with pytest.raises(LinkLost):
            await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=way)
        for _time in range(2):
            assert not (await h.anew().ask(h.url, reference, way=Way.RELAY)).state.final
        way.lost = False
        assert (await h.anew().ask(h.url, reference, way=Way.RELAY, carrier=way)).state is AskState.DONE
        assert len(way.carried) == 1


@virtual
async def test_a_person_without_a_dongle_is_told_that_only_the_hub_knows_and_how_it_is_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with house(tmp_path, URL) as h:
        reference = ask(h, AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        with pytest.raises(LinkLost):
            await h.desks.ask(h.url, reference, way=Way.RELAY, carrier=Direct(h.premises, lost=True))
        args = argparse.Namespace(way="auto", desk=h.url, link="", hub=None)
        status = await _go_on(args, Output(as_json=True), h.anew(), h.store, h.composer, reference)
        said = capsys.readouterr()
        lines = [json.loads(line) for line in said.out.splitlines()]
        assert (status, lines[-1]["ok"], lines[-1]["commands"][0]["state"]) == (1, False, "unknown")
        assert f"hht desk follow {reference} --dongle LINK --hub ID" in said.err
        args.link = "dongle:x"
        assert await _wan_is_down(args, h.desks, reference), (
            "with a dongle the hub is asked, without looking at the WAN"
        )
