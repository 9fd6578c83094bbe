"""Whose receipts and jobs a terminal takes, and on whose word a receipt in a file is taken in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hht.depot.cards import Card, Role, read_card, signed_receipt
from hht.i18n import _
from hht.work.job_origin import LONGEST_REASON, SHORTEST_REASON, told_reason
from ui.receipts import OutboxError

if TYPE_CHECKING:
    from hht.store.store import Store
    from ui.receipts import ReceiptFile

DEPOT: Final = "depot-card"  # the setting
UNSIGNED: Final = "receipt-unsigned"  # the code of the error


def known_depot(store: Store) -> Card | None:
    """The depot whose receipts and jobs are taken, if anybody's are."""
    kept = store.setting(DEPOT)
    return None if kept is None else read_card(kept.encode(), Role.DEPOT, training=store.training)


def word_of(receipt: ReceiptFile, store: Store, reason: str) -> dict[str, Any]:
    """What is noted of whoever has what the receipt names: `by`, and `signed` (the depot's key) or, where nobody signed
    it, `unsigned`: why a person took it in live work all the same, which is `reason`; in training that may be "".

    Raises OutboxError ``receipt-unsigned``, ``receipt-reason``, ``receipt-depot-unknown``, ``receipt-signature``.
    """
    if receipt.depot:
        return _signed(receipt, known_depot(store))
    if not reason and store.training:
        return {"by": receipt.by}
    if not reason:
        raise OutboxError(
            _("Nobody signed this receipt: anybody may have written that {name} has it.").format(name=receipt.by),
            remedy=_(
                "Have the depot sign it: hht outbox acknowledge … --depot DIR. If it has to be this one, say why: hht "
                "outbox receipt FILE --reason REASON, or in the window. The reason stands in the log."
            ),
            code=UNSIGNED,
        )
    because = told_reason(reason)
    if not because:
        raise OutboxError(
            _("An unsigned receipt needs a reason of {least} to {most} characters.").format(
                least=SHORTEST_REASON, most=LONGEST_REASON
            ),
            remedy=_("Say who gave you the receipt and how you know; it stands in the log and in the outbox."),
            code="receipt-reason",
        )
    return {"by": receipt.by, "unsigned": because}


def _signed(receipt: ReceiptFile, depot: Card | None) -> dict[str, Any]:
    if depot is None or depot.key != receipt.depot:
        raise OutboxError(
            _("This receipt is signed by the depot {key}, which is not the one that is trusted here.").format(
                key=receipt.depot
            ),
            remedy=_("Compare the keys: hht depot trust. A receipt of your own depot counts, or its card is taken in."),
            code="receipt-depot-unknown",
        )
    if not signed_receipt(receipt.said, receipt.signature, depot):
        raise OutboxError(
            _("The signature of this receipt does not fit: it was changed afterwards, or is not of “{name}”.").format(
                name=depot.name
            ),
            remedy=_("Nothing of it was used. Ask the depot for it again."),
            code="receipt-signature",
        )
    return {"by": f"{depot.name}, {receipt.by}", "signed": depot.key}
