"""What inputs reach: which lines and functions of the program a target goes through.

Looked at with `sys.settrace`, which makes Python several times slower (`sys.monitoring` came with 3.12): a part of the
inputs of ``make fuzz`` is looked at, and none of those of ``make test``.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, Final, TypeAlias

ROOT: Final = Path(__file__).resolve().parents[2]
_OURS: Final = tuple(f"{ROOT}/{room}/" for room in ("hht", "ui", "drivers"))

Line: TypeAlias = tuple[str, int]  # file within the tree, number
_Trace: TypeAlias = Callable[[FrameType, str, Any], Any]


class Reach:
    """The lines that were reached since this was made, and the functions that were entered."""

    def __init__(self) -> None:
        self.lines: set[Line] = set()
        self._unseen: dict[int, set[int]] = {}  # by code object, which is kept alive below
        self.entered: dict[int, CodeType] = {}

    def look(self, run: Callable[[], object]) -> set[Line]:
        """Do `run`; the lines that nothing had reached before. What `run` raises comes through, and what it reached
        till then counts."""
        new: set[Line] = set()
        local = self._local(new)

        def begins(frame: FrameType, _event: str, _argument: object) -> _Trace | None:
            code = frame.f_code
            unseen = self._unseen.get(id(code))
            if unseen is None:
                unseen = self._enter(code)
            return local if unseen else None

        before = sys.gettrace()
        sys.settrace(begins)
        try:
            run()
        finally:
            sys.settrace(before)
            self.lines |= new
        return new

    def _enter(self, code: CodeType) -> set[int]:
        self.entered[id(code)] = code
        ours = code.co_filename.startswith(_OURS)
        lines = {line for _start, _end, line in code.co_lines() if line} - {code.co_firstlineno} if ours else set()
        self._unseen[id(code)] = lines
        return lines

    def _local(self, new: set[Line]) -> _Trace:
        def steps(frame: FrameType, event: str, _argument: object) -> _Trace:
            if event == "line":
                code = frame.f_code
                unseen = self._unseen[id(code)]
                if frame.f_lineno in unseen:
                    unseen.discard(frame.f_lineno)
                    new.add((code.co_filename[len(str(ROOT)) + 1 :], frame.f_lineno))
            return steps

        return steps

    def functions(self) -> Iterator[tuple[str, CodeType]]:
        """Those of the program that were entered: file within the tree and name, and their code."""
        for code in self.entered.values():
            if code.co_filename.startswith(_OURS):
                yield f"{code.co_filename[len(str(ROOT)) + 1 :]}::{code.co_qualname}", code


def fingerprint(reach: Reach) -> str:
    """Another one when a function that was entered does something else now; comments and moved lines change nothing."""
    parts = sorted(f"{name} {_does(code)}" for name, code in reach.functions())
    return sha256("\n".join(parts).encode()).hexdigest()[:12]


def _does(code: CodeType) -> str:
    return f"{code.co_code.hex()} {code.co_names} {[_constant(one) for one in code.co_consts]}"


def _constant(value: object) -> str:
    if isinstance(value, CodeType):
        return value.co_qualname
    if isinstance(value, tuple):
        return f"({','.join(map(_constant, value))})"
    return str(sorted(map(repr, value))) if isinstance(value, frozenset) else repr(value)
