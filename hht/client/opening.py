"""Who is at the other end of an optical link: a COSEM meter (mode E) or one that speaks plain text only."""

from __future__ import annotations

from hht.client.deadlines import Timing
from hht.client.meter_session import MeterSession
from hht.client.plain_text_session import Dial, PlainTextSession
from hht.client.sign_on import Opening, identify
from hht.client.speeds import AnswersPlainText
from hht.protocol.iec62056_21 import ProtocolMode


async def open_either(
    dial: Dial,
    cosem: MeterSession,
    plain: PlainTextSession,
    opening: Opening | None = None,
    *,
    timing: Timing | None = None,
) -> MeterSession | PlainTextSession:
    """Sign on once, and open the session that the meter's identification asks for. Raises as their `open` does; the
    link is closed then."""
    link = dial()
    try:
        await link.open()
        signed_on = await identify(link, timing or Timing(), opening, cosem.rescue(link))
    except BaseException:
        await link.close()
        raise
    if signed_on.mode is ProtocolMode.E:
        try:
            await cosem.open(on=(link, signed_on))
        except AnswersPlainText:  # it offers mode E, and does mode C: signed on to anew, once it has been heard out
            await plain.open()
            return plain
        return cosem
    await plain.open(on=(link, signed_on))
    return plain
