"""`hht vault put|list|forget|pass-phrase`: the keys of meters in the sealed store, and its pass phrase."""

from __future__ import annotations

import argparse

from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.cli.common import Output, add_json, add_store_options, run_command
from ui.system import SystemClock


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "vault",
        help=_("the sealed store's keys of meters, and its pass phrase"),
        epilog=_("Example: hht vault put 00-DB-12-34-56-78-90-A0 --keys keys.json"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    put = verbs.add_parser(
        "put",
        help=_("keep a meter's keys or password; under its Device ID visits find them by themselves"),
        epilog=_("Example: hht vault put 00-DB-12-34-56-78-90-A0 --keys keys.json; hht read LINK --keys NAME"),
    )
    put.add_argument("name", metavar="NAME", help=_("the meter's Device ID, or a name of your own"))
    put.add_argument("--keys", metavar="F", help=_("JSON as for hht read --keys; - is standard input"))
    put.add_argument("--password-file", metavar="F", help=_("file with the low-security password; - is standard input"))
    listing = verbs.add_parser(
        "list", help=_("whose keys are kept; no secret is shown"), epilog=_("Example: hht vault list")
    )
    forget = verbs.add_parser("forget", help=_("erase a meter's keys"), epilog=_("Example: hht vault forget NAME"))
    forget.add_argument("name", metavar="NAME", help=_("as hht vault list shows it"))
    change = verbs.add_parser(
        "pass-phrase",
        help=_("your own pass phrase of the live store: another one"),
        epilog=_("Example: hht vault pass-phrase --pass-phrase-file old --new-file new"),
    )
    change.add_argument(
        "--new-file", required=True, metavar="F", help=_("file with the new pass phrase; - is standard input")
    )
    for verb in (put, listing, forget, change):
        add_store_options(verb)
        add_json(verb)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    verbs = {"put": _put, "list": _list, "forget": _forget, "pass-phrase": _change}
    return run_command(args, verbs[args.verb])


def _put(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store
    from ui.kept_keys import keep_keys
    from ui.meter_keys import AssociationError, read_password, read_secret

    if not args.keys and not args.password_file:
        raise AssociationError(
            _("There is nothing to keep."), remedy=_("Name a file with --keys or --password-file."), code="keys-needed"
        )
    text = read_secret(args.keys) if args.keys else ""
    password = read_password(args.password_file, "low", training=False).decode() if args.password_file else ""
    with opened_store(args, SystemClock()) as store:
        name = keep_keys(store, args.name, text, password)
    output.emit("result", _("Kept under {name}.").format(name=name), ok=True, name=name)
    return 0


def _list(args: argparse.Namespace, output: Output) -> int:
    from hht.store.key_store import KeyStore
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        kept = KeyStore(store)
        names = kept.names()
        for name in names:
            entry = kept.get(name) or {}
            shown = {key: entry[key] for key in ("security", "suite", "client", "server") if key in entry}
            text = ", ".join(f"{key} {value}" for key, value in shown.items())
            output.emit("keys", f"{name}  {text}".rstrip(), name=name, **shown)
    text = ngettext("{count} entry", "{count} entries", len(names)).format(count=len(names))
    output.emit("result", text, ok=True, entries=len(names))
    return 0


def _forget(args: argparse.Namespace, output: Output) -> int:
    from hht.store.key_store import KeyStore
    from ui.cli.stores import opened_store
    from ui.kept_keys import entry_name

    name = entry_name(args.name)
    with opened_store(args, SystemClock()) as store:
        if not KeyStore(store).forget(name):
            raise HhtError(
                _("No keys are kept under {name}.").format(name=name),
                remedy=_("See: hht vault list"),
                code="keys-unknown",
            )
    output.emit("result", _("Erased: {name}.").format(name=name), ok=True, name=name)
    return 0


def _change(args: argparse.Namespace, output: Output) -> int:
    from hht.store.people import People
    from ui.cli.stores import new_pass_phrase, opened_store

    new = new_pass_phrase(args.new_file)
    with opened_store(args, SystemClock()) as store:
        People(store).change_pass_phrase(store.person.login, new)
    output.emit("result", _("The store has its new pass phrase."), ok=True)
    return 0
