"""What is known of a bug: for the sheet, for the session file that can be sent in, for standard error. Plain Python.

A message may quote what a person typed or a device said, so it is shown by its words: those that Python's own messages
and the code where it happened are made of stay, every other word is blotted out. No name, address, pass phrase, MPAN,
key or reading travels in a crash report.
"""

from __future__ import annotations

import builtins
import json
import logging
import platform
import re
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, TracebackType
from typing import Final

from hht import __version__

_NUMBERS: Final = re.compile(
    r"(?i)\b(?:[0-9a-f]{2}[\s:.-]?){4,}\b|\d{5,}|(?<![\d.:-])\d+[.,]\d+(?![\d.])"
)  # identifiers, octets, readings; an OBIS code is none
_WORD: Final = re.compile(r"[^\W_]+")
_LONGEST: Final = 500
# What messages of Python itself, of sqlite3 and of the system are made of.
_PYTHONS: Final = frozenset(
    """a after already an and any are arg argument arguments assigned assignment associated at attribute attributes
    awaited bad base be before bool buffer but by byte bytes call called can cannot changed character codec
    connection constraint convert converted coroutine could database decode decoding dict dictionary different does
    during element empty encode encoding end enough error event exceeded exist expected failed field file float for
    format found from full function future generator get given got had has hashable have id import in index input
    instance int integer into invalid is it item items iterable iteration iterator key keyword len length line list
    local locked lock loop malformed mapping maximum method missing module most must mutable name named never no
    none not nonetype number object of on only op open operand operation or ordinal os out outside pending
    permission pop position positional property raised range read recursion referenced required result returned
    running schema seek sequence set setattr shape should size slice space start state str string subscriptable such
    support supported table takes task than that the this thread timeout to too transaction truncated tuple type
    types unbound unexpected unhashable unknown unpack unsupported until use used utf value values variable was when
    where while with within without write zero""".split()  # noqa: SIM905
) | frozenset(name.lower() for name in dir(builtins))

_LOGGED: Final = frozenset(("callback", "destroyed", "exception", "retrieved", "session", "transport", "unclosed"))


@dataclass(frozen=True, slots=True)
class Crash:
    """A bug: its kind, its message without what is not the program's own, and where it happened."""

    kind: str
    message: str
    where: tuple[str, ...]  # "ui/window/shell.py:120 in open"


def _short(path: str) -> str:
    parts = Path(path).parts
    for root in ("hht", "ui", "drivers", "site-packages"):
        if root in parts:
            return "/".join(parts[parts.index(root) :])
    return Path(path).name


def _words_of(code: CodeType) -> Iterator[str]:
    """What stands in the program itself at that place: names and texts."""
    for text in (*code.co_names, *code.co_varnames, *code.co_consts):
        if isinstance(text, str):
            yield from (word.lower() for word in _WORD.findall(text))


def _own_words(trace: TracebackType | None) -> frozenset[str]:
    return frozenset(word for frame, _line in traceback.walk_tb(trace) for word in _words_of(frame.f_code))


def _blotted(text: str, own: frozenset[str]) -> str:
    def keep(found: re.Match[str]) -> str:
        word = found.group().lower()
        return found.group() if word in _PYTHONS or word in own or (word.isdigit() and len(word) < 4) else "…"

    shown = _WORD.sub(keep, _NUMBERS.sub("…", text[:_LONGEST]))
    return re.sub(r"…(?:[\s\W]?…)+", "…", shown)


def crash_of(bug: BaseException) -> Crash:
    """The bug as it may be shown and sent."""
    frames = traceback.extract_tb(bug.__traceback__)
    where = tuple(f"{_short(frame.filename)}:{frame.lineno} in {frame.name}" for frame in frames)
    return Crash(type(bug).__name__, _blotted(str(bug), _own_words(bug.__traceback__)), where)


def told(bug: BaseException) -> str:
    """As Python tells of it, for standard error: a log that somebody keeps holds no more than the session file."""
    crash = crash_of(bug)
    lines = ["Traceback (most recent call last):", *(f"  {place}" for place in crash.where)]
    return "\n".join([*lines, f"{crash.kind}: {crash.message}", f"hht {__version__}"])


class PlainLog(logging.Formatter):
    """What libraries log, asyncio first: the first line of the text as it stands in their code, without its values, and
    the bug as `told`."""

    def format(self, record: logging.LogRecord) -> str:
        """See the class."""
        first = str(record.msg).partition("\n")[0]
        text = _NUMBERS.sub("…", first) if record.args else _blotted(first, _LOGGED)  # else its values may be in it
        words = f"{record.levelname} {record.name}: {text}"
        bug = record.exc_info[1] if record.exc_info else None
        return f"{words}\n{told(bug)}" if bug is not None else words


def watch_what_escapes() -> None:
    """From now on nothing that escapes tells on standard error what a person typed or a device said."""

    def say(_kind: type[BaseException], bug: BaseException, _trace: TracebackType | None) -> None:
        if sys.stderr is not None:
            print(told(bug), file=sys.stderr)  # noqa: T201

    sys.excepthook = say
    if logging.lastResort is not None:
        logging.lastResort.setFormatter(PlainLog())


def session_file(crash: Crash, *, when: str, trace: tuple[str, ...] = ()) -> str:
    """The text of a session file (JSON): the bug, the versions, and the summaries of the last frames."""
    return json.dumps(
        {
            "type": "hht-session",
            "version": 1,
            "program": __version__,
            "python": platform.python_version(),
            "system": platform.system(),
            "when": when,
            "error": {"kind": crash.kind, "message": crash.message, "where": list(crash.where)},
            "last_frames": [_NUMBERS.sub("…", line) for line in trace],
        },
        indent=2,
        ensure_ascii=False,
    )
