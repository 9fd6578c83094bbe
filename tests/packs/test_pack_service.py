"""The service for packs, over the emulated radio: what is delivered, settled, noted, and never done twice."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from hht.client.radio.errors import HubError
from hht.clock import ManualClock, utc_text
from hht.packs.errors import PackError
from hht.packs.pack import OnFailure
from hht.packs.records import RecordKind
from hht.protocol.gbcs.answers import AnswerRefused
from hht.store.errors import StoreError
from tests.packs.at_home import ESME, SECOND, Home, at_home, entry, pack_of, read_mpan, read_mprn, set_clock, set_mpan
from tests.store.conftest import FailingCommit, OpenStore
from tests.support.radio import START, is_frame
from ui.pack_facts import DELIVER, PASS_OVER, SETTLE


def test_a_pack_is_taken_delivered_and_told(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)), entry("read", read_mpan(2), "mpan"), entry("gas", read_mprn(1)))
        before = home.packs.show(key)
        assert (before.desk, before.next, before.done, before.taken) == ("training desk", "mpan", 0, clock.now())
        assert [one.may for one in before.entries] == [{DELIVER, PASS_OVER}, {PASS_OVER}, {PASS_OVER}]
        assert await home.deliver(key) == ["done"] * 3
        assert set(home.times.values()) == {1}
        kinds = [event.kind for event in home.events if event.kind != "joining"]
        assert kinds == ["sending", "entry"] * 3
        assert "wake" in next(event.text for event in home.events if event.entry == "gas")
        after = home.packs.show(key)
        assert (after.over, after.done, after.answers, after.next) == (True, 3, 3, "")
        home.events.clear()
        assert await home.deliver(key) == ["done"] * 3  # nobody is disturbed again
        assert home.events == []
        assert home.packs.find("P-1") == home.packs.find("J-7") == home.packs.find(key[:6]) == after
        with pytest.raises(PackError) as none:
            home.packs.find("P-2")
        assert none.value.code == "pack-not-kept"
        with pytest.raises(PackError) as short:
            home.packs.find(key[:5])
        assert short.value.code == "pack-not-kept"
        assert "6 or more" in short.value.remedy
        assert "6" not in none.value.remedy

    at_home(open_store(), clock, story)


def test_a_clock_set_back_behind_the_log_makes_no_pack_current(open_store: OpenStore, clock: ManualClock) -> None:
    store = open_store()

    async def story(home: Home) -> None:
        octets = pack_of(clock, entry("mpan", set_mpan(1)))
        key = home.packs.take(octets, "a.pack").key
        late = clock.now() + timedelta(days=400)
        store.clock = ManualClock(late)
        store.log("override", {})
        store.clock = clock
        with pytest.raises(PackError) as taken:
            home.packs.verify(octets, "a.pack")
        with pytest.raises(PackError) as begun:
            await home.deliver(key)
        for over in (taken, begun):
            assert over.value.code == "pack-expired"
            assert utc_text(late) in over.value.message
            assert "clock" in over.value.remedy
        assert home.times == {}, "nothing went out"

    at_home(store, clock, story)


class SetClock(ManualClock):
    """One that somebody may set."""

    def set(self, by: timedelta) -> None:
        self._now += by


@pytest.mark.parametrize("noted", [True, False], ids=["the log has noted a later time", "two days have passed"])
def test_a_clock_set_back_in_the_middle_of_a_delivery_sends_no_expired_command(
    open_store: OpenStore, clock: ManualClock, noted: bool
) -> None:
    store, watch = open_store(), SetClock(clock.now())
    store.clock = watch
    late = timedelta(days=2, seconds=1)  # a pack of these holds for two days

    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)), entry("read", read_mpan(2)))

        def meanwhile(_command: bytes, answer: bytes) -> bytes:
            if noted:
                watch.set(late)
                store.log("override", {})
            else:
                watch.advance(late.total_seconds())
            watch.set(-late)
            return answer

        home.says = meanwhile
        with pytest.raises(PackError) as over:
            await home.deliver(key)
        assert over.value.code == "pack-expired"
        assert (utc_text(watch.now() + late) in over.value.message) is noted
        assert home.states(key) == ["done", "waiting"]
        assert len(home.heard) == 1, "the second did not leave"

    at_home(store, watch, story)


def test_what_the_hub_knows_settles_what_was_unknown(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)), entry("read", read_mpan(2), "mpan"))
        lost = {"answers": 0}

        def drop(octets: bytes) -> bytes:  # what comes in the tunnel once the meter was told
            lost["answers"] += bool(home.heard) and is_frame(octets, (0x44, 0x82))
            return b"" if home.heard and is_frame(octets, (0x44, 0x82)) else octets

        home.bench.wire.up = drop
        assert await home.deliver(key) == ["unknown", "unknown"]  # the read that would settle it is not heard either
        assert lost["answers"] >= 1
        facts = home.packs.show(key)
        assert ([one.may for one in facts.unknown], facts.next) == ([{SETTLE}] * 2, "")
        home.bench.wire.up = lambda octets: octets
        await home.packs.ask(key, home.way, home.events.append)
        assert home.states(key) == ["done", "done"]
        assert [event.kind for event in home.events][-1] == "settled"
        assert await home.deliver(key) == ["done", "done"]
        assert set(home.times.values()) == {1}

    at_home(open_store(), clock, story)


def test_two_packs_never_share_a_reference(open_store: OpenStore, clock: ManualClock) -> None:
    """The hub relays a reference once: with the same one it would give the answer to another pack's command."""

    async def story(home: Home) -> None:
        first = home.take(entry("mpan", set_mpan(1)), entry("read", read_mpan(2)))
        second = home.take(entry("again", set_mpan(3)), entry("read", read_mpan(4)), name="P-2", job="J-8")
        assert await home.deliver(first) == ["done", "done"]
        assert await home.deliver(second) == ["done", "done"]
        assert set(home.times.values()) == {1}
        used = [
            record.payload["reference"]
            for key in (first, second)
            for record in home.packs.records(key)
            if record.kind is RecordKind.INTENT
        ]
        assert len(set(used)) == 4

    at_home(open_store(), clock, story)


