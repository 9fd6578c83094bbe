"""A store that this computer's key store has opened: what asks for the pass phrase first, act by act."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path
from typing import Final

import pytest

from hht.access.roles import Act, roles
from hht.clock import ManualClock
from hht.errors import HhtError
from hht.store.errors import PHRASE_FIRST
from hht.store.key_slot import KeySlotError, Slot, turn_on
from hht.store.log_chain import whole_log
from hht.store.store import Store
from hht.store.vault import SlotSecret
from hht.work.supply_acts import supply_acts
from tests.access import test_matrix as matrix
from tests.store.conftest import CHEAP
from tests.support.memory_key_store import permit
from ui.terminal import Terminal

terminal = matrix.terminal
SECRET: Final = SlotSecret(bytes(range(32)))
AT_ONCE: Final = "look jobs read-meter visit deliver equipment send trace bridge"


def test_every_other_act_is_refused_until_the_phrase_is_given_and_changes_nothing(
    terminal: Path, tmp_path: Path
) -> None:
    with matrix.open_as(terminal, "owner") as store:
        turn_on(store, Slot("owner", "slot"), SECRET, "tests")
        how = {"training": False, "clock": store.clock, "entropy": matrix.NUMBERS.randbytes, "login": "owner"}
    asked = set()
    with Store.open(terminal, SECRET, **how) as store:  # type: ignore[arg-type]
        for act, do in matrix.DOING.items():
            before = matrix.image(terminal)
            try:
                do(store, tmp_path)
            except HhtError as error:
                if error.code == PHRASE_FIRST:
                    asked.add(act)
                    assert matrix.image(terminal) == before, act
        at_once = {Act(name) for name in AT_ONCE.split()}
        assert set(Act) - at_once == roles().after_phrase
        assert asked == roles().after_phrase | {Act.SEND}  # into a folder or to a desk, as that does; to a depot sealed
        with pytest.raises(HhtError) as caught, store.transaction() as database:
            database.execute("DELETE FROM meter_keys")  # what forgets to ask
        assert caught.value.code == PHRASE_FIRST
        store.check_pass_phrase(matrix.PHRASE)
        matrix.DOING[Act.REVEAL](store, tmp_path)
        matrix.DOING[Act.KEYS](store, tmp_path)


async def test_the_terminal_opened_by_it_knows_nobody_who_gave_the_phrase(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hht.store.vault.KdfCost", lambda: CHEAP)
    keys, clock, phrase = permit(monkeypatch), ManualClock(matrix.NOW), "four unrelated words"

    def terminal() -> Terminal:
        return Terminal(data_dir=tmp_path, clock=clock)

    first = terminal()
    assert await first.unlock_by_key_store() is False
    await first.unlock(phrase)
    clock.advance(60 * supply_acts().minutes + 1)
    with pytest.raises(HhtError) as late:
        await first.key_slot.turn_on()
    assert (late.value.code, keys.kept) == (PHRASE_FIRST, {})
    await first.guard.again(phrase)
    assert (await first.key_slot.turn_on()).on
    await first.close()
    second = terminal()
    assert await second.slot_logins() == ("owner",)
    assert await second.unlock_by_key_store("owner", lambda: False) is False, "the phrase is being tried by now"
    assert await second.needs_pass_phrase()
    assert await second.unlock_by_key_store()
    assert not await second.needs_pass_phrase()
    with pytest.raises(HhtError) as other:  # who typed meanwhile is not logged in as whom the key store let in
        await second.unlock(phrase, "another")
    assert other.value.code == "opened-for-another"
    for act in (second.guard.require, second.guard.require_fresh):
        with pytest.raises(HhtError) as caught:
            act()
        assert caught.value.code == PHRASE_FIRST
    with pytest.raises(HhtError):
        await second.people.change_pass_phrase("words of a thief")
    with pytest.raises(HhtError) as caught:
        await second.export_trace(tmp_path / "trace.jsonl")
    assert caught.value.code == PHRASE_FIRST
    await second.guard.locked("idle")
    await second.close()
    third = terminal()
    with pytest.raises(KeySlotError, match="locked"):
        await third.unlock_by_key_store()
    await third.unlock(phrase)
    third.guard.require()
    told = [one.details.get("how") for one in whole_log(third._opened()) if one.kind == "logged-in"]
    assert told == ["pass-phrase", "pass-phrase", "key-store", "pass-phrase"]
    await third.people.change_pass_phrase("other words of mine")
    assert (keys.kept, (await third.key_slot.facts()).on) == ({}, False)
    await third.close()


async def test_while_the_key_store_is_silent_the_phrase_opens_the_terminal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hht.store.vault.KdfCost", lambda: CHEAP)
    keys = permit(monkeypatch)
    first = Terminal(data_dir=tmp_path)
    await first.unlock("four unrelated words")
    await first.key_slot.turn_on()
    await first.close()
    gate = threading.Event()
    monkeypatch.setattr(keys, "gate", gate)
    keys.came.clear()
    window = Terminal(data_dir=tmp_path)
    waiting = asyncio.ensure_future(window.unlock_by_key_store())
    assert await asyncio.to_thread(keys.came.wait, 60)
    await window.unlock("four unrelated words")
    window.guard.require()
    gate.set()
    assert await waiting is False
    window.guard.require()  # it is the phrase's all the same
    await window.close()
