"""A recorded conversation held again by the terminal itself: what it asked then, it asks again in the same order."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from hht.client.meter_session import MeterSession
from hht.client.plain_text_session import PlainTextSession
from hht.errors import HhtError
from hht.link import LinkError, TraceEvent, TraceKind
from hht.parity import STRIP_PARITY
from hht.protocol.cosem.access import AccessRequest
from hht.protocol.cosem.action import ActionRequestNormal
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.get import GetRequestNormal, GetRequestWithList
from hht.protocol.cosem.put import SetRequestNormal
from hht.protocol.cosem.security import SecurityMaterial
from hht.protocol.iec62056_21.programming import Password
from hht.protocol.overhearing import Overhearing

Request = GetRequestNormal | GetRequestWithList | SetRequestNormal | ActionRequestNormal | AccessRequest
_ASSOCIATION, _REPLY_TO_HLS = 15, 1
_COMMAND: Final = re.compile(rb"\x01([A-Z][0-9])(?:\x02([^\x03\x04]*))?[\x03\x04].", re.DOTALL)
OnRequest = Callable[[int, int], None]  # how many have been asked again, of how many


def recorded_requests(events: Iterable[TraceEvent], keys: Iterable[SecurityMaterial] = ()) -> list[Request]:
    """What the terminal asked for in COSEM, without how it opened and closed; what stays closed is left out."""
    return list(_requests(events, keys))


def _requests(events: Iterable[TraceEvent], keys: Iterable[SecurityMaterial]) -> Iterator[Request]:
    overhearing = Overhearing(keys)
    for event in events:
        if not event.data:
            continue
        for message in overhearing.hear(event.data, sent=event.kind is TraceKind.TX):
            if not message.sent or event.kind is not TraceKind.TX or not message.plain:
                continue
            try:
                request = parse_apdu(message.plain)
            except HhtError:
                continue
            if isinstance(request, Request) and not _proves(request):
                yield request


def _proves(request: Request) -> bool:
    if not isinstance(request, ActionRequestNormal):
        return False
    return (request.method.class_id, request.method.method) == (_ASSOCIATION, _REPLY_TO_HLS)


async def ask_again(meter: MeterSession, requests: list[Request], on_request: OnRequest) -> None:
    """The same requests over an open conversation. What the meter refuses, it refused then; raises LinkError where it
    goes otherwise than then."""
    for number, request in enumerate(requests, 1):
        try:
            await meter.ask_again(request)
        except LinkError:
            raise
        except HhtError:
            pass  # the meter's "no" is a part of the recording
        on_request(number, len(requests))


def recorded_commands(events: Iterable[TraceEvent]) -> list[tuple[str, bytes]]:
    """What the terminal said in a plain-text meter's programming mode: each command's name, and all of it, 7 bits."""
    sent = b"".join(event.data for event in events if event.kind is TraceKind.TX).translate(STRIP_PARITY)
    return [(found[1].decode("ascii"), found[0]) for found in _COMMAND.finditer(sent)]


async def command_again(meter: PlainTextSession, commands: list[tuple[str, bytes]], on_request: OnRequest) -> None:
    """The same over an open plain-text conversation: a readout where there were no commands. Raises as `ask_again`."""
    if not commands:
        await meter.readout()
        on_request(1, 1)
        return
    first, *rest = commands if commands[0][0].startswith("P") else [("", b""), *commands]
    try:
        password = Password(first[1].partition(b"(")[2].partition(b")")[0].decode("ascii")) if first[0] else None
        await meter.program(password, kind=first[0] or "P1")
        for number, (name, wire) in enumerate(rest, 1):
            if name != "B0":
                await meter.programming.again(wire)
            on_request(number, len(rest))
    except LinkError:
        raise
    except HhtError:
        pass  # as then
