"""The options of ``hht desk``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from ui.cli.common import add_association_options, add_json, add_store_options, whole_number
from ui.cli.hub_reach import add_network

if TYPE_CHECKING:
    _Actions = argparse._SubParsersAction[argparse.ArgumentParser]

_WAYS: Final = ("auto", "wan", "relay", "later")
_WHICH: Final = "REFERENCE"


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``hht desk what|ask|follow|reach|list|show|readout|hear|reference|note|check``."""
    parser = subparsers.add_parser(
        "desk",
        help=_("ask the supplier's desk: over the WAN, by relayed commands, or by phone"),
        description=_(
            "The terminal issues no service requests: it asks the desk, and shows what was asked, sent, acknowledged "
            "(I99), what came of it, and whether the terminal itself has seen it at the device."
        ),
        epilog=_("Example: hht desk ask read-supply 00-DB-12-34-56-79-01-A0 --type ESME --job J-1 --training"),
    )
    actions = parser.add_subparsers(dest="action", required=True, metavar=_("ACTION"))
    kept = [_add_ask(actions), _add_follow(actions), _add_reach(actions), _add_list(actions), _add_show(actions)]
    kept += [
        _add_readout(actions),
        _add_hear(actions),
        _add_reference(actions),
        _add_note(actions),
        _add_check(actions),
    ]
    for action in kept:
        add_store_options(action)
    for action in (*kept, _add(actions, "what", _("what can be asked, of which devices, with which values"), "--json")):
        add_json(action)


def _add(actions: _Actions, name: str, help_: str, example: str) -> argparse.ArgumentParser:
    epilog = _("Example: {command}").format(command=f"hht desk {name} {example}".rstrip())
    return actions.add_parser(name, help=help_, description=help_, epilog=epilog)


def _add_desk(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--desk",
        default="desk:emulated",
        metavar="URL",
        help=_("desk:emulated?premises=NAME, desk:tcp://host:port, or desk:FOLDER (files that are carried)"),
    )


def _add_dongle(action: argparse.ArgumentParser) -> None:
    """How devices are reached where the WAN does not."""
    action.add_argument(
        "--dongle",
        dest="link",
        default="",
        metavar="LINK",
        help=_("by which relayed commands are brought: dongle:PORT, or emulated:NAME?via=han"),
    )
    action.add_argument("--hub", metavar="ID", help=_("the GPF ID printed on the hub"))
    add_network(action)
    action.add_argument("--install-code-file", metavar="F", help=_("file with the terminal's own install code"))


def _add_ask(actions: _Actions) -> argparse.ArgumentParser:
    action = _add(
        actions,
        "ask",
        _("ask for something; it is kept before anything leaves, and found again by its reference"),
        "set-mpan 00-DB-12-34-56-79-01-A0 --job J-1 --set mpan=1012345678912 --training",
    )
    action.add_argument("kind", metavar="WHAT", help=_("one of hht desk what"))
    action.add_argument("device", metavar="DEVICE", help=_("the Device ID that is asked for"))
    action.add_argument("--type", metavar="TYPE", help=_("ESME, GSME, CHF, …; needless where only one can be meant"))
    action.add_argument("--job", required=True, metavar="REFERENCE", help=_("the job it is asked for"))
    action.add_argument("--step", default="", metavar="NAME", help=_("the step of the visit, for the desk"))
    action.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help=_("a value; NAME=- reads it from standard input (secrets)"),
    )
    action.add_argument("--allow-test-identifiers", action="store_true", help=_("wrong check digits, in training"))
    _add_way(action)
    return action


def _add_way(action: argparse.ArgumentParser) -> None:
    action.add_argument(
        "--way",
        choices=_WAYS,
        default="auto",
        help=_("auto: by the WAN where it is up, else by relay where a dongle is given; later: only keep it"),
    )
    _add_desk(action)
    _add_dongle(action)


