"""What every command shares: options, output as text or JSON lines, errors and exit statuses.

Exit status: 0 done, 1 refused or failed (the last line says code, what, remedy), 2 wrong usage, 129, 130, 143 ended by
SIGHUP (the terminal closed), Ctrl+C, SIGTERM, the meter released, 141 nobody reads on.
With ``--json`` every line on standard output is one JSON object with a ``type``; the result comes last.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, TextIO

from hht.clock import readable_times
from hht.errors import HhtError
from hht.i18n import _
from hht.plain_text import plain_text
from ui.stop_signals import exit_status

# As in `hht.protocol.cosem.envelopes`, which is not imported to parse a command line
ENVELOPES = (
    "glo", "ded", "general-glo", "general-ded", "identified-key", "wrapped-key", "one-pass-key", "static-key",
)  # fmt: skip
if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from hht.client.remarks import Remark

DONE, FAILED, USAGE, CANCELLED = 0, 1, 2, 130
READER_GONE = 141  # as the shell has it for SIGPIPE: nobody reads on


class UsageProblem(HhtError):
    """The command line makes sense to the parser but not to the command."""

    default_code = "usage"


class OutputLost(HhtError):
    """Standard output takes nothing more (a full disk), or there is none."""

    default_code = "output-lost"

    @classmethod
    def because(cls, why: str) -> OutputLost:
        """With the system's words for it."""
        return cls(
            _("Standard output could not be written: {why}.").format(why=why),
            remedy=_("Make room, or send it elsewhere, and run the same command again."),
        )


class Stopped(HhtError):
    """A signal has ended the command. `status`: as shells state it, 143 for SIGTERM, 129 for SIGHUP."""

    default_code = "stopped"

    def __init__(self, number: int) -> None:
        name = signal.Signals(number).name
        message = _("Stopped by {signal}.").format(signal=name)
        super().__init__(message, remedy=_("Run the same command again to go on."), signal=name)
        self.status = exit_status(number)


