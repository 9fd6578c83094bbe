"""`hht people`: who opens the live store, each by a pass phrase of their own, and what their roles let them do."""

from __future__ import annotations

import argparse

from hht.i18n import _, ngettext
from ui.cli import key_store
from ui.cli.common import Output, add_json, add_store_options, run_command
from ui.system import SystemClock


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "people",
        help=_("who works at this terminal: log-in, roles, pass phrases"),
        description=_(
            "Several people can share the live store, each with a pass phrase of their own; their roles say what they "
            "may do, and the log names them. In --person and --pass-phrase-file stands who gives the command, in LOGIN "
            "and --new-file whom it is about. Training has one person, who may do everything."
        ),
        epilog=_("Example: hht people add ann --name 'Ann Other' --id E-17 --role engineer --new-file F"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    words = _("who may open the store, and as what; who is logged in")
    listing = verbs.add_parser("list", help=words, description=words, epilog=_("Example: hht people list --training"))
    words = _("what each role may do, and each act")
    may = verbs.add_parser("may", help=words, description=words, epilog=_("Example: hht people may"))
    add_json(may)
    adding = _adding(verbs)
    words = _("let somebody open the store no more; what they did stays theirs")
    epilog = _("Example: hht people remove ann --person owner")
    remove = verbs.add_parser("remove", help=words, description=words, epilog=epilog)
    words = _("give somebody these roles, and no others")
    epilog = _("Example: hht people roles ann engineer supervisor")
    change = verbs.add_parser("roles", help=words, description=words, epilog=epilog)
    words = _("say who somebody is: what they do is noted under that name")
    epilog = _("Example: hht people name owner --name 'Ann Other' --id E-17")
    name = verbs.add_parser("name", help=words, description=words, epilog=epilog)
    words = _("another pass phrase, for yourself or, as a supervisor, for somebody else")
    epilog = _("Example: hht people pass-phrase ann --new-file F")
    phrase = verbs.add_parser("pass-phrase", help=words, description=words, epilog=epilog)
    for verb in (remove, change):
        verb.add_argument("login", metavar="LOGIN", help=_("as hht people list shows it"))
    for verb in (name, phrase):
        verb.add_argument(
            "login", metavar="LOGIN", nargs="?", default="", help=_("as listed; else whoever is logged in")
        )
    change.add_argument("roles", metavar="ROLE", nargs="+", help=_("as hht people may lists them"))
    _says_who(name)
    _says_phrase(phrase)
    key_store.add_parser(verbs)
    for verb in (listing, adding, remove, change, name, phrase):
        add_store_options(verb)
        add_json(verb)


def _adding(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> argparse.ArgumentParser:
    words = _("let somebody else open the store, by a pass phrase of their own")
    epilog = _("Example: hht people add ann --name 'Ann Other' --id E-17 --role engineer --new-file F")
    adding = verbs.add_parser("add", help=words, description=words, epilog=epilog)
    adding.add_argument("login", metavar="LOGIN", help=_("what they log in as; it stands in the clear, so no name"))
    _says_who(adding)
    adding.add_argument(
        "--role", action="append", required=True, metavar="ROLE", help=_("as hht people may lists them; once for each")
    )
    _says_phrase(adding)
    return adding


def _says_who(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", required=True, metavar="NAME", help=_("the person's name"))
    parser.add_argument("--id", default="", metavar="ID", help=_("the identifier that the employer knows them by"))


def _says_phrase(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--new-file", required=True, metavar="F", help=_("file with their new pass phrase; - is standard input")
    )


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    verbs = {
        "list": _list, "may": _may, "add": _add, "remove": _remove, "roles": _roles, "name": _name,
        "pass-phrase": _pass_phrase, "key-store": key_store.key_store,
    }  # fmt: skip
    return run_command(args, verbs[args.verb])


def _list(args: argparse.Namespace, output: Output) -> int:
    from hht.access.person import role_words
    from hht.store.people import people
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        found, here = people(store), store.person.login
    for one in found:
        text = f"{'*' if one.login == here else ' '} {one.login:<16} {one.words or '-'}  ({role_words(one.roles)})"
        output.emit("person", text, logged_in=one.login == here, **one.as_plain())
    if args.training:
        output.note(_("Training has one person, who has every role."))
    text = ngettext("{count} person", "{count} people", len(found)).format(count=len(found))
    output.emit("result", text, ok=True, people=len(found), logged_in=here)
    return 0


def _may(_args: argparse.Namespace, output: Output) -> int:
    from hht.access.roles import roles

    table = roles()
    for role in table.roles.values():
        acts = [spec for spec in table.acts.values() if spec.act in role.may]
        text = f"{role.name}: {_(role.about)}\n  " + "\n  ".join(_(spec.words) for spec in acts)
        output.emit("role", text, role=role.name, may=[spec.act.value for spec in acts])
    output.note(
        _("Which role may what is from memory (resources/catalogue/roles.toml): set your own before live work.")
    )
    output.emit("result", "", ok=True, roles=len(table.roles), acts=len(table.acts))
    return 0


def _add(args: argparse.Namespace, output: Output) -> int:
    from hht.access.person import Person
    from hht.store.people import People
    from ui.cli.stores import new_pass_phrase, opened_store

    person, phrase = Person(args.login, args.name, args.id, tuple(args.role)), new_pass_phrase(args.new_file)
    with opened_store(args, SystemClock()) as store:
        added = People(store).add(person, phrase)
    words = _("{login} may open the store now. Have them change the pass phrase: hht people pass-phrase.")
    output.emit("result", words.format(login=added.login), ok=True, login=added.login, roles=list(added.roles))
    return 0


def _remove(args: argparse.Namespace, output: Output) -> int:
    from hht.store.people import People
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        People(store).remove(args.login)
    words = _("{login} can open this store no more; a copy of it that they kept they still can.")
    output.emit("result", words.format(login=args.login), ok=True, login=args.login)
    return 0


def _roles(args: argparse.Namespace, output: Output) -> int:
    from hht.access.person import role_words
    from hht.store.people import People
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        changed = People(store).change_roles(args.login, tuple(args.roles))
    text = f"{changed.login}: {role_words(changed.roles)}"
    output.emit("result", text, ok=True, login=changed.login, roles=list(changed.roles))
    return 0


def _name(args: argparse.Namespace, output: Output) -> int:
    from hht.store.people import People
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        changed = People(store).rename(args.login or store.person.login, args.name, args.id)
    output.emit("result", f"{changed.login}: {changed.words}", ok=True, login=changed.login)
    return 0


def _pass_phrase(args: argparse.Namespace, output: Output) -> int:
    from hht.store.people import People
    from ui.cli.stores import new_pass_phrase, opened_store

    new = new_pass_phrase(args.new_file)
    with opened_store(args, SystemClock()) as store:
        login = args.login or store.person.login
        People(store).change_pass_phrase(login, new)
    output.emit("result", _("{login} has a new pass phrase.").format(login=login), ok=True, login=login)
    return 0
