"""What terminal and desk say to each other: one JSON object on a line of UTF-8, strict and bounded (sans I/O).

Every line names the interface's version (``desk``) and what it says (``say``); a name that is not known, stands twice
or holds another type is refused, and so is a line that is too long. Secrets (install codes) stand in asks: no line is
ever shown.
"""

from __future__ import annotations

import base64
import binascii
import enum
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from typing import Any, Final

from hht.desk.asks import Ask, ask_of, is_reference
from hht.desk.errors import MessageRefused
from hht.desk.message import Message as Message
from hht.desk.parcels import MOST, MOST_TEXT, PutPart, Stored
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.identifiers.errors import IdentifierError

VERSION: Final = 1
LONGEST_LINE: Final = 96 * 1024  # octets without the line feed: a service response with the longest GBCS message fits
LONGEST_XML: Final = 64 * 1024
LONGEST_TEXT: Final = 4000
LONGEST_ANSWER: Final = 48 * 1024
MOST_COMMANDS: Final = 16


class Way(enum.StrEnum):
    """How an ask gets to a device. PHONE and FILE have no line to the desk: nothing is carried back by themselves."""

    WAN = "wan"  # the desk sends it over the WAN
    RELAY = "relay"  # the desk hands the terminal a finished command, the terminal brings back the device's answer
    PHONE = "phone"
    FILE = "file"


class Outcome(enum.StrEnum):
    """What came of an ask."""

    DONE = "done"
    REFUSED = "refused"  # by the desk or the DCC: no device heard of it
    FAILED = "failed"  # the device said no, or could not, wholly or in part
    UNDELIVERED = "undelivered"  # it did not get to the device
    NO_RESPONSE = "no-response"  # it may have been carried out: nobody knows


@dataclass(frozen=True, slots=True)
class Hello(Message):
    """Either end, first of all: who it is, and whether it trains."""

    name: str
    training: bool
    SAY = "hello"


@dataclass(frozen=True, slots=True)
class PutAsk(Message):
    """Terminal: see to this, in this way. The same ask again is the question how it stands."""

    ask: Ask
    way: Way
    SAY = "ask"


@dataclass(frozen=True, slots=True)
class AskReach(Message):
    """Terminal: does the WAN reach this hub, or the hub of this device?"""

    hub: DeviceId
    SAY = "reach?"


@dataclass(frozen=True, slots=True)
class Reach(Message):
    """Desk: it does, or does not; `why`: what the desk knows of it."""

    hub: DeviceId
    up: bool
    why: str
    SAY = "reach"


@dataclass(frozen=True, slots=True)
class Taken(Message):
    """Desk: it has the ask."""

    reference: str
    SAY = "taken"


@dataclass(frozen=True, slots=True)
class Sent(Message):
    """Desk: it sent the service request `request` (originator:target:counter)."""

    reference: str
    service: str
    request: str
    SAY = "sent"


@dataclass(frozen=True, slots=True)
class Acknowledged(Message):
    """Desk: the DCC took the request; `code` is I99 where the answer comes later."""

    reference: str
    code: str
    SAY = "acknowledged"


@dataclass(frozen=True, slots=True)
class Result(Message):
    """Desk: what came of it. `code`: the DCC's response code; `alert`: the DCC alert that told it (N24); `answer`:
    what the device answered, as JSON text ("": nothing to tell)."""

    reference: str
    outcome: Outcome
    code: str
    alert: str
    why: str
    answer: str
    SAY = "result"


@dataclass(frozen=True, slots=True)
class Refused(Message):
    """Desk: no. `reference` is "" where it is about the line and no ask."""

    reference: str
    code: str
    why: str
    remedy: str
    SAY = "refused"


@dataclass(frozen=True, slots=True)
class RelayCommand(Message):
    """Desk: bring this to the device. `response`: the service response (DUIS) with the LocalCommand in it, for the
    device `device`; `return_as`: the RequestID of the 8.13 that takes the answer home."""

    reference: str
    number: int
    device: DeviceId
    response: str = field(repr=False)
    return_as: str
    SAY = "relay"


@dataclass(frozen=True, slots=True)
class ReturnAnswer(Message):
    """Terminal: the 8.13 ReturnLocalCommandResponse (DUIS, not signed: the desk's to sign and send)."""

    reference: str
    number: int
    request: str = field(repr=False)
    SAY = "return"


@dataclass(frozen=True, slots=True)
class ReturnSilence(Message):
    """Terminal: no answer came back from the device. `left`: whether the command had left, and may be carried out."""

    reference: str
    number: int
    left: bool
    why: str
    SAY = "silence"


@dataclass(frozen=True, slots=True)
class Returned(Message):
    """Desk: it has what the device answered to command `number`."""

    reference: str
    number: int
    SAY = "returned"


ALL: Final[tuple[type[Message], ...]] = (
    Hello,
    PutAsk,
    AskReach,
    Reach,
    Taken,
    Sent,
    Acknowledged,
    Result,
    Refused,
    RelayCommand,
    ReturnAnswer,
    ReturnSilence,
    Returned,
    PutPart,
    Stored,
)
_BY_NAME: Final = {kind.SAY: kind for kind in ALL}


def encode(message: Message, version: int = VERSION) -> bytes:
    """The line, with its line feed. Raises MessageRefused for one that could not be read."""
    plain: dict[str, Any] = {"desk": version, "say": message.SAY}
    for part in fields(message):
        value = getattr(message, part.name)
        if isinstance(value, Ask):
            value = value.plain()
        plain[part.name] = str(value) if isinstance(value, DeviceId | enum.StrEnum) else value
    line = json.dumps(plain, ensure_ascii=True, separators=(",", ":")).encode()
    if version == VERSION:
        decode(line)
    return line + b"\n"


