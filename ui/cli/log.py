"""`hht log`: what the store keeps of commands outside of visits: writes with their outcomes, overrides, revealing."""

from __future__ import annotations

import argparse
from typing import Any

from hht.clock import readable_times
from hht.i18n import _
from ui.cli.common import Output, add_json, add_store_options, run_command
from ui.system import SystemClock


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    text = _("writes outside of visits with their outcomes, overrides of training, revealed traces")
    parser = subparsers.add_parser("log", help=text, description=text, epilog=_("Example: hht log --training"))
    add_store_options(parser)
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    from hht.work.single_write import WriteLog
    from ui.cli.stores import opened_store
    from ui.system import new_id

    with opened_store(args, SystemClock()) as store:
        entries = store.log_entries()
        unknown = {write.write for write in WriteLog(store, new_id).open_writes()}
    for at, kind, payload in entries:
        doubtful = kind == "set-intent" and payload["write"] in unknown
        text = readable_times(f"{at}  {kind:<16}  {_words(payload)}")
        if doubtful:
            text += "  " + _("(the outcome is not known)")
        output.emit("entry", text, time=at, kind=kind, details=payload, **({"outcome": "unknown"} if doubtful else {}))
    output.emit(
        "result", "" if entries else _("The log is empty."), ok=True, entries=len(entries), unknown=len(unknown)
    )
    return 0


def _words(payload: dict[str, Any]) -> str:
    """What an entry holds, but for the id that ties an outcome to its intent."""
    return ", ".join(
        f"{name}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in payload.items()
        if name != "write"
    )
