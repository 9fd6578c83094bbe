"""The table of everything that takes octets or text from outside."""

from __future__ import annotations

from typing import Final

from hht.protocol.dissect import protocols
from tests.fuzz.target import Target
from tests.fuzz.targets import (
    decoders,
    depot,
    desk,
    emulated,
    files,
    frames,
    gbcs,
    plugins,
    radio,
    releases,
    scanning,
    sessions,
    terminal,
    texts,
    trusted,
    van,
)

TARGETS: Final[dict[str, Target]] = {
    target.name: target
    for room in (
        decoders,
        depot,
        desk,
        emulated,
        files,
        frames,
        gbcs,
        plugins,
        radio,
        releases,
        scanning,
        sessions,
        terminal,
        texts,
        trusted,
        van,
    )
    for target in room.TARGETS
}

assert {f"dissect-{protocol}" for protocol in protocols()} <= TARGETS.keys(), "a protocol without a target"
