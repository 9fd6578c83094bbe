"""What every command shares: options, output as text or JSON lines, errors and exit statuses.

Exit status: 0 done, 1 refused or failed (the last line says code, what, remedy), 2 wrong usage, 130 cancelled.
With ``--json`` every line on standard output is one JSON object with a ``type``; the result comes last.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import IO, Any

from hht.errors import HhtError
from hht.i18n import _
from hht.plain_text import plain_text

# As in `hht.protocol.cosem.envelopes`, which is not imported to parse a command line
ENVELOPES = (
    "glo", "ded", "general-glo", "general-ded", "identified-key", "wrapped-key", "one-pass-key", "static-key",
)  # fmt: skip
DONE, FAILED, USAGE, CANCELLED = 0, 1, 2, 130


class UsageProblem(HhtError):
    """The command line makes sense to the parser but not to the command."""

    default_code = "usage"


class OutputLost(HhtError):
    """Standard output takes nothing more (a full disk)."""

    default_code = "output-lost"


class Output:
    """Standard output of one command: JSON lines, or text for people (progress goes to standard error)."""

    def __init__(self, as_json: bool, out: IO[str] | None = None, err: IO[str] | None = None) -> None:
        self.as_json = as_json
        self._out = out
        self._err = err

    @property
    def out(self) -> IO[str]:
        """Standard output as it is now (tests replace it)."""
        return self._out or sys.stdout

    @property
    def err(self) -> IO[str]:
        """Standard error as it is now."""
        return self._err or sys.stderr

    def emit(self, kind: str, text: str = "", /, **fields: object) -> None:
        """One event or result: as JSON ``{"type": kind, ...}``, else `text` (nothing when it is empty)."""
        if self.as_json:
            self._print(json.dumps({"type": kind, **fields}, ensure_ascii=False, default=str))
        elif text:
            self._print(plain_text(text, keep="\n\t"))

    def _print(self, line: str) -> None:
        """A line on standard output. Raises BrokenPipeError where nobody reads on, OutputLost on a full disk."""
        try:
            print(line, file=self.out, flush=True)
        except BrokenPipeError:
            raise
        except OSError as error:
            raise OutputLost(
                _("Standard output could not be written: {why}.").format(why=error.strerror or error),
                remedy=_("Make room, or send it elsewhere, and run the same command again."),
            ) from error

    def progress(self, text: str, **fields: object) -> None:
        """Progress: an event with ``--json``, a line on standard error otherwise."""
        if self.as_json:
            self.emit("progress", **fields)
        else:
            print(plain_text(text), file=self.err, flush=True)

    def warn(self, text: str) -> None:
        """A warning for the person; always on standard error."""
        print(_("warning: {text}").format(text=plain_text(text)), file=self.err, flush=True)

    def note(self, text: str) -> None:
        """Something good to know that is no part of the result; always on standard error."""
        print(plain_text(text), file=self.err, flush=True)

    def complain(self, error: HhtError) -> None:
        """An error that the person can answer at once: on standard error, the command goes on."""
        print(plain_text(f"{error.message} {error.remedy}"), file=self.err, flush=True)

    def error(self, error: HhtError) -> None:
        """The last line of a command that failed: code, what, remedy."""
        if self.as_json and not isinstance(error, OutputLost):
            self.emit("error", "", **error.as_dict())
        else:
            text = f"{error.code}: {error.message}\n  → {error.remedy}"
            print(plain_text(text, keep="\n\t"), file=self.err, flush=True)


def add_json(parser: argparse.ArgumentParser) -> None:
    """``--json``."""
    parser.add_argument("--json", action="store_true", help=_("one JSON object per line on standard output"))


def named_path(text: str) -> Path:
    """The path of an option. An empty text (a shell variable never set) would mean the folder one stands in."""
    if not text.strip():
        raise argparse.ArgumentTypeError(_("nothing is named"))
    return Path(text)


def add_store_options(parser: argparse.ArgumentParser) -> None:
    """Where the store is and how it is unlocked."""
    group = parser.add_argument_group(_("store"))
    group.add_argument("--data-dir", type=named_path, metavar="DIR", help=_("the store's folder (or HHT_HOME)"))
    group.add_argument("--training", action="store_true", help=_("the training store and trust; never the live ones"))
    group.add_argument(
        "--pass-phrase-file", metavar="F", help=_("file with the pass phrase of the live store; - is standard input")
    )


def add_association_options(parser: argparse.ArgumentParser) -> None:
    """How to associate with a meter."""
    group = parser.add_argument_group(_("association"))
    group.add_argument("--client", type=int, metavar="SAP", help=_("client SAP, 1..127"))
    group.add_argument("--server", type=int, metavar="N", help=_("server's logical device, default 1"))
    group.add_argument(
        "--security", choices=("none", "low", "gmac", "sha256", "ecdsa"), help=_("how the client proves itself")
    )
    group.add_argument("--suite", type=int, choices=(0, 1, 2), help=_("security suite; default: the keys say it"))
    group.add_argument("--password-file", metavar="F", help=_("file with the password, or the secret of sha256"))
    group.add_argument(
        "--keys",
        metavar="F",
        help=_(
            "JSON with ek, ak, kek, system_title, client_title as hex, invocation_counter (the last one used), and in "
            "PEM signing_key, server_certificate, agreement_key, server_agreement_certificate; - is standard input"
        ),
    )
    group.add_argument(
        "--protection",
        choices=("both", "authenticated", "encrypted"),
        default="both",
        help=_("of ciphered messages; encrypted alone does not notice what was changed on the way"),
    )
    group.add_argument(
        "--envelope",
        choices=ENVELOPES,
        default="glo",
        help=_("how ciphered messages travel: by service or in general ciphering, under which key; default glo"),
    )
    group.add_argument("--sign", action="store_true", help=_("sign ciphered messages, and want the answers signed"))


def run_command(args: argparse.Namespace, body: Callable[[argparse.Namespace, Output], int]) -> int:
    """Run `body`, turning the errors an engineer can do something about into the last line and status 1."""
    output = Output(bool(getattr(args, "json", False)))
    try:
        return body(args, output)
    except OutputLost as error:
        output.error(error)
        _forget_standard_output()
        return FAILED
    except HhtError as error:
        output.error(error)
        if error.code == "cancelled":
            return CANCELLED
        return USAGE if error.code == UsageProblem.default_code else FAILED
    except KeyboardInterrupt:
        output.error(HhtError(_("Cancelled."), code="cancelled", remedy=_("Run the same command again to go on.")))
        return CANCELLED
    except BrokenPipeError:
        _forget_standard_output()  # whoever read our output has gone: nobody to tell
        return FAILED


def _forget_standard_output() -> None:
    """What is still buffered cannot be written: keep the interpreter from trying again at its end."""
    if sys.__stdout__ is not None and sys.stdout is sys.__stdout__:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno())


def run_async(main: Coroutine[Any, Any, int]) -> int:
    """Run a command's coroutine; Ctrl+C cancels it, and it ends its conversations before it goes."""
    import asyncio

    return asyncio.run(main)
