"""``hht pack trust``: the desks whose packs are taken, kept in the store; those of live work and of training apart."""

from __future__ import annotations

import argparse
from pathlib import Path
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
    parser.add_argument("--live", action="store_true", help=_("the desks of live work, not those for training"))
    add_store_options(parser)
    add_json(parser)


def trust(args: argparse.Namespace, output: Output) -> int:
    """List, add or take out."""
    from ui.cli.stores import opened_store
    from ui.desk_trust import DeskTrust

    if args.name and args.add is None:
        raise UsageProblem(_("--name goes with --add."), remedy=_("Give the file of the key with --add."))
    one_trust(args)
    with opened_store(args, SystemClock()) as store:
        kept = DeskTrust(store)
        if args.add is not None:
            _add(kept, args.add, args.name, output)
        elif args.remove is not None:
            kept.remove(args.remove)
            output.emit("result", _("“{name}” is trusted no more.").format(name=args.remove), ok=True)
        else:
            _list(kept, output)
    return DONE


def _add(kept: DeskTrust, path: Path, name: str, output: Output) -> None:
    from ui.pack_files import read_pack_file

    desk = kept.add(name or path.stem, read_pack_file(path, _MOST_KEY).decode("ascii", "replace"))
    words = _("Packs of “{name}” (key {key}) are taken from now on.").format(name=desk.name, key=desk.key)
    output.emit("result", words, ok=True, name=desk.name, key=desk.key)


def _list(kept: DeskTrust, output: Output) -> None:
    desks = kept.trusted()
    for desk in desks:
        output.emit("desk", f"{desk.key_name}  {desk.name}", name=desk.name, key=desk.key_name, training=desk.training)
    if not desks:
        output.emit("result", _("No desk is trusted: no pack is taken without --desk-key."), ok=True)
