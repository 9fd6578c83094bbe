"""``hht pack deliver``: a pack's commands brought to their devices by radio, each recorded before it leaves."""

from __future__ import annotations

import argparse
import contextlib
import secrets
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from hht.errors import HhtError
from hht.i18n import _
from ui.cli.common import DONE, FAILED, Output, UsageProblem, add_store_options, named_path, run_async
from ui.cli.hub_reach import add_network, network
from ui.cli.stores import is_made_up, opened_store, trace_sink
from ui.stores import data_folder, store_path
from ui.system import SystemClock

if TYPE_CHECKING:
    from pathlib import Path

    from hht.store.store import Store
    from ui.compose import Composer
    from ui.pack_facts import EntryFacts, PackFacts
    from ui.packs import HanWay, PackEvent, Packs, Watch


def add_delivery(parser: argparse.ArgumentParser) -> None:
    """How the devices are reached."""
    parser.add_argument(
        "link", metavar="LINK", help=_("dongle:PORT, dongle:tcp://, dongle:ble: or emulated:NAME?via=han")
    )
    parser.add_argument("--hub", required=True, metavar="ID", help=_("the GPF ID printed on the hub (not its CHF ID)"))
    add_network(parser)
    parser.add_argument(
        "--install-code-file",
        metavar="F",
        help=_("file with the terminal's own install code; - is standard input; in training everybody's"),
    )
    parser.add_argument(
        "--desk", metavar="LINK", help=_("the supplier's desk: asked before each command whether the WAN is back")
    )
    parser.add_argument(
        "--answers",
        type=named_path,
        metavar="FILE",
        help=_("where to write what the devices answered (as hht pack export does)"),
    )
    add_store_options(parser)


def deliver_pack(args: argparse.Namespace, output: Output) -> int:
    """Deliver; exit status 1 where a command was not carried out, or is still to go."""
    return run_async(_deliver(args, output))


async def _deliver(args: argparse.Namespace, output: Output) -> int:
    way = han_way(args)
    with pack_service(args) as service, trace_sink(service.store) as sink:
        packs = service.packs
        taken = _taken(packs, args)
        if any(entry.supply for entry in packs.show(taken.key).entries):
            service.store.require_phrase()  # now, and not while a hub waits
        try:
            watch = desk_watch(args, service, confirmed=taken.confirmed)
            facts = await packs.deliver(taken.key, way, told_by(output), sink, watch)
        except HhtError:
            _tell_left(packs.show(taken.key), output)
            raise
        finally:
            await service.composer.close()
            if args.answers is not None:
                _write_answers(args.answers, packs.export(taken.key).octets)
    return _tell(facts, output)


def desk_watch(args: argparse.Namespace, service: PackService, *, confirmed: bool) -> Watch | None:
    """Asks the desk whether the WAN is back; None: no desk is named. `confirmed`: the pack was, after it had come."""
    if args.desk is None:
        return None
    from ui.desks import Desks, Mode

    desks = Desks(service.store, service.composer, SystemClock(), secrets.token_bytes)
    was_up = confirmed  # then the desk has said that the pack holds though the WAN is up

    async def wan_is_back() -> str:
        nonlocal was_up
        before, found = was_up, await desks.ways(args.desk, args.hub, home=args.link)
        was_up = found.mode is Mode.WAN
        return _("the WAN is back, says the desk") if was_up and not before else ""

    return wan_is_back


def _taken(packs: Packs, args: argparse.Namespace) -> PackFacts:
    """The pack in the file, taken in; where there is no such file, the pack of that name that is kept."""
    from ui.cli.pack import read_pack

    if args.file.exists():
        return packs.take(read_pack(args), args.file.name, args.job or "")
    return packs.find(str(args.file))


