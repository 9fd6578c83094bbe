"""Walkthrough 6: a hub is exchanged as a led visit, over dongle, tunnel and GBCS; killed, it goes on."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hht.desk.course import AskState
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.identifiers import DeviceId
from hht.model.communications_hub import CommunicationsHub
from hht.model.training.panel import press_control
from hht.resources import resource_text
from hht.work.hub_exchange import HubExchange
from hht.work.hub_exchange_state import ExchangeState, Phase
from hht.work.hub_records import HubRecords, HubWorkKind, works
from hht.work.view import Outcome, Question, StepState
from hht.work.visit import StepFailed, Visit
from hht.work.visit_store import VisitStore
from tests.support.virtual_time import in_virtual_time
from tests.work.flow_model import good
from tests.work.gone_home import WAY_HOME, gone
from tests.work.killing import APART, Reaper, every, mown, some
from tests.work.new_home import Home, facts, home
from tests.work.test_installation_killed import counted
from ui.hub_work import HubWorkService
from ui.outbox import Outbox
from ui.visits import VisitOptions, VisitRunner

LINK = "emulated:dual-fuel?days=1"
HAN = f"{LINK}&via=han&hub=fresh"
NEW = "00-DB-12-34-56-78-A0-A2 00-DB-12-34-56-78-A0-A3"

GAS_METER, JOIN = "00-DB-12-34-56-78-90-A1", "000E"
INSTANTS, TURNS = 394, 1961  # as many as the visit has
TOLD = Counter({("hub-1", "RestoreDeviceLog"): 1, ("hub-1-gpf", "RestoreGpfLog"): 1, ("gsme-1", "JoinMethodB"): 1})

CENTRE = """
[wan]
region = "central"
search_s = 120

[centre]
regime = "mass-roll-out"

[[party]]
name = "Example Energy"
role = "IS"

[[party]]
name = "Example Gas"
role = "GS"

[[device]]
"""


def sample() -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(resource_text("jobs", "hub-exchange.json"))
    return plain


def connected(folder: Path) -> str:
    """The sample's home with a centre behind it, as a link."""
    path = folder / "connected.toml"
    path.write_text(resource_text("premises", "dual-fuel.toml").replace("\n[[device]]\n", CENTRE, 1))
    return f"emulated:{path}?days=1"


@asynccontextmanager
async def at_home(folder: Path, link: str = LINK) -> AsyncIterator[Home]:
    more = {"walkthrough": "hub-exchange", "old_hub": sample()["old_hub"]}
    async with home(folder, link, sample()["devices"], **more) as at:
        yield at


def begun(at: Home, **options: Any) -> Visit:
    """A run of the visit; the person at the hub exchanges it when the step asks whether the new one is seated."""

    async def ask(question: Question, error: HhtError | None) -> str | None:
        if question.id == "fit-hub/seated" and hub_of(at).identity.device_id not in NEW:
            press_control(at.premises, "hub-1", "exchange", NEW)
        return None if error else good(question, at.job)

    asked = VisitOptions(auto=True, **{"han": HAN} | options)
    return VisitRunner(at.store, at.clock, at.composer, at.stored, asked, ask=ask).visit


def hub_of(at: Home) -> CommunicationsHub:
    hub: CommunicationsHub = at.premises.of(CommunicationsHub)[0]
    return hub


def members(at: Home) -> set[str]:
    """Who has joined, but for the hub's own proxy."""
    hub = hub_of(at)
    return {
        key
        for key, node in hub.network.members.items()
        if node.joined and not node.handheld and key != hub.gpf.identity.device_id
    }


def exchanged(at: Home) -> ExchangeState:
    (work,) = works(at.store, HubWorkKind.EXCHANGE)
    return HubExchange(at.store, work.work_id).state


