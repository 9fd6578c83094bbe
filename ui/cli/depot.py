"""`hht depot`: a terminal and its depot over a broker that somebody else runs (MQTT 5)."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING, Final

from hht.clock import utc_text
from hht.i18n import _, ngettext
from ui.cli.common import DONE, FAILED, Output, add_json, add_store_options, named_path, run_async, run_command
from ui.system import SystemClock, random_bytes

if TYPE_CHECKING:
    from drivers.broker import BrokerAddress
    from hht.depot.shelf import Shelf
    from hht.store.store import Store
    from ui.depots import Met

MOST_CARD: Final = 1 << 16
_HELP = {
    "card": _("terminal: write its card, which the depot takes in"),
    "trust": _("terminal: take the depot's card in; without one: whose receipts and jobs are taken"),
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
    "sync": "mqtt://localhost --training",
    "init": "depot --name 'North depot' --training",
    "know": "depot my-card.json",
    "forget": "depot 0123456789abcdef",
    "post": "depot resources/jobs/demo.json --to 0123456789abcdef",
    "list": "depot",
    "serve": "depot mqtt://localhost",
}
_AT_TERMINAL = ("card", "trust", "sync")


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
        if verb in ("sync", "serve"):
            _broker_options(one)
        if verb in _AT_TERMINAL:
            add_store_options(one)
        add_json(one)


def _own_options(verb: str, one: argparse.ArgumentParser) -> None:
    if verb == "card":
        one.add_argument("--out", required=True, type=named_path, metavar="FILE", help=_("where it is to go"))
        one.add_argument("--name", default="", metavar="NAME", help=_("what people call this terminal"))
    if verb == "trust":
        one.add_argument("card", nargs="?", type=named_path, metavar="CARD", help=_("card.json of the depot's folder"))
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


def _broker_options(one: argparse.ArgumentParser) -> None:
    one.add_argument("broker", metavar="BROKER", help=_("mqtt://[USER@]HOST[:PORT], or mqtts:// for one with TLS"))
    one.add_argument("--password-file", type=named_path, metavar="F", help=_("the user's password at the broker"))
    one.add_argument("--authority", type=named_path, metavar="PEM", help=_("who vouches for the broker (mqtts)"))


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _at_terminal if args.verb in _AT_TERMINAL else _at_depot)


# The terminal ----------------------------------------------------------------------------------------------------


def _at_terminal(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store

    with opened_store(args, SystemClock()) as store:
        return {"card": _card, "trust": _trust, "sync": _sync}[args.verb](args, output, store)


def _card(args: argparse.Namespace, output: Output, store: Store) -> int:
    from hht.private_files import private_file
    from ui.depots import TerminalDepot

    card = TerminalDepot(store, random_bytes).card(args.name)
    with private_file(args.out) as file:
        file.write(card.write())
    words = _("{path}: the card of this terminal, {key}. The depot takes it in: hht depot know DIR {path}")
    output.emit("result", words.format(path=args.out, key=card.key), ok=True, key=card.key, path=str(args.out))
    return DONE


def _trust(args: argparse.Namespace, output: Output, store: Store) -> int:
    from ui.depots import TerminalDepot
    from ui.pack_files import read_pack_file

    kept = TerminalDepot(store, random_bytes)
    card = kept.depot() if args.card is None else kept.trust(read_pack_file(args.card, MOST_CARD))
    words = _("Receipts and jobs of “{name}” ({key}) are taken here, and of no other depot.")
    output.emit("result", words.format(name=card.name, key=card.key), ok=True, name=card.name, key=card.key)
    return DONE


def _sync(args: argparse.Namespace, output: Output, store: Store) -> int:
    from drivers.broker import Broker
    from ui.depots import StoreLuggage, TerminalDepot, down, meet

    kept, address = TerminalDepot(store, random_bytes), _address(args)
    mine, depot = kept.card(), kept.depot()

    async def main() -> int:
        broker = Broker(address, f"hht-{mine.key}", [down(mine.key)])
        await broker.open()
        try:
            luggage = StoreLuggage(store, random_bytes, depot.name)
            meeting = int.from_bytes(random_bytes(4), "big")

            def told(item: object, octets: int) -> None:
                output.progress(f"{getattr(item, 'name', '')}: {octets}", octets=octets)

            met = await meet(broker, luggage, kept.keys(), mine, depot, meeting, on_item=told)
        finally:
            await broker.close()
        return _met(met, output)

    return run_async(main())


def _met(met: Met, output: Output) -> int:
    for job in met.jobs:
        words = _("job {number}: {state} {why}").format(number=job.number, state=job.state, why=job.why).strip()
        output.emit("job", words, number=job.number, state=job.state, why=job.why)
    for name, why in met.refused.items():
        output.emit("refused", _("{name} is not taken: {why}").format(name=name, why=why), name=name, why=why)
    for item in met.left:
        output.emit("left", _("{name} has not arrived: it goes next time.").format(name=item.name), name=item.name)
    words = ngettext("{count} item is at the depot.", "{count} items are at the depot.", met.receipts)
    good = not met.left and not met.refused
    output.emit("result", words.format(count=met.receipts), ok=good, receipts=met.receipts, jobs=len(met.jobs))
    return DONE if good else FAILED


def _address(args: argparse.Namespace) -> BrokerAddress:
    from drivers.broker import broker_address
    from ui.pack_files import read_pack_file

    password = os.environ.get("HHT_BROKER_PASSWORD", "")
    if args.password_file is not None:
        password = read_pack_file(args.password_file, MOST_CARD).decode("utf-8", "replace").rstrip("\r\n")
    return broker_address(args.broker, password=password, authority=args.authority)


# The depot -------------------------------------------------------------------------------------------------------


def _at_depot(args: argparse.Namespace, output: Output) -> int:
    from hht.depot.shelf import Shelf, new_depot

    if args.verb == "init":
        card = new_depot(args.folder, args.name, random_bytes, training=args.training)
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
    from ui.pack_files import read_pack_file

    card = shelf.know(read_pack_file(args.card, MOST_CARD))
    words = _("What “{name}” ({key}) sends is taken from now on.").format(name=card.name, key=card.key)
    output.emit("result", words, ok=True, name=card.name, key=card.key)
    return DONE


def _forget(args: argparse.Namespace, output: Output, shelf: Shelf) -> int:
    gone = shelf.forget_terminal(args.terminal)
    words = _("{key} is taken no more.") if gone else _("No terminal {key} is known to this depot.")
    output.emit("result", words.format(key=args.terminal), ok=gone)
    return DONE if gone else FAILED


def _post(args: argparse.Namespace, output: Output, shelf: Shelf) -> int:
    from ui.depots import post_job
    from ui.jobs import read_job_file

    for path in args.jobs:
        number = post_job(shelf, args.to, path, read_job_file(path, MOST_CARD))
        words = _("{name} goes as number {number} when the terminal comes.").format(name=path.name, number=number)
        output.emit("job", words, name=path.name, number=number)
    return DONE


def _list(_args: argparse.Namespace, output: Output, shelf: Shelf) -> int:
    for card in shelf.terminals():
        output.emit("terminal", f"{card.key}  {card.name}", key=card.key, name=card.name)
    for item in shelf.items():
        output.emit("item", f"{item['at']}  {item['terminal']}/{item['file']}  {item['octets']}", **item)
    for job in shelf.jobs():
        state = job["state"] or _("waits")
        output.emit(
            "job", f"{job['number']:>6}  {job['terminal']}  {job['name']}  {state}  {job['why'] or ''}".rstrip(), **job
        )
    return DONE


def _serve(args: argparse.Namespace, output: Output, shelf: Shelf) -> int:
    from drivers.broker import Broker
    from ui.depots import Served, serve, up

    address, served = _address(args), Served()

    async def main() -> int:
        broker = Broker(address, f"hht-{shelf.card.key}", [up("+")])
        await broker.open()
        words = _("“{name}” answers at {broker} since {when}. Ctrl+C ends it.")
        now = utc_text(SystemClock().now())
        output.emit("serving", words.format(name=shelf.card.name, broker=address, when=now), broker=str(address))
        try:
            await serve(broker, shelf, served)
        finally:
            await broker.close()
        return DONE

    return run_async(main())
