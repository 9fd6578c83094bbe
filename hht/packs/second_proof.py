"""What proves, besides the engineer, that a command which affects supply is meant: at the desk, and on site.

At the desk two people sign a pack with such a command (`hht.packs.acceptance`). On site the proof is a press at the
meter or PPMID, which the device's own log shows; where there is no press to see, a one-time code: the terminal shows a
challenge, the engineer reads it out on the phone, somebody at the desk (two of them, where the catalogue says so) says
the code to it. No data is needed, and nothing secret is said.

A code is an HMAC-SHA-256 over pack, job, device, command and challenge, cut to eight characters. Its key is agreed
between the terminal's key and the key of one person at the desk, whose public half stands in the signed pack (X25519,
HKDF). A challenge is of chance, holds for some minutes and for few tries, and its code lets the command go once. Both
ends know the key: whoever takes the terminal's key out of the sealed store can make codes. The desk's own list of the
codes that it read out tells then.
"""

from __future__ import annotations

import enum
import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hht.desk.asks import REFERENCE_OCTETS, make_reference
from hht.i18n import _, ngettext
from hht.packs.errors import PackError
from hht.protocol.gbcs.messages import use_case
from hht.work.supply_acts import supply_acts

if TYPE_CHECKING:
    from hht.packs.pack import Entry, Pack
    from hht.protocol.gbcs.envelope import Envelope

MOST_TRIES: Final = 5  # of a challenge: of 2 ** 40 codes
_HEARD: Final = str.maketrans("OIL", "011", " -")  # as people mistake letters, and how they are grouped


class Proof(enum.StrEnum):
    """What is asked for before a command may go, besides what every command needs."""

    NONE = "none"
    PRESS = "press"  # somebody presses at the device afterwards, or it stays as it is; its log shows it
    CODE = "code"  # somebody at the desk reads out a one-time code
    TWO = "two"  # two people there read out one each


def command_affects_supply(message: Envelope) -> bool:
    """Whether the command switches somebody's supply or load, lets it be switched, or may have it go off: by its own
    GBCS message code, whatever is said of it."""
    return _case(message) in supply_acts().proofs


def affects_supply(entry: Entry) -> bool:
    """`command_affects_supply`, of a pack's command."""
    return command_affects_supply(entry.message)


def proof_of(entry: Entry) -> Proof:
    """What the catalogue asks for before the command may go."""
    return Proof(supply_acts().proofs.get(_case(entry.message), Proof.NONE))


def _case(message: Envelope) -> str:
    found = use_case(message.message_code)
    return found.name if found is not None else ""


def codes_wanted(pack: Pack, entry: Entry) -> int:
    """How many people at the desk read out a code before the command may go. Packs of training ask for it where their
    desk put its keys in (`release`): so it can be learnt, and nobody has to."""
    if pack.training and not pack.release:
        return 0
    return {Proof.CODE: 1, Proof.TWO: 2}.get(proof_of(entry), 0)


def code_time() -> timedelta:
    """How long a challenge holds, and how long the command may go after its code."""
    return timedelta(minutes=supply_acts().code_minutes)


@dataclass(frozen=True, slots=True)
class Released:
    """What a code is about: one command of one pack, and one challenge. `command`: SHA-256 of its octets, in hex."""

    pack: str
    edition: int
    job: str
    device: str
    entry: str
    command: str
    challenge: str

    @classmethod
    def of(cls, pack: Pack, entry: Entry, challenge: str) -> Released:
        """Of that command."""
        digest = hashlib.sha256(entry.command).hexdigest()
        return cls(pack.name, pack.edition, pack.job, str(entry.device), entry.name, digest, heard(challenge))

    def octets(self) -> bytes:
        """All of it, in one way."""
        return json.dumps([*self._plain()], separators=(",", ":")).encode()

    def _plain(self) -> tuple[str | int, ...]:
        return self.pack, self.edition, self.job, self.device, self.entry, self.command, self.challenge


def make_challenge(random_bytes: Callable[[int], bytes]) -> str:
    """Eight characters of chance."""
    return make_reference(random_bytes(REFERENCE_OCTETS))


def spoken(text: str) -> str:
    """A challenge or a code as it is read out: two groups of four."""
    return f"{text[:4]}-{text[4:]}"


def heard(text: str) -> str:
    """A challenge or a code as somebody typed what they heard."""
    return text.strip().upper().translate(_HEARD)


def code_of(private: X25519PrivateKey, public: X25519PublicKey, what: Released) -> str:
    """The code, eight characters: the desk has its person's private key and the terminal's public one, the terminal the
    other halves."""
    key = HKDF(hashes.SHA256(), 32, None, b"hht-release-1").derive(private.exchange(public))
    return make_reference(hmac.digest(key, what.octets(), "sha256"))


def people_of(private: X25519PrivateKey, pack: Pack, what: Released, codes: tuple[str, ...]) -> tuple[str, ...] | None:
    """Which people at the desk the codes are of, by the names of their keys: each code of another person, else None."""
    wanted = {}
    for raw in pack.release:
        try:
            wanted[_key_name(raw)] = code_of(private, X25519PublicKey.from_public_bytes(raw), what)
        except ValueError:  # a point of small order: no person's key
            continue
    found: list[str] = []
    for code in codes:
        names = [name for name, right in wanted.items() if hmac.compare_digest(right, heard(code).ljust(8)[:8])]
        if not names or names[0] in found or len(heard(code)) != len(wanted[names[0]]):
            return None
        found.append(names[0])
    return tuple(found)


def wrong_code(people: int) -> PackError:
    """That what was typed is not what the desk reads out."""
    return PackError(
        ngettext(
            "That is not the code of {people} person at the desk for this challenge.",
            "Those are not the codes of {people} different people at the desk for this challenge.",
            people,
        ).format(people=people),
        remedy=_("Have it read out once more, with the challenge as it is shown; after {tries} tries ask anew.").format(
            tries=MOST_TRIES
        ),
        code="pack-code",
    )


def require_keys(pack: Pack) -> None:
    """Raises PackError ``pack-no-release`` where the pack brings fewer keys of the desk's people than a command asks
    for."""
    for entry in pack.entries:
        if codes_wanted(pack, entry) > len(set(pack.release)):
            raise PackError(
                _("{name} needs a code that the desk reads out, and the pack has no key for it.").format(
                    name=entry.name
                ),
                remedy=_("Tell the desk; it puts a key of each person who reads out codes into the pack."),
                code="pack-no-release",
            )


def _key_name(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()[:16]