@pytest.mark.requirement("CH-20", "CH-21", "CH-23")
def test_a_hub_is_exchanged_and_no_device_is_lost(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_home(tmp_path) as at:
            before = members(at)
            visit = begun(at)
            assert await visit.run() is Outcome.COMPLETE
            assert members(at) == before
            assert hub_of(at).identity.device_id == NEW.split()[0]
            state = exchanged(at)
            assert (state.phase, state.receipt["found_after"]) == (Phase.FINISHED, 0)
            assert at.store.rows("hub_snapshots") == []
            assert facts(visit, "hub-forget")["Snapshot"].startswith("erased: 0 of ")
            assert visit.record.answers["dispose-hub/keeper"] == "provider"
            told = json.dumps([entry.payload for entry in visit.journal.entries()])
            assert not [one for one in before - {str(at.job.meter.device_id)} if one in told], "no list of the HAN"

    in_virtual_time(story())


def test_the_visits_own_desk_says_whether_the_hub_can_be_restored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not the training desk, which knows everything of the home, and which no live visit has."""

    async def nobody(_service: HubWorkService, chf: DeviceId) -> None:
        raise AssertionError(f"the training desk was asked about {chf}")

    async def story() -> None:
        monkeypatch.setattr(HubWorkService, "centre_copy", nobody)
        link = connected(tmp_path)
        async with at_home(tmp_path, link) as at:
            visit = begun(at, han=f"{link}&via=han&hub=fresh", desk="desk:emulated")
            assert await visit.run() is Outcome.COMPLETE
            (told,) = [one for one in at.asks() if one.ask.kind is AskKind.CONFIRM_LOG_COPY]
            assert told.state is AskState.DONE
            assert str(told.ask.device) == sample()["old_hub"]["device_id"]
            shown = facts(visit, "hub-copy")["The centre's copy"]
            assert shown == f"as new as the hub's own log ({told.ask.reference})"

    in_virtual_time(story())


def test_where_the_old_hub_stays_the_snapshot_is_erased_too(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_home(tmp_path) as at:
            visit = begun(at, leaves={"hub-check": "hub-stays"})
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
            assert exchanged(at).phase is Phase.ABANDONED
            assert at.store.rows("hub_snapshots") == []
            assert visit.view.step("fit-hub").state is StepState.LEFT
            assert hub_of(at).identity.device_id == sample()["old_hub"]["device_id"]

    in_virtual_time(story())


def test_what_was_kept_stays_where_the_new_hub_is_not_restored_until_the_visit_is_erased(tmp_path: Path) -> None:
    async def story() -> None:
        async with at_home(tmp_path) as at:
            faulty = {"hub-restore": "hub-faulty"}
            with pytest.raises(StepFailed) as told:
                await begun(at, leaves=faulty).run()
            assert told.value.code == "hub-snapshot-needed"
            visit = begun(at, leaves={**faulty, "hub-forget": "snapshot-needed"})
            assert await visit.run() is Outcome.INSTALL_AND_LEAVE
            assert len(at.store.rows("hub_snapshots")) == 1, "the old hub is off: its list is needed"
            assert not exchanged(at).over
            (waits,) = Outbox(at.store, random.Random(9).randbytes).list()
            assert (waits.list_needed, "not over" in waits.warning) == (True, True)
            listed = tuple(members(at) - {str(at.job.meter.device_id)})
            gone(at.terminal, visit.journal.visit_id, tmp_path, clear=listed)

    in_virtual_time(story())


async def _killed(
    folder: Path, reaper: Reaper, on_way_home: int, died: Callable[[Home], object] = lambda _at: None
) -> Reaper:
    """The visit to its end, killed by `reaper`, and once more while it goes home. `died`: looks, after a death."""
    async with at_home(folder) as at:
        before = members(at)

        def not_lost() -> None:
            died(at)
            kept = works(at.store, HubWorkKind.EXCHANGE)
            state = exchanged(at) if kept else None
            if state is not None and state.reached(Phase.SNAPSHOT) and not state.erasing and not state.over:
                assert at.store.rows("hub_snapshots"), "the device list is not lost"

        async def fit_anew() -> None:
            power = hub_of(at).power
            power.remove()
            power.fit()  # its hour begins anew
            await asyncio.sleep(300)

        with counted() as told:
            visit_id = await reaper.to_the_end(at.terminal, lambda: begun(at), fit_anew, not_lost)
        assert VisitStore(at.store, lambda: "unused").progress(visit_id).outcome is Outcome.COMPLETE, reaper.name
        assert members(at) == before, reaper.name
        assert told == TOLD, (reaper.name, told - TOLD, TOLD - told)
        state = exchanged(at)
        assert (state.phase, state.receipt["found_after"]) == (Phase.FINISHED, 0), reaper.name
        assert at.store.rows("hub_snapshots") == [], reaper.name
        gone(at.terminal, visit_id, folder, on_way_home)
        return reaper


def test_killed_at_an_instant_it_goes_on_and_nothing_is_left_behind(tmp_path: Path) -> None:
    for reaper in some(INSTANTS, TURNS, "hub", 2):
        in_virtual_time(_killed(tmp_path / reaper.name, reaper, 1 + reaper.at % WAY_HOME))


def test_killed_while_the_gas_meter_sleeps_its_join_is_not_sent_again(tmp_path: Path) -> None:
    """The command waits in the hub: what is asked behind it tells whether it was carried out."""
    left: list[str] = []

    def look(at: Home) -> None:
        (work,) = works(at.store, HubWorkKind.EXCHANGE)
        last = HubRecords(at.store, work.work_id).all()[-1]
        left.append(f"{last.kind.value} {last.payload.get('order')}")

    in_virtual_time(_killed(tmp_path, Reaper(turn=TURNS * 3 // 4), -1, look))

    assert left == [f"intent {JOIN}@{GAS_METER}/{NEW.split()[1]}"]


def test_killed_again_and_again_it_goes_on_and_nothing_is_left_behind(tmp_path: Path) -> None:
    offset = random.Random("hub").randrange(APART)
    reaper = in_virtual_time(_killed(tmp_path, mown(offset), 1 + offset % WAY_HOME))
    assert reaper.deaths > 5


@pytest.mark.soak
def test_killed_at_every_instant_it_goes_on_and_nothing_is_left_behind(tmp_path: Path) -> None:
    whole = in_virtual_time(_killed(tmp_path / "whole", Reaper(), -1))
    for number, reaper in enumerate(every(whole.instants, whole.turns)):
        in_virtual_time(_killed(tmp_path / reaper.name, reaper, 1 + number % WAY_HOME))
