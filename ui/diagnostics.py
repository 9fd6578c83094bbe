"""A diagnostics bundle: what whoever mends the program needs to know of a terminal, and nothing of anybody's home.

It is put together of words that the program itself made (versions, kinds, codes, names of steps) and of counts; no text
that a person typed or a device said is copied into it. What is left out is listed in it. Before it is given out it is
held against what the store knows to be personal: a last look, which refuses rather than mends.
"""

from __future__ import annotations

import json
import locale
import os
import platform
import re
import shutil
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht import __version__
from hht.clock import Clock, iso_z
from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.link import TraceKind
from hht.work.unusual import counts as unusual_counts
from ui.known_ports import known_ports
from ui.stores import kept_settings, store_path
from ui.system import new_id

if TYPE_CHECKING:
    from hht.link import TraceEvent
    from hht.store.store import Store
    from hht.work.journal import JournalEntry

FORMAT: Final = "hht-diagnostics/1"
LIBRARIES: Final = (
    "PySide6-Essentials", "pyserial", "cryptography", "sqlite-utils", "reportlab", "bleak", "jsonschema", "zxing-cpp",
    "Pillow", "signxml",
)  # fmt: skip
LATEST: Final = 50  # connections, and visits, that are told of
_LEAST: Final = 5  # characters of a personal text that is looked for: shorter ones stand in any file
_CODE: Final = re.compile(r"[a-z][a-z0-9]*(?:[-_.][a-z0-9]+)*")
_TABLES: Final = ("jobs", "visits", "visit_journal", "trace_sessions", "trace_chunks", "photos", "packs", "desk_asks",
                  "profile_chunks", "meter_keys", "wallet", "outbox_records", "log")  # fmt: skip
_PLAIN: Final = ("theme", "glove", "language", "lock_minutes", "tour")  # settings that tell nothing of anybody


class DiagnosticsRefused(HhtError):
    """Something personal stands in what was put together."""

    default_code = "diagnostics-personal"


@dataclass(frozen=True, slots=True)
class Diagnostics:
    """What would be given out. `told`: by section; `left_out`: in words, what is not in it."""

    told: Mapping[str, Any]
    left_out: tuple[str, ...]
    trace: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)

    def as_json(self) -> dict[str, Any]:
        """As it stands in the file."""
        traced = {"trace": list(self.trace)} if self.trace else {}
        return {"format": FORMAT, **self.told, "left_out": list(self.left_out), **traced}

    def text(self) -> str:
        """The file's text."""
        return json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n"


def gather(folder: Path, clock: Clock, store: Store | None, *, training: bool) -> Diagnostics:
    """Everything, of the data folder and (where it is unlocked) of its store. Raises DiagnosticsRefused, StoreError."""
    told: dict[str, Any] = {
        "written": iso_z(clock.now()),
        "program": _program(),
        "system": _system(folder),
        "files": _files(folder, training=training),
        "adapters": dict(Counter(_scheme(name) for name in known_ports(folder, clock).read())),
    }
    if store is None:
        return Diagnostics(told, tuple(_left_out(locked=True)))
    with store.by_itself():  # counted and compared; nothing of it is shown
        found = Diagnostics(told | _of_store(store), tuple(_left_out(locked=False)))
        refuse_personal(found, personal_of(store))
    return found


def _program() -> dict[str, Any]:
    libraries = {}
    for name in LIBRARIES:
        try:
            libraries[name] = version(name)
        except PackageNotFoundError:
            libraries[name] = "absent"
    return {
        "hht": __version__,
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "libraries": libraries,
    }


def _system(folder: Path) -> dict[str, Any]:
    there = next(above for above in (folder, *folder.parents) if above.exists())
    return {
        "system": platform.system(),
        "release": platform.release(),
        "machine": platform.machine(),
        "processors": os.cpu_count() or 0,
        "language": locale.getlocale()[0] or "",
        "screen": os.environ.get("QT_QPA_PLATFORM", "") or ("wayland" if os.environ.get("WAYLAND_DISPLAY") else ""),
        "free_mib": shutil.disk_usage(there).free >> 20,
    }


def _files(folder: Path, *, training: bool) -> dict[str, int]:
    """Octets of the store and of what stands beside it."""
    store = store_path(folder, training=training)
    names = (store.name, f"{store.name}-wal", "training-counters.db" if training else "counters.db", "ports.json")
    return {name: (folder / name).stat().st_size for name in names if (folder / name).is_file()}


