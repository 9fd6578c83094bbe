"""The desks whose packs are trusted, kept in the store: one set for live work and one for training, in two files.

Who is trusted in one is nobody in the other. The training desk is always trusted in training, and never in live work:
everybody has its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.packs.envelope import DeskKey, key_name
from hht.packs.errors import PackError
from hht.packs.training_desk import second_training_desk, training_desk

if TYPE_CHECKING:
    from hht.protocol.gbcs.crypto import PublicKey
    from hht.store.store import Store

_SETTING: Final = "trusted-desks"
_LONGEST_NAME: Final = 60
_MOST: Final = 50


@dataclass(frozen=True, slots=True)
class TrustedDesk:
    """`name`: what people call it; `key`: its fingerprint, as packs name it; `pem`: its public key."""

    name: str
    key: str
    pem: str


class DeskTrust:
    """Of one store. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self) -> tuple[TrustedDesk, ...]:
        """Those that a person has named, in the order in which they came."""
        return tuple(TrustedDesk(one["name"], one["key"], one["pem"]) for one in self._store.setting(_SETTING) or ())

    def trusted(self) -> tuple[DeskKey, ...]:
        """Everybody whose packs are trusted here."""
        training = self._store.training
        mine = (DeskKey(one.name, _public(one.pem), training) for one in self.list())
        return (training_desk(), second_training_desk(), *mine) if training else tuple(mine)

    def add(self, name: str, pem: str) -> TrustedDesk:
        """Trust the desk with this public key or certificate from now on.

        Raises HhtError ``desk-key`` for no such key, ``desk-name``; PackError ``desk-training`` for the training desk's
        key in live work, ``desk-known`` for a key or name that is there already.
        """
        name, key, found = name.strip(), _public(pem), self.list()
        if not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME or len(found) >= _MOST:
            raise HhtError(
                _("A desk needs a name of 1 to {most} characters.").format(most=_LONGEST_NAME),
                remedy=_("Give it with --name; for desks that nobody uses any more: hht pack trust --remove."),
                code="desk-name",
            )
        fingerprint = key_name(key)
        if fingerprint in (key_name(one.key) for one in (training_desk(), second_training_desk())):
            raise PackError(
                _("This is the training desk's key, which everybody has."),
                remedy=_("In training it is trusted anyway; live work needs the supplier's own desk."),
                code="desk-training",
            )
        if any(name == one.name or fingerprint == one.key for one in found):
            raise PackError(
                _("A desk of this name, or with this key, is trusted already."),
                remedy=_("Take the old one out first (hht pack trust --remove), if this one is to replace it."),
                code="desk-known",
            )
        added = TrustedDesk(name, fingerprint, pem)
        self._save((*found, added))
        self._store.log("desk-trusted", {"name": name, "key": fingerprint})
        return added

    def remove(self, name: str) -> None:
        """Trust that desk no more; packs that were taken stay. Raises PackError ``desk-unknown``."""
        found = self.list()
        left = tuple(one for one in found if name not in (one.name, one.key))
        if len(left) == len(found):
            raise PackError(
                _("No desk called “{name}” is trusted here.").format(name=name),
                remedy=_("Look at their names: hht pack trust."),
                code="desk-unknown",
            )
        self._save(left)
        self._store.log("desk-not-trusted", {"name": name})

    def _save(self, desks: tuple[TrustedDesk, ...]) -> None:
        self._store.save_setting(_SETTING, [{"name": one.name, "key": one.key, "pem": one.pem} for one in desks])


def _public(pem: str) -> PublicKey:
    from hht.protocol.cosem import ecc
    from hht.protocol.cosem.errors import CosemError
    from hht.protocol.gbcs.crypto import require_p256
    from hht.protocol.gbcs.errors import GbcsError

    try:
        return require_p256(ecc.public_key(pem))
    except (CosemError, GbcsError):
        raise HhtError(
            _("This is no public key of a desk."),
            remedy=_("Give its public key or certificate as PEM, a key of the curve P-256."),
            code="desk-key",
        ) from None
