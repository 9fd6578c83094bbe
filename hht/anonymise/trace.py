"""A whole trace anonymised: events as many and as long, at other times, over links without names."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from hht.anonymise.errors import FixtureRefused, not_done
from hht.anonymise.pseudonyms import SEED_OCTETS, Pseudonyms
from hht.anonymise.streams import Stream
from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from hht.protocol.cosem.security import SecurityMaterial
from hht.protocol.dissect import dissect, guess
from hht.protocol.frames import Node

# What of a header says how the conversation is opened, and nothing of whose it is
_FACTS: Final = frozenset(
    (
        *("replays", "opening", "fastest", "wake", "client_sap", "server", "security", "suite", "protection"),
        *("envelope", "signed", "max_pdu", "window", "conformance", "hdlc", "mode", "address_size"),
        *("accept_counter_reset", "device_asked"),
    )
)
_UP: Final = re.compile(r"(?:opening|closed|up [0-9]+ [78][NE][12] \[[a-z_ ]*\])")
_LINE: Final = re.compile(r"[0-9]+ [78][NE][12]")


def anonymised(
    events: Sequence[TraceEvent],
    seed: bytes,
    keys: Sequence[SecurityMaterial] = (),
    own: SecurityMaterial | None = None,
    secret: bytes = b"",
) -> list[TraceEvent]:
    """Events for a fixture, of `events` as they were on the wire.

    `seed`: 32 random octets that nobody keeps. `keys`: what opens the trace; `own`: what the fixture is ciphered with;
    `secret`: with which both ends prove themselves in it by SHA-256.
    Raises FixtureRefused where something is masked, stays closed or is not taken apart, or where an identifier remains.
    """
    assert len(seed) == SEED_OCTETS
    if any(event.masked for event in events):
        raise FixtureRefused(
            _("In this trace asterisks stand for secrets: it does not replay, and neither would a fixture of it."),
            remedy=_("Name the job whose trace the store keeps: hht trace fixture JOB --out FILE"),
            code="fixture-masked",
        )
    stands_for = Pseudonyms(seed)
    streams: dict[str, Stream] = {}
    for event in events:
        if event.data:
            stream = streams.setdefault(event.link, Stream(stands_for, keys, own, secret, seed))
            stream.feed(event.data, sent=event.kind is TraceKind.TX)
    for stream in streams.values():
        stream.finish()
    made = _events(events, streams, stands_for)
    _check_shape(events, made)
    _check_nothing_remains(made, stands_for)
    return made


def _events(events: Sequence[TraceEvent], streams: Mapping[str, Stream], stands_for: Pseudonyms) -> list[TraceEvent]:
    names: dict[str, str] = {}
    at: dict[tuple[str, bool], int] = {}
    first_s = events[0].monotonic_s if events else 0.0
    made = []
    for event in events:
        name = names.setdefault(event.link, f"{_scheme(event.link)}:fixture-{len(names) + 1}")
        data = event.data
        if data:
            key = event.link, event.kind is TraceKind.TX
            start = at.get(key, 0)
            at[key] = start + len(data)
            data = bytes(streams[event.link].out[key[1]][start : start + len(data)])
        note = _note(event, stands_for, streams.get(event.link))
        utc, monotonic_s = event.utc + stands_for.shift, round(event.monotonic_s - first_s, 6)
        made.append(replace(event, utc=utc, monotonic_s=monotonic_s, link=name, data=data, note=note))
    return made


def _scheme(link: str) -> str:
    scheme = link.partition(":")[0]
    return scheme if scheme.isalnum() and scheme.islower() else "link"


def _note(event: TraceEvent, stands_for: Pseudonyms, stream: Stream | None) -> str:
    """Only what a replay needs: states, line settings, how the conversation is opened."""
    if event.kind is TraceKind.HEADER:
        return _header(event, stands_for, stream)
    if event.kind is TraceKind.STATE:
        return event.note if _UP.fullmatch(event.note) else event.note.split(" ")[0] if event.note else ""
    if event.kind is TraceKind.LINE and _LINE.fullmatch(event.note):
        return event.note
    return _("(left out)") if event.note else ""


def _header(event: TraceEvent, stands_for: Pseudonyms, stream: Stream | None) -> str:
    facts: dict[str, Any] = json.loads(event.note)
    if facts.get("replays") is False:
        raise not_done(_("messages that are signed, or under keys made by chance: nobody can send the same again"))
    kept = {key: value for key, value in facts.items() if key in _FACTS}
    if isinstance(facts.get("address"), str):
        kept["address"] = stands_for.text(facts["address"])
    physical = facts.get("physical")
    if isinstance(physical, int):
        size = facts.get("address_size")
        kept["physical"] = physical if stream is None else stream.physical_of(physical, 0x3FFF if size == 4 else 0x7F)
    return json.dumps({"training": True, "masked": False, "fixture": True, **kept}, separators=(",", ":"))


def _check_shape(events: Sequence[TraceEvent], made: Sequence[TraceEvent]) -> None:
    """What was a sound message is one, of the same parts and as long."""
    for (number, old), (_number, new) in zip(_turns(events), _turns(made), strict=True):
        protocol = guess(old)
        before, after = dissect(old, protocol), dissect(new, protocol)
        if next(before.errors(), None) is None and _shape(before) != _shape(after):
            raise FixtureRefused(
                _("Event {number} would not read as it did before.").format(number=number),
                remedy=_("Please report it, with the kind of meter; the trace itself is not needed."),
                code="fixture-shape",
            )


def _turns(events: Sequence[TraceEvent]) -> list[tuple[int, bytes]]:
    """What each end said before the other spoke, and with which event it began, from 1: over a slow line an event is an
    octet or two, which mean nothing by themselves."""
    turns: list[tuple[int, bytearray]] = []
    latest: dict[str, tuple[TraceKind, bytearray]] = {}
    for number, event in enumerate(events, 1):
        if not event.data:
            continue
        kind, turn = latest.get(event.link, (None, bytearray()))
        if kind is not event.kind:
            turn = bytearray()
            turns.append((number, turn))
            latest[event.link] = event.kind, turn
        turn += event.data
    return [(number, bytes(turn)) for number, turn in turns]


def _shape(tree: Node) -> object:
    """Labels, places and errors, without values."""
    return tree.label, tree.start, tree.end, tree.code, [_shape(child) for child in tree.children]


def _check_nothing_remains(made: Sequence[TraceEvent], stands_for: Pseudonyms) -> None:
    """No identifier of the trace stands in the fixture: as text, as packed decimals or as a number."""
    streams: dict[tuple[str, TraceKind], list[bytes]] = {}
    for event in made:
        streams.setdefault((event.link, event.kind), []).append(event.data)
    whole = b"\n".join([*map(b"".join, streams.values()), *map(_told, made)])
    seven = bytes(octet & 0x7F for octet in whole)
    for original in stands_for.originals:
        for form in forms_of(original):
            if form in whole or form in seven:
                raise FixtureRefused(
                    _("Something that tells whose trace it is would remain in the fixture."),
                    remedy=_("Please report it, with the kind of meter; the trace itself is not needed."),
                    code="fixture-remains",
                )


def _told(event: TraceEvent) -> bytes:
    """What an event says in words that are not this program's own."""
    if event.kind is not TraceKind.HEADER:
        return event.note.encode()
    return str(json.loads(event.note).get("address", "")).encode()


def forms_of(original: bytes) -> set[bytes]:
    """How `original` may be written: as it is, in the other case, and digits packed or as a number."""
    forms = {original, original.upper(), original.lower()}
    if not original.isdigit():
        return {*forms, original.hex().encode(), original.hex().upper().encode()} if len(original) == 8 else forms
    text = original.decode("ascii")
    if len(text) % 2 == 0:
        forms.add(bytes.fromhex(text))
    else:
        forms |= {bytes.fromhex("0" + text), bytes.fromhex(text + "f")}
    value = int(text)
    if value >= 1 << 32:  # a shorter one is found by chance in any long trace
        size = (value.bit_length() + 7) // 8
        forms |= {value.to_bytes(size, "big"), value.to_bytes(size, "little")}
    return forms
