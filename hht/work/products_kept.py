"""The product list in the store: taken in from a signed file, never an older one for a newer, never for other work.

An edition counts by its number: a lower one is refused, and so is another list under the same number.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.packs.envelope import DeskKey, open_envelope
from hht.packs.errors import EnvelopeError
from hht.work.products import PAYLOAD_TYPE, ProductList, parse_products, products_from_plain

if TYPE_CHECKING:
    from hht.store.store import Store

_SETTING: Final = "product-list"


class ProductListRefused(HhtError):
    """A product list that is not taken in, whatever stands in it."""

    default_code = "products-refused"


@dataclass(frozen=True, slots=True)
class KeptList:
    """The list that is kept, and the desk that signed it."""

    products: ProductList
    desk: str


class ProductListStore:
    """Every method raises StoreError where the store fails."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def kept(self) -> KeptList | None:
        """What is kept; None where no list was taken in. (It was checked when it came, and sealed since.)"""
        found = self._store.setting(_SETTING)
        if found is None:
            return None
        return KeptList(products_from_plain(json.loads(base64.b64decode(found["payload"]))), found["desk"])

    def take(self, octets: bytes, source: str, desks: Iterable[DeskKey], today: date) -> KeptList:
        """Keep the list in a signed file in the place of the one before; the same once more changes nothing.

        Raises ProductListRefused: ``products-envelope``, ``products-desk-unknown``, ``products-signature``,
        ``wrong-trust``, ``products-older``, ``products-altered``, ``products-from-future``; ProductListError.
        """
        try:
            opened = open_envelope(octets, desks, PAYLOAD_TYPE)
        except EnvelopeError as error:
            raise _not_opened(error, source) from None
        new = parse_products(opened.payload, source)
        self._refuse_other_trust(new)
        with self._store.transaction():
            before = self._store.setting(_SETTING)
            payload = base64.b64encode(opened.payload).decode()
            if before is not None and before["payload"] != payload:
                _refuse_rollback(new, self.kept())
            if new.issued > today:
                raise ProductListRefused(
                    _("The product list was issued {day}, which is still to come.").format(day=new.issued),
                    remedy=_("Look at the clock of this computer; else ask whoever sent the list."),
                    code="products-from-future",
                )
            self._store.save_setting(_SETTING, {"payload": payload, "desk": opened.desk.name})
        return KeptList(new, opened.desk.name)

    def _refuse_other_trust(self, new: ProductList) -> None:
        if new.training == self._store.training:
            return
        words = (
            _("This product list is for training, with products that do not exist; this is the store for live work.")
            if new.training
            else _("This product list is for live work; this is the training store.")
        )
        raise ProductListRefused(
            words, remedy=_("Training and live work never mix: say --training, or leave it out."), code="wrong-trust"
        )


def _refuse_rollback(new: ProductList, kept: KeptList | None) -> None:
    if kept is None or new.number > kept.products.number:
        return
    if new.number < kept.products.number:
        raise ProductListRefused(
            _("This is edition {new} of the product list; edition {kept} is here already.").format(
                new=new.number, kept=kept.products.number
            ),
            remedy=_("Nothing needs to be done. If the older one is meant to hold, the desk issues it anew."),
            code="products-older",
        )
    words = _("This is another product list than the one that is here, under the same number {number}.")
    raise ProductListRefused(
        words.format(number=new.number),
        remedy=_("Tell the desk: a list that was changed needs a higher number. The one that is here stays."),
        code="products-altered",
    )


def _not_opened(error: EnvelopeError, source: str) -> ProductListRefused:
    words = {
        "pack-desk-unknown": _("No desk that is trusted here has signed the product list “{source}”."),
        "pack-signature": _("The signature of the product list “{source}” does not fit: it was changed afterwards."),
    }
    message = words.get(error.code, _("“{source}” is no signed product list.")).format(source=source)
    remedy = _("Ask the desk for it again. Whose signatures are trusted: hht pack trust.")
    return ProductListRefused(message, remedy=remedy, code=error.code.replace("pack-", "products-"))
