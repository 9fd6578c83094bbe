"""Messages that do not fit through the tunnel at once: general block transfer, one block at a time.

A block of which nothing is heard is said again: the other end knows blocks that it has heard. Until the last block is
out nobody can have the message.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from hht.client.radio.errors import MessageError, OutcomeUnknown
from hht.i18n import _
from hht.protocol.gbcs.block_flow import OVERHEAD, BlocksIn, BlocksOut, fits_in_blocks, is_acknowledgement
from hht.protocol.gbcs.blocks import BLOCK_SIZE, LONGEST_WHOLE, is_block, parse_block
from hht.protocol.gbcs.errors import MalformedMessage, malformed

ATTEMPTS: Final = 3  # for each block
MOST_IDLE: Final = 16  # blocks in turn that bring nothing new: more are no echo of lost acknowledgements
Exchange = Callable[[bytes, float], Awaitable[bytes | None]]  # octets, until when; None: kept, and no answer yet


def goes_in_blocks(message: bytes, longest: int) -> bool:
    """Whether a message is sent in blocks: GBCS sends longer ones than 1,200 octets so; `longest` fit at once."""
    return len(message) > min(LONGEST_WHOLE, longest) and fits_in_blocks(message)


async def send_in_blocks(
    message: bytes, longest: int, exchange: Exchange, *, wait_s: float, reply_s: float
) -> bytes | None:
    """Send all blocks of a message, and return what `exchange` gives for the last one, waiting `wait_s` for that.
    `reply_s`: how long to wait for what is heard of each of the others.

    Raises MessageError ``message-not-whole`` where a block before the last one did not get through: nobody has the
    message. OutcomeUnknown where nothing came to the last one; what `exchange` raises.
    """
    out = BlocksOut(message, min(BLOCK_SIZE, longest - OVERHEAD))
    block, attempts, rounds = out.first, 0, 0
    while not out.is_last(block):
        rounds += 1  # a hub may ask for one block and another in turns, and never have enough
        try:
            said = await exchange(block, _from_now(reply_s))
            if said is None or not acknowledges(said):
                return said  # the hub has relayed it before, and tells what came of it
            following = out.after(said)
        except OutcomeUnknown:
            following = block  # it, or what was said to it, was lost
        except MalformedMessage:
            raise _not_whole(len(out)) from None
        attempts = attempts + 1 if following == block else 0
        if attempts >= ATTEMPTS or following is None or rounds > ATTEMPTS * len(out):
            raise _not_whole(len(out))
        block = following
    return await exchange(block, _from_now(wait_s))


async def rest_of_answer(first: bytes, exchange: Exchange, reply_s: float) -> bytes:
    """The whole answer whose first block is `first`. Raises MalformedMessage, OutcomeUnknown, and as `exchange`."""
    blocks = BlocksIn()
    whole, told = blocks.take(first)
    attempts, idle, known = 0, 0, {told}
    while whole is None:
        try:
            said = await exchange(told, _from_now(reply_s))
        except OutcomeUnknown:
            attempts += 1
            if attempts >= ATTEMPTS:
                raise
            continue
        attempts = 0
        whole, told = blocks.take(said or b"")
        idle = idle + 1 if told in known else 0  # what was heard before, or cannot be used yet
        known.add(told)
        if whole is None and idle > MOST_IDLE:
            raise malformed(_("the same of its blocks come again and again"), 0)
    return whole.raw


def acknowledges(octets: bytes) -> bool:
    """Whether these are no message, and only say which blocks were heard."""
    try:
        return is_block(octets) and is_acknowledgement(parse_block(octets))
    except MalformedMessage:
        return False


def _from_now(seconds: float) -> float:
    return asyncio.get_running_loop().time() + seconds


def _not_whole(count: int) -> MessageError:
    return MessageError(
        _("The message has {count} blocks, and not all of them got to the hub: nobody has it.").format(count=count),
        remedy=_("Stand closer to the hub, and send it again."),
        code="message-not-whole",
    )
