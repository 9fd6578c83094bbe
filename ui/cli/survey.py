"""`hht survey LINK`: what a radio dongle hears at this place: energy per channel, and networks with their signal."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING, Any, Final

from hht.i18n import _
from ui.cli.common import (
    DONE,
    Output,
    UsageProblem,
    add_json,
    add_store_options,
    named_path,
    run_async,
    run_command,
    whole_number,
)

if TYPE_CHECKING:
    from hht.client.radio.dongle import DongleFacts
    from hht.client.radio.survey import ChannelSeen, NetworkSeen, OnLook, Survey

MOST_LOOKS: Final = 1000
LONGEST_PAUSE_S: Final = 86_400
_FIRST, _LAST = 11, 26
_BAR: Final = 32  # characters


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "survey",
        help=_("HAN survey with a radio dongle: energy per channel, networks, signal"),
        description=_(
            "Looks around at 2.4 GHz and joins nothing. Energy runs from 0 (quiet) to 255 by the dongle's own scale; "
            "a network's extended PAN ID is the GPF ID printed on its hub, or on one that it replaced; a dongle tells "
            "LQI and no dBm."
        ),
        epilog=_("Example: hht survey dongle:/dev/ttyACM0 --looks 5 --csv survey.csv"),
    )
    parser.add_argument(
        "link", metavar="LINK", help=_("dongle:PORT, dongle:tcp://, dongle:ble: or emulated:NAME?via=han")
    )
    parser.add_argument("--looks", type=whole_number, metavar="N", default=3, help=_("how often to look; default 3"))
    parser.add_argument(
        "--every", type=whole_number, metavar="S", default=0, help=_("seconds from look to look; default none between")
    )
    parser.add_argument("--channels", metavar="LIST", help=_("for example 11,15,20-25; default all, 11 to 26"))
    parser.add_argument("--csv", type=named_path, metavar="FILE", help=_("every figure of every look into FILE"))
    add_store_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, lambda args, output: run_async(_survey(args, output)))


def parse_channels(text: str | None) -> tuple[int, ...]:
    """The channels that ``--channels`` names. Raises UsageProblem."""
    if text is None:
        return tuple(range(_FIRST, _LAST + 1))
    found: set[int] = set()
    for part in text.split(","):
        numbers = re.fullmatch(r"\s*(\d{1,2})\s*(?:-\s*(\d{1,2})\s*)?", part, re.ASCII)
        first = int(numbers[1]) if numbers else 0
        last = int(numbers[2]) if numbers and numbers[2] else first
        if not _FIRST <= first <= last <= _LAST:
            raise UsageProblem(
                _("“{part}” is no channel.").format(part=part.strip()),
                remedy=_("Channels of 2.4 GHz run from 11 to 26: write for example 11,15,20-25."),
            )
        found |= set(range(first, last + 1))
    return tuple(sorted(found))


async def _survey(args: argparse.Namespace, output: Output) -> int:
    from hht.client.radio.survey import survey
    from ui.cli.stores import store_of_command, trace_sink
    from ui.compose import Composer
    from ui.survey_file import write_survey
    from ui.system import SystemClock
    from ui.whole_file import check_writable

    if not 1 <= args.looks <= MOST_LOOKS:
        raise UsageProblem(
            _("It cannot be looked {looks} times.").format(looks=args.looks),
            remedy=_("Say 1 to {most}.").format(most=MOST_LOOKS),
        )
    if not 0 <= args.every <= LONGEST_PAUSE_S:
        raise UsageProblem(
            _("It cannot be looked every {seconds} s.").format(seconds=args.every),
            remedy=_("Say 0 to {most}.").format(most=LONGEST_PAUSE_S),
        )
    channels = parse_channels(args.channels)
    if args.csv:
        check_writable(args.csv)
    clock = SystemClock()
    with store_of_command(args, clock, output) as store, trace_sink(store) as sink:
        composer = Composer(clock, training=bool(args.training))
        try:
            async with composer.dongle(args.link, sink) as dongle:
                found = await survey(
                    dongle, clock, looks=args.looks, channels=channels, every_s=args.every, on_look=_progress(output)
                )
                _tell(output, found, dongle.facts)
        finally:
            await composer.close()
    if args.csv:
        write_survey(args.csv, found)
        output.note(_("Every figure stands in {file}.").format(file=args.csv))
    return DONE


def _progress(output: Output) -> OnLook:
    def tell(done: int, total: int) -> None:
        output.progress(_("look {done} of {total}").format(done=done, total=total), done=done, total=total)

    return tell


def _tell(output: Output, found: Survey, facts: DongleFacts) -> None:
    if not output.as_json:
        output.emit("head", _("Channel  MHz   energy (mean, peak of 255)"))
    for channel in found.channels:
        output.emit("channel", _channel_line(channel), **_channel_fields(channel))
    if not output.as_json:
        output.emit("head", "\n" + _("Network (GPF ID)         PAN     channel  LQI (least, mean, most)"))
    for network in found.networks:
        output.emit("network", _network_line(network, len(found.times)), **_network_fields(network))
    nothing = "" if found.networks else _("No network is heard: is the hub on, and near?")
    output.emit(
        "result",
        nothing,
        ok=True,
        dongle_id=str(facts.device_id),
        firmware=facts.firmware,
        stack=facts.stack,
        looks=len(found.times),
        networks=len(found.networks),
        quietest=[one.channel for one in sorted(found.channels, key=lambda one: (one.peak, one.channel))[:4]],
    )


def _channel_fields(one: ChannelSeen) -> dict[str, Any]:
    from hht.client.radio.survey import channel_mhz

    return {
        "channel": one.channel,
        "frequency_mhz": channel_mhz(one.channel),
        "energy_average": one.average,
        "energy_peak": one.peak,
        "energies": one.energies,
        "verdict": one.verdict,
    }


def _channel_line(one: ChannelSeen) -> str:
    from hht.client.radio.survey import channel_mhz

    bar = "#" * (one.average * _BAR // 255) + "·" * ((one.peak - one.average) * _BAR // 255)
    return (
        f"{one.channel:>7}  {channel_mhz(one.channel)} {one.average:>5} {one.peak:>4}  {one.verdict:<7} {bar}".rstrip()
    )


def _network_fields(one: NetworkSeen) -> dict[str, Any]:
    return {
        "gpf_id": one.gpf_id,
        "pan_id": f"{one.pan:04X}",
        "channel": one.channel,
        "lqi_min": min(one.lqis.values()),
        "lqi_average": one.average_lqi,
        "lqi_max": max(one.lqis.values()),
        "heard": len(one.lqis),
        "lets_join": one.open,
        "verdict": one.verdict,
    }


def _network_line(one: NetworkSeen, looks: int) -> str:
    least, most = min(one.lqis.values()), max(one.lqis.values())
    line = f"{one.gpf_id}  {one.pan:04X}  {one.channel:>7}  {least:>4} {one.average_lqi:>4} {most:>4}  {one.verdict}"
    if len(one.lqis) < looks:
        line += _("; heard in {heard} of {looks} looks").format(heard=len(one.lqis), looks=looks)
    return line + (_("; lets devices join") if one.open else "")
