"""A trace becomes a test fixture: anonymised, ciphered under training keys, and held once more by the terminal."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.anonymise.errors import FixtureRefused
from hht.anonymise.pseudonyms import SEED_OCTETS
from hht.anonymise.trace import anonymised
from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from hht.store.trace_capture import write_capture
from hht.store.trace_export import header_facts, write_json_lines
from ui.course import Course, follow
from ui.whole_file import whole_binary_file, whole_file

if TYPE_CHECKING:
    from hht.protocol.cosem.security import SecurityMaterial
    from ui.trace_keys import Entry

SUFFIXES = (".jsonl", ".pcapng")


@dataclass(frozen=True, slots=True)
class Fixture:
    """What was made: events, and how the terminal held it again."""

    events: int
    course: Course


async def make_fixture(events: Sequence[TraceEvent], entries: Sequence[Entry], out: Path, clock: Clock) -> Fixture:
    """Writes the fixture of `events`, as they were on the wire, to `out`: JSON Lines, or with .pcapng a capture.
    `entries`: keys of the meters in it. Raises FixtureRefused, and FileNotWritten; then nothing is written."""
    if out.suffix not in SUFFIXES:
        raise FixtureRefused(
            _("A file {suffix} does not replay, so it is no fixture.").format(suffix=out.suffix or out.name),
            remedy=_("Name a file that ends with .jsonl or .pcapng."),
            code="fixture-suffix",
        )
    made, course = await anonymous(events, entries, out, clock)
    if out.suffix == ".pcapng":
        with whole_binary_file(out) as capture:
            write_capture(made, capture, _("a test fixture: anonymised, no evidence"))
    else:
        with whole_file(out) as file:
            write_json_lines(made, file)
    return Fixture(len(made), course)


async def anonymous(
    events: Sequence[TraceEvent], entries: Sequence[Entry], name: Path, clock: Clock
) -> tuple[list[TraceEvent], Course]:
    """`events` as nobody's, and how the terminal holds them again (as a file called `name`). Raises FixtureRefused."""
    headers = [header_facts(event) for event in events if event.kind is TraceKind.HEADER]
    own, secret = _own(headers)
    made = anonymised(events, secrets.token_bytes(SEED_OCTETS), _opening(headers, entries), own, secret)
    return made, await _same_course(events, made, entries, name, clock)


def _opening(headers: Iterable[Mapping[str, Any]], entries: Sequence[Entry]) -> list[SecurityMaterial]:
    from ui.trace_keys import materials

    return [material for facts in headers for material in materials(facts, entries)]


def _own(headers: Iterable[Mapping[str, Any]]) -> tuple[SecurityMaterial | None, bytes]:
    """The training keys of the suite that the trace uses, and the secret for SHA-256: everybody knows them, so they
    protect and tell nothing."""
    from hht.client.association import security_material
    from ui.meter_keys import AssociationError, read_password, training_keys

    for facts in headers:
        security, suite = str(facts.get("security")), facts.get("suite")
        if security not in ("gmac", "sha256") or not isinstance(suite, int):
            continue
        secret = read_password(None, security, training=True) if security == "sha256" else b""
        try:
            return security_material(training_keys(security, suite), suite), secret
        except AssociationError:
            return None, b""
    return None, b""


async def _same_course(
    events: Sequence[TraceEvent], made: Sequence[TraceEvent], entries: Sequence[Entry], out: Path, clock: Clock
) -> Course:
    """How the terminal holds the fixture; raises FixtureRefused where it does not go as the trace itself does."""
    course, cause = await _held(made, out, clock, ())
    if cause is None and not course.left:
        return course
    before, told = await _held(events, out, clock, entries)
    if (before, told and told.code) != (course, cause and cause.code):
        why = cause.message if cause is not None else _("it ends sooner")
        raise FixtureRefused(
            _("The terminal does not go the same way with the fixture as with the trace: {why}").format(why=why),
            remedy=_("Please report it, with the kind of meter; the trace itself is not needed."),
            code="fixture-course",
        )
    return course


async def _held(
    events: Sequence[TraceEvent], path: Path, clock: Clock, entries: Sequence[Entry]
) -> tuple[Course, HhtError | None]:
    try:
        return await follow(events, path, clock, entries=entries), None
    except HhtError as error:
        return Course(0, 0, 0, 0), error
