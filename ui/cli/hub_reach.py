"""How commands of ``hht han`` reach a hub: their options, the store, and the terminal on the hub's HAN."""

from __future__ import annotations

import argparse
import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import Output, UsageProblem, add_json, add_store_options

if TYPE_CHECKING:
    from hht.client.radio.joining import HanMember, JoinStep
    from hht.clock import Clock
    from hht.identifiers import DeviceId, InstallCode
    from hht.link import TraceSink
    from hht.protocol.gbcs.device_types import DuisDeviceType, GbcsDeviceType
    from hht.store.store import Store
    from ui.compose import Composer
    from ui.hub_relay import DeskLine
    from ui.hub_work import HubPlace, HubWorkService

LINK_WORDS = "dongle:PORT, dongle:tcp://, dongle:ble:, emulated:NAME?via=han"


def add_link(parser: argparse.ArgumentParser) -> None:
    """The dongle, and what the hub wants of the terminal."""
    parser.add_argument("link", metavar="LINK", help=LINK_WORDS)
    add_way(parser)


def add_way(parser: argparse._ActionsContainer) -> None:
    """What the hub wants of the terminal, and where commands come from."""
    parser.add_argument(
        "--install-code-file",
        metavar="F",
        help=_("file with the terminal's own install code; - is standard input; in training everybody's"),
    )
    parser.add_argument(
        "--pack",
        metavar="NAME",
        help=_("take the commands from this kept pack; else, in training, the training desk's"),
    )


def add_desk(parser: argparse._ActionsContainer) -> None:
    """A desk that hands commands over as they are asked for."""
    parser.add_argument(
        "--desk",
        metavar="URL",
        help=_("have this desk hand over each command (desk:tcp://host:port): data, and no WAN"),
    )


def add_hub(parser: argparse.ArgumentParser) -> None:
    """Which hub."""
    parser.add_argument("--hub", required=True, metavar="ID", help=_("the GPF ID printed on the hub"))
    parser.add_argument("--chf", required=True, metavar="ID", help=_("the CHF ID printed on the hub"))


def add_network(parser: argparse._ActionsContainer) -> None:
    """Where a hub that replaced another is to be looked for."""
    parser.add_argument(
        "--network",
        metavar="ID",
        help=_("the GPF ID of the hub that this one replaced: it keeps the old network's ID; default: as kept here"),
    )


def network(args: argparse.Namespace, store: Store | None, gpf: DeviceId) -> DeviceId | None:
    """The network that a hub has taken over: as ``--network`` says, else as exchanges that are kept tell. Raises
    IdentifierError, StoreError."""
    from hht.identifiers import DeviceId
    from ui.hub_networks import network_of

    if getattr(args, "network", None):
        return DeviceId.parse(args.network)
    return None if store is None else network_of(store, gpf)


def add_kinds(parser: argparse._ActionsContainer) -> None:
    """What devices are."""
    parser.add_argument(
        "--device",
        action="append",
        default=[],
        metavar="ID=KIND",
        help=_("what a device is (ESME, GSME, PPMID, HCALCS, IHD, CAD), where no other device tells; several times"),
    )


def add_ends(parser: argparse.ArgumentParser) -> None:
    """Store and output."""
    add_store_options(parser)
    add_json(parser)


def tell_sleeper(output: Output) -> None:
    """A gas meter is to be asked something."""
    output.note(_("A gas meter sleeps: what is for it waits at the hub until it wakes, up to half an hour."))


def named_device(text: str) -> tuple[DeviceId, DuisDeviceType]:
    """A device as ``ID=KIND``. Raises UsageProblem, IdentifierError."""
    from hht.identifiers import DeviceId
    from hht.protocol.gbcs.device_types import DuisDeviceType

    device, _mark, kind = text.partition("=")
    try:
        return DeviceId.parse(device), DuisDeviceType(kind.strip().upper())
    except ValueError:
        raise UsageProblem(
            _("“{text}” names no device and its kind.").format(text=text),
            remedy=_("Write for example 00-DB-12-34-56-78-90-A4=PPMID; kinds are {kinds}.").format(
                kinds=", ".join(one.value for one in DuisDeviceType)
            ),
        ) from None


def kinds_of(args: argparse.Namespace) -> dict[DeviceId, GbcsDeviceType]:
    """What the options say of devices. Raises as `named_device`."""
    from hht.protocol.gbcs.device_types import to_gbcs

    named = (named_device(text) for text in args.device)
    return {device: to_gbcs(kind) for device, kind in named}


@contextlib.contextmanager
def hub_service(args: argparse.Namespace, output: Output) -> Iterator[tuple[HubWorkService, Store]]:
    """The service over the store that the options name, for what is done there alone: with an emulated link that for
    training. Who goes to the hub uses `hub_at_work`."""
    with _opened(args, output, None) as (service, store, _composer):
        yield service, store


