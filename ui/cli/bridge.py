"""`hht bridge pair|list|accept|forget`: the BLE bridges that this terminal knows, by their keys."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from ui.cli.common import DONE, Output, UsageProblem, add_json, add_store_options, named_path, run_async, run_command
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.link_url import LinkUrl
    from ui.bridge_trust import KnownBridge, KnownBridges

_EXAMPLE: Final = "ble:F0:F1:F2:F3:F4:F5"
_HELP: Final = {
    "pair": _("learn a bridge's key, with the code that is printed on it; from then on it has to prove that it has it"),
    "list": _("the bridges that are known, each with what it proves"),
    "accept": _("use a bridge that has no key, as those of other makers: live work asks for this once"),
    "forget": _("know a bridge no more"),
}
_TAILS: Final = {
    "pair": f" {_EXAMPLE} --code ABCDE-FGHIJ-KLMNO-PQRST --name 'my probe'",
    "list": "",
    "accept": f" {_EXAMPLE}",
    "forget": " 'my probe'",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "bridge",
        help=_("BLE bridges by their keys: pair, list, accept, forget"),
        epilog=_("Example: hht bridge list --training"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    for verb, words in _HELP.items():
        epilog = _("Example: {command}").format(command=f"hht bridge {verb}{_TAILS[verb]} --training")
        one = verbs.add_parser(verb, help=words, description=words, epilog=epilog)
        if verb in ("pair", "accept"):
            one.add_argument("link", metavar="LINK", help=_("the bridge's link, as hht ports --ble lists it"))
        if verb == "pair":
            one.add_argument("--code", required=True, metavar="CODE", help=_("the code printed on it: 20 letters"))
            one.add_argument("--name", default="", metavar="NAME", help=_("what to call it; default: its address"))
        if verb == "forget":
            one.add_argument("bridge", metavar="BRIDGE", help=_("its name, address or code, as hht bridge list has it"))
        if verb == "list":
            known = _("the bridges of training; never those of live work")
            one.add_argument("--training", action="store_true", help=known)
            one.add_argument(
                "--data-dir", type=named_path, metavar="DIR", help=_("the terminal's folder (or HHT_HOME)")
            )
        else:
            add_store_options(one)
        add_json(one)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from ui.bridge_trust import known_bridges_of
    from ui.cli.stores import store_for_trust
    from ui.stores import data_folder

    clock, training = SystemClock(), bool(args.training)
    folder = data_folder(args.data_dir)
    if args.verb == "list":
        return _list(known_bridges_of(folder, clock, training=training), output)
    url = _bridge_url(args.link) if args.verb != "forget" else None
    with store_for_trust(args, clock) as store:
        return _change(args, url, known_bridges_of(folder, clock, training=training, store=store), output)


def _change(args: argparse.Namespace, url: LinkUrl | None, known: KnownBridges, output: Output) -> int:
    """`url`: the bridge's; None to forget one."""
    if url is None:
        gone = known.forget(args.bridge)
        output.emit("result", _("{name} is known no more.").format(name=gone.name), ok=True, name=gone.name)
        return DONE
    if args.verb == "pair":
        return run_async(_pair(args, url, known, output))
    return _now_known(known.accept(url.target), output)


async def _pair(args: argparse.Namespace, url: LinkUrl, known: KnownBridges, output: Output) -> int:
    from ui.bridge_trust import pair_bridge

    return _now_known(await pair_bridge(url, args.code, args.name, known, SystemClock()), output)


def _now_known(one: KnownBridge, output: Output) -> int:
    _tell(one, output)
    output.emit("result", "", ok=True, name=one.name, address=one.address, code=one.code or None)
    return DONE


def _list(known: KnownBridges, output: Output) -> int:
    found = known.known()
    for one in found:
        _tell(one, output)
    output.emit("result", "" if found else _("No bridge is known here."), ok=True, bridges=len(found))
    return DONE


def _tell(one: KnownBridge, output: Output) -> None:
    text = f"ble:{one.address:<18} {one.words}  {one.since}"
    output.emit(
        "bridge", text, name=one.name, address=one.address, code=one.code or None, authenticated=bool(one.key),
        since=one.since,
    )  # fmt: skip


def _bridge_url(text: str) -> LinkUrl:
    from hht.link_url import parse_link_url

    url = parse_link_url(text)
    if url.scheme != "ble":
        raise UsageProblem(
            _("“{text}” is no BLE bridge.").format(text=text[:60]),
            remedy=_("Write for example {example}; hht ports --ble lists what is near.").format(example=_EXAMPLE),
        )
    return url
