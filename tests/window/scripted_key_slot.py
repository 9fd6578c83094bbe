"""This computer's key store for a window's tests: it opens what it is told to, or says why not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from hht.errors import HhtError
from tests.window import samples
from ui.key_slots import KeptSlot, SlotFacts

if TYPE_CHECKING:
    from tests.window.scripted import ScriptedServices

OFF = SlotFacts(on=False, ends=None, forbidden=False, may_forbid=True, training=False)


class ScriptedKeySlot:
    """`whose`: the log-in names of those for whom it may open the store; `gate`: what its answer waits for; `error`:
    what it says instead."""

    def __init__(self) -> None:
        self.whose: tuple[str, ...] = ()
        self.gate: asyncio.Event | None = None
        self.error: HhtError | None = None
        self.now = OFF
        self.asked: list[str] = []

    async def facts(self) -> SlotFacts:
        return self.now

    async def turn_on(self) -> SlotFacts:
        if self.error is not None:
            raise self.error
        self.now = replace(self.now, on=True, ends=samples.NOW + timedelta(days=30))
        return self.now

    async def turn_off(self) -> SlotFacts:
        self.now = replace(self.now, on=False, ends=None)
        return self.now

    async def forbid(self, *, forbidden: bool) -> SlotFacts:
        self.now = replace(self.now, on=False, ends=None, forbidden=forbidden)
        return self.now


class WithScriptedKeySlot:
    """The part of `ScriptedServices` about it."""

    own_key_slot: ScriptedKeySlot
    locked: bool

    async def slot_logins(self) -> tuple[str, ...]:
        return self.own_key_slot.whose

    async def unlock_by_key_store(self, login: str = "", wanted: Callable[[], bool] = lambda: True) -> bool:
        slot = self.own_key_slot
        slot.asked.append(login)
        if slot.gate is not None:
            await slot.gate.wait()
        if slot.error is not None:
            raise slot.error
        if not wanted():
            return False
        self.locked = False
        cast("ScriptedServices", self).logged_in = login
        return True

    @property
    def key_slot(self) -> KeptSlot:
        return cast("KeptSlot", self.own_key_slot)