def decode(line: bytes) -> Message:
    """The message that a line is. Raises MessageRefused, and AskRefused for an ask that cannot be."""
    plain = _object(line)
    if plain.get("desk") != VERSION or isinstance(plain.get("desk"), bool):
        raise MessageRefused(
            _("The other end speaks version {theirs} of the desk interface; this terminal speaks {ours}.").format(
                theirs=str(plain.get("desk"))[:12], ours=VERSION
            ),
            remedy=_("Bring both to one version. Nothing was asked; until then use a pack or the phone."),
            code="desk-version",
        )
    kind = _BY_NAME.get(plain["say"]) if isinstance(plain.get("say"), str) else None
    if kind is None:
        raise _refused(_("it says nothing that this interface has"))
    names = [part.name for part in fields(kind)]
    if set(plain) != {"desk", "say", *names}:
        raise _refused(_("a message of this kind has {names}").format(names=", ".join(names)))
    read = [_READERS[part.name if part.name in _READERS else str(part.type)] for part in fields(kind)]
    return kind(*(reader(name, plain[name]) for name, reader in zip(names, read, strict=True)))


def _object(line: bytes) -> dict[str, Any]:
    if len(line) > LONGEST_LINE:
        raise _refused(_("a line has at most {most} octets").format(most=LONGEST_LINE), "desk-too-long")
    try:
        plain = json.loads(line.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant)
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise _refused(_("it is no JSON, or a name stands in it twice")) from None
    if not isinstance(plain, dict):
        raise _refused(_("a JSON object is expected"))
    return plain


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice")
    return found


def _no_constant(name: str) -> Any:
    raise ValueError(name)


def _refused(why: str, code: str | None = None) -> MessageRefused:
    return MessageRefused(
        _("A line between terminal and desk cannot be used: {why}.").format(why=why),
        remedy=_("Connect again; what was asked is kept, and asking again under its reference does nothing twice."),
        code=code,
    )


def _text(most: int) -> Callable[[str, Any], str]:
    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or len(value) > most or not _is_unicode(value):
            raise _refused(_("{name} is a text of at most {most} characters").format(name=name, most=most))
        return value

    return read


def _is_unicode(text: str) -> bool:
    """Whether it holds no half surrogates: nothing could write those down."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _reference(name: str, value: Any) -> str:
    if not isinstance(value, str) or not (value == "" or is_reference(value)):
        raise _refused(_("{name} is eight letters and digits").format(name=name))
    return value


def _truth(name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise _refused(_("{name} is true or false").format(name=name))
    return value


def _number(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_COMMANDS:
        raise _refused(_("{name} is a number from 1 to {most}").format(name=name, most=MOST_COMMANDS))
    return value


def _device(name: str, value: Any) -> DeviceId:
    try:
        found = DeviceId.parse(_text(40)(name, value))
    except IdentifierError:
        raise _refused(_("{name} is a Device ID").format(name=name)) from None
    if str(found) != value:
        raise _refused(_("{name} is a Device ID in pairs with hyphens").format(name=name))
    return found


def _word(kind: type[enum.StrEnum]) -> Callable[[str, Any], Any]:
    def read(name: str, value: Any) -> Any:
        if not isinstance(value, str) or value not in set(kind):
            raise _refused(_("{name} is one of {words}").format(name=name, words=", ".join(kind)))
        return kind(value)

    return read


def _ask(_name: str, value: Any) -> Ask:
    found = ask_of(value)
    if found.plain() != value:
        raise _refused(_("a value of the ask is not written as this interface writes it"))
    return found


def _digest(name: str, value: Any) -> str:
    if not isinstance(value, str) or re.fullmatch("[0-9a-f]{64}", value) is None:
        raise _refused(_("{name} is 64 hexadecimal digits").format(name=name))
    return value


def _octet_count(name: str, value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST:
        raise _refused(_("{name} is a number from 0 to {most}").format(name=name, most=MOST))
    return value


_SHORT: Final = _text(60)
_READERS: Final[dict[str, Callable[[str, Any], Any]]] = {
    "bool": _truth,
    "int": _number,
    "str": _text(LONGEST_TEXT),
    "DeviceId": _device,
    "Ask": _ask,
    "Way": _word(Way),
    "Outcome": _word(Outcome),
    "reference": _reference,
    "code": _SHORT,
    "alert": _SHORT,
    "service": _SHORT,
    "name": _SHORT,
    "answer": _text(LONGEST_ANSWER),
    "response": _text(LONGEST_XML),
    "request": _text(LONGEST_XML),
    "return_as": _text(80),
    "sha256": _digest,
    "size": _octet_count,
    "place": _octet_count,
    "data": _text(MOST_TEXT),
}


class LineReader:
    """Octets in, lines out. A line that grows beyond all bounds is refused while it grows."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, octets: bytes) -> list[bytes]:
        """The lines that are whole now. Raises MessageRefused ``desk-too-long``; nothing can follow it."""
        self._held += octets
        whole: list[bytes] = []
        if b"\n" in octets:
            *whole, rest = bytes(self._held).split(b"\n")
            self._held = bytearray(rest)
        if len(self._held) > LONGEST_LINE or any(len(line) > LONGEST_LINE for line in whole):
            raise _refused(_("a line has at most {most} octets").format(most=LONGEST_LINE), "desk-too-long")
        return [line for line in whole if line.strip()]


def base64_text(octets: bytes) -> str:
    """Octets as they stand in records."""
    return base64.b64encode(octets).decode("ascii")


def octets_of(text: str) -> bytes:
    """What `base64_text` wrote. Raises MessageRefused."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _refused(_("this is no base64")) from None
