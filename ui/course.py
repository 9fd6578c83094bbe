"""A recording held again by the terminal, conversation by conversation: does it still say the same, byte by byte?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.link import LinkError, TraceEvent, TraceKind
from hht.store.trace_export import header_facts
from ui.association_options import AssociationOptions
from ui.meter_keys import WITH_KEYS
from ui.recordings import Recording, RecordingRefused, recording_of

if TYPE_CHECKING:
    from ui.compose import Composer
    from ui.trace_keys import Entry

OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Course:
    """How it went: conversations held, requests asked, octets that were recorded and not said again, differences."""

    conversations: int
    requests: int
    left: int
    differences: int


async def follow(
    events: Sequence[TraceEvent],
    path: Path,
    clock: Clock,
    *,
    strict: bool = True,
    pace: str = "fast",
    entries: Sequence[Entry] = (),
    on_progress: OnProgress = lambda _done, _total: None,
) -> Course:
    """Holds every conversation of the recording `events` (read from `path`) again. `entries`: keys, beside those of
    training. Raises RecordingMismatch where it is `strict` and something else would be sent, RecordingRefused."""
    from ui.compose import Composer

    composer = Composer(clock, training=True)
    found = [_asks_only_as_then(recording_of(some, path)) for some in conversations(events)]
    requests = left = differences = 0
    try:
        for number, recording in enumerate(found):
            name = f"{path} {number + 1}"
            composer.replays.put(name, recording)
            url = f"recorded:{name}?strict={'yes' if strict else 'no'}&pace={pace}"
            asked = await _hold(composer, url, recording, entries, strict=strict, on_progress=on_progress)
            more, unlike = composer.replays.left(name)
            requests, left, differences = requests + asked, left + more, differences + unlike
    finally:
        await composer.close()
    return Course(len(found), requests, left, differences)


def _asks_only_as_then(recording: Recording) -> Recording:
    """That the meter was asked who it is stands among the requests that are asked again."""
    header = {key: value for key, value in recording.header.items() if key != "device_asked"}
    return replace(recording, header=header)


def conversations(events: Sequence[TraceEvent]) -> list[list[TraceEvent]]:
    """The events of the first link that has octets, cut where a conversation is opened; those without an octet are
    left out."""
    link = next((event.link for event in events if event.data), None)
    cut: list[list[TraceEvent]] = [[]]
    for event in events:
        if event.link != link:
            continue
        if event.kind is TraceKind.HEADER and any(earlier.data for earlier in cut[-1]):
            cut.append([])
        cut[-1].append(event)
    return _asked_again([some for some in cut if any(event.data for event in some)])


def _asked_again(cut: list[list[TraceEvent]]) -> list[list[TraceEvent]]:
    """A terminal that was refused, asked the public client for the meter's counter and opened once more, did so in one
    go: those three are one conversation."""
    found: list[list[TraceEvent]] = []
    while cut:
        first, *rest = cut
        facts = [_facts(some) for some in cut[:3]]
        if len(facts) == 3 and facts[0] == facts[2] and facts[0].get("security") in WITH_KEYS:
            public = facts[1].get("security") == "none"
            first, rest = ([*first, *rest[0], *rest[1]], rest[2:]) if public else (first, rest)
        found.append(first)
        cut = rest
    return found


async def _hold(
    composer: Composer,
    url: str,
    recording: Recording,
    entries: Sequence[Entry],
    *,
    strict: bool,
    on_progress: OnProgress,
) -> int:
    """One conversation; how many requests it had."""
    from hht.client.plain_text_session import PlainTextSession
    from hht.client.same_course import ask_again, command_again, recorded_commands, recorded_requests
    from ui.trace_keys import materials

    facts = _facts(recording.events)
    try:
        session = await composer.either(url, _options(facts, entries), None)
    except LinkError:
        if strict:
            raise
        return 0
    except RecordingRefused:
        raise
    except HhtError:
        return 0  # the meter refused it then as well; what is left of the recording tells
    try:
        if isinstance(session, PlainTextSession):
            commands = recorded_commands(recording.events)
            await command_again(session, commands, on_progress)
            return max(1, len(commands))
        last = _latest(recording.events)
        requests = recorded_requests(last, materials(facts, entries))
        await ask_again(session, requests, on_progress)
        return len(requests)
    except LinkError:
        if strict:
            raise
        return 0
    finally:
        await session.close()


def _facts(events: Sequence[TraceEvent]) -> Mapping[str, Any]:
    return next((header_facts(event) for event in events if event.kind is TraceKind.HEADER), {})


def _latest(events: Sequence[TraceEvent]) -> Sequence[TraceEvent]:
    """From the latest header on: what was asked once the conversation stood."""
    return events[max((at for at, event in enumerate(events) if event.kind is TraceKind.HEADER), default=0) :]


def _options(facts: Mapping[str, Any], entries: Sequence[Entry]) -> AssociationOptions:
    training = facts.get("training") is True
    return AssociationOptions(training=training, kept=None if training or not entries else entries[0])


def left_over(course: Course, path: Path) -> RecordingRefused:
    """The terminal would end sooner than it did then."""
    return RecordingRefused(
        _("The terminal says less than in {file}: {count} bytes were not sent again.").format(
            file=path, count=course.left
        ),
        remedy=_("Where the recording ends in the middle of a conversation that is so; else compare: --lenient"),
        code="recording-left",
    )
