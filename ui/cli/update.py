"""``hht update``: whether a release that somebody brought is its maintainers'. Nothing is fetched or installed."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from hht.clock import iso_z
from hht.i18n import _, ngettext
from hht.plain_text import plain_text
from ui.cli.common import DONE, FAILED, Output, add_json, add_store_options, named_path, run_command
from ui.system import SystemClock

if TYPE_CHECKING:
    from ui.updates import Updates


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    update = subparsers.add_parser(
        "update",
        help=_("whether a release in a folder or on a stick is signed, whole and not an old one"),
        description=_(
            "For whoever is about to install another version of this program: who signed it, and whether it is whole "
            "and not an old one. First name its maintainers once (trust), then check each release before it is "
            "installed. Reads files and nothing else: no connection is opened, and nothing is installed."
        ),
        epilog=_("Example: hht update check /media/stick"),
    )
    actions = update.add_subparsers(dest="action", metavar=_("ACTION"), required=True)
    check = actions.add_parser(
        "check",
        help=_("check a release: signatures of two maintainers, edition, expiry, each file"),
        description=_(
            "Checks a release as it came: the signatures of its maintainers, that it is no older than what was seen "
            "before, its expiry, each file. Exit status 1 where anything is wrong; do not install it then."
        ),
        epilog=_("Example: hht update check /media/stick; hht update check ./hht-0.2.0-py3-none-any.whl"),
    )
    check.add_argument("path", type=named_path, metavar="FOLDER|FILE", help=_("the folder, or one file of it"))
    show = actions.add_parser(
        "show",
        help=_("whose releases are taken, and which was seen last"),
        description=_("Whose releases are taken here, until when, and which was seen last."),
        epilog=_("Example: hht update show"),
    )
    trust = actions.add_parser(
        "trust",
        help=_("name the maintainers whose releases are taken, once"),
        description=_(
            "Takes the maintainers' root file, which has their keys. Get its fingerprint by another way than the file "
            "(the maintainers read it off with packaging/release.py show), and type that: the two must be the same."
        ),
        epilog=_("Example: hht update trust 1.root.json --fingerprint '8f1c 22d0 ...'"),
    )
    trust.add_argument("path", type=named_path, metavar="FILE", help=_("the root file: 1.root.json"))
    trust.add_argument(
        "--fingerprint", required=True, metavar="HEX", help=_("its fingerprint, from elsewhere: 32 hex digits")
    )
    for parser in (check, show):
        parser.add_argument("--data-dir", type=named_path, metavar="DIR", help=_("the store's folder (or HHT_HOME)"))
        parser.add_argument("--training", action="store_true", help=_("releases to train with; never the live ones"))
        add_json(parser)
    add_store_options(trust)
    add_json(trust)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from ui.cli.stores import store_for_trust
    from ui.stores import data_folder
    from ui.updates import Updates

    clock, folder = SystemClock(), data_folder(args.data_dir)
    if args.action == "trust":
        with store_for_trust(args, clock) as store:
            return _trust(Updates(folder, clock, training=args.training, store=store), args, output)
    updates = Updates(folder, clock, training=args.training)
    return _check(updates, args, output) if args.action == "check" else _show(updates, args, output)


def _check(updates: Updates, args: argparse.Namespace, output: Output) -> int:
    folder, only = (args.path, "") if args.path.is_dir() else (args.path.parent, args.path.name)
    checked = updates.check(folder)
    words = {"signed": _("signed, and as it was signed"), "missing": _("signed, and not here")}
    counts = dict.fromkeys(("signed", "missing", "not-signed"), 0)
    for seen in updates.files(folder, checked, only):
        counts[seen.state] += 1
        text = f"{plain_text(seen.name):<40} {words.get(seen.state, _('NOT of this release: install nothing of it'))}"
        output.emit("file", text, name=seen.name, state=seen.state)
    found = checked.targets
    newer = updates.newer(checked)
    text = ngettext(
        "Release {release}, edition {edition}, to be used until {until}: {count} file is as its maintainers signed it.",
        "Release {release}, edition {edition}, to be used until {until}: {count} files are as its maintainers signed "
        "them.",
        counts["signed"],
    ).format(release=found.release, edition=found.version, until=f"{found.expires:%Y-%m-%d}", count=counts["signed"])
    text += " " + (_("It is newer than this program.") if newer else _("This program is as new."))
    whole = counts["missing"] == counts["not-signed"] == 0
    if not whole:
        text += " " + _(
            "But it is not whole: {missing} of its files are not here, {others} files are not of it. "
            "Of one file alone: hht update check FILE."
        ).format(missing=counts["missing"], others=counts["not-signed"])
    fields: dict[str, Any] = {"release": found.release, "edition": found.version, "expires": iso_z(found.expires)}
    fields |= {"newer": newer, "signed_by": list(checked.signed_by), "files": counts["signed"]}
    output.emit("result", text, ok=whole, **fields, missing=counts["missing"], not_signed=counts["not-signed"])
    return DONE if whole else FAILED


def _show(updates: Updates, args: argparse.Namespace, output: Output) -> int:
    from hht.releases.metadata import fingerprint

    root, seen = updates.root, updates.remembered
    if root is None:
        output.emit("result", _("Nobody's releases are taken here yet: hht update trust."), ok=True, root=0)
        return DONE
    role = root.roles["targets"]
    text = _(
        "{threshold} of {count} maintainers must sign (root {version}, until {until}, fingerprint {print})."
    ).format(
        threshold=role.threshold,
        count=len(role.keys),
        version=root.version,
        until=f"{root.expires:%Y-%m-%d}",
        print=fingerprint(root),
    )
    last = _("Seen last: release {release}, edition {edition}.").format(release=seen.release, edition=seen.version)
    text += " " + (last if seen.version else _("No release was seen yet."))
    output.emit(
        "result",
        text,
        ok=True,
        root=root.version,
        threshold=role.threshold,
        maintainers=sorted(role.keys),
        fingerprint=fingerprint(root),
        release=seen.release,
        edition=seen.version,
    )
    return DONE


def _trust(updates: Updates, args: argparse.Namespace, output: Output) -> int:
    from hht.releases.metadata import MOST_OCTETS
    from ui.jobs import read_job_file

    root = updates.trust(read_job_file(args.path, MOST_OCTETS), args.fingerprint)
    said = _("Releases that {n} of these {count} maintainers sign are taken from now on.")
    text = said.format(n=root.roles["targets"].threshold, count=len(root.roles["targets"].keys))
    output.emit("result", text, ok=True, root=root.version, maintainers=sorted(root.roles["targets"].keys))
    return DONE
