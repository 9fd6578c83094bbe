"""``hht premises``: the emulated premises that come along, one of them looked at, or a person's own file checked."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from hht.i18n import _
from ui.cli.access import access
from ui.cli.common import DONE, Output, UsageProblem, add_json, run_command
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.model.faults import FaultKind
    from hht.model.portrait import Portrait
    from hht.model.premises_plan import PremisesPlan

_AMOUNT = ("unit", "usual", "low", "high")
_MOST_HOMES = 100_000_000
LOOKED_AT_DAYS = 1  # of history, to see who is joined and what hears what


def add_parser(subparsers: Any) -> None:
    """The command's options."""
    premises = subparsers.add_parser(
        "premises",
        help=_("the emulated premises that come with the program; one of them; a file of one's own"),
        description=_("Without a name: all that come along. A file's errors are told with their line."),
        epilog=_("Example: hht premises dual-fuel; hht premises ./mine.toml --check; hht premises --faults dual-fuel"),
    )
    premises.add_argument(
        "name", nargs="?", metavar="NAME|FILE", help=_("look at this one: devices, links, what is special")
    )
    premises.add_argument(
        "--check", action="store_true", help=_("only say whether the file is right, and lives; status 1 if not")
    )
    premises.add_argument(
        "--faults",
        action="store_true",
        help=_("list the faults that can be switched on, each with the symptom that it shows; of NAME: where"),
    )
    premises.add_argument(
        "--map",
        action="store_true",
        help=_("every link of NAME up to the last party: what is spoken, who translates, whether each end is secured"),
    )
    premises.add_argument(
        "--access", action="store_true", help=_("who may ask what of which device of NAME, each denial with its code")
    )
    premises.add_argument(
        "--contrast",
        action="store_true",
        help=_("what would be otherwise in NAME, had smart metering been built in each of the ways not taken"),
    )
    premises.add_argument(
        "--usage",
        nargs="?",
        type=int,
        const=1,
        metavar="WEEKS",
        help=_("what parties ask of NAME over the WAN in WEEKS (1 to 4): octets, who pays, charges of a month"),
    )
    premises.add_argument("--real-time", action="store_true", help=_("with --usage: real-time prices, each half-hour"))
    premises.add_argument(
        "--homes", type=int, default=1, metavar="N", help=_("tell it for N homes like NAME (1 to 100 million)")
    )
    premises.add_argument(
        "--mass-disable",
        nargs="?",
        type=int,
        const=20,
        metavar="STREET",
        help=_("a street of STREET (20) homes like NAME goes dark at once: what the limit holds, how it is mended"),
    )
    premises.add_argument(
        "--rogue-supplier",
        nargs="?",
        type=int,
        const=40,
        metavar="STREET",
        help=_("a supplier has every supply of a street of STREET (40) homes switched off: what each control is worth"),
    )
    premises.add_argument(
        "--airtime",
        action="store_true",
        help=_("how long the HAN of NAME is on the air, and the bandwidth that --homes N in reach of one another need"),
    )
    premises.add_argument(
        "--routes",
        action="store_true",
        help=_("by which routes people of NAME get at their figures, each tried: display, computer, phone, internet"),
    )
    premises.add_argument(
        "--ways",
        action="store_true",
        help=_("install what waits in NAME twice, with a terminal and without one, durations side by side"),
    )
    premises.add_argument(
        "--complaint",
        action="store_true",
        help=_(
            "what other networks lose to the HAN of NAME, and what its installer does, with a survey on either side"
        ),
    )
    add_json(premises)


def run(args: argparse.Namespace) -> int:
    """Run ``hht premises``."""
    return run_command(args, _premises)


def _premises(args: argparse.Namespace, output: Output) -> int:
    if args.faults:
        return _faults(args.name, output)
    if args.map:
        return _map(args.name, output)
    if args.access:
        return access(args.name, output)
    if args.contrast:
        return _contrast(args.name, output)
    if args.usage is not None:
        return _usage(args, output)
    if args.mass_disable is not None:
        return _mass_disable(args, output)
    if args.rogue_supplier is not None:
        from ui.cli.premises_population import show_rogue

        return show_rogue(output, street=args.rogue_supplier)
    if args.airtime:
        from ui.cli.premises_airtime import show_airtime

        return show_airtime(_of_one(args), output, homes=_homes(args))
    if args.routes or args.ways:
        from ui.cli.premises_ways import show_routes, show_ways

        return (show_routes if args.routes else show_ways)(_of_one(args), output)
    if args.complaint:
        from ui.cli.premises_airtime import show_complaint

        return show_complaint(_of_one(args), output)
    if args.name is not None:
        return _one(args.name, output, only_check=args.check)
    if args.check:
        raise UsageProblem(_("Nothing is named that could be checked."), remedy=_("Give a premises or a TOML file."))
    from hht.model.premises import available_premises, read_premises

    for name in available_premises():
        _list(read_premises(name), output)
    return DONE