def _of_store(store: Store) -> dict[str, Any]:
    settings = kept_settings(store)
    plain = {name: getattr(settings, name) for name in _PLAIN if hasattr(settings, name)}
    links = {name: _scheme(getattr(settings, name)) for name in ("link", "dongle", "desk")}
    chosen = {name: bool(getattr(settings, name)) for name in ("engineer", "engineer_id", "job_folder")}
    visits = list(_visits(store))
    from ui.plugins import plug_ins_told

    with store.transaction() as database:
        counts = {name: database.execute(f"SELECT COUNT(*) FROM {name}").fetchone()[0] for name in _TABLES}
    return {
        "store": {"training": store.training, "rows": counts, "log": _log_kinds(store)},
        "unusual": unusual_counts(store),
        "settings": plain | links | {name: "set" if value else "not set" for name, value in chosen.items()},
        "plug_ins": plug_ins_told(store),
        "links": list(_connections(store)),
        "errors": _errors(visits),
        "visits": visits,
    }


def _log_kinds(store: Store) -> dict[str, int]:
    return dict(Counter(code(kind) for _at, kind, _payload in store.log_entries()))


def _scheme(link: str) -> str:
    """The kind of a link: no address, port or name."""
    scheme, colon, _rest = link.partition(":")
    return code(scheme) if colon else ("" if not link else "port")


def code(text: object) -> str:
    """`text` where it can only be a word of the program's own; else "…"."""
    plain = str(text)
    return plain if len(plain) <= 60 and _CODE.fullmatch(plain) and not re.search(r"\d{4}", plain) else "…"


# --- connections -----------------------------------------------------------------------------------------------------


def _connections(store: Store) -> Iterator[dict[str, Any]]:
    """The latest ones, the oldest first: how each was opened and how it went."""
    from hht.store.trace_store import TraceReader

    rows = list(store.rows("trace_sessions", order="started_at"))[-LATEST:]
    for row in rows:
        yield _connection(list(TraceReader(store, row["session_id"])), of_visit=bool(row["visit_id"]))


def _connection(events: Sequence[TraceEvent], *, of_visit: bool) -> dict[str, Any]:
    octets: Counter[TraceKind] = Counter()
    for event in events:
        octets[event.kind] += len(event.data)
    kinds = Counter(event.kind for event in events)
    lasted = events[-1].monotonic_s - events[0].monotonic_s if events else 0.0
    return {
        "kind": _scheme(events[0].link) if events else "",
        "of": "visit" if of_visit else "command",
        "opened": _opened(events),
        "lasted_s": round(max(0.0, lasted), 1),
        "sent": octets[TraceKind.TX],
        "received": octets[TraceKind.RX],
        "errors": kinds[TraceKind.ERROR],
        "states": kinds[TraceKind.STATE],
        "longest_silence_s": round(max(_silences(events), default=0.0), 1),
    }


def _opened(events: Iterable[TraceEvent]) -> dict[str, Any]:
    """How the first conversation was opened: words and small numbers of the header alone."""
    from hht.store.trace_export import header_facts

    for event in events:
        if event.kind is TraceKind.HEADER:
            facts = header_facts(event)
            words = {name: code(facts[name]) for name in ("opening", "security") if facts.get(name)}
            return words | {name: facts[name] for name in ("suite",) if isinstance(facts.get(name), int)}
    return {}


def _silences(events: Sequence[TraceEvent]) -> Iterator[float]:
    """How long the other side let wait: from what was sent to what came next (s)."""
    for before, after in pairwise(events):
        if before.kind is TraceKind.TX:
            yield after.monotonic_s - before.monotonic_s


# --- visits ----------------------------------------------------------------------------------------------------------


def _visits(store: Store) -> Iterator[dict[str, Any]]:
    """The latest visits as shapes: steps, kinds of entries and codes, with seconds since each began."""
    from hht.work.visit_store import VisitStore

    visits = VisitStore(store, new_id)
    rows = list(store.rows("visits", order="created_at"))[-LATEST:]
    for number, row in enumerate(rows, 1):
        entries = visits.journal(row["visit_id"]).entries()
        steps = visits.walkthrough(row["visit_id"]).steps
        sealed = {step.id for step in steps if any(item.sealed for item in step.items)}
        yield {
            "visit": number,
            "walkthrough": code(row["walkthrough"]),
            "entries": [_shape(entry, entries[0], sealed) for entry in entries],
        }