def _add_follow(actions: _Actions) -> argparse.ArgumentParser:
    action = _add(
        actions,
        "follow",
        _("ask again under the same reference: how does it stand? Nothing is done twice"),
        "C5H66S35 --training",
    )
    action.add_argument("reference", metavar=_WHICH)
    _add_way(action)
    return action


def _add_reach(actions: _Actions) -> argparse.ArgumentParser:
    action = _add(
        actions, "reach", _("does the WAN reach a hub? Which way is open?"), "--hub 00-DB-12-34-56-79-01-A3 --training"
    )
    action.add_argument("--hub", required=True, metavar="ID", help=_("its CHF ID or GPF ID"))
    _add_desk(action)
    return action


def _add_list(actions: _Actions) -> argparse.ArgumentParser:
    action = _add(actions, "list", _("every ask and how it stands"), "--job J-1 --training")
    action.add_argument("--job", metavar="REFERENCE", help=_("those of one job"))
    return action


def _add_show(actions: _Actions) -> argparse.ArgumentParser:
    action = _add(actions, "show", _("one ask: what was asked, and everything that is known"), "C5H66S35 --training")
    action.add_argument("reference", metavar=_WHICH)
    return action


def _add_readout(actions: _Actions) -> argparse.ArgumentParser:
    action = _add(actions, "readout", _("what is read out to the desk on the phone"), "C5H66S35 --training")
    action.add_argument("reference", metavar=_WHICH)
    return action


def _add_hear(actions: _Actions) -> argparse.ArgumentParser:
    action = _add(
        actions,
        "hear",
        _("the other end of the phone, to train with: what the emulated desk says to a read-out"),
        "'ASK C5H66S35 // JOB J-1 // ... // CHECK KHGY' --training",
    )
    action.add_argument("text", metavar="READOUT", help=_("as “hht desk readout --json” has it in “text”"))
    _add_desk(action)
    return action


def _add_reference(actions: _Actions) -> argparse.ArgumentParser:
    action = _add(actions, "reference", _("type in the reference that the desk said"), "C5H66S35 T02D-SRNS --training")
    action.add_argument("reference", metavar=_WHICH)
    action.add_argument("typed", metavar="SAID", help=_("as the desk said it; capitals, blanks and hyphens are free"))
    return action


def _add_note(actions: _Actions) -> argparse.ArgumentParser:
    action = _add(
        actions,
        "note",
        _("what a person saw of it at the device; the desk's word is none, and the terminal's own reading is “check”"),
        "C5H66S35 1012345678912 --by 'A. Engineer, on the display' --agrees --training",
    )
    action.add_argument("reference", metavar=_WHICH)
    action.add_argument("what", metavar="VALUE")
    action.add_argument("--by", required=True, metavar="WORDS", help=_("who saw it, and how"))
    how = action.add_mutually_exclusive_group(required=True)
    how.add_argument("--agrees", action="store_true", help=_("it is as asked"))
    how.add_argument("--differs", action="store_true", help=_("it is not"))
    return action


def _add_check(actions: _Actions) -> argparse.ArgumentParser:
    """The terminal's own look: at a meter by its port, at the hub's Device Log by dongle."""
    action = _add(
        actions,
        "check",
        _("read the meter, or the hub's Device Log, to see whether it is as asked"),
        "C5H66S35 optical:/dev/ttyUSB0 --training",
    )
    action.add_argument("reference", metavar=_WHICH)
    action.add_argument(
        "link", metavar="LINK", help=_("the meter's port (as hht read), or a dongle (with --hub and --chf)")
    )
    action.add_argument("--tolerance", type=whole_number, default=10, metavar="S", help=_("of a clock, in seconds"))
    action.add_argument("--hub", metavar="ID", help=_("the GPF ID printed on the hub"))
    add_network(action)
    action.add_argument("--chf", metavar="ID", help=_("the CHF ID printed on the hub"))
    action.add_argument("--install-code-file", metavar="F", help=_("file with the terminal's own install code"))
    action.add_argument("--pack", metavar="NAME", help=_("take the command that reads the log from this kept pack"))
    add_association_options(action)
    return action
