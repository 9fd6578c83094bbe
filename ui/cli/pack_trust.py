"""``hht pack trust``: the desks whose packs are taken, and jobs for suppliers named; live work and training apart."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from ui.cli.common import DONE, Output, UsageProblem, add_json, add_store_options, named_path
from ui.cli.pack_delivery import one_trust
from ui.system import SystemClock

if TYPE_CHECKING:
    from ui.desk_trust import DeskTrust

_MOST_KEY: Final = 1 << 16  # octets of a key file


def add_trust(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Its arguments."""
    parser = actions.add_parser(
        "trust",
        help=_("whose packs are taken: list them, add one, take one out"),
        description=_(
            "A desk that is kept here need not be named with --desk-key. Live work and training each have their own: "
            "who is trusted in one is nobody in the other, and the training desk is never trusted in live work."
        ),
        epilog=_("Example: hht pack trust --live --add desk.pem --name 'Supplier One' --pass-phrase-file phrase"),
    )
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--add", type=named_path, metavar="PEM", help=_("public key or certificate of a desk"))
    what.add_argument("--remove", metavar="NAME", help=_("trust the desk of this name, or key, no more"))
    parser.add_argument("--name", metavar="NAME", default="", help=_("what to call it; default: the name of the file"))
    parser.add_argument(
        "--supplier",
        action="append",
        default=[],
        metavar="ID",
        help=_("it may sign jobs for this supplier; repeatable"),
    )
    parser.add_argument("--live", action="store_true", help=_("the desks of live work, not those for training"))
    add_store_options(parser)
    add_json(parser)


def trust(args: argparse.Namespace, output: Output) -> int:
    """List, add or take out."""
    from ui.cli.stores import opened_store
    from ui.desk_trust import DeskTrust

    if (args.name or args.supplier) and args.add is None:
        raise UsageProblem(_("--name goes with --add."), remedy=_("Give the file of the key with --add."))
    one_trust(args)
    with opened_store(args, SystemClock()) as store:
        kept = DeskTrust(store)
        if args.add is not None:
            _add(kept, args, output)
        elif args.remove is not None:
            kept.remove(args.remove)
            output.emit("result", _("“{name}” is trusted no more.").format(name=args.remove), ok=True)
        else:
            _list(kept, output)
    return DONE


def _add(kept: DeskTrust, args: argparse.Namespace, output: Output) -> None:
    from ui.pack_files import read_pack_file

    pem = read_pack_file(args.add, _MOST_KEY).decode("ascii", "replace")
    desk = kept.add(args.name or args.add.stem, pem, args.supplier)
    words = [_("Packs of “{name}” (key {key}) are taken from now on.").format(name=desk.name, key=desk.key)]
    if desk.suppliers:
        words.append(_("It may sign jobs for {suppliers}.").format(suppliers=", ".join(desk.suppliers)))
    else:
        words.append(_("Jobs that it signs are not: say for which suppliers it may, with --supplier."))
    output.emit("result", " ".join(words), ok=True, name=desk.name, key=desk.key, suppliers=list(desk.suppliers))


def _list(kept: DeskTrust, output: Output) -> None:
    desks = kept.trusted()
    for desk in desks:
        whose = _("any supplier") if desk.suppliers is None else ", ".join(desk.suppliers) or "-"
        text = f"{desk.key_name}  {desk.name}  " + _("jobs: {suppliers}").format(suppliers=whose)
        suppliers = list(desk.suppliers) if desk.suppliers is not None else None
        output.emit("desk", text, name=desk.name, key=desk.key_name, training=desk.training, suppliers=suppliers)
    if not desks:
        output.emit("result", _("No desk is trusted: no pack is taken without --desk-key."), ok=True)
