"""``hht han xray``: a home's network device by device, the age of the gas mirror and the gas meter's next wake."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from ui.cli.common import DONE, Output, UsageProblem, run_async, whole_number
from ui.cli.hub_reach import add_desk, add_ends, add_hub, add_kinds, add_link, add_network, hub_at_work, kinds_of

if TYPE_CHECKING:
    from hht.work.han_xray import Xray, XrayDevice

MOST_TIMES: Final = 100
LONGEST_PAUSE_S: Final = 3600


def add_xray(verbs: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = verbs.add_parser(
        "xray",
        help=_("who is on the HAN and how far each has come, link quality, gas mirror's age, next gas wake"),
        description=_(
            "Reads the hub's Device Log and whom its devices know. --device names who is expected here: who of them is "
            "not on the log is turned away by the hub, which tells nobody. A gas meter's wake is sure once two "
            "hearings half-hours apart are read: --times 2 --every 1860."
        ),
        epilog=_(
            "Example: hht han xray dongle:/dev/ttyACM0 --hub 00-DB-12-34-56-78-90-A3 --chf 00-DB-12-34-56-78-90-A2"
        ),
    )
    add_link(parser)
    add_desk(parser)
    add_hub(parser)
    add_network(parser)
    add_kinds(parser)
    parser.add_argument("--times", type=whole_number, metavar="N", default=1, help=_("how often to read it; default 1"))
    parser.add_argument("--every", type=whole_number, metavar="S", default=60, help=_("seconds in between; default 60"))
    add_ends(parser)


def xray_han(args: argparse.Namespace, output: Output) -> int:
    """``hht han xray``."""
    if not 1 <= args.times <= MOST_TIMES or not 0 <= args.every <= LONGEST_PAUSE_S:
        raise UsageProblem(
            _("It cannot be read {times} times, every {seconds} s.").format(times=args.times, seconds=args.every),
            remedy=_("Say 1 to {most} times, every 0 to {longest} s.").format(most=MOST_TIMES, longest=LONGEST_PAUSE_S),
        )
    return run_async(_read(args, output))


async def _read(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.hub_reach import place_of
    from ui.han_xray import knock_words, mirror_words, plain_device, plain_xray, read_xray

    async with hub_at_work(args, output) as (service, store):
        place = place_of(args, service, store)
        shown = await read_xray(service, place, kinds_of(args), args.times, args.every)
    for one in shown.devices:
        output.emit("device", _device_words(one, shown), **plain_device(one, shown))
    words = "\n".join((knock_words(shown), mirror_words(shown)))
    output.emit("result", words, ok=True, devices=len(shown.devices), **plain_xray(shown))
    return DONE


def _device_words(one: XrayDevice, shown: Xray) -> str:
    from hht.work.join_matrix import kind_words
    from ui.han_xray import position_words, quality_words, wake_words

    kind = "?" if one.kind is None else kind_words(one.kind)
    lines = [f"{one.device}  {kind}: {position_words(one.position)}"]
    if one.lacks:
        lines.append(_("not joined to {devices}").format(devices=", ".join(map(str, one.lacks))))
    lines += [words for words in (quality_words(one), wake_words(one, shown)) if words]
    return "\n    ".join(lines)
