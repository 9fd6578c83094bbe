"""`hht check KIND VALUE|-`: is this identifier what it claims to be; if not, what is wrong with it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from hht.i18n import _
from hht.identifiers import Cin, DeviceId, FirmwareHash, FirmwareVersion, InstallCode, Mpan, Mprn, Utrn
from ui.cli.common import Output, UsageProblem, add_json, named_path, run_command
from ui.system import SystemClock

SECRET_KINDS = ("install-code", "utrn")
MASK = "****"
MAX_LINE = 1000  # characters of a line on standard input: more is no identifier


@dataclass(frozen=True, slots=True)
class CheckOptions:
    """What the person allowed."""

    allow_test: bool
    confirm_short: bool
    log: Callable[[str], None]


Fields = dict[str, Any]


def _mpan(text: str, options: CheckOptions) -> Fields:
    mpan = Mpan.parse(text, allow_test=options.allow_test, log=options.log)
    fields: Fields = {"value": mpan.core, "distributor": mpan.distributor, "warnings": list(mpan.warnings)}
    if mpan.profile_class:
        fields["profile_class"] = mpan.profile_class
        fields["timeswitch_class"] = mpan.timeswitch_class
        fields["line_loss_factor_class"] = mpan.line_loss_factor_class
    return fields | ({"test_data": True} if mpan.test_data else {})


def _mprn(text: str, options: CheckOptions) -> Fields:
    mprn = Mprn.parse(text, allow_test=options.allow_test, confirm_short=options.confirm_short, log=options.log)
    fields: Fields = {"value": mprn.value}
    if mprn.confirmed_short:
        fields["warnings"] = [_("The check digits do not fit; it was accepted because a person confirmed it.")]
    return fields | ({"test_data": True} if mprn.test_data else {})


def _install_code(text: str, _options: CheckOptions) -> Fields:
    code = InstallCode.parse(text)
    return {"value": MASK, "bytes": 16, "crc": code.crc}


def _utrn(text: str, _options: CheckOptions) -> Fields:
    contents = Utrn.parse(text).contents
    return {
        "value": MASK,
        "amount_pence": contents.amount_pence,
        "value_class": contents.value_class,
        "truncated_counter": contents.truncated_counter,
    }


CHECKS: dict[str, Callable[[str, CheckOptions], Fields]] = {
    "mpan": _mpan,
    "mprn": _mprn,
    "device-id": lambda text, _options: {"value": str(DeviceId.parse(text))},
    "install-code": _install_code,
    "utrn": _utrn,
    "cin": lambda text, _options: {"value": str(Cin.parse(text))},
    "firmware-version": lambda text, _options: {"value": str(FirmwareVersion.parse(text))},
    "firmware-hash": lambda text, _options: {"value": str(FirmwareHash.parse(text))},
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "check",
        help=_("check an identifier: MPAN, MPRN, Device ID, install code, UTRN, CIN, firmware"),
        epilog=_("Example: hht check mpan 1200023305967"),
    )
    parser.add_argument("kind", choices=tuple(CHECKS), metavar="KIND", help=", ".join(CHECKS))
    parser.add_argument("value", nargs="?", metavar="VALUE", help=_("the identifier; - reads standard input"))
    parser.add_argument("--training", action="store_true", help=_("for training data"))
    parser.add_argument(
        "--allow-test-identifiers", action="store_true", help=_("with --training: accept wrong check digits, logged")
    )
    parser.add_argument("--confirm-short", action="store_true", help=_("a short old MPRN, compared with the label"))
    parser.add_argument(
        "--data-dir",
        type=named_path,
        metavar="DIR",
        help=_("where the training store is that keeps the log (or HHT_HOME)"),
    )
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    if args.allow_test_identifiers and not args.training:
        raise UsageProblem(
            _("Test identifiers are for training only."),
            remedy=_("Add --training, or correct the identifier."),
            code="training-only",
        )
    options = CheckOptions(args.allow_test_identifiers, args.confirm_short, output.warn)
    fields = CHECKS[args.kind](_value(args, output), options)
    if fields.get("test_data"):
        _log_override(args, str(fields["value"]))
    for warning in fields.get("warnings", []):
        output.warn(warning)
    extras = "".join(f"\n  {name}: {value}" for name, value in fields.items() if name not in ("value", "warnings"))
    output.emit("result", f"{args.kind} {fields['value']}: ok{extras}", ok=True, kind=args.kind, **fields)
    return 0


def _log_override(args: argparse.Namespace, value: str) -> None:
    from ui.cli.stores import log_override
    from ui.stores import data_folder, open_store

    with open_store(data_folder(args.data_dir), "", training=True, clock=SystemClock()) as store:
        log_override(store, f"check {args.kind}", value)


def _value(args: argparse.Namespace, output: Output) -> str:
    """The identifier: from the command line, standard input, or (where there is a terminal) a prompt."""
    if args.value == "-":
        return _line()
    if args.value is not None:
        if args.kind in SECRET_KINDS:
            output.warn(_("a secret on the command line can be seen by others; give it on standard input with -"))
        return str(args.value)
    if sys.stdin is None or not sys.stdin.isatty():
        raise _value_needed()
    prompt = f"{args.kind}: "
    if args.kind not in SECRET_KINDS:
        output.say(prompt, end="")  # standard output is for the result
        return _line()
    import getpass

    try:
        return getpass.getpass(prompt)
    except EOFError:
        raise _value_needed() from None


def _line() -> str:
    """One line of standard input, without its end and without a byte order mark before it.

    Bytes that are no UTF-8 come as U+FFFD, which no kind accepts.
    """
    stream = sys.stdin
    if stream is None:
        raise _value_needed()
    raw = getattr(stream, "buffer", None)
    line = stream.readline(MAX_LINE + 1) if raw is None else raw.readline(MAX_LINE + 1).decode("utf-8", "replace")
    line = str(line).removeprefix("\ufeff")
    if not line:
        raise _value_needed()
    if len(line) > MAX_LINE:
        raise UsageProblem(
            _("The line is longer than {limit} characters: that is no identifier.").format(limit=MAX_LINE),
            remedy=_("Give one identifier on one line."),
            code="value-too-long",
        )
    return line.rstrip("\r\n")


def _value_needed() -> UsageProblem:
    return UsageProblem(
        _("There is nothing to check."),
        remedy=_("Give the value, or - to read it from standard input."),
        code="value-needed",
    )
