"""`hht depot`: a terminal and its depot over a broker that somebody else runs (MQTT 5)."""

from __future__ import annotations

import argparse
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

from hht.clock import iso_z, utc_text
from hht.i18n import _, ngettext
from ui.cli.common import DONE, FAILED, Output, add_json, add_store_options, named_path, run_async, run_command
from ui.system import SystemClock, random_bytes

if TYPE_CHECKING:
    from hht.depot.cards import Card
    from hht.depot.letters import Offered
    from hht.depot.shelf import Shelf
    from hht.errors import HhtError
    from hht.store.store import Store
    from ui.depot_kept import BrokerWay, Brought

_MOST_PASSWORD: Final = 1 << 16  # octets of its file
_HELP = {
    "card": _("terminal: write its card, which the depot takes in"),
    "trust": _("terminal: take the depot's card in; without one: whose receipts and jobs are taken"),
    "broker": _("terminal: keep where the broker is, with user and password, sealed; without one: where it is"),
    "sync": _("terminal: bring home what waits in the outbox, and take the jobs that wait at the depot"),
    "init": _("depot: make its folder, with keys of its own and its card"),
    "know": _("depot: take a terminal's card in"),
    "forget": _("depot: take nothing of a terminal any more"),
    "post": _("depot: a job for a terminal"),
    "list": _("depot: terminals, what arrived, jobs and what became of them"),
    "serve": _("depot: answer the terminals, until Ctrl+C"),
}
_EXAMPLES = {
    "card": "--out my-card.json --name 'Van 7' --training",
    "trust": "depot/card.json --training",
    "broker": "mqtt://localhost --training",
    "sync": "mqtt://localhost --training",
    "init": "depot --name 'North depot' --training",
    "know": "depot my-card.json",
    "forget": "depot 0123456789abcdef",
    "post": "depot resources/jobs/demo.json --to 0123456789abcdef",
    "list": "depot",
    "serve": "depot mqtt://localhost",
}
_AT_TERMINAL = ("card", "trust", "broker", "sync")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "depot",
        help=_("many terminals and one depot over a broker (MQTT): evidence goes up, jobs and receipts come down"),
        description=_(
            "The broker is only a postman: letters are signed and sealed between terminal and depot. Whatever it loses "
            "or doubles, everything arrives once; what did not arrive waits for the next time."
        ),
        epilog=_("Example: hht depot sync mqtt://localhost --training"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    for verb, words in _HELP.items():
        epilog = _("Example: {command}").format(command=f"hht depot {verb} {_EXAMPLES[verb]}")
        one = verbs.add_parser(verb, help=words, description=words, epilog=epilog)
        if verb not in _AT_TERMINAL:
            one.add_argument("folder", type=named_path, metavar="DIR", help=_("the depot's folder"))
        _own_options(verb, one)
        if verb in ("broker", "sync", "serve"):
            _broker_options(one, needed=verb == "serve")
        if verb in _AT_TERMINAL:
            add_store_options(one)
        add_json(one)


def _own_options(verb: str, one: argparse.ArgumentParser) -> None:
    if verb == "card":
        one.add_argument("--out", required=True, type=named_path, metavar="FILE", help=_("where it is to go"))
        one.add_argument("--name", default="", metavar="NAME", help=_("what people call this terminal"))
        one.add_argument("--new-keys", action="store_true", help=_("other keys than before: this laptop was copied"))
    if verb == "trust":
        one.add_argument("card", nargs="?", type=named_path, metavar="CARD", help=_("card.json of the depot's folder"))
    if verb == "sync":
        one.add_argument("--jobs-only", action="store_true", help=_("fetch jobs, bring nothing home now"))
    if verb == "init":
        one.add_argument("--name", required=True, metavar="NAME", help=_("what people call the depot"))
        one.add_argument("--training", action="store_true", help=_("for training: never for live work"))
    if verb == "know":
        one.add_argument("card", type=named_path, metavar="CARD", help=_("as hht depot card wrote it"))
    if verb == "forget":
        one.add_argument("terminal", metavar="KEY", help=_("its key, as hht depot list shows it"))
    if verb == "post":
        one.add_argument("jobs", nargs="+", type=named_path, metavar="JOB", help=_("job files"))
        one.add_argument("--to", required=True, metavar="KEY", help=_("the terminal's key, as hht depot list shows it"))


def _broker_options(one: argparse.ArgumentParser, *, needed: bool) -> None:
    words = _("mqtt://[USER@]HOST[:PORT], or mqtts:// for one with TLS")
    if needed:
        one.add_argument("broker", metavar="BROKER", help=words)
    else:
        one.add_argument(
            "broker",
            nargs="?",
            metavar="BROKER",
            help=_("{words}; without it: the one that is kept").format(words=words),
        )
    one.add_argument("--password-file", type=named_path, metavar="F", help=_("the user's password at the broker"))
    one.add_argument("--authority", type=named_path, metavar="PEM", help=_("who vouches for the broker (mqtts)"))


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _at_terminal if args.verb in _AT_TERMINAL else _at_depot)


