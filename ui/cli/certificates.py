"""``hht certificates``: which ones the devices of a premises hold, for whom, until when, and what renews them."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from hht.clock import iso_z
from hht.i18n import _, ngettext
from ui.cli.common import DONE, FAILED, Output, add_json, run_command
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.work.held_certificates import Held


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "certificates",
        help=_("which certificates devices hold: for which role, who issued them, when they end, what renews them"),
        description=_("A tree of each device's own certificates and its trust anchors. Exit status 1 where one ended."),
        epilog=_("Example: hht certificates dual-fuel --device esme-1"),
    )
    parser.add_argument("name", metavar="NAME|FILE", help=_("a premises, or a certificate as PEM or DER"))
    parser.add_argument("--device", metavar="NAME", help=_("this device alone"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _certificates)


def _certificates(args: argparse.Namespace, output: Output) -> int:
    path = Path(args.name)
    rows: Sequence[Held] = _of_file(path) if path.is_file() and path.suffix != ".toml" else _of_premises(args.name)
    rows = [one for one in rows if args.device in (None, one.device)]
    for device, found in groupby(rows, lambda one: one.device):
        output.emit("device", device, device=device)
        held = list(found)
        for one in held:
            _tell(one, output, last=one is held[-1])
    ended = sum(one.standing == "ended" for one in rows)
    words = ngettext("{count} certificate", "{count} certificates", len(rows)).format(count=len(rows))
    if ended:
        words += _("; {count} ended").format(count=ended)
    output.emit("result", words, ok=not ended, certificates=len(rows), ended=ended)
    return FAILED if ended else DONE


def _of_premises(name: str) -> Sequence[Held]:
    from hht.model.premises import load_premises
    from ui.certificates import certificates_of

    return certificates_of(load_premises(name, clock=SystemClock(), days=1), SystemClock().now())


def _of_file(path: Path) -> Sequence[Held]:
    from hht.protocol.gbcs.certificates import read_certificate
    from hht.work.held_certificates import held
    from ui.short_file import read_short

    found = read_certificate(read_short(path))
    return [held(path.name, found, SystemClock().now(), "" if found.role is None else found.role.value)]


def _tell(one: Held, output: Output, *, last: bool) -> None:
    from hht.work.held_certificates import end_words, issuer_words, standing_words

    branch, stem = ("└─ ", "   ") if last else ("├─ ", "│  ")
    lines = [
        f"  {branch}{one.title}, {one.usage}: {one.entity}",
        f"  {stem}   " + _("issued by {issuer}; {standing}, {end}").format(
            issuer=issuer_words(one), standing=standing_words(one.standing), end=end_words(one)),
        f"  {stem}   {one.renewed}",
    ]  # fmt: skip
    told = asdict(one) | {"until": None if one.until is None else iso_z(one.until)}
    output.emit("certificate", "\n".join(lines), **told)