def test_another_store_of_the_terminal_begins_elsewhere(
    open_store: OpenStore, clock: ManualClock, tmp_path: Path
) -> None:
    """The hub would give the answer to the first store's command to a message with the same reference."""

    async def story(home: Home) -> None:
        assert await home.deliver(home.take(entry("mpan", set_mpan(1)))) == ["done"]
        store = open_store(path=tmp_path / "other" / "training.db")
        other = Home(home.bench, type(home.packs)(store, clock, home.packs._composer), clock, home.heard)
        assert await other.deliver(other.take(entry("read", read_mpan(2)), name="P-2")) == ["done"]
        assert set(home.times.values()) == {1}

    at_home(open_store(), clock, story)


def test_what_another_pack_has_overtaken_is_void(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        old = home.take(entry("mpan", set_mpan(5)), entry("gas", read_mprn(1)))
        newer = home.take(entry("read", read_mpan(9)), name="P-2", job="J-8")
        assert await home.deliver(newer) == ["done"]
        assert home.states(old) == ["void", "waiting"]  # the gas meter counts for itself
        assert "another pack" in home.packs.show(old).entries[0].why

    at_home(open_store(), clock, story)


def test_what_another_pack_loses_is_said_before_and_once(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        home.take(entry("mpan", set_mpan(5)), entry("gas", read_mprn(1)), name="P-1")
        newer = home.take(entry("read", read_mpan(9)), entry("more", read_mpan(10)), name="P-2", job="J-8")
        assert await home.deliver(newer) == ["done", "done"]
        told = [(event.kind, event.entry) for event in home.events if event.kind in ("voids", "sending")]
        assert told == [("voids", "read"), ("sending", "read"), ("sending", "more")]
        text = next(event.text for event in home.events if event.kind == "voids")
        assert "refuses mpan of the pack P-1" in text

    at_home(open_store(), clock, story)


def test_a_device_that_is_not_on_the_han_gets_its_command_later(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)))
        members = home.bench.hub.network.members
        away = members.pop(str(ESME))
        with pytest.raises(PackError) as back:
            await home.deliver(key)
        assert back.value.code == "pack-not-brought"
        assert (home.states(key), home.heard) == (["waiting"], [])
        members[str(ESME)] = away
        assert await home.deliver(key) == ["done"]
        assert set(home.times.values()) == {1}

    at_home(open_store(), clock, story)


