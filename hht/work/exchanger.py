"""Exchanging a hub during a visit: what its steps use of `hht.work.hub_exchange`, each from wherever it stands."""

from __future__ import annotations

from typing import Protocol

from hht.identifiers import DeviceId
from hht.work.bearer import OnNews
from hht.work.hub_exchange_state import ExchangeState


class HubExchanger(Protocol):
    """The exchange of the job's old hub, kept apart from the visit's journal: what is read of the HAN stands there
    alone. Everything raises HhtError, as `HubExchange` does."""

    def state(self) -> ExchangeState | None:
        """Where it stands; None: none has begun."""
        ...

    async def snapshot(self, on_news: OnNews) -> ExchangeState:
        """Begin it where it has not, and keep what is on the old hub's HAN."""
        ...

    async def prove(self, on_news: OnNews) -> ExchangeState:
        """The desk's word that the centre's copy is as new."""
        ...

    async def check(self, on_news: OnNews) -> ExchangeState:
        """Read money and supply of the meters."""
        ...

    def answer(self, code: str, device: DeviceId, why: str) -> ExchangeState:
        """A person's answer to what speaks against it."""
        ...

    def expect(self) -> ExchangeState:
        """The tamper is announced."""
        ...

    def swapped(self) -> ExchangeState:
        """The job's hub is in the place of the old one."""
        ...

    async def restore(self, on_news: OnNews) -> ExchangeState:
        """Give it the log and the partners of the old one."""
        ...

    async def prove_devices(self, on_news: OnNews, within_s: float) -> ExchangeState:
        """Show that every device talks, looking again for so many seconds."""
        ...

    def finish(self) -> ExchangeState:
        """Erase the snapshot, with a receipt."""
        ...

    def abandon(self, why: str) -> ExchangeState:
        """The old hub stays: the snapshot is erased all the same."""
        ...


__all__ = ["HubExchanger"]
