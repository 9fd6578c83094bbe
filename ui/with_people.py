"""Who works at the terminal: the part of `ui.terminal.Terminal` about log-in, people, and who comes after whom."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _, use_language
from hht.work.view import Outcome, StepState
from ui.jobs import add_sample_jobs
from ui.stores import kept_settings, open_store, store_path
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.store.store import Store
    from hht.work.view import VisitView
    from ui.guard import Guard
    from ui.key_slots import KeptSlot
    from ui.people import KeptPeople
    from ui.services import Services, Settings

LOG_KIND: Final = "person-changed"
_SETTLED: Final = (StepState.DONE, StepState.LEFT, StepState.SKIPPED)


class WithPeople:
    """See the module."""

    _folder: Path
    _training: bool
    _clock: Clock
    _store: Store | None
    _handed: Store | None  # opened already, by whoever takes the place of somebody else
    _settings: Settings
    guard: Guard
    _unlocking: asyncio.Lock  # one opens it at a time

    if TYPE_CHECKING:

        def _hear_log(self, store: Store) -> None: ...

        def _opened(self) -> Store: ...

        def _visit_now(self) -> VisitView | None: ...

        async def stop_visit(self) -> Outcome | None: ...

    async def needs_pass_phrase(self) -> bool:
        """True when a person must unlock (or first make) the live store."""
        if self._store is None and (self._training or self._handed is not None):
            await self.unlock("")
        return self._store is None

    async def unlock(self, pass_phrase: str, login: str = "") -> None:
        """Open the store; training needs no phrase and comes with its sample jobs."""
        async with self._unlocking:
            if self._store is None:
                opening = partial(
                    open_store, self._folder, pass_phrase, training=self._training, clock=self._clock, person=login
                )
                store = await asyncio.to_thread(opening) if self._handed is None else self._handed
                self._store, self._handed = store, None
                self._hear_log(store)
                self.guard.given()
                if self._training:
                    add_sample_jobs(store, self._clock.now().date())
            elif login and login != self._store.person.login:
                raise HhtError(
                    _("The key store has opened it for {login} by now.").format(login=self._store.person.login),
                    remedy=_("Log in once more, by the name in the window's head."),
                    code="opened-for-another",
                )
        self._wear_settings()

    async def slot_logins(self) -> tuple[str, ...]:
        """For whom this computer's key store may open the store, by log-in name; it is not asked for that."""
        from hht.store.key_slot import slots_in

        path = store_path(self._folder, training=False)
        return () if self._training else tuple(slot.login for slot in await in_thread(slots_in, path))

    async def unlock_by_key_store(self, login: str = "", wanted: Callable[[], bool] = lambda: True) -> bool:
        """See `ui.services.Services`. While the key store thinks, the pass phrase may be given: what is first opens."""
        from hht.store.key_slot import slot_rules
        from ui.key_slots import read_secret, slot_to_open
        from ui.system_key_store import answered

        slot = None if self._store is not None else await in_thread(slot_to_open, self._folder, login)
        if slot is None:
            return False
        secret = await answered(lambda: read_secret(slot), slot_rules().answer_s)
        async with self._unlocking:
            if self._store is not None or not wanted():
                return False
            opening = partial(open_store, self._folder, secret, training=False, clock=self._clock, person=slot.login)
            self._store = await in_thread(opening)
            self._hear_log(self._store)
            self.guard.not_given()
        self._wear_settings()
        return True

    def _wear_settings(self) -> None:
        self._settings = kept_settings(self._opened())
        use_language(self._settings.language or None)

    @property
    def key_slot(self) -> KeptSlot:
        """Whether this computer's key store opens the store for whoever is logged in. Raises HhtError ``locked``."""
        from ui.key_slots import KeptSlot
        from ui.system import random_bytes

        return KeptSlot(self._opened(), self.guard, random_bytes)

    @property
    def store_exists(self) -> bool:
        """Whether a store has been made: a first pass phrase is chosen, a later one entered."""
        return store_path(self._folder, training=self._training).exists()

    async def logins(self) -> tuple[str, ...]:
        """Who may open the store, by log-in name; none in training, and before there is a store."""
        from hht.store.rows_of_people import logins_in

        return () if self._training else await in_thread(logins_in, store_path(self._folder, training=False))

    @property
    def people(self) -> KeptPeople:
        """Who works at this terminal, and as what. Raises HhtError ``locked``."""
        from ui.people import KeptPeople

        return KeptPeople(self._opened())

    async def successor(self, pass_phrase: str, login: str) -> Callable[[], Services]:
        """See `ui.services.Services`. The pass phrase costs and is slowed down as at opening; the log notes both."""
        from ui.terminal import Terminal

        former = self._opened().person.login
        if self._training:
            raise HhtError(
                _("Training has one person, who has every role."),
                remedy=_("Nothing needs to be done."),
                code="training",
            )
        require_left(self._visit_now())
        opened: list[Store] = []
        try:
            await in_thread(lambda: opened.append(self._open_as(pass_phrase, login)))
            view = self._visit_now()
            require_left(view)  # it may have gone on meanwhile
            visit = {} if view is None else {"visit": view.visit_id, "job": view.reference}
            opened[0].log(LOG_KIND, {"from": former, "to": login, **visit})
            await self.stop_visit()
        except BaseException:
            for store in opened:
                store.close()
            raise
        return partial(Terminal, data_dir=self._folder, clock=self._clock, opened=opened[0])

    def _open_as(self, pass_phrase: str, login: str) -> Store:
        return open_store(self._folder, pass_phrase, training=False, clock=self._clock, person=login)


def require_left(view: VisitView | None) -> None:
    """Before somebody else takes over what stands open. Raises HhtError ``change-visit`` while a step is at work, and
    at one that affects supply until it is done or left: who began it ends it."""
    step = view.step(view.current) if view is not None and view.outcome is None and view.current else None
    if step is None or step.state in _SETTLED:
        return
    if step.state is StepState.STARTED:
        raise HhtError(
            _("A step of the visit is at work just now."),
            remedy=_("Wait until it has ended, then log in again. Nothing has changed."),
            code="change-visit",
        )
    if step.supply:
        raise HhtError(
            _("The visit stands at a step that affects the supply: whoever is at it ends it."),
            remedy=_("Have it done or left by whoever is logged in, then log in. Nothing has changed."),
            code="change-visit",
        )
