"""``hht gbcs make-utrn|check-utrn``: top-up tokens with keys, as a supplier makes them and a meter checks them.

For whoever holds such keys: a supplier's test desk, and training. A terminal in the field holds none, and has
``hht check utrn`` for what can be said without.
"""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any, Final

from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output, UsageProblem, add_json, whole_number
from ui.cli.gbcs_keys import add_keys, key_ring

if TYPE_CHECKING:
    from hht.protocol.gbcs.keys import KeyRing

MAKE, CHECK = "make-utrn", "check-utrn"
_LOW: Final = (1 << 32) - 1  # what a token says nothing of: a meter takes these bits of the counter to be 0


def add_tokens(actions: Any) -> None:
    """Both actions."""
    words = _("make a top-up token (UTRN) with the supplier's prepayment key, or the meter's")
    make = actions.add_parser(
        MAKE,
        help=words,
        description=words,
        epilog=_(
            "Example: hht gbcs make-utrn --keys DIR --supplier EUI64 --meter EUI64 --counter 21474836480 --pounds 20"
        ),
    )
    make.add_argument("--counter", type=_counter, required=True, metavar="N", help=_("the originator counter, 64 bits"))
    value = make.add_mutually_exclusive_group(required=True)
    value.add_argument("--pounds", type=whole_number, metavar="N", help=_("what it is worth: 0 to 8191 pounds"))
    value.add_argument("--pence", type=whole_number, metavar="N", help=_("or 0 to 8191 pence"))
    words = _("is a top-up token (UTRN) the supplier's, and for this meter? Exit status 1 where it is not")
    check = actions.add_parser(
        CHECK,
        help=words,
        description=words,
        epilog=_("Example: hht gbcs check-utrn --keys DIR --supplier EUI64 --meter EUI64 token.txt"),
    )
    check.add_argument("--highest", type=_counter, metavar="N", help=_("the highest counter that the meter accepted"))
    check.add_argument("file", nargs="?", default="-", metavar="FILE", help=_("a file, or - for standard input"))
    for action in (make, check):
        action.add_argument("--supplier", required=True, metavar="EUI64", help=_("whose token it is"))
        action.add_argument("--meter", required=True, metavar="EUI64", help=_("which meter it is for"))
        add_keys(action)
        add_json(action)


def run_tokens(args: argparse.Namespace, output: Output) -> int:
    """Make or check one. Raises KeyMissing, GbcsError, IdentifierError, UsageProblem."""
    from hht.identifiers.device_id import DeviceId

    if not args.keys:
        raise UsageProblem(
            _("Without keys no token is made or checked."),
            remedy=_("Give --keys DIR; hht check utrn says what can be said without them."),
        )
    keys = key_ring(args, output)
    parties = DeviceId.parse(args.supplier).to_bytes(), DeviceId.parse(args.meter).to_bytes()
    return (_make if args.action == MAKE else _check)(args, output, keys, *parties)


def _make(args: argparse.Namespace, output: Output, keys: KeyRing, supplier: bytes, meter: bytes) -> int:
    from hht.protocol.gbcs.top_up import ValueClass, make_utrn

    pounds = args.pence is None
    value, value_class = (args.pounds, ValueClass.POUNDS) if pounds else (args.pence, ValueClass.PENCE)
    if args.counter & _LOW:
        output.warn(_("no meter takes it: the last 32 bits of the counter of a token are 0"))
    made = make_utrn(keys, supplier, meter, args.counter, value, value_class)
    digits = made.reveal()
    output.emit(
        "result",
        " ".join(digits[at : at + 4] for at in range(0, len(digits), 4)),
        ok=True,
        utrn=digits,
        counter=args.counter,
        amount_pence=made.contents.amount_pence,
    )
    return DONE


def _check(args: argparse.Namespace, output: Output, keys: KeyRing, supplier: bytes, meter: bytes) -> int:
    from hht.identifiers import Utrn
    from hht.protocol.gbcs.top_up import check_utrn
    from ui.meter_keys import read_secret

    utrn = Utrn.parse(read_secret(args.file).strip())
    pence = utrn.contents.amount_pence or 0
    counter = check_utrn(keys, utrn, supplier, meter, args.highest or 0)
    used = counter is not None and args.highest is not None and counter <= args.highest
    if counter is None:
        said = _("Not authentic: it is another supplier's, for another meter, or its counter is too far off.")
    elif used:
        said = _("Authentic, and used already: its counter {counter} is not above the highest.").format(counter=counter)
    else:
        said = _("Authentic: £{pounds}.{pence:02d}, counter {counter}.").format(
            pounds=pence // 100, pence=pence % 100, counter=counter
        )
    good = counter is not None and not used
    told = {"authentic": counter is not None, "used": used, "counter": counter, "amount_pence": pence}
    output.emit("result", said, ok=good, **told)
    return DONE if good else FAILED


def _counter(text: str) -> int:
    """An originator counter of 64 bits."""
    if not re.fullmatch("[0-9]{1,20}", text) or int(text) >> 64:
        raise argparse.ArgumentTypeError(_("“{text}” is no counter of 64 bits").format(text=text))
    return int(text)
