"""What stands in the elements: identifiers, times, octets, words of a list; read strictly, written as the schema does.

Limits are those of the DUIS 5.4 schema.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers.device_id import DeviceId
from hht.protocol.duis.errors import StructureError, ValueRefused
from hht.protocol.duis.tree import Element

MOST_COUNTER = 2**64 - 1
_EUI = "(?:[0-9A-Fa-f]{2}-){7}[0-9A-Fa-f]{2}"
_REQUEST_ID = re.compile(f"({_EUI}):({_EUI}):(0|[1-9][0-9]{{0,19}})")
_MOMENT = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|([+-])(\d\d):(\d\d))?",
)


@dataclass(frozen=True, slots=True)
class RequestId:
    """Who asks, who is meant, and the originator's counter (1 to 2^64 - 1): the name of a service request.

    Raises ValueRefused for another counter (factbook 1.2: 0 is none).
    """

    originator: DeviceId
    target: DeviceId
    counter: int

    def __post_init__(self) -> None:
        if not 0 < self.counter <= MOST_COUNTER:
            said = _("the counter of a request is 1 to 18446744073709551615; {counter} is none.")
            raise ValueRefused(said.format(counter=self.counter), code="duis-counter")

    def __str__(self) -> str:
        return f"{self.originator}:{self.target}:{self.counter}"

    def answer(self) -> RequestId:
        """The name that the answer to it has: the two change places."""
        return RequestId(self.target, self.originator, self.counter)


def _refuse(element: Element, what: str) -> ValueRefused:
    shown = element.text.strip()[:60]
    said = _("{name} is “{text}”; {what}").format(name=element.name, text=shown, what=what)
    return ValueRefused(said, line=element.line)


def leaf(element: Element) -> str:
    """The text of an element that holds no others. Raises StructureError for one that does."""
    if element.children:
        said = _("{name} holds a value; {child} has no place in it.")
        words = said.format(name=element.name, child=element.children[0].name)
        raise StructureError(words, line=element.children[0].line, code="duis-unexpected")
    return element.text


def eui(element: Element) -> DeviceId:
    """A Device ID: eight pairs of hex digits with hyphens."""
    text = leaf(element).strip()
    if not re.fullmatch(_EUI, text):
        raise _refuse(element, _("a Device ID is written as eight pairs of hex digits with hyphens."))
    return _named(element, text)


def _named(element: Element, text: str) -> DeviceId:
    try:
        return DeviceId.parse(text)
    except HhtError as error:
        raise _refuse(element, error.message) from None


def request_id(element: Element) -> RequestId:
    """``originator:target:counter``."""
    match = _REQUEST_ID.fullmatch(leaf(element).strip())
    if match is None:
        raise _refuse(element, _("two Device IDs and a counter with colons between them are expected."))
    originator, target, counter = match.groups()
    try:
        return RequestId(_named(element, originator), _named(element, target), int(counter))
    except ValueRefused as error:
        if error.details["line"]:
            raise
        raise _refuse(element, error.message) from None


def truth(element: Element) -> bool:
    """``true`` or ``1``, ``false`` or ``0``."""
    words = {"true": True, "1": True, "false": False, "0": False}
    if (text := leaf(element).strip()) not in words:
        raise _refuse(element, _("true or false is expected."))
    return words[text]


def number(lowest: int, highest: int) -> Callable[[Element], int]:
    """A whole number within bounds, both included."""

    def read(element: Element) -> int:
        text = leaf(element).strip()
        if not re.fullmatch("[+-]?[0-9]{1,20}", text) or not lowest <= int(text) <= highest:
            words = _("a whole number from {lowest} to {highest} is expected.")
            raise _refuse(element, words.format(lowest=lowest, highest=highest))
        return int(text)

    return read


def octets(element: Element) -> bytes:
    """What base64 stands for; at least one octet."""
    text = "".join(leaf(element).split())
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise _refuse(element, _("this is no base64.")) from None
    if not value:
        raise _refuse(element, _("nothing stands in it."))
    return value


def text(most: int, least: int = 0) -> Callable[[Element], str]:
    """Words, as they stand, of a length within bounds (characters)."""

    def read(element: Element) -> str:
        value = leaf(element)
        if not least <= len(value) <= most:
            words = _("{least} to {most} characters are expected; there are {count}.")
            raise _refuse(element, words.format(least=least, most=most, count=len(value)))
        return value

    return read


def one_of(words: tuple[str, ...]) -> Callable[[Element], str]:
    """One of a list, exactly as it is written there."""

    def read(element: Element) -> str:
        value = leaf(element)
        if value not in words:
            listed = ", ".join(words) if len(words) < 12 else _("{count} values are known").format(count=len(words))
            raise _refuse(element, _("expected is one of: {words}.").format(words=listed))
        return value

    return read


def matching(pattern: str, what: str) -> Callable[[Element], str]:
    """Text of a form that `what` says for people (a sentence's end)."""

    def read(element: Element) -> str:
        value = leaf(element)
        if not re.fullmatch(pattern, value):
            raise _refuse(element, what)
        return value

    return read


def moment(element: Element) -> datetime:
    """A time, given in UTC; without a zone it is UTC (factbook 0, 10). What is finer than a microsecond is cut."""
    match = _MOMENT.fullmatch(leaf(element).strip())
    try:
        if match is None:
            raise ValueError
        *parts, fraction, zone, sign, hours, minutes = match.groups()
        offset = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
        part = [int(number) for number in parts]
        microseconds = int(((fraction or "") + "000000")[:6])
        zoned = timezone(offset) if zone else UTC
        return datetime(part[0], part[1], part[2], part[3], part[4], part[5], microseconds, zoned).astimezone(UTC)
    except (ValueError, OverflowError):
        words = _("a time such as 2026-11-21T09:30:00Z is expected.")
        raise _refuse(element, words) from None


def written_moment(time: datetime) -> str:
    """A time with a zone as UTC, to the millisecond where it has any."""
    utc = time.astimezone(UTC).replace(tzinfo=None)
    return utc.isoformat(timespec="milliseconds" if utc.microsecond else "seconds") + "Z"


def written_octets(value: bytes) -> str:
    """Octets as base64, on one line."""
    return base64.b64encode(value).decode("ascii")
