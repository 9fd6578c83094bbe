"""Trying a probe: a sign-on and nothing more, to see whether a meter answers through it."""

from __future__ import annotations

from hht.link import TraceSink
from hht.link_url import parse_link_url
from ui.association_options import AssociationOptions
from ui.compose import Composer


async def sign_on_once(composer: Composer, text: str, sink: TraceSink | None) -> str:
    """Sign on over the link `text` and let go again: how the meter calls itself; "" where it is spoken to without a
    sign-on. Raises LinkError."""
    from hht.client.deadlines import Timing
    from hht.client.sign_on import identify

    association = composer.association(parse_link_url(text), AssociationOptions())
    link = composer.link(text, sink)
    await link.open()
    try:
        if association.opening != "iec":
            return ""
        found = (await identify(link, Timing(), association.sign_on)).identification
        return f"{found.manufacturer} {found.ident}".rstrip()
    finally:
        await link.close()
