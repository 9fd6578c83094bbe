"""``hht pack code``: the desk's one-time code before a command that affects supply; ``hht pack answer``: the emulated
desk reads one out."""

from __future__ import annotations

import argparse

from hht.i18n import _
from ui.cli.common import DONE, Output, add_json, add_store_options, named_path

_MOST_KEY = 1 << 16  # octets of a key file


def add_code(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Their arguments."""
    code = actions.add_parser(
        "code",
        help=_("before a command that affects supply: a challenge for the desk, or its one-time code typed in"),
        description=_(
            "Without --code a challenge is made: ring the desk and read it out, with job, command and device. Type "
            "what they say with --code, once for each person there. The command may go then, once, for some minutes."
        ),
        epilog=_("Example: hht pack code J-1042 --entry enable-supply-esme --code 7K2M-9QXD --code 0HTA-V5WC"),
    )
    code.add_argument(
        "pack", metavar="PACK", help=_("name of the pack, its job, or the first 6 or more digits of its key")
    )
    code.add_argument("--code", action="append", default=[], metavar="CODE", help=_("what a person at the desk says"))
    code.add_argument("--live", action="store_true", help=_("the packs of live work, not those for training"))
    add_store_options(code)
    answer = actions.add_parser(
        "answer",
        help=_("play the training desk: the codes that its two people read out to a challenge"),
        description=_("For packs that hht pack build --release made; a supplier's desk does this for live work."),
        epilog=_(
            "Example: hht pack answer visit.pack --entry enable-supply-esme --challenge 7K2M-9QXD --terminal t.pem"
        ),
    )
    answer.add_argument("file", type=named_path, metavar="FILE", help=_("the pack as the desk sent it"))
    answer.add_argument("--challenge", required=True, metavar="TEXT", help=_("as the engineer reads it out"))
    answer.add_argument(
        "--terminal",
        type=named_path,
        required=True,
        metavar="PEM",
        help=_("the terminal's key (hht pack terminal-key)"),
    )
    for parser in (code, answer):
        parser.add_argument("--entry", required=True, metavar="NAME", help=_("the command"))
        add_json(parser)


def code_of_desk(args: argparse.Namespace, output: Output) -> int:
    """Make a challenge, or take the codes to the last one."""
    from hht.packs.second_proof import spoken
    from ui.cli.pack_delivery import pack_service

    args.desk_key = None  # trust is asked for where a pack comes in
    with pack_service(args) as service:
        facts = service.packs.find(args.pack)
        if args.code:
            service.packs.release(facts.key, args.entry, tuple(args.code))
            said = _("The code is right: {entry} may go, once. Deliver the pack now.").format(entry=args.entry)
            output.emit("result", said, ok=True, entry=args.entry, released=True)
            return DONE
        entry = next((one for one in facts.entries if one.name == args.entry), None)
        challenge = spoken(service.packs.challenge(facts.key, args.entry))
    lines = [_("Read out to the desk:"), f"JOB {facts.job}", f"ENTRY {args.entry}"]
    lines += [f"DEVICE {entry.device}"] if entry is not None else []
    output.emit("result", "\n  ".join([*lines, f"CHALLENGE {challenge}"]), ok=True, challenge=challenge)
    return DONE


def answer_as_desk(args: argparse.Namespace, output: Output) -> int:
    """What the two people at the training desk say."""
    from hht.packs.envelope import open_envelope
    from hht.packs.errors import PackError
    from hht.packs.pack import parse_pack
    from hht.packs.second_proof import Released, code_of, codes_wanted, spoken
    from hht.packs.training_desk import training_desk, training_people
    from ui.pack_files import read_pack_file
    from ui.terminal_key import public_key

    pack = parse_pack(open_envelope(read_pack_file(args.file), [training_desk()]).payload, args.file.name)
    entry = next((one for one in pack.entries if one.name == args.entry), None)
    wanted = 0 if entry is None else codes_wanted(pack, entry)
    if entry is None or not wanted:
        raise PackError(
            _("The desk reads out no code for {name}.").format(name=args.entry),
            remedy=_("Name a command that affects supply, of a pack that was made with --release."),
            code="pack-no-code-needed",
        )
    terminal = public_key(read_pack_file(args.terminal, _MOST_KEY))
    what = Released.of(pack, entry, args.challenge)
    codes = [spoken(code_of(person, terminal, what)) for person in training_people()[:wanted]]
    output.emit("result", "  ".join(codes), ok=True, codes=codes)
    return DONE
