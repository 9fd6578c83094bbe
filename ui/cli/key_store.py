"""`hht people key-store`: whether this computer's key store opens the live store for whoever is logged in."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.i18n import _
from ui.cli.common import DONE, Output, UsageProblem, add_json, add_store_options
from ui.system import SystemClock, random_bytes

if TYPE_CHECKING:
    from ui.key_slots import SlotFacts

ACTS = ("show", "on", "off", "forbid", "allow")


def add_parser(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The verb's arguments."""
    parser = verbs.add_parser(
        "key-store",
        help=_("have this computer's key store open the terminal for you, or not"),
        description=_(
            "on: from now on this computer's key store (Windows Credential Manager, macOS Keychain, Secret Service, "
            "KWallet) opens the live store for you when the program starts: whoever is in your account of this "
            "computer can open it, too. It is given a random secret, never your pass phrase, which is asked for as "
            "before after a lock, for what affects supply, and for what is revealed, exported or changed for "
            "everybody. off takes it back. A supervisor may forbid it for everybody here, and allow it again."
        ),
        epilog=_("Example: hht people key-store show --training"),
    )
    parser.add_argument("act", metavar="ACT", choices=ACTS, help=_("one of: {names}").format(names=", ".join(ACTS)))
    add_store_options(parser)
    add_json(parser)


def key_store(args: argparse.Namespace, output: Output) -> int:
    """Run the verb; the exit status."""
    from hht.store import key_slot
    from ui.cli.stores import opened_store
    from ui.key_slots import facts, turn_on
    from ui.system_key_store import KeyStoreError, answered_now, built_in, find

    if args.training and args.act != "show":
        raise UsageProblem(
            _("Training opens by itself: there is nothing to keep in a key store."),
            remedy=_("Leave --training out for live work."),
            code="training-fixed",
        )
    with opened_store(args, SystemClock(), phrase=args.act == "on") as store:
        if args.act == "on":
            turn_on(store, random_bytes)
        elif args.act == "off":
            key_slot.turn_off(store)
        elif args.act in ("forbid", "allow"):
            key_slot.forbid(store, forbidden=args.act == "forbid")
        try:
            told = facts(store, answered_now(find, key_slot.slot_rules().answer_s).called)
        except KeyStoreError as error:
            told = facts(store, "", error)
    _tell(told, built_in(), output)
    return DONE


def _tell(told: SlotFacts, built: tuple[str, ...], output: Output) -> None:
    from ui.key_slots import slot_words

    if told.missing is None:
        output.note(_("This computer's key store: {name}.").format(name=told.key_store))
    else:
        output.note(f"{told.missing.message} {told.missing.remedy}")
    output.emit(
        "result",
        slot_words(told),
        ok=True,
        on=told.on,
        until=iso_z(told.ends) if told.ends is not None else None,
        forbidden=told.forbidden,
        key_store=told.key_store,
        built_in=list(built),
    )