def _list(plan: PremisesPlan, output: Output) -> None:
    from hht.model.electricity_meter import MeterConfiguration

    devices = [
        {
            "id": device.name,
            "kind": device.kind.value,
            "device_id": device.identity.device_id,
            "model": device.identity.model,
        }
        | ({"local_access": device.local_access.value} if isinstance(device, MeterConfiguration) else {})
        for device in plan.devices
    ]
    shown = ", ".join(
        f"{device['id']} {device['model']} ({device.get('local_access', device['kind'])})" for device in devices
    )
    output.emit(
        "premises",
        f"{plan.name:20} {plan.title_words}\n{'':20} {plan.description_words}\n{'':20} {shown}",
        name=plan.name,
        title=plan.title,
        description=plan.description,
        devices=devices,
    )


def _one(name: str, output: Output, *, only_check: bool) -> int:
    from hht.model.portrait import portrait
    from hht.model.premises import load_premises

    if only_check:
        _complain(name, output)
    premises = load_premises(name, clock=SystemClock(), days=LOOKED_AT_DAYS)
    shown = portrait(premises)
    if not only_check:
        output.emit("premises", _text(shown), name=premises.name, **_fields(shown))
        return DONE
    text = _("{name}: right, and it lives (devices: {devices})").format(name=premises.name, devices=len(shown.devices))
    output.emit("result", text, ok=True, name=premises.name, devices=len(shown.devices))
    return DONE


def _map(name: str | None, output: Output) -> int:
    """Each link of the premises `name`, then the systems at its centre."""
    if name is None:
        raise UsageProblem(_("A map is of one premises."), remedy=_("Give a premises or a TOML file."))
    from hht.model.end_to_end import end_to_end
    from hht.model.premises import load_premises
    from hht.work.coded import known

    found = end_to_end(load_premises(name, clock=SystemClock(), days=LOOKED_AT_DAYS))
    for hop in found.hops:
        ends = " – ".join(
            (_("{name} [secured]") if end.secured else _("{name} [OPEN]")).format(name=end.name)
            for end in (hop.one, hop.other)
        )
        told = "; ".join(part for part in (hop.by, hop.speaks, hop.state) if part)
        translates = f"\n    {_('translates: {who}').format(who=hop.translates)}" if hop.translates else ""
        reads = f"\n    {_('read with: {what}').format(what=hop.reads)}" if hop.reads else ""
        output.emit("hop", f"{ends}\n    {told}{translates}{reads}", **asdict(hop))
    for system in found.systems:
        text = _("messages pass through it: {name}") if system.interfaces else _("stands beside: {name}")
        roles = list(known("about", "party", system.party).plain["codes"]) if system.party else []
        named = _(" (roles: {roles})").format(roles=", ".join(roles)) if roles else ""
        output.emit("system", text.format(name=system.name) + named, **asdict(system), roles=roles)
    return DONE


def _contrast(name: str | None, output: Output) -> int:
    """Each way not taken, with what it would change in the premises `name`."""
    if name is None:
        raise UsageProblem(_("A contrast is of one premises."), remedy=_("Give a premises or a TOML file."))
    from hht.model.alternatives import contrasts
    from hht.model.premises import load_premises

    for way in contrasts(load_premises(name, clock=SystemClock(), days=LOOKED_AT_DAYS)):
        told = [f"    {one}" for one in way.changes or (_("nothing here is touched by it"),)]
        text = "\n".join((f"{way.row}  {way.title}", *told))
        output.emit("alternative", text, row=way.row, title=way.title, changes=list(way.changes))
    return DONE


def _usage(args: argparse.Namespace, output: Output) -> int:
    """What parties ask of a premises."""
    from ui.cli.premises_population import show_usage

    return show_usage(_of_one(args), output, weeks=args.usage, homes=_homes(args), real_time=args.real_time)


def _mass_disable(args: argparse.Namespace, output: Output) -> int:
    """A street of homes like a premises, in the dark."""
    from ui.cli.premises_population import show_mass_disable

    return show_mass_disable(_of_one(args), output, street=args.mass_disable, homes=_homes(args))


def _of_one(args: argparse.Namespace) -> str:
    """The premises that is named. Raises UsageProblem."""
    if args.name is None:
        raise UsageProblem(_("No premises is named."), remedy=_("Give a premises or a TOML file."))
    return str(args.name)


def _homes(args: argparse.Namespace) -> int:
    """For how many homes it is told. Raises UsageProblem."""
    if not 1 <= args.homes <= _MOST_HOMES:
        raise UsageProblem(
            _("{homes} homes cannot be told of.").format(homes=args.homes),
            remedy=_("Say 1 to {most}.").format(most=_MOST_HOMES),
        )
    return int(args.homes)


