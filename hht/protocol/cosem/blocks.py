"""General block transfer (Green Book 9.3.5, 9.4.6.13): one exchange of two long messages, the same for both ends.

Each end sends its message in streams of as many blocks as the other takes (its window), the last of a stream without
the streaming bit: then it is the other's turn, to acknowledge or to answer. What is missing is sent again from the
first missing block on; blocks that came early are kept, the same block again is passed over. The end that asks has the
clock: it speaks when something new has come, or when too much time has passed (`remind`), never because of a
repetition; the end that answers speaks whenever it is spoken to. So repetitions do not breed. Sans I/O.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hht.i18n import _
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.errors import BlockOutOfOrder, LengthLies, MalformedValue, ValueOutOfRange
from hht.protocol.cosem.general_block import GeneralBlock, general_block_head

MAX_MESSAGE_OCTETS = 2_000_000  # of a message that comes in general blocks
MAX_WINDOW, MAX_BLOCKS = 63, 0xFFFF
WINDOW = 8  # what both ends of this program take in one stream
MAX_IDLE_TURNS = 6  # turns in a row that bring nothing new
MAX_STALE = 4 * MAX_WINDOW  # blocks in a row that bring nothing new
_HEAD = 7 + 3  # tag, control, two numbers, and a length of up to three octets
_UNLIMITED = 0xFFFF


@dataclass(slots=True)
class Turn:
    """What a block leads to: `send` these now; `message`, once, when the other's message is whole.

    Both empty: more comes without an answer.
    """

    send: list[bytes] = field(default_factory=list)
    message: bytes | None = None


class BlockExchange:
    """`limit` is the longest APDU that the other end takes (0: no limit), `window` the blocks that we take at once;
    `asks`: the request is ours.

    Raises ValueOutOfRange where `limit` leaves no room for a block.
    """

    def __init__(self, limit: int, window: int = WINDOW, *, asks: bool = True) -> None:
        self._room = (limit or _UNLIMITED) - _HEAD
        if self._room < 1:
            raise ValueOutOfRange(
                _("The other end takes only {limit} octets at once: no block fits.").format(limit=limit),
                code="cosem-request-too-long",
            )
        self._asks = asks
        self._window = max(1, min(window, MAX_WINDOW))
        self._theirs = 1  # blocks that the other end takes in one stream, until it says more
        self._pieces: list[bytes] = []  # of our message
        self._acknowledged = 0  # how many of them have arrived
        self._spoken = 0  # highest number that we have used
        self._had: list[bytes] = []  # of their message, in order
        self._gathered = bytearray()  # the same, as one
        self._early: dict[int, tuple[bytes, bool]] = {}
        self._whole = self._delivered = False
        self._idle = self._stale = 0
        self._news = False  # something new has come since our last turn

    @property
    def answered(self) -> bool:
        """Their message has been handed out."""
        return self._delivered

    @property
    def under_way(self) -> bool:
        """A part of our message has not been acknowledged yet."""
        return self._acknowledged < len(self._pieces)

    def since(self, at: int, begun: bytes = b"") -> bytes:
        """Their message from octet `at` on, as far as it has come in order; `begun` is what there is of a block that is
        still arriving."""
        cursor = Cursor(begun)
        try:
            if cursor.octet() == GeneralBlock.TAG:
                number = general_block_head(cursor)[1]
                if number == len(self._had) + 1 and not self._whole:
                    length = cursor.length()
                    return bytes(self._gathered[at:]) + cursor.rest()[:length][max(at - len(self._gathered), 0) :]
        except MalformedValue:
            pass  # its head is not here yet
        return bytes(self._gathered[at:])

    def is_new(self, block: GeneralBlock) -> bool:
        """`block` begins another exchange: a first block that is no repetition of what this one has heard.

        For the end that answers: a request's first block comes alone, so nothing of its exchange can be here before it.
        """
        if block.number != 1 or not block.raw:
            return False
        return block.raw != self._had[0] if self._had else bool(self._pieces or self._early)

    def say(self, message: bytes) -> list[bytes]:
        """Our message's first stream. Raises ValueOutOfRange for one that 65,535 blocks cannot hold."""
        self._pieces = [message[at : at + self._room] for at in range(0, len(message), self._room)]
        if len(self._pieces) > MAX_BLOCKS:
            raise ValueOutOfRange(
                _("{count} octets are more than general blocks of this size can carry.").format(count=len(message)),
                code="cosem-request-too-long",
            )
        self._acknowledged = self._idle = 0
        return self._stream()

    def hear(self, block: GeneralBlock) -> Turn:
        """One block of the other end. Raises BlockOutOfOrder, LengthLies: the exchange is over then."""
        before = (self._acknowledged, len(self._had), len(self._early))
        if block.acknowledged > len(self._pieces) and block.acknowledged > self._spoken:
            raise BlockOutOfOrder(
                _("Block {found} is acknowledged, {sent} were sent.").format(
                    found=block.acknowledged, sent=len(self._pieces)
                )
            )
        self._theirs = max(1, block.window)
        self._acknowledged = max(self._acknowledged, min(block.acknowledged, len(self._pieces)))
        self._take(block)
        if (self._acknowledged, len(self._had), len(self._early)) != before:
            self._idle, self._stale, self._news = 0, 0, True
        else:
            self._stale += 1
        if self._whole and not self._delivered:
            self._delivered = True
            return Turn(message=bytes(self._gathered))
        if block.streaming or (self._asks and not self._news):
            return self._wait()
        return self._our_turn()

    def remind(self) -> list[bytes]:
        """Nothing (new) came for too long: our last turn again. Raises BlockOutOfOrder after a few times."""
        self._idle_turn()
        return self._stream() if self.under_way else [self._acknowledgement()]

    def _wait(self) -> Turn:
        if self._stale > MAX_STALE:
            raise self._stuck()
        return Turn()

    def _our_turn(self) -> Turn:
        self._idle_turn()
        self._news = False
        return Turn(self._stream() if self.under_way else [self._acknowledgement()])

    def _idle_turn(self) -> None:
        self._idle += 1
        if self._idle > MAX_IDLE_TURNS:
            raise self._stuck()

    def _stuck(self) -> BlockOutOfOrder:
        return BlockOutOfOrder(_("The blocks of a long message get no further; it was given up."))

    def _take(self, block: GeneralBlock) -> None:
        end = block.last and bool(self._had) and not self._whole and block.number == len(self._had) + 1
        if not block.raw and not end:
            return  # it only acknowledges
        if block.number <= len(self._had):
            self._repeated(block)
            return
        if self._whole:
            raise self._after_the_last()
        if block.number > len(self._had) + self._window:
            raise BlockOutOfOrder(
                _("Block {found} came where block {wanted} belongs.").format(
                    found=block.number, wanted=len(self._had) + 1
                )
            )
        known = self._early.setdefault(block.number, (block.raw, block.last))
        if known != (block.raw, block.last):
            raise self._contradiction(block.number)
        while len(self._had) + 1 in self._early:
            self._append(*self._early.pop(len(self._had) + 1))

    def _append(self, raw: bytes, last: bool) -> None:
        self._had.append(raw)
        self._gathered += raw
        self._whole = last
        if len(self._gathered) > MAX_MESSAGE_OCTETS:
            raise LengthLies(_("A message of more than {count} octets.").format(count=MAX_MESSAGE_OCTETS))
        if last and self._early:
            raise self._after_the_last()

    def _after_the_last(self) -> BlockOutOfOrder:
        return BlockOutOfOrder(_("Blocks came after the last block."))

    def _repeated(self, block: GeneralBlock) -> None:
        if block.number < 1 or (block.raw and self._had[block.number - 1] != block.raw):
            raise self._contradiction(block.number)

    def _contradiction(self, number: int) -> BlockOutOfOrder:
        return BlockOutOfOrder(_("Block {number} came twice, with different contents.").format(number=number))

    def _stream(self) -> list[bytes]:
        """The blocks that the other end takes now, from the first that it has not had."""
        first = self._acknowledged
        stop = min(first + self._theirs, len(self._pieces))
        self._spoken = max(self._spoken, stop)
        return [self._block(index, streaming=index + 1 < stop) for index in range(first, stop)]

    def _block(self, index: int, *, streaming: bool) -> bytes:
        last = index + 1 == len(self._pieces)
        return GeneralBlock(last, streaming, self._window, index + 1, len(self._had), self._pieces[index]).encode()

    def _acknowledgement(self) -> bytes:
        self._spoken = min(self._spoken + 1, MAX_BLOCKS)
        return GeneralBlock(True, False, self._window, self._spoken, len(self._had), b"").encode()