@contextlib.asynccontextmanager
async def hub_at_work(
    args: argparse.Namespace,
    output: Output,
    codes: dict[DeviceId, InstallCode] | None = None,
    also: TraceSink | None = None,
    clock: Clock | None = None,
) -> AsyncIterator[tuple[HubWorkService, Store]]:
    """`hub_service` for what is done at the hub: dongle and desk of an emulated premises are at the same one, which
    ends with it. `also`: who is told of every event of the dongle's link, besides the trace; `clock`: what all of it
    lives by (None: the computer's time)."""
    with _opened(args, output, codes, also, clock) as (service, store, composer):
        try:
            yield service, store
        finally:
            await composer.close()


@contextlib.contextmanager
def _opened(
    args: argparse.Namespace,
    output: Output,
    codes: dict[DeviceId, InstallCode] | None,
    also: TraceSink | None = None,
    clock: Clock | None = None,
) -> Iterator[tuple[HubWorkService, Store, Composer]]:
    from ui.cli.stores import opened_store, store_for_writing
    from ui.compose import Composer
    from ui.hub_work import HubWorkService
    from ui.system import SystemClock

    clock = clock or SystemClock()
    opened = store_for_writing(args, clock) if getattr(args, "link", None) else opened_store(args, clock)
    with opened as store:
        composer = Composer(clock, training=store.training)
        on_han = OnHan(args, output, composer, store, also)
        yield HubWorkService(store, clock, on_han.come, codes, _line(args, store, composer)), store, composer


def _line(args: argparse.Namespace, store: Store, composer: Composer) -> DeskLine | None:
    """The line to the desk that ``--desk`` names, for what is asked at a link. Raises UsageProblem."""
    if not getattr(args, "desk", None) or not getattr(args, "link", None):
        return None
    if args.pack:
        raise UsageProblem(
            _("--pack and --desk exclude each other."), remedy=_("Say where the commands come from: one of them.")
        )
    from ui import hub_relay
    from ui.desks import Desks

    desks = Desks(store, composer, store.clock, secrets.token_bytes)
    return hub_relay.DeskLine(desks, args.desk, home=args.link)


def place_of(args: argparse.Namespace, service: HubWorkService, store: Store) -> HubPlace:
    """The hub that the options name. Raises IdentifierError, UsageProblem where both Device IDs are the same."""
    from hht.identifiers import DeviceId
    from ui.hub_work import HubPlace

    gpf, chf = DeviceId.parse(args.hub), DeviceId.parse(args.chf)
    if gpf == chf:
        raise UsageProblem(
            _("GPF ID and CHF ID are the same: {id}.").format(id=gpf),
            remedy=_("A hub has two Device IDs printed on it: give its GPF ID with --hub and its CHF ID with --chf."),
        )
    return HubPlace(args.link, gpf, chf, pack=pack_key(args, store))


def pack_key(args: argparse.Namespace, store: Store) -> str:
    """The key of the kept pack that ``--pack`` names; "": none. Raises PackError."""
    if not args.pack:
        return ""
    from ui.compose import Composer
    from ui.packs import Packs
    from ui.system import SystemClock

    clock = SystemClock()
    return Packs(store, clock, Composer(clock, training=store.training)).find(args.pack).key


class OnHan:
    """Comes onto a hub's HAN for one command, by the dongle of `composer`, which stays whoever's it is."""

    def __init__(
        self,
        args: argparse.Namespace,
        output: Output,
        composer: Composer,
        store: Store | None,
        also: TraceSink | None = None,
    ) -> None:
        self._args, self._output, self._composer, self._store, self._also = args, output, composer, store, also

    @contextlib.asynccontextmanager
    async def come(self, place: HubPlace, traced: bool) -> AsyncIterator[HanMember]:
        """On it, and off it afterwards; that the hub may not have heard of the leaving is said, and harms nothing."""
        from hht.client.radio.joining import HanMember
        from ui.cli.han import terminal_code
        from ui.cli.stores import both_sinks, trace_sink

        code, pan = terminal_code(self._args), network(self._args, self._store, place.gpf)
        with trace_sink(self._store if traced else None) as sink:
            async with self._composer.dongle(place.link, both_sinks(sink, self._also)) as dongle:
                member = HanMember(dongle, code)
                await member.join(place.gpf, pan=pan, on_step=self._step)
                try:
                    yield member
                finally:
                    await self._leave(member)

    def _step(self, reached: JoinStep) -> None:
        from ui.han_words import join_words

        self._output.progress(join_words(reached), step=reached.value)

    async def _leave(self, member: HanMember) -> None:
        from hht.errors import HhtError

        try:
            await member.leave()
        except HhtError as error:
            self._output.note(error.message)
