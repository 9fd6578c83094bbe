"""The product list in the store: taken in from a signed file, never an older one for a newer, never for other work.

An edition counts by its number: a lower one is refused, and so is another list under the same number, or one that was
issued before the one that is kept. A number that shuts out all later ones is undone by a supervisor alone, who has the
list forgotten; nothing that was issued before it comes in afterwards. One past its last day is refused; of the one that
is kept, whoever relies on it says so (`hht.work.compatibility.list_reasons`). That is judged by `latest_moment`: what
was over once is noted in the store's log, and a clock set back makes nothing good. All else is judged by the clock:
nobody is to be stopped for months at every device because it was ahead once.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date
from typing import TYPE_CHECKING, Final

from hht.access.roles import Act
from hht.errors import HhtError
from hht.i18n import _
from hht.packs.acceptance import seen_later
from hht.packs.envelope import DeskKey, open_envelope
from hht.packs.errors import EnvelopeError
from hht.store.log_chain import latest_moment, latest_noted
from hht.work.products import (
    OLDER_FORMAT,
    PAYLOAD_TYPE,
    ProductList,
    ProductListError,
    parse_products,
    products_from_plain,
)

if TYPE_CHECKING:
    from hht.store.store import Store

_SETTING: Final = "product-list"
_FORGOTTEN: Final = "forgotten"  # in place of a list: the day on which the one that was forgotten was issued


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

    @property
    def today(self) -> date:
        """The day of the computer's clock (UTC)."""
        return self._store.clock.now().astimezone(UTC).date()

    @property
    def latest_day(self) -> date:
        """The day by which a list is over: today, or that of the latest that the log has noted."""
        return latest_moment(self._store).astimezone(UTC).date()

    def kept(self) -> KeptList | None:
        """What is kept; None where no list was taken in. (It was checked when it came, and sealed since.) The first
        time that it is found to be over, the log notes it."""
        found = self._store.setting(_SETTING)
        if found is None or _FORGOTTEN in found:
            return None
        products = products_from_plain(json.loads(base64.b64decode(found["payload"])))
        self._note_over(products)
        return KeptList(replace(products, found_over=products.is_over(self.latest_day)), found["desk"])

    def take(self, octets: bytes, source: str, desks: Iterable[DeskKey]) -> KeptList:
        """Keep the list in a signed file in the place of the one before; the same once more changes nothing.

        Raises ProductListRefused: ``products-envelope``, ``products-desk-unknown``, ``products-signature``,
        ``wrong-trust``, ``products-no-end``, ``products-older``, ``products-altered``, ``products-issued-before``,
        ``products-from-future``, ``products-expired``; ProductListError. What is refused so is in the store's log.
        """
        try:
            return self._taken(octets, source, desks)
        except ProductListRefused as error:
            self._store.log("product-list-refused", {"source": source[:100], "code": error.code})
            raise

    def forget(self, number: int) -> ProductList:
        """Forget the list that is kept, edition `number`; which it was. In live work only what was issued on its day or
        later comes in then: who signed a number that shut out all others gains nothing older by it.

        Raises ProductListRefused ``products-not-kept``, AccessRefused for whoever may not say what is trusted.
        """
        self._store.require(Act.TRUST)
        with self._store.transaction():
            kept = self.kept()
            if kept is None or kept.products.number != number:
                raise ProductListRefused(
                    _("Edition {number} of the product list is not kept here.").format(number=number),
                    remedy=_("See which one is: hht van products."),
                    code="products-not-kept",
                )
            gone = kept.products
            told = {"number": number, "issued": gone.issued.isoformat(), "desk": kept.desk, "title": gone.title[:100]}
            self._store.note("products-forgotten", told)
            since = date.min if self._store.training else gone.issued  # the list of training comes back by itself
            self._store.save_setting(_SETTING, {_FORGOTTEN: since.isoformat()})
        return gone

    def _taken(self, octets: bytes, source: str, desks: Iterable[DeskKey]) -> KeptList:
        try:
            opened = open_envelope(octets, desks, PAYLOAD_TYPE)
        except EnvelopeError as error:
            raise _not_opened(error, source) from None
        try:
            new = parse_products(opened.payload, source)
        except ProductListError:
            _refuse_without_end(opened.payload, source)
            raise
        self._refuse_other_trust(new)
        with self._store.transaction():
            before = self._store.setting(_SETTING)
            payload = base64.b64encode(opened.payload).decode()
            if before is not None and before.get("payload") != payload:
                _refuse_rollback(new, self.kept())
            if new.issued > self.today:
                raise ProductListRefused(
                    _("The product list was issued {day}, which is still to come.").format(day=new.issued),
                    remedy=_("Look at the clock of this computer; else ask whoever sent the list."),
                    code="products-from-future",
                )
            self._refuse_over(new, source)
            if before is not None and before.get("payload") != payload:
                _refuse_issued_before(new, before, self.kept())
            desk = opened.desk.name
            if before is None or (before.get("payload"), before.get("desk")) != (payload, desk):
                told = {"number": new.number, "issued": new.issued.isoformat(), "desk": desk, "source": source[:100]}
                self._store.note("products-taken", told)
                self._store.save_setting(_SETTING, {"payload": payload, "desk": desk})
        return KeptList(new, opened.desk.name)

    def _refuse_over(self, new: ProductList, source: str) -> None:
        """Raises ProductListRefused ``products-expired``."""
        if not new.is_over(self.latest_day):
            return
        words = _("Edition {number} of the product list, in “{source}”, was good until {day}: that is over.")
        words = words.format(number=new.number, source=source, day=new.good_until)
        remedy = _("Ask the desk for the newest edition. The list that is kept here, if any, stays.")
        if not new.is_over(self.today):
            words = f"{words} {seen_later(latest_moment(self._store))}"
            remedy = _(
                "Set this computer's clock right. If it was ahead once, ask the desk for a list that ends later."
            )
        raise ProductListRefused(words, remedy=remedy, code="products-expired")

    def _note_over(self, products: ProductList) -> None:
        """Let the log say when it was found to be over, once: that is a time which a clock set back cannot undo."""
        if not products.is_over(self.today):
            return
        noted = latest_noted(self._store)
        if noted is None or not products.is_over(noted.astimezone(UTC).date()):
            until = products.good_until.isoformat() if products.good_until is not None else ""
            self._store.log("product-list-over", {"number": products.number, "good_until": until})

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


