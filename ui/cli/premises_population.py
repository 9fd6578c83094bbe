"""``hht premises NAME --usage``: what parties ask of it, in octets and pence; what that comes to for many homes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import DONE, Output
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.emulation.usage import Counted, Usage

_HISTORY_DAYS = 8  # a file holds the week before


def show_usage(name: str, output: Output, *, weeks: int, homes: int, real_time: bool) -> int:
    """Live `weeks` with all requests, and tell each kind, who pays for it, and the charges of a month."""
    from hht.clock import ManualClock
    from hht.emulation.usage import TARIFFS, count_usage
    from hht.model.premises import load_premises

    clock = ManualClock(SystemClock().now())
    premises = load_premises(name, clock=clock, days=_HISTORY_DAYS)
    usage = count_usage(premises, clock, weeks, TARIFFS[real_time])
    for one in usage.counted:
        _request(one, usage, homes, output)
    for charge in usage.charges():
        output.emit(
            "charge",
            _("{payer} pays {amount:.2f} p a month: {item}, {count:.1f} at {pence:.2f} p").format(
                payer=charge.payer, amount=charge.amount, item=charge.item, count=charge.count, pence=charge.pence
            ),
            payer=charge.payer,
            item=charge.item,
            count=charge.count,
            pence=charge.pence,
            amount=charge.amount,
            verified=False,
        )
    output.emit("result", _counted_so(usage, homes), ok=True, octets=usage.octets, days=usage.days, homes=homes)
    return DONE


def _request(one: Counted, usage: Usage, homes: int, output: Output) -> None:
    use, rate = one.use, one.kbit_s(homes)
    share = 100 * one.octets // max(1, usage.octets)
    lines = [
        _("{title} ({sender}, {payer} pays)").format(title=use.title, sender=use.sender.value, payer=use.payer),
        _(
            "    answered {answered}, not {refused}; down {down}, up {up}, longest {longest} octets; {share} % of all"
        ).format(
            answered=one.answered, refused=one.refused, down=one.down, up=one.up, longest=one.longest, share=share
        ),
    ]
    if one.why:
        lines.append(f"    {one.why}")
    if rate is not None:
        lines.append(
            _("    to {homes} homes within {seconds} s: {rate:.1f} kbit/s all that time").format(
                homes=homes, seconds=use.within_s, rate=rate
            )
        )
    output.emit(
        "request",
        "\n".join(lines),
        name=use.name,
        sender=use.sender.value,
        payer=use.payer,
        charge=use.charge,
        answered=one.answered,
        refused=one.refused,
        why=one.why,
        down=one.down,
        up=one.up,
        longest=one.longest,
        share=share,
        homes_octets=one.octets * homes,
        kbit_s=rate,
    )


def _counted_so(usage: Usage, homes: int) -> str:
    """What was counted, plainly."""
    return _(
        "{octets} octets over the WAN in {days} days; {whole:.1f} MB for {homes} homes like this one. Counted: GBCS "
        "messages to and from the electricity meter as they are, without what a WAN adds; not the gas meter's. How "
        "often and at what price: figures for training, not verified."
    ).format(octets=usage.octets, days=usage.days, whole=usage.octets * homes / 1e6, homes=homes)
