"""The desks whose packs are trusted, kept in the store: one set for live work and one for training, in two files.

Who is trusted in one is nobody in the other. The training desk is always trusted in training, and never in live work:
everybody has its key.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

from hht.access.roles import Act
from hht.errors import HhtError
from hht.i18n import _
from hht.packs.envelope import DeskKey, key_name
from hht.packs.errors import PackError
from hht.packs.training_desk import second_training_desk, training_desk

if TYPE_CHECKING:
    from hht.protocol.gbcs.crypto import PrivateKey, PublicKey
    from hht.store.store import Store

_SETTING: Final = "trusted-desks"
_LONGEST_NAME: Final = 60
_MOST: Final = 50
_SUPPLIER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,39}")


@dataclass(frozen=True, slots=True)
class TrustedDesk:
    """`name`: what people call it; `key`: its fingerprint, as packs name it; `pem`: its public key; `suppliers`: for
    whom it may sign jobs."""

    name: str
    key: str
    pem: str
    suppliers: tuple[str, ...] = ()


class DeskTrust:
    """Of one store. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self) -> tuple[TrustedDesk, ...]:
        """Those that a person has named, in the order in which they came."""
        return tuple(
            TrustedDesk(one["name"], one["key"], one["pem"], tuple(one.get("suppliers", ())))
            for one in self._store.setting(_SETTING) or ()
        )

    def trusted(self) -> tuple[DeskKey, ...]:
        """Everybody whose packs are trusted here."""
        training = self._store.training
        mine = (DeskKey(one.name, public_key(one.pem), training, one.suppliers) for one in self.list())
        return (training_desk(), second_training_desk(), *mine) if training else tuple(mine)

    def add(self, name: str, pem: str, suppliers: Iterable[str] = ()) -> TrustedDesk:
        """Trust the desk with this public key or certificate from now on; with `suppliers`, to sign their jobs too. One
        that is there already is trusted for other suppliers from now on, where its name and key are the same.

        Raises HhtError ``desk-key`` for no such key, ``desk-name``, ``desk-supplier``, ``desk-many``; PackError
        ``desk-training`` for the training desk's key in live work, ``desk-known`` for a key or name that is there
        already.
        """
        self._store.require(Act.TRUST)
        name, key, suppliers = name.strip(), public_key(pem), tuple(dict.fromkeys(suppliers))
        found = self._but_its_suppliers(name, key_name(key), suppliers)
        if not name.isprintable() or not 0 < len(name) <= _LONGEST_NAME:
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
        added = TrustedDesk(name, fingerprint, pem, suppliers)
        if len(found) >= _MOST:
            raise HhtError(
                _("This terminal trusts {most} desks, and no more fit.").format(most=_MOST),
                remedy=_("Take out one that nobody uses any more: hht pack trust --remove NAME."),
                code="desk-many",
            )
        with self._store.transaction():
            self._save((*found, added))
            self._store.log("desk-trusted", {"name": name, "key": fingerprint, "suppliers": list(suppliers)})
        return added

    def _but_its_suppliers(self, name: str, key: str, suppliers: tuple[str, ...]) -> tuple[TrustedDesk, ...]:
        """Those that are kept, without the very one that is added with other suppliers. Raises HhtError
        ``desk-supplier``."""
        for one in suppliers:
            if _SUPPLIER.fullmatch(one) is None:
                raise HhtError(
                    _("“{supplier}” is no id of a supplier.").format(supplier=one[:40]),
                    remedy=_("An id has 1 to 40 letters, digits and . _ / -, as the desk writes it into its jobs."),
                    code="desk-supplier",
                )
        return tuple(one for one in self.list() if not suppliers or (one.name, one.key) != (name, key))

    def remove(self, name: str) -> None:
        """Trust that desk no more; packs that were taken stay. Raises PackError ``desk-unknown``."""
        self._store.require(Act.TRUST)
        found = self.list()
        left = tuple(one for one in found if name not in (one.name, one.key))
        if len(left) == len(found):
            raise PackError(
                _("No desk called “{name}” is trusted here.").format(name=name),
                remedy=_("Look at their names: hht pack trust."),
                code="desk-unknown",
            )
        with self._store.transaction():
            self._save(left)
            self._store.log("desk-not-trusted", {"name": name})

    def _save(self, desks: tuple[TrustedDesk, ...]) -> None:
        self._store.save_setting(_SETTING, [asdict(one) for one in desks])


def signing_key(pem: str) -> PrivateKey:
    """The private key of a desk in `pem`; "" the training desk's. Raises HhtError ``desk-key``."""
    from hht.packs.training_desk import training_desk_key
    from hht.protocol.cosem import ecc
    from hht.protocol.cosem.errors import CosemError

    try:
        key = ecc.private_key(pem) if pem else training_desk_key()
    except CosemError:
        key = None
    if key is None or key.curve.name != "secp256r1":
        raise HhtError(
            _("This is no private key of a desk."),
            remedy=_("Give a private key as PEM, a key of the curve P-256."),
            code="desk-key",
        )
    return key


def public_key(pem: str) -> PublicKey:
    """A desk's public key, or its certificate's. Raises HhtError ``desk-key``."""
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
