"""The people of a terminal as the window asks for them: who there is, who is logged in, added, taken out; and the log
of what they did."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hht.access.person import Person
from hht.store.people import People, people
from ui.threads import in_thread

if TYPE_CHECKING:
    from pathlib import Path

    from hht.store.store import Store
    from ui.kept_log import ExportedLog, LogFacts


@dataclass(frozen=True, slots=True)
class PeopleFacts:
    """Everybody, by log-in name, and who is logged in. `training`: one person, who has every role."""

    everybody: tuple[Person, ...]
    here: Person
    training: bool

    @property
    def one_of_several(self) -> str:
        """The log-in name of whoever is logged in, where several people share the store; else ""."""
        return self.here.login if len(self.everybody) > 1 else ""


class KeptPeople:
    """Each method answers with the people as they are then. Raises AccessRefused, PersonError, PassPhraseError and
    StoreError."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def all(self) -> PeopleFacts:
        """Who there is."""
        return PeopleFacts(people(self._store), self._store.person, self._store.training)

    async def add(self, person: Person, pass_phrase: str) -> PeopleFacts:
        """Let somebody else open the store."""
        from hht.store.vault import PassPhrase

        await in_thread(People(self._store).add, person, PassPhrase(pass_phrase))
        return await self.all()

    async def remove(self, login: str) -> PeopleFacts:
        """Let somebody open it no more."""
        await in_thread(People(self._store).remove, login)  # a key store may be told, and takes its time
        return await self.all()

    async def change_pass_phrase(self, pass_phrase: str) -> PeopleFacts:
        """Another pass phrase for whoever is logged in."""
        from hht.store.vault import PassPhrase

        await in_thread(People(self._store).change_pass_phrase, self._store.person.login, PassPhrase(pass_phrase))
        return await self.all()

    async def log(self) -> LogFacts:
        """The log, as far as whoever is logged in may see it. Raises LogBroken."""
        from ui.kept_log import log_facts

        return await in_thread(log_facts, self._store)

    async def export_log(self, path: Path) -> ExportedLog:
        """The whole log as a signed file. Raises as `ui.kept_log.export_log`."""
        from ui.kept_log import export_log

        return await in_thread(export_log, self._store, path)
