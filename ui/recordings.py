"""A trace file that is replayed as `recorded:FILE`: its events, and how the conversation in it was opened."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.link import TraceEvent, TraceKind
from hht.link_url import MODES, OPTIONS

if TYPE_CHECKING:
    from hht.client.recorded_opening import RecordedOpening
    from hht.protocol.cosem.codes import Mechanism

# What is used of a header, and what it may be. All else stands in the bytes.
_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "training": lambda value: isinstance(value, bool),
    "security": lambda value: value in ("none", "low", "gmac", "sha256", "ecdsa"),
    "suite": lambda value: _is_number(value, 2),
    "protection": lambda value: value in ("both", "authenticated", "encrypted", "signed"),
    "envelope": lambda value: value in _envelopes(),
    "signed": lambda value: isinstance(value, bool),
    "max_pdu": lambda value: value is None or _is_number(value, 0xFFFF),  # None: as the line said, and says again
    "window": lambda value: _is_number(value, 63),
    "conformance": lambda value: isinstance(value, str) and bool(re.fullmatch("[0-9a-f]{6}", value)),
    "mode": lambda value: value in MODES,
    "address": lambda value: isinstance(value, str) and len(value) <= 32,
    "fastest": lambda value: _is_number(value, 115200) and str(value) in (OPTIONS["optical"]["baud"] or ()),
    "wake": lambda value: isinstance(value, bool),
    "replays": lambda value: isinstance(value, bool),
    "device_asked": lambda value: value in ("training", "live"),  # by the terminal of the recording, see far_end
}
_OF_A_DONGLE: Final = 0xFE  # begins each frame of the dongle's API (hht.protocol.znp), and nothing that meters are told


class RecordingRefused(HhtError):
    """A recording that cannot be replayed."""

    default_code = "recorded"


@dataclass(frozen=True, slots=True)
class Recording:
    """`header`: the first one's fields that a replay needs, checked; {} where the file has none."""

    events: Sequence[TraceEvent]
    opening: RecordedOpening | None
    header: Mapping[str, Any] = field(default_factory=dict)


class SameCounters:
    """A counter book for a recording: every time its conversation is opened, the same counters."""

    def __init__(self, events: Sequence[TraceEvent]) -> None:
        from drivers.recorded import openings
        from hht.client.recorded_opening import recorded_opening

        begun = [recorded_opening(some) for some in openings(events)]
        self._begun = sorted(
            {found.invocation_counter for found in begun if found and found.invocation_counter is not None}
        )
        self._last: int | None = None

    def reserve(self, _key: str, first: int) -> tuple[int, int]:
        """Exactly what was asked for; where that goes on from nothing that has been used, the counter with which the
        next conversation of the recording began."""
        if self._last is None or first != self._last + 1:
            first = next((counter for counter in self._begun if counter >= first), first)
        self._last = first
        return first, first + 1

    def highest(self, _key: str) -> int:
        """Nothing is held against what is played back."""
        return -1

    def seen(self, _key: str, _counter: int, *, reset: bool = False) -> None:
        """Nothing is kept of it."""


def read_recording(path: Path) -> Recording:
    """The recording in the file at `path`. Raises TraceFileError, and RecordingRefused where it says of itself that it
    does not replay."""
    from hht.store.trace_capture import read_trace

    return recording_of(read_trace(path), path)


def recording_of(events: Sequence[TraceEvent], path: Path) -> Recording:
    """As `read_recording`, of `events` that were read from `path`."""
    from hht.client.recorded_opening import recorded_opening
    from hht.store.trace_export import TraceFileError, header_facts

    first = next((event for event in events if event.kind is TraceKind.HEADER), None)
    facts = header_facts(first) if first is not None else {}
    for key, is_good in _CHECKS.items():
        if key in facts and not is_good(facts[key]):
            raise TraceFileError(
                _("The header of {file} says something impossible: {key}.").format(file=path, key=key),
                remedy=_("Export the trace again, or correct that line."),
                file=str(path),
            )
    refuse_masked(events, path)
    if facts.get("replays") is False:
        raise _by_chance(path)
    if next((event.data[0] for event in events if event.data and event.kind is TraceKind.TX), None) == _OF_A_DONGLE:
        raise _of_a_dongle(path)
    return Recording(events, recorded_opening(events), {key: facts[key] for key in _CHECKS if key in facts})


def refuse_masked(events: Sequence[TraceEvent], path: Path) -> None:
    """Raises RecordingRefused where asterisks stand in `events`, read from `path`."""
    if any(event.masked for event in events):
        raise _masked(path)


def take_from_recording(keys: dict[str, Any], recorded: RecordedOpening, mechanism: Mechanism, *, strict: bool) -> None:
    """Title and counter of the recording. Raises RecordingRefused where its challenge or counter cannot be used."""
    if not strict or mechanism is not recorded.mechanism or recorded.invocation_counter is None:
        raise _not_under_keys(strict=strict, other=mechanism is not recorded.mechanism)
    if recorded.client_title:
        keys["client_title"] = recorded.client_title.hex()
    keys["invocation_counter"] = recorded.invocation_counter - 1


def _not_under_keys(*, strict: bool, other: bool) -> RecordingRefused:
    if not strict:
        why = _("Under keys a conversation cannot be replayed leniently.")
        remedy = _("Leave ?strict=no out: what is asked in another order is answered all the same.")
    elif other:
        why = _("The recording was not opened with this security.")
        remedy = _("Leave --security out: the recording says how it was opened.")
    else:
        why = _("The recording does not begin with the opening of a conversation under keys.")
        remedy = _("Choose one that does, or look at this one: hht trace show FILE")
    return RecordingRefused(why, remedy=remedy, code="recorded-gmac")


def _is_number(value: object, most: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= most


def _envelopes() -> list[str]:
    from hht.protocol.cosem.envelopes import Envelope

    return [envelope.value for envelope in Envelope]


def _masked(path: Path) -> RecordingRefused:
    return RecordingRefused(
        _("In {file} asterisks stand for a secret, so it is not what was sent.").format(file=path),
        remedy=_("Export it again with --reveal, or look at it: hht trace show FILE"),
        code="recorded-masked",
    )


def _of_a_dongle(path: Path) -> RecordingRefused:
    return RecordingRefused(
        _(
            "In {file} stands what a radio dongle said: that is no conversation with a meter, and is not held again."
        ).format(file=path),
        remedy=_("Look at it: hht trace show FILE"),
        code="recorded-dongle",
    )


def _by_chance(path: Path) -> RecordingRefused:
    return RecordingRefused(
        _("In {file} the terminal signed, or made keys, by chance: nobody can send the same bytes again.").format(
            file=path
        ),
        remedy=_("Look at it: hht trace show FILE"),
        code="recorded-by-chance",
    )
