"""``hht about``: who answers for what, the privacy charter, parties and roles, assurance, whose rules these are."""

from __future__ import annotations

import argparse

from hht.i18n import _
from ui.cli.common import DONE, Output, UsageProblem, add_json, named_path, run_command

TOPICS = ("responsible", "charter", "parties", "assurance", "rules")


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "about",
        help=_("who answers for what, privacy charter, parties and roles, whose rules"),
        description=_("Without a topic: who answers for the interoperability of this terminal."),
        epilog=_("Example: hht about charter --pdf charter.pdf"),
    )
    parser.add_argument("topic", nargs="?", choices=TOPICS, default="responsible", help=_("what to tell"))
    parser.add_argument("--pdf", type=named_path, metavar="FILE", help=_("the charter as a paper to leave behind"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _about)


def _about(args: argparse.Namespace, output: Output) -> int:
    from hht.work.about import beside, files_of, rows_of, topic_titles
    from ui.charter import write_charter

    if args.pdf is not None and args.topic != "charter":
        raise UsageProblem(_("Only the charter is a paper."), remedy=_("Say: hht about charter --pdf FILE"))
    output.emit("topic", topic_titles()[args.topic], topic=args.topic)
    for row in rows_of(args.topic):
        lines = [row.title, row.text, *beside(args.topic, row), f"[{row.source}]"]
        told = {name: value for name, value in row.plain.items() if name not in ("title", "text", "source")}
        if args.topic == "rules":
            told["files"] = files_of(row)
        text = "\n    ".join(lines)
        output.emit("row", text, code=row.code, title=row.title, text=row.text, source=row.source, **told)
    if args.pdf is not None:
        write_charter(args.pdf)
        output.emit("result", _("Written: {path}").format(path=args.pdf), ok=True, path=str(args.pdf))
    return DONE
