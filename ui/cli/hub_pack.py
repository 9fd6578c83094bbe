"""``hht han exchange pack``: in training, the pack for half of an exchange, as a supplier's desk would make it.

The order of its commands is that in which the steps ask for them; a step that is begun anew needs another pack.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from hht.i18n import _, ngettext
from ui.cli.common import DONE, Output, UsageProblem, named_path, run_async
from ui.cli.hub_reach import add_kinds, hub_service, kinds_of
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.identifiers import DeviceId
    from hht.protocol.gbcs.device_types import GbcsDeviceType
    from hht.work.hub_exchange import HubExchange
    from hht.work.hub_orders import HubOrder

NO_JOB = "HUB"  # what the packs of an exchange without a job are for


def add_pack(steps: Any) -> argparse.ArgumentParser:
    """Its arguments."""
    parser: argparse.ArgumentParser = steps.add_parser(
        "pack",
        help=_("in training: make the pack for before or after the hub is taken off"),
        description=_(
            "For a visit without any data. Take it in (hht pack take), and name it with --pack in snapshot and check, "
            "or in restore and devices. The half after needs what came home of the half before."
        ),
        epilog=_("Example: hht han exchange pack before --out before.pack --device ID=ESME --training"),
    )
    parser.add_argument("when", choices=("before", "after"), help=_("which half"))
    parser.add_argument("--out", type=named_path, required=True, metavar="FILE", help=_("where to write the pack"))
    parser.add_argument("--hub", metavar="ID", help=_("after: the GPF ID of the new hub, where it is not fitted yet"))
    parser.add_argument("--chf", metavar="ID", help=_("after: its CHF ID"))
    parser.add_argument(
        "--prepaying",
        action="append",
        default=[],
        metavar="ID",
        help=_("before: an electricity meter in Prepayment mode, whose balance is read too; several times"),
    )
    add_kinds(parser)
    return parser


def build(args: argparse.Namespace, output: Output) -> int:
    """Make it. Raises OrderError ``hub-no-desk`` in live work, ``hub-no-copy``; UsageProblem."""
    return run_async(_build(args, output))


async def _build(args: argparse.Namespace, output: Output) -> int:
    from hht.packs.kept import PackStore
    from ui.whole_file import whole_binary_file

    with hub_service(args, output) as (service, store):
        made = service.exchange(args.of)
        orders, job = _orders(args, made), made.state.job or NO_JOB
        edition = PackStore(store).newest_edition(job) + 1
        octets = await service.training_pack(orders, job, SystemClock().now(), edition=edition)
        with whole_binary_file(args.out) as file:
            file.write(octets)
    said = ngettext(
        "{count} command for {when} is in {file}: hht pack take {file}",
        "{count} commands for {when} are in {file}: hht pack take {file}",
        len(orders),
    ).format(count=len(orders), when=args.when, file=args.out)
    output.emit("result", said, ok=True, commands=len(orders), job=job, edition=edition, file=str(args.out))
    return DONE


def _orders(args: argparse.Namespace, made: HubExchange) -> list[HubOrder]:
    from hht.emulation.hub_pack import orders_after, orders_before
    from hht.identifiers import DeviceId

    state, kinds = made.state, _kinds(args, made)
    if args.when == "before":
        return orders_before(state.old_chf, state.old_gpf, kinds, map(DeviceId.parse, args.prepaying))
    new_chf = state.new_chf or (DeviceId.parse(args.chf) if args.chf else None)
    new_gpf = state.new_gpf or (DeviceId.parse(args.hub) if args.hub else None)
    if new_chf is None or new_gpf is None:
        raise UsageProblem(
            _("The new hub is not known yet."), remedy=_("Give its two Device IDs: --hub GPF-ID --chf CHF-ID.")
        )
    return list(orders_after((state.old_chf, state.old_gpf), (new_chf, new_gpf), kinds))


def _kinds(args: argparse.Namespace, made: HubExchange) -> dict[DeviceId, GbcsDeviceType]:
    """Every device on the HAN. Raises UsageProblem where none is known: a desk knows them from its inventory."""
    snapshot = made.snapshot
    known = {} if snapshot is None else {one: kind for one, kind in snapshot.kinds.items() if one in snapshot.devices}
    found = known | kinds_of(args)
    if not found:
        raise UsageProblem(
            _("Which devices are on the HAN is not known."),
            remedy=_("Name each of them: --device ID=KIND, several times."),
        )
    return found
