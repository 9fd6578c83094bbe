"""A probe that was pulled out is watched for: the same adapter, at whatever socket and under whatever name."""

from __future__ import annotations

import asyncio
import os
from typing import Final

from hht.link import LinkUnavailable
from hht.link_url import parse_link_url
from ui.threads import in_thread

EVERY_S: Final = 0.5


async def until_plugged(link: str, *, every_s: float = EVERY_S) -> str:
    """Wait until the serial adapter of `link` is there; the name of its port. At once for what is no adapter of this
    computer (""). Raises LinkUrlError."""
    url = parse_link_url(link)
    if url.scheme != "optical":
        return ""
    while True:
        if port := await in_thread(_port, url.target):
            return port
        await asyncio.sleep(every_s)


def _port(target: str) -> str:
    """Where `target` is now; "" where it is not."""
    from drivers.discovery import locate

    try:
        name, known = locate(target)
    except LinkUnavailable:
        return ""
    return name if known is not None or os.path.exists(name) else ""
