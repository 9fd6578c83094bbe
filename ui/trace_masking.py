"""Secrets in traces: what leaves a live store shows asterisks in their place, and says that it was masked.

The dissector knows where secrets stand (passwords, keys, secret attributes); what it cannot tell it takes for one. The
checksums of HDLC frames are made anew, so that a masked trace still reads as frames; it no longer proves anything.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from hht.link import TraceEvent, TraceKind
from hht.protocol.dissect import dissect, guess
from hht.protocol.hdlc.fcs import fcs16_bytes
from hht.protocol.iec62056_21.characters import EOT, ETX, SOH, block_check, even_parity, without_parity
from hht.store.trace_export import as_json, write_text
from ui.whole_file import whole_file

MASK = 0x2A
HEADER = {"type": "header", "format": "hht-trace", "version": 1, "masked": True, "replays": False}


def masked_event(event: TraceEvent) -> TraceEvent:
    """`event` with asterisks for every secret octet in what the terminal sent; the same event where there is none."""
    if event.kind is not TraceKind.TX or not event.data:
        return event
    data = masked_bytes(event.data)
    return event if data == event.data else replace(event, data=data)


def masked_bytes(data: bytes) -> bytes:
    """Whole frames with asterisks for their secret octets, their HDLC checksums made anew."""
    tree = dissect(data, guess(data))
    sound = next(tree.errors(), None) is None
    secrets = [node for node in tree.secrets() if not (node.public and sound)]
    if not secrets:
        return data
    out = bytearray(data)
    for node in secrets:
        out[node.start : node.end] = bytes((MASK,)) * (node.end - node.start)
    if out[:1] == b"\x7e":
        _renew_checksums(out)
    elif out[0] & 0x7F == SOH:
        _renew_block_check(out)
    return bytes(out)


def _renew_block_check(command: bytearray) -> None:
    """An IEC 62056-21 command's: it would tell one character of the password. Parity bits as the others have them."""
    text = without_parity(bytes(command))
    if len(text) > 2 and text[-2] in (ETX, EOT):
        check = bytes([block_check(text[1:-1])])
        command[-1:] = check if command.isascii() else even_parity(check)


def _renew_checksums(frames: bytearray) -> None:
    at = 0
    while at + 3 <= len(frames):
        if frames[at] != 0x7E or frames[at + 1] == 0x7E:
            at += 1
            continue
        end = at + 1 + ((frames[at + 1] & 0x07) << 8 | frames[at + 2])  # of the check sequence
        if end > len(frames) or end - at < 8:
            return
        frames[end - 2 : end] = fcs16_bytes(frames[at + 1 : end - 2])
        at = end


def write_trace_file(path: Path, events: Iterable[TraceEvent], *, reveal: bool) -> int:
    """Events as JSON Lines, or text where `path` ends with .txt; the number of events. Whole or not at all.

    `reveal`: exactly what was on the wire, the file that a report's SHA-256 stands for; else masked, with a header that
    says so. Raises FileNotWritten.
    """
    shown = events if reveal else map(masked_event, events)
    with whole_file(path) as file:
        if path.suffix == ".txt":
            return write_text(shown, file)
        count = 0
        for line in _lines(shown, header=not reveal):
            file.write(line)
            count += 1
        return count - (not reveal)


def _lines(events: Iterable[TraceEvent], *, header: bool) -> Iterator[str]:
    if header:
        yield json.dumps(HEADER, separators=(",", ":")) + "\n"
    for event in events:
        yield json.dumps(as_json(event), separators=(",", ":")) + "\n"
