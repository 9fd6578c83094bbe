"""`hht han`: what is done on a hub's HAN. Here `check LINK --hub ID`: does this hub let the terminal on, and does it
open a tunnel to its devices? The Device Log and its devices are in `hub_log.py`, a hub's exchange in `hub_exchange.py`,
alerts in `han_listen.py`, the X-ray in `han_xray.py`.

`check` comes on, opens a tunnel, closes it and leaves. Nothing is said to any device; the hub's Device Log lists the
terminal meanwhile, which the hub tells the centre.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from ui.cli.common import DONE, Output, UsageProblem, add_json, add_store_options, run_async, run_command
from ui.cli.han_listen import add_listen, listen
from ui.cli.han_xray import add_xray, xray_han
from ui.cli.hub_exchange import add_exchange, exchange
from ui.cli.hub_log import VERBS, add_verbs
from ui.cli.hub_reach import add_network, network

if TYPE_CHECKING:
    from hht.client.radio.joining import Joined, JoinStep
    from hht.identifiers import InstallCode


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "han",
        help=_("work on a hub's HAN with a radio dongle: Device Log, devices, joins, exchange of the hub"),
        description=_("The terminal makes no commands: a pack has them, or in training the training desk makes them."),
        epilog=_("Example: hht han check 'emulated:dual-fuel?via=han&hub=fresh' --hub 00-DB-12-34-56-78-90-A3"),
    )
    verbs = parser.add_subparsers(dest="verb", metavar=_("VERB"), required=True)
    check = verbs.add_parser(
        "check",
        help=_("come on, open a tunnel, leave: is the way to the devices open?"),
        description=_(
            "A hub listens for handheld terminals for 60 minutes from power-on. The dongle's IEEE address is the "
            "terminal's Device ID; the hub lists it while it is on the HAN. Nothing is said to any device."
        ),
        epilog=_("Example: hht han check dongle:/dev/ttyACM0 --hub 00-DB-12-34-56-78-90-A3 --install-code-file code"),
    )
    check.add_argument(
        "link", metavar="LINK", help=_("dongle:PORT, dongle:tcp://, dongle:ble: or emulated:NAME?via=han")
    )
    check.add_argument("--hub", required=True, metavar="ID", help=_("the GPF ID printed on the hub (not its CHF ID)"))
    add_network(check)
    check.add_argument(
        "--install-code-file",
        metavar="F",
        help=_("file with the terminal's own install code; - is standard input; in training everybody's"),
    )
    add_store_options(check)
    add_json(check)
    add_verbs(verbs)
    add_exchange(verbs)
    add_listen(verbs)
    add_xray(verbs)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    if args.verb == "exchange":
        return run_command(args, exchange)
    if args.verb == "listen":
        return run_command(args, listen)
    if args.verb == "xray":
        return run_command(args, xray_han)
    return run_command(args, VERBS.get(args.verb, _check_way))


def _check_way(args: argparse.Namespace, output: Output) -> int:
    return run_async(_check(args, output))


async def _check(args: argparse.Namespace, output: Output) -> int:
    from hht.client.radio.joining import HanMember
    from hht.client.radio.tunnel import HanTunnel
    from hht.identifiers import DeviceId
    from ui.cli.stores import store_of_command, trace_sink
    from ui.compose import Composer
    from ui.han_words import join_words
    from ui.system import SystemClock

    gpf_id, code, clock = DeviceId.parse(args.hub), terminal_code(args), SystemClock()

    def step(reached: JoinStep) -> None:
        output.progress(join_words(reached), step=reached.value)

    with store_of_command(args, clock, output) as store, trace_sink(store) as sink:
        composer = Composer(clock, training=bool(args.training))
        try:
            async with composer.dongle(args.link, sink) as dongle:
                member = HanMember(dongle, code)
                try:
                    where = await member.join(gpf_id, pan=network(args, store, gpf_id), on_step=step)
                    async with HanTunnel(member) as tunnel:
                        longest = tunnel.longest_message
                finally:
                    await member.leave()
                device_id = str(dongle.facts.device_id)
                output.emit("result", _sentence(where), **_fields(where), dongle_id=device_id, longest_message=longest)
        finally:
            await composer.close()
    return DONE


def terminal_code(args: argparse.Namespace) -> InstallCode:
    """The terminal's own code. Raises UsageProblem, IdentifierError, AssociationError."""
    from hht.identifiers import InstallCode
    from hht.link_url import parse_link_url
    from ui.han import TRAINING_CODE
    from ui.meter_keys import read_secret

    if args.install_code_file is not None:
        return InstallCode.parse(read_secret(args.install_code_file).strip())
    if args.training or parse_link_url(args.link).scheme == "emulated":
        return InstallCode(TRAINING_CODE)
    raise UsageProblem(
        _("The terminal's own install code is not known."),
        remedy=_("Name the file that has it: --install-code-file F (or --training for everybody's)."),
    )


def _fields(where: Joined) -> dict[str, Any]:
    return {
        "ok": True,
        "gpf_id": str(where.gpf_id),
        "channel": where.channel,
        "pan_id": f"{where.pan:04X}",
        "address": f"{where.address:04X}",
        "lqi": where.lqi,
    }


def _sentence(where: Joined) -> str:
    return _("The hub {gpf_id} let the terminal in on channel {channel} (LQI {lqi}); it has left again.").format(
        gpf_id=where.gpf_id, channel=where.channel, lqi=where.lqi
    )