class Output:
    """Standard output of one command: JSON lines, or text for people (progress goes to standard error)."""

    def __init__(self, as_json: bool, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        self.as_json = as_json
        self._out = out
        self._err = err
        self.said = 0  # lines so far: who tells of waiting speaks where this stands still
        self._ticking = 0  # characters of the line that counts, where one stands on the screen

    @property
    def out(self) -> IO[str] | None:
        """Standard output as it is now (tests replace it); None where the program was started without one."""
        return self._out or sys.stdout

    @property
    def err(self) -> IO[str] | None:
        """Standard error as it is now."""
        return self._err or sys.stderr

    def emit(self, kind: str, text: str = "", /, **fields: object) -> None:
        """One event or result: as JSON ``{"type": kind, ...}``, else `text` (nothing when it is empty)."""
        if self.as_json:
            self._print(_json_line({"type": kind, **fields}))
        elif text:
            self._print(plain_text(text, keep="\n\t"))

    def _print(self, line: str) -> None:
        """A line on standard output. Raises BrokenPipeError where nobody reads on, OutputLost on a full disk."""
        self.tick_over()
        self.said += 1
        out = self.out
        if out is None:
            raise OutputLost.because(_("there is none"))
        try:
            line.encode(getattr(out, "encoding", None) or "utf-8")
        except UnicodeEncodeError:  # a terminal that knows fewer characters
            line = _in_ascii(line, as_json=self.as_json)
        try:
            print(line, file=out, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputLost.because(error.strerror or str(error)) from error

    def say(self, text: str, *, keep: str = "", end: str = "\n") -> None:
        """`text` for the person, on standard error; where there is none, or it is full, nothing is lost."""
        self.tick_over()
        self.said += 1
        self._write_error(text, keep, end)

    def _write_error(self, text: str, keep: str, end: str) -> None:
        if self.err is None:
            return
        try:
            print(plain_text(text, keep=keep), file=self.err, end=end, flush=True)
        except OSError:
            _forget(sys.stderr, sys.__stderr__)

    def progress(self, text: str, **fields: object) -> None:
        """Progress: an event with ``--json``, a line on standard error otherwise."""
        if self.as_json:
            self.emit("progress", **fields)
        else:
            self.say(text)

    @property
    def counts(self) -> bool:
        """Whether `tick` counts in one line: somebody looks at a screen."""
        return not self.as_json and self.err is not None and self.err.isatty()

    def tick(self, text: str, **fields: object) -> None:
        """How something stands that is waited for: as `progress`, and on a screen in the place of the one before."""
        if not self.counts:
            self.progress(text, **fields)
            return
        widest = shutil.get_terminal_size().columns - 1  # a line that wraps cannot be written over
        text = text if len(text) <= widest else text[: widest - 1] + "…"
        self._write_error("\r" + text.ljust(self._ticking), "\r", "")
        self._ticking = len(text)

    def tick_over(self) -> None:
        """The line that counts, if there is one, makes way for the next."""
        if self._ticking:
            self._write_error("\r" + " " * self._ticking + "\r", "\r", "")
            self._ticking = 0

    def warn(self, text: str) -> None:
        """A warning for the person; always on standard error."""
        self.say(_("warning: {text}").format(text=text))

    def note(self, text: str) -> None:
        """Something good to know that is no part of the result; always on standard error."""
        self.say(text)

    def remark(self, remark: Remark) -> None:
        """What the terminal waits for, or does differently: an event with ``--json``, a line on standard error else."""
        if self.as_json:
            self.emit("remark", code=remark.code, text=remark.text)
        else:
            self.say(remark.text)

    def complain(self, error: HhtError) -> None:
        """An error that the person can answer at once: on standard error, the command goes on."""
        self.say(readable_times(f"{error.message} {error.remedy}"))

    def error(self, error: HhtError) -> None:
        """The last line of a command that failed: code, what, remedy."""
        if self.as_json and not isinstance(error, OutputLost):
            self.emit("error", "", **error.as_dict())
        else:
            text = f"{error.code}: {error.message}\n  → {error.remedy}"
            self.say(readable_times(text), keep="\n\t")


def _json_line(fields: dict[str, object]) -> str:
    """One JSON object; what a terminal would obey stands in it as ``\\u`` escapes."""
    line = json.dumps(fields, ensure_ascii=False, default=str)
    return line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _in_ascii(line: str, *, as_json: bool) -> str:
    if as_json:
        return "".join(c if c.isascii() else json.dumps(c)[1:-1] for c in line)
    return line.encode("ascii", "backslashreplace").decode("ascii")


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help=_("one JSON object per line on standard output"))


def named_path(text: str) -> Path:
    """The path of an option. An empty text (a shell variable never set) would mean the folder one stands in."""
    if not text.strip():
        raise argparse.ArgumentTypeError(_("nothing is named"))
    return Path(text)


def whole_number(text: str) -> int:
    """The number of an option, in plain digits: not all that Python takes for one (1_000, ١٠, +1, spaces around it)."""
    if not re.fullmatch("-?[0-9]{1,18}", text):
        raise argparse.ArgumentTypeError(_("“{text}” is not a whole number in plain digits").format(text=text))
    return int(text)


def decimal_number(text: str) -> float:
    """As `whole_number`, with or without a decimal point; no exponent, no infinity."""
    if not re.fullmatch(r"-?[0-9]{1,18}(?:\.[0-9]{1,9})?", text):
        raise argparse.ArgumentTypeError(_("“{text}” is not a number in plain digits").format(text=text))
    return float(text)


def add_store_options(parser: argparse.ArgumentParser) -> None:
    """Where the store is and how it is unlocked."""
    group = parser.add_argument_group(_("store"))
    group.add_argument("--data-dir", type=named_path, metavar="DIR", help=_("the store's folder (or HHT_HOME)"))
    group.add_argument(
        "--training",
        action="store_true",
        help=_("the training store and trust; never the live ones, and no change of a real device"),
    )
    group.add_argument(
        "--pass-phrase-file", metavar="F", help=_("file with the pass phrase of the live store; - is standard input")
    )
    group.add_argument("--person", metavar="LOGIN", help=_("whose pass phrase it is, where several share the store"))


def add_meter_options(parser: argparse.ArgumentParser) -> None:
    """What every command has that talks to a meter: how to associate, where the store is, ``--json``."""
    add_association_options(parser)
    add_store_options(parser)
    add_json(parser)


def visit_number(text: str) -> int:
    """The number of a visit: whole, from 1."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text)):
        raise argparse.ArgumentTypeError(_("the visits of a job are numbered from 1"))
    return int(text)


def add_visit_number(parser: argparse.ArgumentParser) -> None:
    """``--visit N``."""
    parser.add_argument(
        "--visit", type=visit_number, metavar="N", help=_("which visit of the job, from 1; default: the latest")
    )


def add_association_options(parser: argparse.ArgumentParser) -> None:
    """How to associate with a meter."""
    group = parser.add_argument_group(_("association"))
    group.add_argument("--client", type=whole_number, metavar="SAP", help=_("client SAP, 1..127"))
    group.add_argument("--server", type=whole_number, metavar="N", help=_("server's logical device, default 1"))
    group.add_argument(
        "--physical", type=whole_number, metavar="N", help=_("server's physical device, where HDLC needs it")
    )
    group.add_argument(
        "--address-bytes",
        type=whole_number,
        choices=(1, 2, 4),
        help=_("of the server's HDLC address; default: the fewest"),
    )
    group.add_argument(
        "--security", choices=("none", "low", "gmac", "sha256", "ecdsa"), help=_("how the client proves itself")
    )
    group.add_argument(
        "--suite", type=whole_number, choices=(0, 1, 2), help=_("security suite; default: the keys say it")
    )
    group.add_argument("--password-file", metavar="F", help=_("file with the password, or the secret of sha256"))
    group.add_argument(
        "--keys",
        metavar="F",
        help=_(
            "JSON with ek, ak, kek, system_title, client_title as hex, invocation_counter (the last one used), in PEM "
            "signing_key, server_certificate, agreement_key, server_agreement_certificate, and perhaps client, "
            "security, suite, password; - is standard input"
        ),
    )
    group.add_argument(
        "--protection",
        choices=("both", "authenticated", "encrypted", "signed"),
        default="both",
        help=_(
            "of messages under keys; encrypted alone does not notice what was changed on the way; signed is a "
            "signature and nothing hidden, in suites 1 and 2 (the opening is ciphered)"
        ),
    )
    group.add_argument(
        "--envelope",
        choices=ENVELOPES,
        default="glo",
        help=_("how ciphered messages travel: by service or in general ciphering, under which key; default glo"),
    )
    group.add_argument("--sign", action="store_true", help=_("sign ciphered messages, and want the answers signed"))
    group.add_argument(
        "--accept-counter-reset",
        action="store_true",
        help=_(
            "this once, take a meter whose invocation counter went back, because it was replaced or reset; the trace "
            "and the file of counters keep that it was said"
        ),
    )


def run_command(args: argparse.Namespace, body: Callable[[argparse.Namespace, Output], int]) -> int:
    """Run `body`, turning the errors an engineer can do something about into the last line and status 1."""
    output = Output(bool(getattr(args, "json", False)))
    return with_standard_output(lambda: _outcome(output, lambda: body(args, output)))


def _outcome(output: Output, body: Callable[[], int]) -> int:
    try:
        return body()
    except OutputLost:
        raise
    except Stopped as stopped:
        return _stopped(stopped, output)
    except HhtError as error:
        output.error(error)
        if error.code == "cancelled":
            return CANCELLED
        return USAGE if error.code == UsageProblem.default_code else FAILED
    except KeyboardInterrupt:
        output.error(HhtError(_("Cancelled."), code="cancelled", remedy=_("Run the same command again to go on.")))
        return CANCELLED


def _stopped(stopped: Stopped, output: Output) -> int:
    try:
        output.error(stopped)
    except (OutputLost, BrokenPipeError):  # the terminal has gone, and its signal said so
        _forget(sys.stdout, sys.__stdout__)
    if stopped.status == exit_status(signal.SIGHUP):  # what is still to be written has nowhere to go, and is no failure
        _forget(sys.stdout, sys.__stdout__)
        _forget(sys.stderr, sys.__stderr__)
    return stopped.status


def with_standard_output(body: Callable[[], int]) -> int:
    """The status of `body`, or that of a standard output which takes nothing more: a full disk is a sentence and 1, a
    reader that has gone is 141 and no word."""
    try:
        return body()
    except OutputLost as error:
        Output(False).error(error)
        _forget(sys.stdout, sys.__stdout__)
        return FAILED
    except BrokenPipeError:
        _forget(sys.stdout, sys.__stdout__)  # whoever read our output has gone: nobody to tell
        return READER_GONE
    except KeyboardInterrupt:  # before the command began: there is nothing to end
        return CANCELLED


def _forget(stream: TextIO | None, original: TextIO | None) -> None:
    """What is still buffered cannot be written: keep the interpreter from trying again at its end."""
    if original is not None and stream is original:
        os.dup2(os.open(os.devnull, os.O_WRONLY), original.fileno())


def run_async(main: Coroutine[Any, Any, int], new_loop: Callable[[], AbstractEventLoop] | None = None) -> int:
    """Run a command's coroutine; Ctrl+C, SIGTERM and SIGHUP cancel it, and it ends its conversations before it goes.

    Raises Stopped where one of the last two did.
    """
    from ui.cli.stopping import run_until_stopped

    return run_until_stopped(main, new_loop)
