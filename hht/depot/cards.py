"""Who a terminal and a depot are to one another: a card with two public keys, and letters that only the other can read.

A letter is signed (Ed25519) and sealed (HPKE, RFC 9180: X25519, HKDF-SHA256, AES-128-GCM). Sender, receiver and whether
it is training stand in both, so that a letter fits nowhere else; the broker sees who talks with whom and how much.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from hht.depot.errors import DepotError
from hht.i18n import _
from hht.json_object import json_object

if TYPE_CHECKING:
    from collections.abc import Mapping

FORMAT: Final = "hht-card/1"
SEED_OCTETS: Final = 32
MOST_CARD: Final = 4096  # octets of a card's file
_SIGNATURE: Final = 64  # octets
_LONGEST_NAME: Final = 60
_SYMBOLS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # none is mistaken for another
_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_128_GCM)


class Role(StrEnum):
    """Whose card it is."""

    TERMINAL = "terminal"
    DEPOT = "depot"


@dataclass(frozen=True, slots=True)
class Card:
    """The public half. `name`: what people call it; `sign`, `seal`: raw public keys of 32 octets."""

    role: Role
    name: str
    training: bool
    sign: bytes = field(repr=False)
    seal: bytes = field(repr=False)

    @property
    def key(self) -> str:
        """What it is known by: 16 hex digits of the SHA-256 of both keys."""
        return hashlib.sha256(self.sign + self.seal).hexdigest()[:16]

    @property
    def check_words(self) -> tuple[str, ...]:
        """What two people say to one another on the phone, to know that a card is the one that was sent: 60 bits of a
        SHA-256 over all that stands in it, its name too, as 12 characters in threes that nobody mistakes."""
        number = int.from_bytes(hashlib.sha256(b"hht-card-words-1" + self.write()).digest()[:8], "big") >> 4
        text = "".join(_SYMBOLS[number >> shift & 31] for shift in range(55, -1, -5))
        return tuple(text[start : start + 3] for start in range(0, 12, 3))

    def write(self) -> bytes:
        """As a file."""
        plain = {"format": FORMAT, "role": self.role.value, "name": self.name, "training": self.training}
        keys = {"sign": self.sign.hex(), "seal": self.seal.hex(), "check": self.check}
        return json.dumps({**plain, **keys}, indent=1).encode() + b"\n"

    @property
    def check(self) -> str:
        """What shows that nothing of the file was changed by chance; who it is of, its key alone says."""
        said = [FORMAT, self.role.value, self.name, self.training, self.sign.hex(), self.seal.hex()]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:16]


def read_card(octets: bytes, role: Role, *, training: bool) -> Card:
    """The card in a file. Raises DepotError ``card`` (it is none, or another's), ``card-trust`` (training's in live
    work, or the other way about)."""
    plain = json_object(octets, MOST_CARD)
    try:
        card = _card(plain) if plain is not None else None
    except (ValueError, KeyError, TypeError):
        card = None
    if card is None or card.role is not role:
        whose = {Role.TERMINAL: _("a terminal"), Role.DEPOT: _("a depot")}[role]
        raise DepotError(
            _("This is no card of {whose}.").format(whose=whose),
            remedy=_("A terminal writes its card with hht depot card, a depot with hht depot init."),
            code="card",
        )
    if card.training is not training:
        raise DepotError(
            _("“{name}” is for training.").format(name=card.name)
            if card.training
            else _("“{name}” is for live work.").format(name=card.name),
            remedy=_("Training and live work never mix: use the other one's card."),
            code="card-trust",
        )
    return card


def _card(plain: Mapping[str, Any]) -> Card | None:
    name, training = plain["name"], plain["training"]
    known = {"format", "role", "name", "training", "sign", "seal"}
    if plain.keys() - {"check"} != known or plain["format"] != FORMAT:
        return None
    if not isinstance(name, str) or not isinstance(training, bool) or not is_name(name):
        return None
    sign, seal = bytes.fromhex(plain["sign"]), bytes.fromhex(plain["seal"])
    if not len(sign) == len(seal) == SEED_OCTETS:
        return None
    card = Card(Role(plain["role"]), name, training, sign, seal)
    return card if plain.get("check", card.check) == card.check else None  # earlier versions wrote none


def is_name(name: str) -> bool:
    """Whether people may call a terminal or a depot so."""
    return name.isprintable() and name == name.strip() and 0 < len(name) <= _LONGEST_NAME


class OwnKeys:
    """Both private keys, of one seed that nobody else has."""

    def __init__(self, seed: bytes) -> None:
        if len(seed) != SEED_OCTETS:
            raise ValueError("a seed has 32 octets")
        self._sign = Ed25519PrivateKey.from_private_bytes(hmac.digest(seed, b"hht-card-sign-1", "sha256"))
        self._seal = X25519PrivateKey.from_private_bytes(hmac.digest(seed, b"hht-card-seal-1", "sha256"))

    def __repr__(self) -> str:
        return "OwnKeys(…)"

    def sign_receipt(self, said: bytes, mine: Card) -> bytes:
        """This one's signature (64 octets) over what a receipt says that nobody carries in a letter."""
        return self._sign.sign(_about_receipt(mine) + said)

    def card(self, role: Role, name: str, *, training: bool) -> Card:
        """The public half."""
        public = self._sign.public_key().public_bytes_raw(), self._seal.public_key().public_bytes_raw()
        return Card(role, name, training, *public)

    def close(self, letter: bytes, mine: Card, to: Card) -> bytes:
        """A letter that only `to` can read, and that only this one can have written."""
        about = _about(mine, to)
        return _SUITE.encrypt(
            self._sign.sign(about + letter) + letter, X25519PublicKey.from_public_bytes(to.seal), about
        )

    def open(self, octets: bytes, mine: Card, sender: Card) -> bytes:
        """What `sender` wrote. Raises DepotError ``letter-broken``: it was changed, is another's, or for another."""
        about = _about(sender, mine)
        try:
            opened = _SUITE.decrypt(octets, self._seal, about)
            signature, letter = opened[:_SIGNATURE], opened[_SIGNATURE:]
            Ed25519PublicKey.from_public_bytes(sender.sign).verify(signature, about + letter)
        except (InvalidTag, InvalidSignature, ValueError):
            raise DepotError(
                _("A letter of “{name}” was changed on the way, or is not theirs.").format(name=sender.name),
                remedy=_("Nothing of it was used. Where it goes on, somebody alters what the broker carries."),
                code="letter-broken",
            ) from None
        return letter


def signed_receipt(said: bytes, signature: bytes, by: Card) -> bool:
    """Whether `by` signed that as a receipt."""
    try:
        Ed25519PublicKey.from_public_bytes(by.sign).verify(signature, _about_receipt(by) + said)
    except (InvalidSignature, ValueError):
        return False
    return True


def _about_receipt(by: Card) -> bytes:
    world = "training" if by.training else "live"
    return f"hht-receipt/2 {world} {by.role} {by.key}\n".encode()


def _about(sender: Card, receiver: Card) -> bytes:
    world = "training" if sender.training else "live"
    return f"hht-letter/1 {world} {sender.role} {sender.key} {receiver.role} {receiver.key}\n".encode()