def test_a_pack_frozen_meanwhile_stops_before_its_next_command(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)), entry("read", read_mpan(2)), entry("last", read_mpan(3)))
        other = Home(home.bench, type(home.packs)(open_store(), clock, home.packs._composer), clock, [])

        def freeze(event: object) -> None:
            if getattr(event, "entry", "") == "mpan" and getattr(event, "kind", "") == "entry":
                other.packs.freeze(key, "the WAN is back")  # as another process does

        with pytest.raises(PackError) as frozen:
            await home.packs.deliver(key, home.way, freeze)
        assert frozen.value.code == "pack-frozen"
        assert home.states(key) == ["done", "waiting", "waiting"]
        assert "the WAN is back" in home.packs.show(key).obstacle
        reached = {(home.packs.show(key).pack.entries[0].message.originator, ESME.to_bytes()): 2}
        assert home.packs.confirm(key, "D-77", reached).entries[1].words.startswith("void")
        assert await home.deliver(key) == ["done", "void", "done"]
        with pytest.raises(PackError, match="not frozen"):
            home.packs.confirm(key, "D-78")

    at_home(open_store(), clock, story)


def test_a_pack_freezes_when_the_wan_is_back(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)), entry("read", read_mpan(2)))
        says = iter(("", "the WAN is back"))

        async def watch() -> str:
            return next(says)

        with pytest.raises(PackError) as frozen:
            await home.packs.deliver(key, home.way, home.events.append, watch=watch)
        assert (frozen.value.code, home.states(key)) == ("pack-frozen", ["done", "waiting"])
        assert home.packs.show(key).frozen == "the WAN is back"
        home.packs.confirm(key, "D-1")
        assert await home.deliver(key) == ["done", "done"]

    at_home(open_store(), clock, story)


def test_two_processes_do_not_deliver_at_once(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)))
        other = open_store()
        other.hold_packs()
        with pytest.raises(StoreError) as busy:
            await home.deliver(key)
        assert (busy.value.code, home.heard) == ("pack-in-use", [])
        other.release_packs()
        both = await asyncio.gather(home.deliver(key), home.deliver(key), return_exceptions=True)  # in one process
        assert both[0] == ["done"]
        assert isinstance(both[1], StoreError)
        assert set(home.times.values()) == {1}

    at_home(open_store(), clock, story)


def test_a_delivery_that_is_cancelled_leaves_its_command_unknown(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("gas", read_mprn(1)), entry("mpan", set_mpan(1)))
        sending = asyncio.Event()

        def tell(event: object) -> None:
            if getattr(event, "kind", "") == "sending":
                sending.set()

        running = asyncio.create_task(home.packs.deliver(key, home.way, tell))
        await sending.wait()
        await asyncio.sleep(5)
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        facts = home.packs.show(key)
        assert [str(one.state) for one in facts.entries] == ["unknown", "blocked"]
        assert "keeps it" in facts.entries[0].why
        await asyncio.sleep(1800)  # the meter wakes, and answers to the hub
        assert await home.deliver(key) == ["done", "done"]
        assert home.times[facts.pack.entries[0].command] == 1

    at_home(open_store(), clock, story)


