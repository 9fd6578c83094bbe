"""``hht pack take|list|show|settle|freeze|confirm|pass-over|export``: packs that are kept, and what a person notes."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.cli.common import (
    DONE,
    FAILED,
    Output,
    UsageProblem,
    run_async,
)
from ui.cli.pack_delivery import PackService, entry_fields, han_way, pack_service, told_by

if TYPE_CHECKING:
    from hht.packs.locker import Parties
    from hht.packs.pack import Pack
    from ui.pack_facts import PackFacts

_MOST_ANSWER = 1 << 16


# --- what they do


def run_kept(args: argparse.Namespace, output: Output) -> int:
    """Carry one of them out; its exit status."""
    args.desk_key = getattr(args, "desk_key", None)  # trust is asked for where a pack comes in
    if args.action == "settle" and args.link is not None:
        return run_async(_ask_hub(args, output))
    actions: dict[str, Callable[[PackService, argparse.Namespace, Output], int]] = {
        "take": _take,
        "list": _list,
        "show": _show,
        "settle": _settle,
        "freeze": _freeze,
        "confirm": _confirm,
        "pass-over": _pass_over,
        "export": _export,
        "check-code": _check_code,
    }
    with pack_service(args) as service:
        return actions[args.action](service, args, output)


def _take(service: PackService, args: argparse.Namespace, output: Output) -> int:
    from ui.cli.pack import read_pack

    facts = service.packs.take(read_pack(args), args.file.name, args.job or "")
    output.emit("pack", "", **_fields(facts))
    said = ngettext(
        "Pack {name} is kept: {count} command for job {job}.",
        "Pack {name} is kept: {count} commands for job {job}.",
        len(facts.entries),
    )
    words = said.format(name=facts.name, count=len(facts.entries), job=facts.job)
    output.emit("result", words, ok=True, pack=facts.name, key=facts.key)
    return DONE


def _list(service: PackService, args: argparse.Namespace, output: Output) -> int:
    every = service.packs.list()
    for facts in every:
        line = _("{key}  {name}  job {job}, edition {edition}: {done} of {all} carried out, {answers} answers").format(
            key=facts.key[:8],
            name=facts.name,
            job=facts.job,
            edition=facts.edition,
            done=facts.done,
            all=len(facts.entries),
            answers=facts.answers,
        )
        more = [_("{count} unknown").format(count=len(facts.unknown))] if facts.unknown else []
        more += [facts.obstacle] if facts.obstacle and not facts.over else []
        output.emit("pack", "; ".join([line, *more]), **_fields(facts))
    said = "" if every else _("No pack is kept here. Take one in: hht pack take FILE")
    output.emit("result", said, ok=True, packs=len(every))
    return DONE


def _show(service: PackService, args: argparse.Namespace, output: Output) -> int:
    facts = service.packs.find(args.pack)
    _told(facts, output)
    records = service.packs.records(facts.key)
    head = records[-1].hash
    said = ngettext(
        "{count} record; its hash is {hash}.", "{count} records; the last one's hash is {hash}.", len(records)
    )
    said = said.format(count=len(records), hash=head)
    output.emit("result", said, ok=True, done=facts.done, entries=len(facts.entries), records=len(records), head=head)
    return DONE


def _settle(service: PackService, args: argparse.Namespace, output: Output) -> int:
    if args.entry is None or not (args.done or args.not_done or args.answer):
        raise UsageProblem(
            _("It is not said what settles it."),
            remedy=_("Name a LINK with --hub to ask the hub, or --entry with --done, --not-done or --answer FILE."),
        )
    key = service.packs.find(args.pack).key
    if args.answer is not None:
        facts = service.packs.late_answer(key, args.entry, _answer(args.answer))
    elif not args.seen.strip():
        raise UsageProblem(_("It is not said what was seen."), remedy=_("Say it: --seen 'the display shows the MPAN'."))
    else:
        by = _("{what}, seen by {who}").format(what=args.seen.strip(), who=_person(service, args))
        facts = service.packs.settle(key, args.entry, done=args.done, by=by)
    return _noted(facts, output, args.entry)


async def _ask_hub(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import trace_sink

    if args.hub is None:
        raise UsageProblem(_("Which hub is not said."), remedy=_("Name it by its GPF ID: --hub ID."))
    if args.by_reading and args.entry is None:
        raise UsageProblem(_("Which command is to be proven is not said."), remedy=_("Name it: --entry NAME."))
    way = han_way(args)
    with pack_service(args) as service, trace_sink(service.store) as sink:
        try:
            key = service.packs.find(args.pack).key
            prove = args.entry if args.by_reading else ""
            facts = await service.packs.ask(key, way, told_by(output), sink, prove=prove)
        finally:
            await service.composer.close()
    left = [entry.name for entry in facts.unknown]
    said = _("Nothing is unknown any more.") if not left else _("Still unknown: {names}.").format(names=", ".join(left))
    output.emit("result", said, ok=not left, unknown=left)
    return FAILED if left else DONE


def _freeze(service: PackService, args: argparse.Namespace, output: Output) -> int:
    return _noted(service.packs.freeze(service.packs.find(args.pack).key, args.why), output)


def _confirm(service: PackService, args: argparse.Namespace, output: Output) -> int:
    facts = service.packs.find(args.pack)
    assert facts.pack is not None
    reached: dict[Parties, int] = {}
    for text in args.reached:
        reached |= _reached(text, facts.pack)
    return _noted(service.packs.confirm(facts.key, args.reference, reached), output)


def _reached(text: str, pack: Pack) -> dict[Parties, int]:
    """``DEVICE=COUNTER`` for whoever originates commands for that device in the pack."""
    from hht.identifiers import DeviceId

    device, equals, counter = text.partition("=")
    if not equals or not counter.isascii() or not counter.isdigit() or len(counter) > 20:
        raise UsageProblem(
            _("“{text}” is no device with a counter.").format(text=text),
            remedy=_("Write it like 00-DB-12-34-56-78-95-A0=1003."),
        )
    target = DeviceId.parse(device).to_bytes()
    found = {entry.message.originator for entry in pack.entries if entry.message.target == target}
    if not found:
        raise UsageProblem(
            _("The pack has no command for {device}.").format(device=device),
            remedy=_("hht pack show lists whom its commands are for."),
        )
    return {(originator, target): int(counter) for originator in found}


def _pass_over(service: PackService, args: argparse.Namespace, output: Output) -> int:
    facts = service.packs.find(args.pack)
    return _noted(service.packs.pass_over(facts.key, args.entry, _person(service, args)), output, args.entry)


def _export(service: PackService, args: argparse.Namespace, output: Output) -> int:
    from ui.whole_file import whole_binary_file

    key = service.packs.find(args.pack).key
    exported = service.packs.export(key)
    requests = []
    if args.duis is not None:
        requests = _requests(service, args, key)
    with whole_binary_file(args.out) as file:
        file.write(exported.octets)
    for path, octets in requests:
        with whole_binary_file(path) as file:
            file.write(octets)
    said = ngettext(
        "{count} answer is in {file}; the last record's hash is {hash}.",
        "{count} answers are in {file}; the last record's hash is {hash}.",
        exported.answers,
    )
    words = said.format(count=exported.answers, file=args.out, hash=exported.head)
    paths = [str(path) for path, _octets in requests]
    output.emit(
        "result", words, ok=True, answers=exported.answers, file=str(args.out), head=exported.head, requests=paths
    )
    return DONE


def _requests(service: PackService, args: argparse.Namespace, key: str) -> list[tuple[Path, bytes]]:
    from hht.identifiers import DeviceId

    if args.first_counter is None:
        raise UsageProblem(
            _("Which of the supplier's counters are free is not said."),
            remedy=_("Ask the desk for the next one: --first-counter N."),
        )
    acb = DeviceId.parse(args.acb) if args.acb is not None else None
    try:
        args.duis.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise HhtError(
            _("The folder {folder} cannot be made: {why}.").format(folder=args.duis, why=error.strerror),
            remedy=_("Choose another folder with --duis."),
            code="file-not-written",
        ) from error
    found = service.packs.duis_requests(key, args.first_counter, acb)
    return [
        (args.duis / f"{number:03}-{answer.entry.replace('/', '_')}.xml", xml)
        for number, (answer, xml) in enumerate(found, 1)
    ]


def _check_code(service: PackService, args: argparse.Namespace, output: Output) -> int:
    from hht.identifiers import DeviceId, InstallCode
    from ui.meter_keys import read_secret

    device = DeviceId.parse(args.device)
    if args.code != "-":
        output.warn(_("a secret on the command line can be seen by others; give it on standard input with -"))
    code = InstallCode.parse((read_secret("-") if args.code == "-" else args.code).strip())
    fits = service.packs.is_code(service.packs.find(args.pack).key, device, code)
    said = _("The label's install code is the one that the desk has.") if fits else _("It is another one.")
    output.emit("result", said, ok=fits, device=str(device))
    return DONE if fits else FAILED


# --- words and fields


def _noted(facts: PackFacts, output: Output, entry: str = "") -> int:
    from ui.pack_facts import entry_line

    if entry:
        one = facts.entry(entry)
        output.emit("entry", entry_line(one), **entry_fields(one))
    output.emit("result", facts.obstacle, ok=True, frozen=facts.frozen, next=facts.next)
    return DONE


def _told(facts: PackFacts, output: Output) -> None:
    from ui.pack_facts import entry_line, pack_lines

    output.emit("pack", pack_lines(facts), **_fields(facts))
    for one in facts.entries:
        output.emit("entry", entry_line(one), **entry_fields(one))


def _fields(facts: PackFacts) -> dict[str, Any]:
    return {
        "key": facts.key,
        "pack": facts.name,
        "edition": facts.edition,
        "job": facts.job,
        "training": facts.training,
        "expires": iso_z(facts.expires),
        "taken": iso_z(facts.taken) if facts.taken is not None else "",
        "desk": facts.desk,
        "frozen": facts.frozen,
        "obstacle": facts.obstacle,
        "next": facts.next,
        "done": facts.done,
        "entries": len(facts.entries),
        "unknown": [entry.name for entry in facts.unknown],
        "answers": facts.answers,
    }


def _person(service: PackService, args: argparse.Namespace) -> str:
    """Who says it, as the records have it. Raises UsageProblem where nobody is named."""
    from ui.cli.visit import engineer

    found = engineer(args, service.store)
    if not found.stated:
        raise UsageProblem(
            _("It is not said who decides this."), remedy=_("Name the engineer: --engineer NAME, or in the settings.")
        )
    return found.name or found.identifier


def _answer(path: Path) -> bytes:
    """The octets of a response: as they are, or as hex digits."""
    from ui.pack_files import read_pack_file

    octets = read_pack_file(path, _MOST_ANSWER)
    text = octets.strip()
    try:
        return bytes.fromhex(text.decode("ascii")) if text[:1] in b"dD" else octets
    except ValueError:
        return octets
