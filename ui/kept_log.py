"""The store's log for whoever looks at it: entries as far as their role may see them, whether all is whole; export."""

from __future__ import annotations

import secrets
import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING

from hht.access.roles import Act
from hht.evidence import LOG, key_print
from hht.i18n import _, ngettext
from hht.plain_text import plain_text
from hht.resources import resource_text
from hht.store.log_chain import whole_log
from hht.work.single_write import WriteLog
from hht.work.visits_noted import VisitsNotWhole, require_visits
from ui.system import new_id

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from hht.store.log_chain import LogEntry
    from hht.store.store import Store


@cache
def log_kinds() -> Mapping[str, tuple[str, str]]:
    """Of each kind of entry what it tells, in English, and its tone: "plain", "warn", "bad"."""
    told = tomllib.loads(resource_text("catalogue", "log_entries.toml"))["entry"]
    return {kind: (entry["text"], entry.get("tone", "plain")) for kind, entry in told.items()}


def kind_words(kind: str) -> str:
    """What an entry of this kind tells; the kind itself where this version knows none such."""
    return _(log_kinds()[kind][0]) if kind in log_kinds() else kind


def held(entry: LogEntry) -> list[str]:
    """What an entry holds, "name: value", but for the id that ties an outcome to its intent. A value never becomes a
    line of its own: it may be what somebody called a file."""
    return [
        plain_text(f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}")
        for name, value in entry.details.items()
        if name != "write"
    ]


@dataclass(frozen=True, slots=True)
class LogFacts:
    """`entries`: oldest first; `own_only`: those of whoever is logged in, whose role may not audit; `unknown`: the ids
    of writes whose outcome nobody knows; `trouble`: a visit that the log names is not as it was."""

    entries: tuple[LogEntry, ...]
    own_only: bool
    unknown: frozenset[str]
    trouble: VisitsNotWhole | None

    def doubtful(self, entry: LogEntry) -> bool:
        """Whether it is a write of which nobody knows how it ended."""
        return entry.kind == "set-intent" and entry.details["write"] in self.unknown


def log_facts(store: Store) -> LogFacts:
    """Raises LogBroken, which names what was deleted, moved, cut off or altered, and StoreError."""
    entries = whole_log(store)
    unknown = frozenset(write.write for write in WriteLog(store, new_id).open_writes())
    own_only, trouble = Act.AUDIT not in store.person.acts, None
    try:
        require_visits(store, entries)
    except VisitsNotWhole as error:
        trouble = error
    if own_only:
        own = {store.acting(), store.person.words or store.person.login} - {""}  # as whom the log names them
        entries = [entry for entry in entries if entry.by in own]
    return LogFacts(tuple(entries), own_only, unknown, trouble)


@dataclass(frozen=True, slots=True)
class ExportedLog:
    """`key`: a short form of the key that signed it, to be compared where it is checked."""

    entries: int
    path: Path
    key: str

    @property
    def words(self) -> str:
        """What was written, by which key, where."""
        words = ngettext(
            "{count} entry written, signed by the key {print}: {path}",
            "{count} entries written, signed by the key {print}: {path}",
            self.entries,
        )
        return words.format(count=self.entries, print=self.key, path=self.path)


def export_log(store: Store, path: Path) -> ExportedLog:
    """Write the whole log as a signed bundle. That it was is an entry of the log itself, which is in the next bundle.
    Raises AccessRefused, LogBroken, StoreError, and HhtError where the file cannot be written."""
    from hht.report.bundle_lines import Item, write_bundle
    from ui.bundles import evidence_key
    from ui.whole_file import check_writable, whole_file

    store.require(Act.AUDIT)
    entries = whole_log(store)
    check_writable(path)  # first: what could not be written is not to stand in the log as exported
    key = evidence_key(store, secrets.token_bytes)
    store.log("log-exported", {"entries": len(entries), "file": path.name, "key": key_print(key.public)})
    items = [Item("log-entry", asdict(entry)) for entry in entries]
    with whole_file(path) as file:
        file.write(write_bundle(LOG, items, [], key, store.clock.now()).decode("ascii"))
    return ExportedLog(len(entries), path, key_print(key.public))