def _faults(name: str | None, output: Output) -> int:
    """Every fault, or those of the premises `name` with the devices that they can be at."""
    from hht.model.faults import fault_kinds

    if name is None:
        for kind in fault_kinds().values():
            _fault(kind, None, output)
        return DONE
    from hht.model.premises import load_premises

    for kind, devices in load_premises(name, clock=SystemClock(), days=LOOKED_AT_DAYS).faults.offered():
        _fault(kind, devices, output)
    return DONE


def _fault(kind: FaultKind, devices: tuple[str, ...] | None, output: Output) -> None:
    """One line of JSON, or a few of text: `devices` None where no premises was named."""
    where = "" if devices is None else f" ({', '.join(devices) or _('the premises as a whole')})"
    stands_for = f" [{', '.join(kind.failures)}]" if kind.failures else ""
    lines = [f"{kind.name:26} {kind.title}{where}{stands_for}"]
    much = kind.amount
    sized = ""
    if much is not None:
        sized = _("{name}=AMOUNT: {low} to {high} {unit}, usually {usual}").format(
            name=kind.name, low=much.low, high=much.high, unit=much.unit, usual=much.usual
        )
    lines += [f"{'':26} {text}" for text in (kind.symptom, kind.remedy, kind.stays, sized) if text]
    output.emit(
        "fault",
        "\n".join(lines),
        name=kind.name,
        title=kind.title,
        failures=list(kind.failures),
        symptom=kind.symptom,
        remedy=kind.remedy,
        stays=kind.stays,
        at=sorted(kind.devices),
        **({} if much is None else {"amount": {name: getattr(much, name) for name in _AMOUNT}}),
        **({} if devices is None else {"devices": list(devices)}),
    )


def _complain(name: str, output: Output) -> None:
    """Raise what is wrong in the file; where that is several things, after a line for each."""
    from hht.model.plan_file import PremisesError
    from hht.model.premises import premises_text
    from hht.model.premises_plan import problems_in

    path, text = premises_text(name)
    problems = problems_in(text, file=path.name)
    if len(problems) == 1:
        raise problems[0]
    for problem in problems:
        output.emit("problem", problem.message, message=problem.message, **problem.details)
    if problems:
        raise PremisesError(
            _("{file}: {count} things are wrong.").format(file=path.name, count=len(problems)),
            remedy=_("Correct each line that is named, and check again."),
            file=path.name,
            field="",
            line=problems[0].details["line"],
        )


def _fields(shown: Portrait) -> dict[str, object]:
    """As JSON; a device's name is its "id", as in the list."""
    devices = [{"id": device.name} | asdict(device) for device in shown.devices]
    for device in devices:
        del device["name"]
    return asdict(shown) | {"devices": devices}


def _text(shown: Portrait) -> str:
    lines = [_(shown.title), _(shown.description), shown.era]
    if shown.parties:
        lines.append(_("Parties: {parties}").format(parties=", ".join(shown.parties)))
    if shown.special:
        lines.append(_("Special: {special}").format(special="; ".join(shown.special)))
    lines += ["", _("Devices")]
    for device in shown.devices:
        made = f"{device.manufacturer} {device.model} {device.firmware}"
        lines.append(f"  {device.name:12} {device.kind.value:22} {device.device_id}  {made}  {device.state}")
        if device.special:
            lines.append(f"  {'':12} {'; '.join(device.special)}")
    if shown.links:
        lines += ["", _("Links")]
    for link in shown.links:
        heard = "" if link.rssi_dbm is None else f", {link.rssi_dbm} dBm"
        lines.append(f"  {link.one} – {link.other}: {link.by}, {link.state}{heard}")
    lines += _missing(shown)
    if shown.duties:
        who = ", ".join(f"{duty}: {party}" for duty, party in shown.duties)
        lines += ["", _("Who answers for the hub: {who}").format(who=who)]
    if shown.kept:
        lines += ["", _("Who keeps what")]
    for value in shown.kept:
        copies = _(" (copy: {devices})").format(devices=", ".join(value.copies)) if value.copies else ""
        lines.append(f"  {value.device}: {value.item}, {value.value}{copies}")
    return "\n".join(lines)


def _missing(shown: Portrait) -> list[str]:
    """The interoperability that is missing, by kind and reason, with the devices that lack it."""
    found: dict[str, list[str]] = {}
    for device in shown.devices:
        verdicts = device.interoperability
        for kind in verdicts.missing:
            found.setdefault(f"{kind}: {getattr(verdicts, kind)}", []).append(device.name)
    told = [f"  {why} ({', '.join(names)})" for why, names in found.items()]
    return ["", _("Interoperability that is missing"), *told] if told else []