def test_a_person_decides(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        keep_on = OnFailure.CONTINUE
        key = home.take(entry("mpan", set_mpan(1), on_failure=keep_on), entry("read", read_mpan(2), on_failure=keep_on))
        assert home.packs.pass_over(key, "mpan", "A. Engineer").entries[0].state == "void"
        with pytest.raises(PackError) as none:
            home.packs.pass_over(key, "mpam", "A. Engineer")
        assert none.value.code == "pack-no-entry"
        home.bench.hub.network.members[str(ESME)].power(False)  # nobody can say whether it heard
        assert await home.deliver(key) == ["void", "unknown"]
        facts = home.packs.settle(key, "read", done=False, by="its display says nothing")
        assert (facts.entries[1].state, facts.entries[1].why) == ("failed", "its display says nothing")
        assert facts.over

    at_home(open_store(), clock, story)


def test_an_older_edition_is_never_delivered(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        old = home.take(entry("mpan", set_mpan(1)))
        home.take(entry("mpan", set_mpan(2, SECOND)), name="P-2", edition=2)
        with pytest.raises(PackError) as refused:
            await home.deliver(old)
        assert refused.value.code == "pack-rolled-back"
        assert home.packs.show(old).obstacle
        assert home.packs.find("J-7").edition == 2
        assert home.heard == []

    at_home(open_store(), clock, story)


def test_a_clock_is_set_by_a_reliable_hub_alone_and_once_a_day(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        hour, network = timedelta(hours=1), home.bench.hub.network
        within = START - hour, START + hour
        key = home.take(entry("clock", set_clock(1, *within)), entry("read", read_mpan(2)))
        late = home.take(entry("again", set_clock(8, *within)), name="P-2", job="J-8")
        for hub_ms, why in (
            (None, "not reliable"),
            (network.time_ms() + 7_200_000, "only from"),
        ):
            network.time_ms = lambda hub_ms=hub_ms: hub_ms
            with pytest.raises(PackError, match=why) as held:
                await home.deliver(key)
            assert held.value.code == "pack-held"
            assert (home.states(key), home.heard) == (["waiting", "waiting"], [])  # unconsumed
            assert "time" in [event.kind for event in home.events]
        network.time_ms = lambda: home.bench.premises.site.agenda.now_ms
        home.events.clear()
        assert await home.deliver(key) == ["done", "done"]
        assert "computer's clock" in next(event.text for event in home.events if event.kind == "note")
        with pytest.raises(PackError, match="once in 24"):  # of another pack, at the same meter
            await home.deliver(late)
        assert "once in 24" in home.packs.show(late).entry("again").held  # off the HAN too: no other reason is said
        clock.advance(24 * 3600)
        network.time_ms = lambda: home.bench.premises.site.agenda.now_ms + 86_400_000
        with pytest.raises(PackError, match="only from"):
            await home.deliver(late)
        assert set(home.times.values()) == {1}

    at_home(open_store(), clock, story)


def test_a_hub_that_does_not_say_its_time(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("clock", set_clock(1, START, START + timedelta(hours=1))))

        def deaf(octets: bytes) -> bytes:  # what is heard of the Time cluster
            return b"" if is_frame(octets, (0x44, 0x82)) and octets[6:8] == b"\x0a\x00" else octets

        home.bench.wire.up = deaf
        with pytest.raises(PackError) as held:
            await home.deliver(key)
        assert held.value.code == "pack-held"
        assert "does not say" in next(event.text for event in home.events if event.kind == "time")
        assert home.states(key) == ["waiting"]

    at_home(open_store(), clock, story)


def test_a_disk_that_fails_under_an_answer_loses_nothing(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)), entry("read", read_mpan(2)))

        def full(_command: bytes, answer: bytes) -> bytes:
            FailingCommit.failing = "SQLITE_FULL"  # from now on: the command has left
            return answer

        home.says = full
        try:
            with pytest.raises(StoreError):
                await home.deliver(key)
        finally:
            FailingCommit.failing = ""
        home.says = lambda _command, answer: answer
        assert home.states(key) == ["unknown", "blocked"]
        assert await home.deliver(key) == ["done", "done"]
        assert set(home.times.values()) == {1}

    at_home(open_store(factory=FailingCommit), clock, story)


def test_an_answer_that_came_another_way_settles_and_no_other_one(open_store: OpenStore, clock: ManualClock) -> None:
    async def story(home: Home) -> None:
        key = home.take(entry("mpan", set_mpan(1)))
        heard: list[bytes] = []
        home.says = lambda _command, answer: heard.append(answer) or b""
        assert await home.deliver(key) == ["unknown"]
        with pytest.raises(AnswerRefused):
            home.packs.late_answer(key, "mpan", heard[0][:-1])
        assert home.states(key) == ["unknown"]
        assert home.packs.late_answer(key, "mpan", heard[0]).entries[0].state == "done"
        with pytest.raises(PackError, match="not unknown"):
            home.packs.late_answer(key, "mpan", heard[0])
        assert set(home.times.values()) == {1}

    at_home(open_store(), clock, story)


@pytest.mark.parametrize("on_failure", [OnFailure.CONTINUE, OnFailure.STOP_DEVICE])
def test_what_is_for_a_meter_that_sleeps_goes_together_where_the_desk_lets_it(
    open_store: OpenStore, clock: ManualClock, on_failure: OnFailure
) -> None:
    async def story(home: Home) -> None:
        gas = [entry(f"g{number}", read_mprn(number), on_failure=on_failure) for number in (1, 2, 3)]
        key = home.take(*gas, entry("mpan", set_mpan(1)))
        began = asyncio.get_running_loop().time()
        together = on_failure is OnFailure.CONTINUE
        if together:
            assert await home.deliver(key) == ["done"] * 4
            assert asyncio.get_running_loop().time() - began < 35 * 60  # the meter has woken once
        else:
            with pytest.raises(HubError):  # three wakes are more than the hub's hour
                await home.deliver(key)
        kinds = [event.kind for event in home.events if event.kind in ("sending", "entry")]
        assert kinds[:6] == (["sending"] * 3 + ["entry"] * 3 if together else ["sending", "entry"] * 2 + ["sending"])
        order = [one.command for one in home.packs.show(key).pack.entries]
        assert home.heard == order[: len(home.heard)]

    at_home(open_store(), clock, story)