def han_way(args: argparse.Namespace) -> HanWay:
    """How the devices are reached, as the options say. Raises IdentifierError, UsageProblem, HhtError
    ``training-only`` for live work at an emulated home."""
    from hht.identifiers import DeviceId
    from ui.cli.han import terminal_code
    from ui.packs import HanWay

    one_trust(args)
    hub, code = DeviceId.parse(args.hub), terminal_code(args)
    if args.live and is_made_up(args.link):
        raise HhtError(
            _("An emulated home takes no commands of live work."),
            remedy=_("Leave --live out, with a pack for training."),
            code="training-only",
        )
    return HanWay(args.link, hub, code, network(args, None, hub))


def one_trust(args: argparse.Namespace) -> None:
    """Training and live packs, links and stores never mix: without --live everything is for training."""
    if args.live and args.training:
        raise UsageProblem(
            _("--live and --training exclude each other."),
            remedy=_("Leave both out for training; give --live for live work."),
        )
    if not args.live and (getattr(args, "pass_phrase_file", None) or getattr(args, "person", None)):
        raise UsageProblem(
            _("Without --live this is training; --pass-phrase-file and --person are for live work."),
            remedy=_("Leave both out for training; give --live for live work."),
            code="training-only",
        )
    args.training = not args.live


class PackService(NamedTuple):
    """What a pack's command works with, while its store is open."""

    packs: Packs
    store: Store
    composer: Composer


@contextlib.contextmanager
def pack_service(args: argparse.Namespace) -> Iterator[PackService]:
    """The packs of the store that the options name: the live one with --live, else that for training. Where no option
    says which desks are trusted, none is that has to be named."""
    from ui.cli.pack import desks
    from ui.compose import Composer
    from ui.packs import Packs

    clock = SystemClock()
    one_trust(args)
    if args.live and args.desk_key:
        raise HhtError(
            _("In live work only packs of desks that are trusted here are taken, and no option says whom to trust."),
            remedy=_("Leave --desk-key out. Whoever may say so names a desk: hht pack trust --live --add PEM."),
            code="pack-desk-key",
        )
    nobody_kept = args.live and not store_path(data_folder(args.data_dir), training=False).exists()
    trusted = desks(args) if args.desk_key or (args.desk_key is not None and nobody_kept) else ()
    with opened_store(args, clock) as store:
        composer = Composer(clock, training=not args.live)
        yield PackService(Packs(store, clock, composer, trusted), store, composer)


def told_by(output: Output) -> Callable[[PackEvent], None]:
    """Says what happens during a delivery as it happens."""

    from ui.pack_facts import entry_line

    def tell(event: PackEvent) -> None:
        if event.facts is not None:
            output.emit("entry", entry_line(event.facts), **entry_fields(event.facts))
        elif event.kind == "joining":
            output.progress(event.text, step=event.step)
        elif event.kind == "note":
            output.note(event.text)
        else:
            output.progress(event.text, entry=event.entry, what=event.kind)

    return tell


def _tell_left(facts: PackFacts, output: Output) -> None:
    """What has not gone, cannot go, or is unknown."""
    from ui.pack_facts import entry_line

    for entry in facts.entries:
        if not entry.state.final:
            output.emit("entry", entry_line(entry), **entry_fields(entry))


def _tell(facts: PackFacts, output: Output) -> int:
    """What is done and what is not; the exit status."""
    _tell_left(facts, output)
    said = _("{done} of {all} commands are carried out.").format(done=facts.done, all=len(facts.entries))
    whole = facts.done == len(facts.entries)
    output.emit("result", said, ok=whole, done=facts.done, entries=len(facts.entries), pack=facts.name, key=facts.key)
    return DONE if whole else FAILED


def entry_fields(facts: EntryFacts) -> dict[str, Any]:
    """A command and what became of it, for programs."""
    return {
        "entry": facts.name,
        "device": str(facts.device),
        "use_case": facts.use_case,
        "originator_counter": facts.counter,
        "state": str(facts.state),
        "why": facts.why,
        "held": facts.held,
        "voids": list(facts.voids),
        "vouched": facts.vouched,
        "operations": [{"what": one.what, "done": one.done, "words": one.words} for one in facts.operations],
    }


def _write_answers(path: Path, octets: bytes) -> None:
    from ui.whole_file import whole_binary_file

    with whole_binary_file(path) as file:
        file.write(octets)
