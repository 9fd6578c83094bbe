"""The options of ``hht pack``'s commands about packs that are kept."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from hht.i18n import _
from ui.cli.common import add_json, add_store_options, named_path, whole_number

if TYPE_CHECKING:
    _Actions = argparse._SubParsersAction[argparse.ArgumentParser]
_PACK = "PACK"


def add_kept(actions: _Actions) -> argparse.ArgumentParser:
    """The commands about packs that are kept; the parser of "take", which wants to know whom to trust."""
    parsers = [_add_take(actions), _add_list(actions)]
    named = [_add_show(actions), _add_settle(actions), _add_freeze(actions), _add_confirm(actions)]
    named += [_add_pass_over(actions), _add_export(actions), _add_check_code(actions)]
    for parser in named:
        parser.add_argument(
            "pack", metavar=_PACK, help=_("name of the pack, its job, or the first 6 or more digits of its key")
        )
    _end_settle(named[1])
    named[-1].add_argument("device", metavar="DEVICE", help=_("its Device ID"))
    named[-1].add_argument("code", metavar="CODE", help=_("as its label says it; - reads it from standard input"))
    for parser in (parsers[1], *named):
        parser.add_argument("--live", action="store_true", help=_("the packs of live work, not those for training"))
    for parser in (*parsers, *named):
        add_store_options(parser)
        add_json(parser)
    return parsers[0]


def _add(actions: _Actions, name: str, help_: str, description: str, example: str) -> argparse.ArgumentParser:
    epilog = _("Example: {command}").format(command=f"hht pack {name} {example}".rstrip())
    return actions.add_parser(name, help=help_, description=description, epilog=epilog)


def _add_take(actions: _Actions) -> argparse.ArgumentParser:
    parser = _add(
        actions,
        "take",
        _("take a pack in, to be delivered later"),
        _("Verifies a pack as “verify” does and keeps it, sealed. “deliver” does so by itself."),
        "visit.pack --job J-1042",
    )
    parser.add_argument("file", type=named_path, metavar="FILE", help=_("the pack as the desk sent it"))
    return parser


def _add_list(actions: _Actions) -> argparse.ArgumentParser:
    return _add(
        actions,
        "list",
        _("the packs that are kept, and how far each is"),
        _("Lists every pack, the newest last."),
        "--json",
    )


def _add_show(actions: _Actions) -> argparse.ArgumentParser:
    return _add(
        actions,
        "show",
        _("a pack as it stands: what became of each command, and what may go"),
        _("Shows each command's state and why, what holds it, what is void once it leaves, and the chain's head."),
        "J-1042",
    )


def _add_settle(actions: _Actions) -> argparse.ArgumentParser:
    return _add(
        actions,
        "settle",
        _("settle a command of which nobody knows what became of it"),
        _(
            "With LINK and --hub the hub is asked; nothing is sent to any device, and no command is ever sent again. "
            "With --by-reading a later read of the pack is delivered that tells what the device holds; commands that "
            "it overtakes are void then. "
            "With --entry a person says what they have seen (--done or --not-done, --seen), or brings the device's own "
            "answer (--answer)."
        ),
        "J-1042 --entry set-mpan --done --seen 'the display shows the MPAN'",
    )


def _end_settle(parser: argparse.ArgumentParser) -> None:
    """What follows the pack's name."""
    parser.add_argument("link", nargs="?", metavar="LINK", help=_("dongle:PORT, dongle:tcp://, … as for deliver"))
    parser.add_argument("--hub", metavar="ID", help=_("the GPF ID printed on the hub (not its CHF ID)"))
    parser.add_argument("--install-code-file", metavar="F", help=_("file with the terminal's own install code"))
    parser.add_argument("--entry", metavar="NAME", help=_("the command"))
    parser.add_argument(
        "--by-reading",
        action="store_true",
        help=_("with LINK and --entry: where the hub does not know, deliver the pack's own read that tells it"),
    )
    outcome = parser.add_mutually_exclusive_group()
    outcome.add_argument("--done", action="store_true", help=_("it was carried out"))
    outcome.add_argument("--not-done", action="store_true", help=_("it was not"))
    outcome.add_argument("--answer", type=named_path, metavar="FILE", help=_("the device's own answer (hex or octets)"))
    parser.add_argument("--seen", default="", metavar="WORDS", help=_("what was seen that says so"))
    _add_person(parser)


def _add_freeze(actions: _Actions) -> argparse.ArgumentParser:
    parser = _add(
        actions,
        "freeze",
        _("deliver nothing more until the desk confirms"),
        _(
            "For when the WAN has come back, or the desk sends over it: its commands may overtake the pack's. "
            "A delivery under way ends before its next command."
        ),
        "J-1042 --why 'the WAN is back'",
    )
    parser.add_argument("--why", required=True, metavar="WORDS", help=_("what has happened"))
    return parser


def _add_confirm(actions: _Actions) -> argparse.ArgumentParser:
    parser = _add(
        actions,
        "confirm",
        _("the desk confirms a frozen pack"),
        _("Lets a frozen pack go on. What the desk has overtaken by commands of its own is void."),
        "J-1042 --reference D-77 --reached 00-DB-12-34-56-78-95-A0=1003",
    )
    parser.add_argument("--reference", required=True, metavar="TEXT", help=_("the desk's reference"))
    parser.add_argument(
        "--reached",
        action="append",
        default=[],
        metavar="DEVICE=COUNTER",
        help=_("the highest counter that the desk has sent to a device over the WAN"),
    )
    return parser


def _add_pass_over(actions: _Actions) -> argparse.ArgumentParser:
    parser = _add(
        actions,
        "pass-over",
        _("go on without a command that waits"),
        _("The command is void then: it cannot be delivered any more. What depends on it cannot go."),
        "J-1042 --entry set-clock",
    )
    parser.add_argument("--entry", required=True, metavar="NAME", help=_("the command"))
    _add_person(parser)
    return parser


def _add_export(actions: _Actions) -> argparse.ArgumentParser:
    parser = _add(
        actions,
        "export",
        _("bring home what the devices answered, with every record, for the desk"),
        _(
            "Writes one JSON file: each answer octet for octet, and the records, each bound to all before it by its "
            "hash (hht pack verify FILE --answers OUT checks it). With --duis also a service request 8.13 for each "
            "answer, unsigned: the supplier's system signs and sends it."
        ),
        "J-1042 --out answers.json --duis requests --first-counter 5000",
    )
    parser.add_argument("--out", type=named_path, required=True, metavar="FILE", help=_("where to write the answers"))
    parser.add_argument("--duis", type=named_path, metavar="DIR", help=_("where to write a request 8.13 for each"))
    parser.add_argument("--first-counter", type=whole_number, metavar="N", help=_("the supplier's next free counter"))
    parser.add_argument("--acb", metavar="ID", help=_("the access control broker; else as the pack's certificates say"))
    return parser


def _add_check_code(actions: _Actions) -> argparse.ArgumentParser:
    return _add(
        actions,
        "check-code",
        _("whether a label's install code is the one that the pack brings"),
        _("The pack's code is sealed for this terminal; it is compared, and not shown."),
        "J-1042 00-DB-12-34-56-78-90-A1 -",
    )


def _add_person(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engineer", metavar="NAME", help=_("who says so; else as in the window's settings"))
    parser.set_defaults(engineer_id=None)
