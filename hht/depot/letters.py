"""What terminal and depot say to each other: a line of JSON, then octets where it brings some. Strict: whatever is not
exactly as here is refused.

Each letter names the meeting that it belongs to, the depot's that of the letter which it answers: what somebody kept of
an earlier meeting, and says again, is no answer to this one. The upper 24 bits of a meeting's number count the meetings
of one terminal, the lower 16 are drawn: a copy of a terminal cannot count on unnoticed.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from hht.depot.errors import DepotError
from hht.i18n import _
from hht.json_object import json_object

PART: Final = 128 * 1024  # octets of an item in one letter
MOST_ITEM: Final = 256 * 1024 * 1024  # octets of one item
MOST_OFFERED: Final = 200  # items in one letter
MOST_JOB: Final = 256 * 1024  # octets of a job's file
MOST_NUMBER: Final = 1 << 40
MEETING_BITS: Final = 16  # of a meeting's number are drawn, those above them count
MOST_LETTER: Final = MOST_JOB + 4096
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,150}")


@dataclass(frozen=True, slots=True)
class Offered:
    """One thing that waits at a terminal: the SHA-256 of its octets, the name of its file, how many octets. `before`:
    the depot receipted it once, and is asked whether it still has it (this is the terminal's own, and not told)."""

    sha256: str
    name: str
    octets: int
    before: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    """Terminal: this waits here. Empty: is there anything for me?"""

    items: tuple[Offered, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """Terminal: octets of an item, from `start` on."""

    sha256: str
    start: int
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Taken:
    """Terminal: what became of the job with that number (new, same, changed, refused), and why it was refused."""

    number: int
    state: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class Gone:
    """Terminal: it has that item no more, which the depot once receipted. `erased`: because of that receipt."""

    sha256: str
    erased: bool


@dataclass(frozen=True, slots=True)
class Want:
    """Depot: send that item from `start` on, so many octets."""

    sha256: str
    start: int
    count: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Depot: these are here, whole and on disk."""

    sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Refusal:
    """Depot: that item is not taken, and why."""

    sha256: str
    why: str


@dataclass(frozen=True, slots=True)
class JobLetter:
    """Depot: a job. `number` rises from job to job for one terminal; the same number brings the same octets."""

    number: int
    name: str
    octets: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Told:
    """Depot: that is my answer to your offer; so many jobs came with it."""

    jobs: int


Letter = Offer | Part | Taken | Gone | Want | Receipt | Refusal | JobLetter | Told
FromTerminal = Offer | Part | Taken | Gone
FromDepot = Want | Receipt | Refusal | JobLetter | Told


def write(letter: Letter, meeting: int) -> bytes:
    """As octets, of that meeting."""
    match letter:
        case Offer(items):
            rows = [[one.sha256, one.name, one.octets] for one in items]
            plain: dict[str, Any] = {"say": "offer", "items": rows}
        case Part(sha256, start):
            plain = {"say": "part", "sha256": sha256, "start": start}
        case Taken(number, state, why):
            plain = {"say": "taken", "number": number, "state": state, "why": why}
        case Gone(sha256, erased):
            plain = {"say": "gone", "sha256": sha256, "erased": erased}
        case Want(sha256, start, count):
            plain = {"say": "want", "sha256": sha256, "start": start, "count": count}
        case Receipt(hashes):
            plain = {"say": "receipt", "sha256": list(hashes)}
        case Refusal(sha256, why):
            plain = {"say": "refusal", "sha256": sha256, "why": why}
        case JobLetter(number, name):
            plain = {"say": "job", "number": number, "name": name}
        case Told(jobs):
            plain = {"say": "told", "jobs": jobs}
    body = letter.octets if isinstance(letter, Part | JobLetter) else b""
    return json.dumps({**plain, "meeting": meeting}, separators=(",", ":")).encode() + b"\n" + body


def read(octets: bytes) -> tuple[Letter, int]:
    """What was said, and in which meeting. Raises DepotError ``letter``."""
    head, newline, body = octets.partition(b"\n")
    if len(octets) > MOST_LETTER or not newline:
        raise _no_letter(_("it is too long, or has no end of line"))
    plain = json_object(head, MOST_LETTER)
    try:
        meeting = _count(plain.pop("meeting"), MOST_NUMBER) if plain else -1
        letter = _READ[plain["say"]](plain, body) if plain else None
    except (ValueError, KeyError, TypeError):
        letter, meeting = None, -1
    if letter is None or plain is None:
        raise _no_letter(_("it has other fields"))
    same = {**plain, "meeting": meeting} == json.loads(write(letter, meeting).partition(b"\n")[0])
    if not same or (body and not isinstance(letter, Part | JobLetter)):
        raise _no_letter(_("it has more than it should"))
    return letter, meeting


def is_file_name(name: str) -> bool:
    """Whether an item or a job may be called so: it becomes a file's name."""
    return _NAME.fullmatch(name) is not None


def _hash(text: object) -> str:
    if not isinstance(text, str) or _SHA256.fullmatch(text) is None:
        raise ValueError("no SHA-256")
    return text


def _count(number: object, most: int = MOST_ITEM) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= most:
        raise ValueError("no such number")
    return number


def _file(name: object) -> str:
    if not isinstance(name, str) or not is_file_name(name):
        raise ValueError("no name of a file")
    return name


def _text(text: object) -> str:
    if not isinstance(text, str) or len(text) > 500:
        raise ValueError("no text")
    text.encode()  # half a surrogate pair is no text, and no database takes it
    return text


def _offer(plain: Any, _body: bytes) -> Letter:
    if not isinstance(plain["items"], list) or len(plain["items"]) > MOST_OFFERED:
        raise ValueError("too many items")
    return Offer(tuple(Offered(_hash(sha256), _file(name), _count(octets)) for sha256, name, octets in plain["items"]))


def _part(plain: Any, body: bytes) -> Letter:
    if not 0 < len(body) <= PART:
        raise ValueError("no octets, or too many")
    return Part(_hash(plain["sha256"]), _count(plain["start"]), body)


def _job(plain: Any, body: bytes) -> Letter:
    if not 0 < len(body) <= MOST_JOB:
        raise ValueError("no octets, or too many")
    return JobLetter(_count(plain["number"], MOST_NUMBER), _file(plain["name"]), body)


def _receipt(plain: Any, _body: bytes) -> Letter:
    if not isinstance(plain["sha256"], list) or len(plain["sha256"]) > MOST_OFFERED:
        raise ValueError("too many")
    return Receipt(tuple(_hash(one) for one in plain["sha256"]))


def _taken(plain: Any, _body: bytes) -> Letter:
    return Taken(_count(plain["number"], MOST_NUMBER), _text(plain["state"]), _text(plain["why"]))


def _gone(plain: Any, _body: bytes) -> Letter:
    if not isinstance(plain["erased"], bool):
        raise TypeError("not yes or no")
    return Gone(_hash(plain["sha256"]), plain["erased"])


_READ: Final[dict[str, Callable[[Any, bytes], Letter]]] = {
    "offer": _offer,
    "part": _part,
    "taken": _taken,
    "want": lambda plain, _body: Want(_hash(plain["sha256"]), _count(plain["start"]), _count(plain["count"])),
    "receipt": _receipt,
    "refusal": lambda plain, _body: Refusal(_hash(plain["sha256"]), _text(plain["why"])),
    "job": _job,
    "gone": _gone,
    "told": lambda plain, _body: Told(_count(plain["jobs"])),
}


def _no_letter(why: str) -> DepotError:
    return DepotError(
        _("This is no letter between a terminal and its depot: {why}.").format(why=why),
        remedy=_("Nothing of it was used. Bring both ends to the same version."),
        code="letter",
    )