def _shape(entry: JournalEntry, first: JournalEntry, sealed: set[str]) -> str:
    """`sealed`: the steps whose answers are for the supplier alone; a code would tell them."""
    after = (entry.at - first.at).total_seconds()
    words = [f"{after:.1f}", code(entry.step) if entry.step else "-", entry.kind.value]
    if entry.step not in sealed:
        words += [code(entry.payload[name]) for name in ("code", "outcome") if entry.payload.get(name)]
    return " ".join(words)


def _errors(visits: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """How often each step failed, was stopped or left, and with which code."""
    found: Counter[str] = Counter()
    for visit in visits:
        for entry in visit["entries"]:
            _after, step, kind, *codes = entry.split(" ")
            if kind in ("failed", "stopped", "left"):
                found[" ".join([visit["walkthrough"], step, kind, *codes])] += 1
    return dict(found.most_common())


# --- what is left out ------------------------------------------------------------------------------------------------


def _left_out(*, locked: bool) -> Iterator[str]:
    if locked:
        yield _("everything of the store, which is locked: settings, connections, errors, visits")
    else:
        yield _(
            "jobs: references, names, addresses, telephone numbers, MPANs, MPRNs, Device IDs, serial numbers, needs"
        )
        yield _("visits: what was answered, measured, read, written, noted, signed and photographed; dates")
        yield _("texts of errors: their codes are in it")
        yield _("settings: who the engineer is, addresses of links, folders")
        yield _("traces: every octet; identifiers, readings and times of one that was asked for are others")
    yield _("pass phrase, keys, passwords, tokens, install codes")
    yield _("names of the computer, its user, its folders and its networks")


def personal_of(store: Store) -> tuple[str, ...]:
    """What the store knows to be somebody's: it may stand in nothing that goes out."""
    from hht.store.people import people
    from hht.work.visit_store import VisitStore

    settings = kept_settings(store)
    texts = [settings.engineer, settings.engineer_id, settings.job_folder]
    texts += [text for one in people(store) for text in (one.name, one.identifier)]
    texts += [link.partition(":")[2] for link in (settings.link, settings.dongle, settings.desk)]
    for stored in VisitStore(store, new_id).jobs():
        job = stored.job
        texts += [job.reference, *job.address_lines, job.postcode, job.notes, job.customer_name, job.customer_phone]
        texts += [old.serial for old in job.old_meters]
        texts += job.vulnerability
        for device in job.devices:
            texts += [str(getattr(device, name)) for name in ("device_id", "mpan", "mprn") if getattr(device, name, "")]
    return tuple({text for text in texts if len(text) >= _LEAST})


def refuse_personal(found: Diagnostics, personal: Sequence[str]) -> None:
    """Raises DiagnosticsRefused where one of the texts `personal` stands in it."""
    text = found.text().lower()
    hits = sum(json.dumps(one, ensure_ascii=False)[1:-1].lower() in text for one in personal)
    if hits:
        raise DiagnosticsRefused(
            ngettext(
                "{count} personal text stands in the diagnostics. Nothing was written.",
                "{count} personal texts stand in the diagnostics. Nothing was written.",
                hits,
            ).format(count=hits),
            remedy=_("This is a fault of the program: tell the depot its code, and send nothing."),
        )


# --- a trace beside it -----------------------------------------------------------------------------------------------


async def with_trace(found: Diagnostics, store: Store, reader: Iterable[TraceEvent], clock: Clock) -> Diagnostics:
    """The same with the events of `reader` in it, made those of nobody (`hht.anonymise`): identifiers, readings and
    times are others. Raises FixtureRefused, DiagnosticsRefused."""
    from hht.store.trace_export import as_json
    from ui.fixtures import anonymous
    from ui.trace_keys import kept_entries

    made, _course = await anonymous(list(reader), kept_entries(store), Path("trace.jsonl"), clock)
    told = Diagnostics(found.told, found.left_out, tuple(as_json(event) for event in made))
    refuse_personal(told, personal_of(store))
    return told