def _refuse_without_end(payload: bytes, source: str) -> None:
    """Raises ProductListRefused ``products-no-end`` for a list of the form before, which never ended."""
    try:
        plain = json.loads(payload)
    except (ValueError, RecursionError):
        return
    if isinstance(plain, dict) and plain.get("format") == OLDER_FORMAT:
        raise ProductListRefused(
            _("The product list “{source}” is of the form {format}, which does not say until when it is good.").format(
                source=source, format=OLDER_FORMAT
            ),
            remedy=_("Ask the desk to issue it anew, with its last day. The list that is kept here, if any, stays."),
            code="products-no-end",
        )


def _refuse_rollback(new: ProductList, kept: KeptList | None) -> None:
    if kept is None or new.number > kept.products.number:
        return
    if new.number < kept.products.number:
        raise ProductListRefused(
            _("This is edition {new} of the product list; edition {kept} is here already.").format(
                new=new.number, kept=kept.products.number
            ),
            remedy=" ".join(
                [
                    _("Nothing needs to be done. If the older one is meant to hold, the desk issues it anew."),
                    _("If the number that is here is wrong, a supervisor has it forgotten: {command}").format(
                        command=f"hht van products --forget {kept.products.number}"
                    ),
                ]
            ),
            code="products-older",
        )
    words = _("This is another product list than the one that is here, under the same number {number}.")
    raise ProductListRefused(
        words.format(number=new.number),
        remedy=_("Tell the desk: a list that was changed needs a higher number. The one that is here stays."),
        code="products-altered",
    )


def _refuse_issued_before(new: ProductList, before: Mapping[str, str], kept: KeptList | None) -> None:
    """A higher number does not make an older list newer. `before`: the setting as it is."""
    since = kept.products.issued if kept is not None else date.fromisoformat(before[_FORGOTTEN])
    if new.issued < since:
        raise ProductListRefused(
            _("Edition {new} of the product list was issued {day}; one issued {since} has been here.").format(
                new=new.number, day=new.issued, since=since
            ),
            remedy=_("Ask the desk for the newest edition; if this one is meant to hold, it is issued anew."),
            code="products-issued-before",
        )


def _not_opened(error: EnvelopeError, source: str) -> ProductListRefused:
    words = {
        "pack-desk-unknown": _("No desk that is trusted here has signed the product list “{source}”."),
        "pack-signature": _("The signature of the product list “{source}” does not fit: it was changed afterwards."),
    }
    message = words.get(error.code, _("“{source}” is no signed product list.")).format(source=source)
    remedy = _("Ask the desk for it again. Whose signatures are trusted: hht pack trust.")
    return ProductListRefused(message, remedy=remedy, code=error.code.replace("pack-", "products-"))
