"""What a premises comes to for many homes: ``hht premises NAME --usage``, ``--mass-disable``, ``--rogue-supplier``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import DONE, Output
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.emulation.usage import Counted, Usage
    from hht.model.wan.rogue import Radius
    from hht.model.wan.street import Drill

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
                payer=_(charge.payer), amount=charge.amount, item=_(charge.item), count=charge.count, pence=charge.pence
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
        _("{title} ({sender}, {payer} pays)").format(title=_(use.title), sender=use.sender.value, payer=_(use.payer)),
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


# --- a street in the dark


def show_mass_disable(name: str, output: Output, *, street: int, homes: int) -> int:
    """Switch off a street of `street` emulated homes, without a limit and with one; then break every meter of it."""
    from hht.clock import ManualClock
    from hht.model.wan.street import DAY_S, Street, rates

    def built(limit: int | None) -> Street:
        return Street(name, street, ManualClock(SystemClock().now()), limit=limit)

    figures, free, guarded = rates(), built(None), built(rates().limit(street))
    _drill("no-limit", _("every supply off, no limit"), free.disable_all(), output)
    limited = _("every supply off, and {limit} may be switched in 24 hours").format(limit=figures.limit(street))
    _drill("limit", limited, guarded.disable_all(), output)
    guarded.suspend("too many supplies at once")
    guarded.wait(DAY_S)
    _drill("suspended", _("a day later, the supplier suspended"), guarded.disable_all(), output)
    broken = built(None)
    broken.break_all()
    _drill("broken", _("every load switch burnt off, and each switched on over the WAN"), broken.enable_all(), output)
    days = broken.visit_all(figures.visits_a_day)
    weeks, hours = figures.visit_weeks(homes), figures.wan_hours(homes)
    text = _(
        "One crew mends this street in {days} days, {left} homes stay dark. {homes} homes: {weeks:.1f} weeks by visits "
        "({crews} crews, {a_day} visits a day, {week} days a week), {hours:.1f} hours to tell each meter once over the "
        "WAN ({rate} a second), where a command helps. Emulated: {street} homes; rates are for training, not verified."
    )
    yearly = homes * figures.fails_per_thousand // 1000
    output.emit(
        "switches",
        _("Of {homes} homes {yearly} a year lose their supply by a failed switch, at {rate} in a thousand").format(
            homes=homes, yearly=yearly, rate=figures.fails_per_thousand
        ),
        homes=homes,
        a_year=yearly,
        per_thousand=figures.fails_per_thousand,
    )
    output.emit(
        "result",
        text.format(
            days=days,
            left=broken.dark,
            homes=homes,
            weeks=weeks,
            crews=figures.crews,
            a_day=figures.visits_a_day,
            week=figures.days_a_week,
            hours=hours,
            rate=figures.commands_a_second,
            street=street,
        ),
        ok=True,
        street=street,
        days=days,
        homes=homes,
        visit_weeks=weeks,
        wan_hours=hours,
    )
    return DONE


def _drill(name: str, title: str, drill: Drill, output: Output) -> None:
    text = _("{title}: sent {sent}, carried out {done}, held {held}, denied {denied}; dark: {dark}").format(
        title=title,
        sent=drill.sent,
        done=drill.carried_out,
        held=drill.held,
        denied=drill.denied,
        dark=drill.dark,
    )
    output.emit("drill", text, name=name, **asdict(drill))


# --- a supplier that turns on a street


def show_rogue(output: Output, *, street: int) -> int:
    """A supplier sends `street` disables in a minute: how many homes lose supply, with and without each control."""
    from hht.clock import ManualClock
    from hht.model.wan.rogue import RogueStreet, drills

    start = SystemClock().now().replace(hour=1, minute=0, second=0, microsecond=0)  # a short history: built quickly
    found: dict[str, Radius] = {}
    text = _(
        "{lost} of {homes} homes lost supply ({held} held, {released} let go on), contacts moved {moves} times, a "
        "broadcast reaches {broadcast}: {controls}"
    )
    for name, controls in drills().items():
        one = found[name] = RogueStreet(street, ManualClock(start), controls).attack()
        standing = ", ".join(_rogue_words()[key] for key, on in asdict(controls).items() if on) or _("no control")
        told = text.format(controls=standing, **asdict(one))
        output.emit("drill", told, name=name, controls=asdict(controls), **asdict(one))
    words = _(
        "With all controls {few} of {homes} homes lost supply in that minute, with none {many}. Emulated homes, half "
        "of them SMETS1; limits are for training, not verified (resources/catalogue/anomaly.toml, mass_disable.toml)."
    )
    few, many = found["all"].lost, found["none"].lost
    output.emit("result", words.format(few=few, many=many, homes=street), ok=True, homes=street, lost=few, without=many)
    return DONE


def _rogue_words() -> dict[str, str]:
    """The controls by field of `Controls`."""
    return {
        "anomaly": _("limit of the DCC"),
        "together": _("SMETS1 and SMETS2 counted together"),
        "two_officers": _("two officers let go on"),
        "device": _("limit of the meter"),
        "no_broadcast": _("one device, one command"),
    }
