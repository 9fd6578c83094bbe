"""``hht pack``: what is in a command pack, whether it may be used, its delivery by radio; and packs to train with."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from hht.clock import iso_z
from hht.errors import HhtError
from hht.i18n import _, ngettext
from ui.cli.common import DONE, Output, add_json, named_path, run_command
from ui.cli.pack_build import add_build, build_pack, terminal_key
from ui.cli.pack_code import add_code, answer_as_desk, code_of_desk
from ui.cli.pack_delivery import add_delivery, deliver_pack
from ui.cli.pack_kept import run_kept
from ui.cli.pack_options import add_kept
from ui.cli.pack_trust import add_trust, trust
from ui.pack_files import read_pack_file
from ui.system import SystemClock

if TYPE_CHECKING:
    from datetime import datetime

    from hht.packs.acceptance import Accepted
    from hht.packs.envelope import DeskKey
    from hht.packs.pack import Entry, Pack, PackDevice

_MOST_KEY: Final = 1 << 16  # octets of a key file


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``hht pack inspect|verify|take|deliver FILE``, ``hht pack list|show|settle|freeze|confirm|pass-over|export`` and
    ``hht pack build JOB --out FILE``, ``hht pack terminal-key``, ``hht pack check-code``, ``hht pack trust``."""
    parser = subparsers.add_parser(
        "pack",
        help=_("command packs: look, verify, deliver, settle, bring the answers home"),
        description=_("Packs of finished commands that a supplier's desk gives an engineer for one visit."),
        epilog=_("Example: hht pack verify visit.pack --job J-1042"),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    inspect = actions.add_parser(
        "inspect",
        help=_("what is in a pack, whoever made it; every mistake by line and field"),
        description=_("Shows a pack without asking who made it. Nothing says that it may be used: see verify."),
        epilog=_("Example: hht pack inspect visit.pack --json"),
    )
    verify = actions.add_parser(
        "verify",
        help=_("whether a trusted desk made it, and whether it may be used now"),
        description=_("Checks signature, trust, rules, expiry and, with --job, that it is the pack of this job."),
        epilog=_("Example: hht pack verify visit.pack --live --desk-key desk.pem --job J-1042"),
    )
    deliver = actions.add_parser(
        "deliver",
        help=_("deliver a verified pack by radio, each command once and in order; again: go on where it stopped"),
        description=_(
            "Comes onto the hub's HAN with a radio dongle and brings each command to its device. That it leaves is on "
            "disk before it does; no command is ever sent twice. The same words again go on with what has not left."
        ),
        epilog=_(
            "Example: hht pack deliver visit.pack 'emulated:dual-fuel?via=han&hub=fresh' --hub 00-DB-12-34-56-78-90-A3"
        ),
    )
    for action in (inspect, verify, deliver):
        action.add_argument("file", type=named_path, metavar="FILE", help=_("the pack as the desk sent it"))
    verify.add_argument(
        "--answers", type=named_path, metavar="ANSWERS", help=_("also check a file that hht pack export has written")
    )
    verify.add_argument("--head", default="", metavar="HASH", help=_("the last record's hash as the terminal says it"))
    take = add_kept(actions)
    add_trust(actions)
    add_code(actions)
    _add_trust(
        verify,
        _("public key or certificate of a desk to trust; without any, those that the store keeps (hht pack trust)"),
        _("the desks given are those of live work"),
    )
    for action in (deliver, take):
        _add_trust(
            action,
            _(
                "training only: public key or certificate of a desk to trust; without any, and in live work, those "
                "that the store keeps (hht pack trust)"
            ),
            _("the packs of live work, not those for training"),
        )
    add_delivery(deliver)
    add_build(actions)
    for action in (inspect, verify, deliver):
        add_json(action)


def _add_trust(action: argparse.ArgumentParser, desk_key: str, live: str) -> None:
    action.add_argument("--job", metavar="REFERENCE", help=_("the job that the pack has to be for"))
    action.add_argument(
        "--desk-key",
        action="append",
        default=[],
        type=named_path,
        metavar="PEM",
        help=desk_key,
    )
    action.add_argument("--live", action="store_true", help=live)


def run(args: argparse.Namespace) -> int:
    """Run the action; exit status 1 where the pack is none, may not be used, or was not carried out whole."""
    actions = {
        "terminal-key": terminal_key,
        "inspect": _inspect,
        "verify": _verify,
        "deliver": deliver_pack,
        "build": build_pack,
        "trust": trust,
        "code": code_of_desk,
        "answer": answer_as_desk,
    }
    return run_command(args, actions.get(args.action, run_kept))


def _inspect(args: argparse.Namespace, output: Output) -> int:
    from hht.packs.envelope import open_unverified
    from hht.packs.pack import parse_pack

    pack = parse_pack(open_unverified(read_pack(args)), args.file.name)
    _show(output, pack, {}, _("Not verified: anybody may have made it."))
    return DONE


def _verify(args: argparse.Namespace, output: Output) -> int:
    if args.answers is not None:
        return _verify_answers(args, output)
    found = _accepted(args, read_pack(args), SystemClock().now())
    said = _("Signed by {desk} (key {key}).").format(desk=found.desk.name, key=found.desk.key_name)
    _show(output, found.pack, {"desk": found.desk.name, "desk_key": found.desk.key_name}, said)
    return DONE


def _verify_answers(args: argparse.Namespace, output: Output) -> int:
    """A pack may be over when its answers come home; who made it counts all the same."""
    from hht.packs.acceptance import read_signed
    from hht.packs.homebound import MAX_OCTETS, check_answers

    octets = read_pack(args)
    pack = read_signed(octets, desks(args), args.file.name).pack
    found = check_answers(read_pack_file(args.answers, MAX_OCTETS), octets, pack, args.head.strip().lower())
    for answer in found:
        line = _("record {record}: {device} answered {entry}").format(
            record=answer.record, device=answer.device, entry=answer.entry
        )
        fields = {"entry": answer.entry, "device": answer.device, "request": answer.request, "record": answer.record}
        output.emit("answer", line, **fields, response=answer.response.hex())
    said = ngettext(
        "{count} answer, as the terminal wrote it.", "{count} answers, as the terminal wrote them.", len(found)
    ).format(count=len(found))
    if not args.head:
        said += " " + _("Whether its end was cut off with its head only --head HASH tells.")
    output.emit("result", said, ok=True, answers=len(found), head_compared=bool(args.head))
    return DONE


def _accepted(args: argparse.Namespace, octets: bytes, now: datetime) -> Accepted:
    """The pack that `octets` are, if it may be used `now`. Raises PackError, and what reading it raises."""
    from hht.packs.acceptance import Situation, accept, read_signed

    trusted, name = desks(args), args.file.name
    job = args.job or read_signed(octets, trusted, name).pack.job
    return accept(octets, trusted, Situation(job, training=not args.live, now=now), name)


def read_pack(args: argparse.Namespace) -> bytes:
    """The octets of the file. Raises HhtError ``pack-unreadable``."""
    return read_pack_file(args.file)


def desks(args: argparse.Namespace) -> list[DeskKey]:
    """The desks that the options trust. Raises HhtError ``pack-no-desk`` where live work names none."""
    from hht.packs.envelope import DeskKey
    from hht.packs.training_desk import second_training_desk, training_desk
    from hht.protocol.cosem import ecc
    from hht.protocol.gbcs.crypto import require_p256

    if not args.desk_key and args.live:
        raise HhtError(
            _("No desk of live work is given."),
            remedy=_(
                "Whoever may say so names the supplier's: hht pack trust --live --add PEM (verify has --desk-key)."
            ),
            code="pack-no-desk",
        )
    trusted = []
    for path in args.desk_key:
        key = ecc.public_key(read_pack_file(path, _MOST_KEY).decode("ascii", "replace"))
        trusted.append(DeskKey(path.stem, require_p256(key), training=not args.live))
    return trusted or [training_desk(), second_training_desk()]


def _show(output: Output, pack: Pack, desk: dict[str, object], said: str) -> None:
    """The pack, then each command in its order, with what the pack's own certificates tell of it."""
    from hht.packs.delivery import keys_of
    from hht.protocol.gbcs.protection import Check, check

    made, over = iso_z(pack.created), iso_z(pack.expires)
    head = ngettext("{count} command, in this order:", "{count} commands, in this order:", len(pack.entries))
    lines = [
        _("Pack {name}, edition {edition}, for job {job}").format(name=pack.name, edition=pack.edition, job=pack.job),
        _("for training") if pack.training else _("for LIVE work"),
        said,
        _("made {created}, to be used before {expires}").format(created=made, expires=over),
        *(_device_words(device) for device in pack.devices),
        head.format(count=len(pack.entries)),
    ]
    ring = keys_of(pack)
    signed = sum(check(entry.message, ring).signature is Check.VALID for entry in pack.entries)
    checked = ngettext(
        "{count} signature fits the certificates that the pack brings; MACs only the devices can check",
        "{count} signatures fit the certificates that the pack brings; MACs only the devices can check",
        signed,
    )
    lines.insert(-1, checked.format(count=signed))
    fields = {
        "pack": pack.name,
        "edition": pack.edition,
        "job": pack.job,
        "training": pack.training,
        "created": made,
        "expires": over,
        "supplier": pack.supplier,
        "devices": [{"device": str(one.device), "kind": one.type} for one in pack.devices],
    }
    output.emit("pack", "\n".join(lines), **fields, **desk)
    for number, entry in enumerate(pack.entries, 1):
        verdict = check(entry.message, ring)
        fits = {"mac": str(verdict.mac), "signature": str(verdict.signature)}
        output.emit("entry", _entry_words(number, entry), **_entry_fields(entry), **fits)
    output.emit("result", "", ok=True, verified=bool(desk), entries=len(pack.entries))


def _device_words(device: PackDevice) -> str:
    words = f"  {device.device}  {device.type}"
    return words + _(", install code sealed for one terminal") if device.install_code else words


def _entry_fields(entry: Entry) -> dict[str, object]:
    case = entry.use_case
    return {
        "entry": entry.name,
        "device": str(entry.device),
        "request": entry.request,
        "message_code": f"{entry.message.message_code:04X}",
        "use_case": case.name if case is not None else "",
        "critical": bool(entry.message.signature),
        "originator_counter": entry.message.counter,
        "depends_on": list(entry.depends_on),
        "on_failure": str(entry.on_failure),
        "note": entry.note,
        "bytes": len(entry.command),
    }


def _entry_words(number: int, entry: Entry) -> str:
    """One command on one line, and what hangs together with it on the next."""
    from hht.packs.pack import OnFailure

    lines = [f"{number:4}  {entry.name}: {entry.use_case}, {entry.device}, {entry.message.counter}"]
    if entry.depends_on:
        lines.append("      " + _("only after {names}").format(names=", ".join(entry.depends_on)))
    if entry.on_failure is not OnFailure.STOP:
        rest = {
            OnFailure.STOP_DEVICE: _("if it fails, nothing more for this device"),
            OnFailure.CONTINUE: _("if it fails, the rest goes on"),
        }
        lines.append("      " + rest[entry.on_failure])
    return "\n".join(lines) + (f"\n      {entry.note}" if entry.note else "")
