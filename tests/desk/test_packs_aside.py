"""What asking a desk means to packs that are kept: they freeze where the desk changes a device itself, and go on when
it confirms them."""

from __future__ import annotations

from pathlib import Path

import pytest

from hht.clock import ManualClock
from hht.desk.errors import DeskError
from hht.desk.kinds import AskKind
from tests.desk.house import House, house
from tests.desk.test_relay import ESME, GSME, MPAN, URL, Direct
from tests.packs.at_home import entry, pack_of, read_mprn, set_mpan
from tests.support.virtual_time import virtual
from ui.desks import Desks, Way
from ui.packs import Packs


def taken(h: House) -> tuple[Packs, str]:
    packs = Packs(h.store, h.store.clock, h.composer)
    octets = pack_of(ManualClock(h.store.clock.now()), entry("set-mpan", set_mpan(1_000)), job="J-1")
    return packs, packs.take(octets, "a.pack").key


def noting(h: House, notes: list[str]) -> Desks:
    return Desks(h.store, h.composer, h.store.clock, lambda size: bytes(range(len(notes), len(notes) + size)),
                 on_note=notes.append)  # fmt: skip


@pytest.mark.parametrize("way", [Way.WAN, Way.PHONE, Way.FILE])
def test_a_pack_freezes_before_the_desk_may_overtake_it(tmp_path: Path, way: Way) -> None:
    @virtual
    async def story() -> None:
        async with house(tmp_path, URL) as h:
            packs, key = taken(h)
            notes: list[str] = []
            desks = noting(h, notes)
            reference = desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}).ask.reference
            assert not packs.show(key).frozen, "nothing has been asked yet"
            if way is Way.PHONE:
                desks.read_out(reference)
            else:
                await desks.ask(h.url if way is Way.WAN else f"desk:{tmp_path / 'x'}", reference)
            assert reference in packs.show(key).frozen
            assert len(notes) == 1

    story()


@virtual
async def test_what_changes_nothing_or_another_device_freezes_nothing(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        packs, key = taken(h)
        for kind, device, type_ in ((AskKind.READ_SUPPLY, ESME, "ESME"), (AskKind.ARM_SUPPLY, GSME, "GSME")):
            asked = h.desks.new("J-1", kind, device, type_)
            await h.desks.ask(h.url, asked.ask.reference)
        assert not packs.show(key).frozen


@virtual
async def test_of_all_jobs_only_packs_with_commands_for_that_very_device_freeze_and_it_is_said_why(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, URL) as h:
        packs, _mine = taken(h)
        clock, kept = ManualClock(h.store.clock.now()), dict[str, str]()
        for job, name, message in (("J-2", "same-meter", set_mpan(2_000)), ("J-3", "other-meter", read_mprn(2_001))):
            kept[job] = packs.take(pack_of(clock, entry("one", message), name=name, job=job), "b.pack").key
        notes: list[str] = []
        desks = noting(h, notes)
        await desks.ask(h.url, desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN}).ask.reference)
        assert [bool(packs.show(kept[job]).frozen) for job in ("J-2", "J-3")] == [True, False]
        assert ESME in packs.show(kept["J-2"]).frozen
        (said,) = (note for note in notes if "same-meter" in note)
        assert ESME in said
        assert "J-2" in said
        assert len(notes) == 2


@virtual
async def test_no_desk_freezes_no_pack(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&trouble=version") as h:
        packs, key = taken(h)
        asked = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        with pytest.raises(DeskError):
            await h.desks.ask(h.url, asked.ask.reference)
        assert not packs.show(key).frozen


@virtual
async def test_the_desk_confirms_a_pack_and_says_no_where_it_overtook_it(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        packs, key = taken(h)
        packs.freeze(key, "the WAN was back for a while")
        asked = h.desks.new("J-1", AskKind.CONFIRM_PACK, ESME, "ESME", {"pack": packs.show(key).name})
        found = await h.desks.ask(h.url, asked.ask.reference)
        assert found.state.value == "done"
        assert not packs.show(key).frozen
        packs.freeze(key, "again")
        changed = h.desks.new("J-1", AskKind.SET_MPAN, ESME, "ESME", {"mpan": MPAN})
        await h.desks.ask(h.url, changed.ask.reference, way=Way.RELAY, carrier=Direct(h.premises))
        asked = h.desks.new("J-1", AskKind.CONFIRM_PACK, ESME, "ESME", {"pack": packs.show(key).name})
        refused = await h.desks.ask(h.url, asked.ask.reference)
        assert refused.state.value == "refused"
        assert "take a new pack" in refused.why
        assert packs.show(key).frozen


@virtual
async def test_one_confirmation_lets_a_pack_go_on_once(tmp_path: Path) -> None:
    async with house(tmp_path, URL) as h:
        packs, key = taken(h)
        packs.freeze(key, "the WAN was back for a while")
        asked = h.desks.new("J-1", AskKind.CONFIRM_PACK, ESME, "ESME", {"pack": packs.show(key).name})
        await h.desks.ask(h.url, asked.ask.reference)
        packs.freeze(key, "the desk was asked to do this itself")
        await h.desks.ask(h.url, asked.ask.reference)  # heard again: it tells of the time before
        assert packs.show(key).frozen
        anew = h.desks.new("J-1", AskKind.CONFIRM_PACK, ESME, "ESME", {"pack": packs.show(key).name})
        await h.desks.ask(h.url, anew.ask.reference)
        assert not packs.show(key).frozen
