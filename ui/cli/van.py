"""`hht van list|add|put-back|remove|products|record|tested|sign|check`: what is on the van, what is known of it, and
whether it may be installed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _, ngettext
from hht.work.van import TYPES
from ui.cli.common import DONE, FAILED, Output, UsageProblem, add_json, add_store_options, named_path, run_command
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.work.depot import DepotLine
    from hht.work.products import ProductList
    from hht.work.van import VanDevice
    from ui.van import Van

MOST_LIST: Final = 6 * 1024 * 1024  # octets of a product list
MOST_KEY: Final = 1 << 16
_HELP = {
    "list": _("what is on the van, counted, and what visits took out"),
    "add": _("scan a device onto the van, or all of a delivery note"),
    "put-back": _("what a visit took out and did not fit is on the van again"),
    "remove": _("forget a device"),
    "products": _("the product list that is kept; with FILE take a new one in"),
    "record": _("what the product list says of a model or of a device on the van: evidence, safety, life, envelope"),
    "tested": _("which models of different makers were tested together"),
    "sign": _("sign a product list, as a desk does; without a key as the desk of training"),
    "check": _("before leaving the depot: has the van what the jobs of the day need, and may it be installed?"),
}
_EXAMPLES = {
    "list": "",
    "add": " 00-DB-12-34-56-79-10-A0 --type electricity-meter --model SMETS2-1E --manufacturer 'HHT Training'",
    "put-back": " 00-DB-12-34-56-79-10-A0",
    "remove": " 00-DB-12-34-56-79-10-A0",
    "products": " products.signed",
    "record": " NH-CH2 --space 200x200x90",
    "tested": "",
    "sign": " resources/samples/products.json --out products.signed",
    "check": " --day 2026-03-02",
}
_SAID = {
    "manufacturer": _("who makes it"),
    "model": _("the maker's name of the model"),
    "firmware": _("8 hex digits"),
    "hardware": _("hardware version"),
    "variant": _("single, twin, polyphase; of a hub cellular, cellular-and-mesh, long-range-radio"),
    "certificate_until": _("last day of its own certificates: 2034-12-31"),
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "van",
        help=_("the van: devices on it, the product list, the check before leaving the depot"),
        epilog=_("Example: hht van check --training"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    for verb, words in _HELP.items():
        store = "" if verb == "sign" else " --training"  # a desk's work, with no store
        epilog = _("Example: {command}").format(command=f"hht van {verb}{_EXAMPLES[verb]}{store}")
        one = verbs.add_parser(verb, help=words, description=words, epilog=epilog)
        if verb in ("put-back", "remove"):
            one.add_argument("device", metavar="DEVICE_ID", help=_("as hht van list shows it"))
        if verb == "add":
            one.add_argument("device", nargs="?", metavar="DEVICE_ID", help=_("as scanned off its label"))
            one.add_argument("--file", type=named_path, metavar="FILE", help=_("a delivery note (hht-van/1)"))
            one.add_argument("--type", choices=TYPES, help=_("what it is"))
            for name, told in _SAID.items():
                one.add_argument(f"--{name.replace('_', '-')}", default="", metavar="TEXT", help=told)
        if verb == "products":
            one.add_argument("file", nargs="?", type=named_path, metavar="FILE", help=_("a signed product list"))
            one.add_argument(
                "--forget", type=int, metavar="EDITION", help=_("forget the list that is kept, of this number")
            )
        if verb == "record":
            one.add_argument("model", metavar="MODEL|DEVICE_ID", help=_("as the product list has it, or as scanned"))
            one.add_argument("--space", default="", metavar="WxHxD", help=_("room at the wall, mm: does it fit there?"))
        if verb == "sign":
            one.add_argument("file", type=named_path, metavar="FILE", help=_("a product list (hht-products/2)"))
            one.add_argument(
                "--key", type=named_path, metavar="PEM", help=_("the desk's private key, of the curve P-256")
            )
            one.add_argument("--out", type=named_path, required=True, metavar="FILE", help=_("the signed list"))
            add_json(one)
            continue
        if verb == "check":
            one.add_argument("--day", default="", metavar="DAY", help=_("of the jobs; default: today"))
        add_store_options(one)
        add_json(one)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _sign if args.verb == "sign" else _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import opened_store
    from ui.cli.van_record import show_record, show_tested
    from ui.van import Van

    verbs: dict[str, Callable[[argparse.Namespace, Output, Van], int]] = {
        "list": _list, "add": _add, "put-back": _put_back, "remove": _remove, "products": _products, "check": _check,
        "record": show_record, "tested": show_tested,
    }  # fmt: skip
    clock = SystemClock()
    with opened_store(args, clock) as store:
        return verbs[args.verb](args, output, Van(store))


def _list(_args: argparse.Namespace, output: Output, van: Van) -> int:
    from hht.work.van import counted

    facts = van.facts()
    for one in (*facts.devices, *facts.taken):
        _tell(one, output)
    counts = counted(facts.devices)
    text = "\n".join(f"{count:>3}  {what}" for what, count in counts.items()) or _("Nothing is on the van.")
    told = {"devices": len(facts.devices), "taken": len(facts.taken), "counts": counts}
    output.emit("result", text, ok=True, **told, list_age_days=facts.age_days)
    return DONE


def _tell(one: VanDevice, output: Output) -> None:
    taken = "  " + _("taken out for {reference}").format(reference=one.taken_by) if one.taken_by else ""
    text = f"{one.device_id}  {one.words}  {one.firmware}{taken}".rstrip()
    plain = one.as_plain()
    output.emit("device", text, kind=plain.pop("type"), **plain)


def _add(args: argparse.Namespace, output: Output, van: Van) -> int:
    from hht.work.van import van_device

    if (args.file is None) is (args.device is None):
        raise UsageProblem(
            _("Either a device or a delivery note is wanted."),
            remedy=_("Example: {command}").format(command=f"hht van add{_EXAMPLES['add']}"),
        )
    if args.file is not None:
        new = van.add_file(args.file)
    else:
        if args.type is None:
            raise UsageProblem(
                _("What is it?"), remedy=_("Say --type, one of: {types}.").format(types=", ".join(TYPES))
            )
        new = van.add((van_device(args.type, args.device, **{name: getattr(args, name) for name in _SAID}),))
    words = ngettext("{count} more device is on the van.", "{count} more devices are on the van.", new)
    output.emit("result", words.format(count=new), ok=True, added=new)
    return DONE


def _put_back(args: argparse.Namespace, output: Output, van: Van) -> int:
    van.put_back(args.device)
    output.emit("result", _("It is on the van again."), ok=True)
    return DONE


def _remove(args: argparse.Namespace, output: Output, van: Van) -> int:
    van.remove(args.device)
    output.emit("result", _("It is forgotten."), ok=True)
    return DONE


def _products(args: argparse.Namespace, output: Output, van: Van) -> int:
    from hht.work.equipment_words import system_fact
    from ui.cli.van_record import tell_list

    if args.forget is not None:
        return _forget(args, output, van)
    if args.file is not None:
        van.take_list(args.file)
    facts = van.facts()
    if facts.products is None:
        output.emit("result", _("No product list is kept."), ok=True, products=0)
        return DONE
    kept = facts.products
    for one in kept.systems:
        fact = system_fact(one, facts.today)
        output.emit("system", f"{fact.label}: {fact.value}", name=one.name, retest_due=_iso(one.retest_due))
    words = _("{title}, edition {number}, issued {day} ({age} days ago), signed by {desk}: {count} models.")
    told = {"title": kept.title, "number": kept.number, "desk": facts.signed_by, "count": len(kept.products)}
    text = words.format(day=kept.issued, age=facts.age_days, **told)
    if kept.good_until is not None and not kept.is_over(facts.today):
        text = " ".join([text, _("Good until {day}.").format(day=kept.good_until)])
    tell_list(facts, output)
    output.emit("result", text, ok=True, title=kept.title, number=kept.number, issued=_iso(kept.issued),
                good_until=_iso(kept.good_until), over=kept.is_over(facts.today), age_days=facts.age_days,
                signed_by=facts.signed_by, products=len(kept.products))  # fmt: skip
    return DONE


def _forget(args: argparse.Namespace, output: Output, van: Van) -> int:
    if args.file is not None:
        raise UsageProblem(
            _("Either a list is taken in or the one that is kept is forgotten."),
            remedy=_("Forget it first, then take the other one in."),
        )
    gone = van.forget_list(args.forget)
    words = _("Edition {number}, issued {day}, is forgotten. No product list is kept until one is taken in.")
    output.emit("result", words.format(number=gone.number, day=gone.issued), ok=True, forgotten=gone.number)
    return DONE


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day is not None else None


def _refuse_over(kept: ProductList) -> None:
    """Raises HhtError ``products-expired``: nobody would take it in."""
    if kept.is_over(SystemClock().now().date()):
        raise HhtError(
            _("This list was good until {day}, and no terminal would take it in.").format(day=kept.good_until),
            remedy=_("Write a later day into “good_until”. Nothing was signed."),
            code="products-expired",
        )


def _sign(args: argparse.Namespace, output: Output) -> int:
    from hht.work.products import parse_products
    from ui.jobs import read_job_file
    from ui.van import signed_list
    from ui.whole_file import whole_binary_file

    octets = read_job_file(args.file, MOST_LIST)
    kept = parse_products(octets, args.file.name)
    _refuse_over(kept)
    pem = read_job_file(args.key, MOST_KEY).decode("ascii", "replace") if args.key is not None else ""
    if not kept.training and not pem:
        raise UsageProblem(
            _("This list is for live work; the desk of training cannot sign it."),
            remedy=_("Name the file of the desk's private key: --key PEM."),
        )
    signed = signed_list(octets, pem)
    with whole_binary_file(args.out) as out:
        out.write(signed)
    words = _("{file}: {title}, edition {number}, {count} models. Good until {day}.")
    count = len(kept.products)
    text = words.format(file=args.out, title=kept.title, number=kept.number, count=count, day=kept.good_until)
    told = {"number": kept.number, "good_until": _iso(kept.good_until)}
    output.emit("result", text, ok=True, file=str(args.out), products=count, **told)
    return DONE


def _check(args: argparse.Namespace, output: Output, van: Van) -> int:
    lines = van.check(_day(args.day) if args.day else van.today)
    for line in lines:
        _tell_line(line, output)
    bad = sum(not line.ready for line in lines)
    if not lines:
        text = _("No job of that day brings a device along.")
    elif bad:
        text = ngettext("{count} device is not ready.", "{count} devices are not ready.", bad).format(count=bad)
    elif unsure := sum(line.unsure for line in lines):
        words = ngettext("look at {count} of them first", "look at {count} of them first", unsure)
        text = _("Every device is on the van; {look}.").format(look=words.format(count=unsure))
    else:
        text = _("The van has all that the jobs of that day need.")
    output.emit("result", text, ok=not bad, devices=len(lines), not_ready=bad)
    return FAILED if bad else DONE


def _tell_line(line: DepotLine, output: Output) -> None:
    from hht.work.depot import line_title

    state = _("ready") if line.ready else _("NOT READY")
    output.emit(
        "needed",
        f"{line.reference:<12} {state:<10} {line_title(line)}  {line.words}".rstrip(),
        reference=line.reference,
        kind=line.need.type,
        device_id=line.need.device_id,
        place=line.place.value,
        ready=line.ready,
        reasons=sorted(line.verdict.codes) if line.verdict is not None else [],
        message=line.words,
        others=line.others,
    )


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageProblem(
            _("“{day}” is no day.").format(day=text[:40]), remedy=_("Write year, month, day: 2026-03-02.")
        ) from None
