"""``hht han listen LINK --hub ID``: what the HAN's devices send unasked, as it comes, checked with the keys at hand."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hht.i18n import _, ngettext
from ui.cli.common import DONE, FAILED, Output, add_json, add_store_options, run_async, whole_number
from ui.cli.gbcs_keys import add_keys, key_ring
from ui.cli.hub_reach import LINK_WORDS, add_network

if TYPE_CHECKING:
    from hht.client.radio.tunnel import HanTunnel
    from hht.protocol.gbcs.keys import KeyRing


def add_listen(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Its arguments."""
    listen = verbs.add_parser(
        "listen",
        help=_("hear what devices send unasked, and check it"),
        description=_(
            "Comes on, has the hub hand on alerts, and leaves. A terminal verifies what a device has signed with its "
            "certificate; what has a MAC is “not verifiable here”. In training the certificates are everybody's."
        ),
        epilog=_("Example: hht han listen dongle:/dev/ttyACM0 --hub 00-DB-12-34-56-78-90-A3 --keys certificates"),
    )
    listen.add_argument("link", metavar="LINK", help=LINK_WORDS)
    listen.add_argument("--hub", required=True, metavar="ID", help=_("the GPF ID printed on the hub (not its CHF ID)"))
    add_network(listen)
    listen.add_argument(
        "--install-code-file",
        metavar="F",
        help=_("file with the terminal's own install code; - is standard input; in training everybody's"),
    )
    listen.add_argument(
        "--for", dest="seconds", type=whole_number, metavar="S", default=60, help=_("how long to listen")
    )
    listen.add_argument("--count", type=whole_number, metavar="N", default=0, help=_("leave after so many alerts"))
    add_keys(listen)
    add_store_options(listen)
    add_json(listen)


def listen(args: argparse.Namespace, output: Output) -> int:
    """Listen; exit status 1 where an alert is not to be believed."""
    return run_async(_listen(args, output))


async def _listen(args: argparse.Namespace, output: Output) -> int:
    from hht.client.radio.tunnel import HanTunnel
    from hht.identifiers import DeviceId
    from ui.cli.hub_reach import OnHan
    from ui.cli.stores import store_of_command
    from ui.compose import Composer
    from ui.hub_work import HubPlace
    from ui.system import SystemClock

    gpf_id, keys = DeviceId.parse(args.hub), key_ring(args, output)
    with store_of_command(args, SystemClock(), output) as store:
        place = HubPlace(args.link, gpf_id, gpf_id)
        composer = Composer(SystemClock(), training=bool(args.training) if store is None else store.training)
        try:
            async with OnHan(args, output, composer, store).come(place, True) as member, HanTunnel(member) as tunnel:
                await tunnel.listen()
                output.progress(_("Listening"), step="listening")
                return await _told(args, output, tunnel, keys)
        finally:
            await composer.close()


async def _told(args: argparse.Namespace, output: Output, tunnel: HanTunnel, keys: KeyRing) -> int:
    from hht.link_url import parse_link_url
    from ui.alerts_heard import shown, training_certificates
    from ui.system import SystemClock

    clock = SystemClock()
    training = args.training or parse_link_url(args.link).scheme == "emulated"
    know = training_certificates(keys) if training else None
    until, count, status = clock.monotonic() + args.seconds, 0, DONE
    while (left_s := until - clock.monotonic()) > 0 and not 0 < args.count <= count:
        heard = await tunnel.next_alert(left_s)
        if heard is None:
            break
        if know is not None:
            know(heard.device)
        alert = shown(heard, keys)
        count += 1
        if alert.problem is not None:
            status = FAILED
        problem = {} if alert.problem is None else alert.problem.as_dict()
        output.emit("alert", alert.text, ok=alert.problem is None, **alert.fields, **problem)
    words = ngettext("{count} alert heard.", "{count} alerts heard.", count).format(count=count)
    output.emit("result", words, ok=status == DONE, count=count, spoilt=tunnel.alerts.spoilt)
    return status