# The terminal ----------------------------------------------------------------------------------------------------


def _at_terminal(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        return {"card": _card, "trust": _trust, "broker": _broker, "sync": _sync}[args.verb](args, output, store)


def _say_words(output: Output, card: Card) -> None:
    """What both ends say to one another on the phone, so that nobody has changed the card on its way."""
    words = _("Check words, to be compared on the phone: {words}").format(words=" ".join(card.check_words))
    output.emit("check-words", words, name=card.name, key=card.key, words=list(card.check_words))


def _card(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.depot_kept import TerminalDepot

    kept = TerminalDepot(store, random_bytes)
    if args.new_keys:
        kept.new_keys()
    card = kept.write_card(args.out, args.name)
    _say_words(output, card)
    words = _("{path}: the card of this terminal, {key}. The depot takes it in: hht depot know DIR {path}")
    output.emit("result", words.format(path=args.out, key=card.key), ok=True, key=card.key, path=str(args.out))
    return DONE


def _trust(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.depot_kept import TerminalDepot, read_card_file

    kept = TerminalDepot(store, random_bytes)
    before = kept.known()
    card = kept.depot() if args.card is None else kept.trust(read_card_file(args.card))
    if before is not None and before.key != card.key:
        words = _("It takes the place of “{name}”, whose receipts and jobs count no more then.")
        output.warn(words.format(name=before.name))
    _say_words(output, card)
    contact = kept.contact()
    if contact is not None:
        at = utc_text(contact.at)
        output.emit("contact", _("It was met last at {when}.").format(when=at), at=iso_z(contact.at))
    words = _("Receipts and jobs of “{name}” ({key}) are taken here, and of no other depot.")
    output.emit("result", words.format(name=card.name, key=card.key), ok=True, name=card.name, key=card.key)
    return DONE


def _broker(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.depot_kept import TerminalDepot

    kept = TerminalDepot(store, random_bytes)
    if args.broker is not None:
        kept.keep_way(_way(args, output))
    way = kept.way()
    address = way.address()
    how = [_("user {user}").format(user=address.user)] if address.user else []
    how += [_("with a password")] if way.password else []
    how += [_("with certificates of its own")] if way.authority else []
    words = ", ".join([str(address), *how])
    output.emit("result", words, ok=True, broker=str(address), user=address.user, password=bool(way.password))
    return DONE


def _sync(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.depot_kept import meet_depot

    def told(item: Offered, octets: int) -> None:
        output.progress(f"{item.name}: {octets}", name=item.name, octets=octets)

    async def main() -> int:
        way = _way(args, output) if args.broker is not None else None
        return _met(await meet_depot(store, random_bytes, way=way, jobs_only=args.jobs_only, on_item=told), output)

    return run_async(main())


def _met(brought: Brought, output: Output) -> int:
    met = brought.met
    for job in met.jobs:
        words = _("job {number}: {state} {why}").format(number=job.number, state=job.state, why=job.why).strip()
        output.emit("job", words, number=job.number, state=job.state, why=job.why)
    for name, why in met.refused.items():
        output.emit("refused", _("{name} is not taken: {why}").format(name=name, why=why), name=name, why=why)
    for item in met.left:
        output.emit("left", _("{name} has not arrived: it goes next time.").format(name=item.name), name=item.name)
    for item in met.missed:
        words = _("{name} is lost: the depot had receipted it and has it no more, and it was erased here.")
        output.emit("missed", words.format(name=item.name), name=item.name, sha256=item.sha256)
    if met.foreign:
        words = ngettext(
            "{count} letter that came was not the depot's.",
            "{count} letters that came were not the depot's.",
            met.foreign,
        )
        output.emit("foreign", words.format(count=met.foreign), count=met.foreign)
    words = ngettext("{count} item is at the depot.", "{count} items are at the depot.", met.receipts)
    output.emit("result", words.format(count=met.receipts), ok=met.good, receipts=met.receipts, jobs=len(met.jobs))
    return DONE if met.good else FAILED


def _way(args: argparse.Namespace, output: Output) -> BrokerWay:
    from ui.depot_kept import BrokerWay, read_authority
    from ui.pack_files import read_pack_file

    password, authority = os.environ.get("HHT_BROKER_PASSWORD", ""), ""
    if args.password_file is not None:
        password = read_pack_file(args.password_file, _MOST_PASSWORD).decode("utf-8", "replace").rstrip("\r\n")
    if args.authority is not None:
        authority = read_authority(args.authority)
    way = BrokerWay(args.broker, password, authority)
    if password and not way.address().secure:
        output.warn(_("without TLS (mqtts://) the password can be read on the way"))
    return way


# The depot -------------------------------------------------------------------------------------------------------


def _at_depot(args: argparse.Namespace, output: Output) -> int:
    from hht.depot.shelf import Shelf, new_depot

    if args.verb == "init":
        card = new_depot(args.folder, args.name, random_bytes, training=args.training)
        _say_words(output, card)
        words = _("{path}: the depot “{name}”. Terminals take its card in: hht depot trust {path}/card.json")
        output.emit("result", words.format(path=args.folder, name=card.name), ok=True, key=card.key)
        return DONE
    shelf = Shelf(args.folder, SystemClock())
    try:
        verbs = {"know": _know, "forget": _forget, "post": _post, "list": _list, "serve": _serve}
        return verbs[args.verb](args, output, shelf)
    finally:
        shelf.close()


def _know(args: argparse.Namespace, output: Output, shelf: Shelf) -> int:
    from ui.depot_kept import read_card_file

    card = shelf.know(read_card_file(args.card))
    _say_words(output, card)
    words = _("What “{name}” ({key}) sends is taken from now on.").format(name=card.name, key=card.key)
    output.emit("result", words, ok=True, name=card.name, key=card.key)
    return DONE


def _forget(args: argparse.Namespace, output: Output, shelf: Shelf) -> int:
    gone = shelf.forget_terminal(args.terminal)
    words = _("{key} is taken no more.") if gone else _("No terminal {key} is known to this depot.")
    output.emit("result", words.format(key=args.terminal), ok=gone)
    return DONE if gone else FAILED


def _post(args: argparse.Namespace, output: Output, shelf: Shelf) -> int:
    from hht.depot.letters import MOST_JOB
    from ui.depots import post_job
    from ui.jobs import read_job_file

    for path in args.jobs:
        number = post_job(shelf, args.to, path, read_job_file(path, MOST_JOB))
        words = _("{name} goes as number {number} when the terminal comes.").format(name=path.name, number=number)
        output.emit("job", words, name=path.name, number=number)
    return DONE


def _list(_args: argparse.Namespace, output: Output, shelf: Shelf) -> int:
    met = shelf.meetings()
    for card in shelf.terminals():
        at, repeated = met.get(card.key, ("", 0))
        words = f"{card.key}  {card.name}  {at}".rstrip()
        if repeated:
            words += "  " + _("came with the number of a meeting that was over: {count} times").format(count=repeated)
        output.emit("terminal", words, key=card.key, name=card.name, at=at or None, repeated=repeated)
    _unreadable(shelf, output)
    for item in shelf.items():
        output.emit("item", f"{item['at']}  {item['terminal']}/{item['file']}  {item['octets']}", **item)
    for item in shelf.arriving():
        words = _("{terminal}/{name} was offered and is not whole here: {here} of {octets}").format(**item)
        output.emit("arriving", words, **item)
    for item in shelf.lost():
        words = _("{name} of {terminal} is lost: it was receipted, is not here, and was erased there.")
        output.emit("lost", words.format(name=item["name"], terminal=item["terminal"]), **item)
    for job in shelf.jobs():
        state = job["state"] or _("waits")
        output.emit(
            "job", f"{job['number']:>6}  {job['terminal']}  {job['name']}  {state}  {job['why'] or ''}".rstrip(), **job
        )
    return DONE


def _unreadable(shelf: Shelf, output: Output) -> None:
    for name, error in shelf.unreadable.items():
        output.emit("trouble", f"{error.message} {error.remedy}", kind="card", file=name, code=error.code)


def _serve(args: argparse.Namespace, output: Output, shelf: Shelf) -> int:
    from drivers.broker import Broker
    from ui.depots import Served, serve, up

    address, served = _way(args, output).address(), Served()
    _look(shelf, output)

    def trouble(kind: str, count: int, error: HhtError) -> None:
        if count & (count - 1) == 0:  # the first, second, fourth, eighth: a flood of them does not fill the disk
            words = f"{error.message} {error.remedy}" + (f" ({count})" if count > 1 else "")
            output.emit("trouble", words, kind=kind, count=count, code=error.code)

    async def main() -> int:
        broker = Broker(address, f"hht-{shelf.card.key}", [up("+")], lambda error: trouble("ousted", 1, error))
        await broker.open()
        words = _("“{name}” answers at {broker} since {when}. Ctrl+C ends it.")
        now = utc_text(SystemClock().now())
        output.emit("serving", words.format(name=shelf.card.name, broker=address, when=now), broker=str(address))
        try:
            await serve(broker, shelf, served, on_trouble=trouble)
        finally:
            await broker.close()
            words = _(
                "{letters} letters of terminals; {strangers} of strangers, {broken} broken, {repeated} repeated, "
                "{lost} items lost; {unsent} answers not sent, {failed} letters that the disk did not take."
            )
            output.emit("served", words.format(**asdict(served)), **asdict(served))
        return DONE

    return run_async(main())


def _look(shelf: Shelf, output: Output) -> None:
    """Before it answers: whether rows and files are of one day."""
    shelf.terminals()
    _unreadable(shelf, output)
    looked = shelf.look()
    if looked.found:
        words = ngettext(
            "{count} file that no row told of was entered.",
            "{count} files that no row told of were entered.",
            looked.found,
        )
        output.emit("trouble", words.format(count=looked.found), kind="found", count=looked.found)
    for name in looked.missing:
        words = _("{file} is not there, or not whole: its terminal is asked for it again.").format(file=name)
        output.emit("trouble", words, kind="missing", file=name)
