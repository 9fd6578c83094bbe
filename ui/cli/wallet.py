"""`hht wallet list|add|remove`: the engineer's registrations and test instruments, sealed in the store."""

from __future__ import annotations

import argparse

from hht.i18n import _, ngettext
from ui.cli.common import Output, add_json, add_store_options, run_command
from ui.system import SystemClock

_DAY = _("year, month, day: 2027-03-31")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "wallet",
        help=_("your registrations and test instruments: list, add, remove; visits fill them in"),
        epilog=_("Example: hht wallet add registration GS-123456 --for gas --until 2027-03-31"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    words = _("what is kept, and what has ended or will within 30 days")
    listing = verbs.add_parser("list", help=words, description=words, epilog=_("Example: hht wallet list --training"))
    words = _("keep a registration or a test instrument; the same number again renews it")
    epilog = _("Example: hht wallet add instrument SN-1001 --kind loop --until 2027-03-31 --training")
    adding = verbs.add_parser("add", help=words, description=words, epilog=epilog)
    things = adding.add_subparsers(dest="thing", required=True, metavar=_("WHAT"))
    leaves = [listing, _registration_parser(things), _instrument_parser(things)]
    words = _("erase a registration or a test instrument")
    epilog = _("Example: hht wallet remove instrument SN-1001 --training")
    removing = verbs.add_parser("remove", help=words, description=words, epilog=epilog)
    removing.add_argument("thing", choices=("registration", "instrument"), help=_("what it is"))
    removing.add_argument("number", metavar="NUMBER", help=_("as hht wallet list shows it"))
    for leaf in (*leaves, removing):
        add_store_options(leaf)
        add_json(leaf)


def _registration_parser(things: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    words = _("a registration or authorisation: its number and what it is for")
    epilog = _("Example: hht wallet add registration GS-123456 --called GasSafe --for gas --until 2027-03-31")
    one = things.add_parser("registration", help=words, description=words, epilog=epilog)
    one.add_argument("number", metavar="NUMBER", help=_("the number on the card"))
    one.add_argument("--for", dest="covers", required=True, metavar="WORK", help=_("electricity, gas, or both: a,b"))
    one.add_argument("--called", default="", metavar="NAME", help=_("what it is called, such as MOCOPA"))
    one.add_argument("--from", dest="since", default="", metavar="DAY", help=_("the first day it holds"))
    one.add_argument("--until", required=True, metavar="DAY", help=_DAY)
    return one


def _instrument_parser(things: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    words = _("a test instrument: its serial number and the last day of its calibration")
    epilog = _("Example: hht wallet add instrument SN-1001 --kind loop --until 2027-03-31")
    one = things.add_parser("instrument", help=words, description=words, epilog=epilog)
    one.add_argument("number", metavar="SERIAL", help=_("its serial number"))
    one.add_argument("--kind", required=True, metavar="KIND", help=_("voltage, loop or manometer"))
    one.add_argument("--until", required=True, metavar="DAY", help=_DAY)
    return one


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    verbs = {"list": _list, "add": _add, "remove": _remove}
    return run_command(args, verbs[args.verb])


def _list(args: argparse.Namespace, output: Output) -> int:
    from hht.work.wallet_store import WalletStore
    from ui.cli.stores import opened_store

    clock = SystemClock()
    with opened_store(args, clock) as store:
        wallet = WalletStore(store).wallet()
    today = clock.now().date()
    for one in wallet.entries:
        output.emit(
            "registration" if one.registration else "instrument",
            f"{one.number:<20} {one.words}  {one.standing_words(today)}",
            number=one.number,
            kind=one.kind,
            covers=list(one.covers),
            since=one.since.isoformat() if one.since else None,
            until=one.until.isoformat(),
            standing=one.standing(today).value,
        )
    for warning in wallet.warnings(today):
        output.warn(warning)
    count = len(wallet.entries)
    text = ngettext("{count} entry", "{count} entries", count).format(count=count)
    output.emit("result", text, ok=True, entries=count)
    return 0


def _add(args: argparse.Namespace, output: Output) -> int:
    from hht.work.wallet import instrument, registration
    from hht.work.wallet_store import WalletStore
    from ui.cli.stores import opened_store

    if args.thing == "registration":
        covers = args.covers.split(",")
        entry = registration(args.number, covers, args.until, called=args.called, since=args.since)
    else:
        entry = instrument(args.kind, args.number, args.until)
    clock = SystemClock()
    with opened_store(args, clock) as store:
        renewed = WalletStore(store).add(entry, clock.now().date())
    words = _("Renewed: {what}, until {day}.") if renewed else _("In the wallet: {what}, until {day}.")
    output.emit(
        "result", words.format(what=entry.words, day=entry.until), ok=True, number=entry.number, renewed=renewed
    )
    return 0


def _remove(args: argparse.Namespace, output: Output) -> int:
    from hht.work.wallet_store import WalletStore
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        WalletStore(store).remove(args.number, registration=args.thing == "registration")
    output.emit("result", _("Erased: {number}.").format(number=args.number), ok=True, number=args.number)
    return 0
