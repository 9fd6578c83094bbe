"""JSON that remembers where everything stood, strict and bounded: for files that people write and thieves forge.

Beyond the JSON standard (RFC 8259): a key may stand only once, nesting is limited, half surrogates and endless numbers
are refused. Nothing here recurses deeper than `MAX_DEPTH`.
"""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field
from typing import Any, NoReturn

from hht.i18n import _

MAX_DEPTH = 16
MAX_NUMBER = 24  # characters
_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*')
_ESCAPES = {'"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_WORDS: tuple[tuple[str, Any], ...] = (("true", True), ("false", False), ("null", None))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong in a file. `path` is "" where no field can be named."""

    line: int
    column: int
    path: str
    message: str

    def __str__(self) -> str:
        if self.path:
            return _("line {line}, field {path}: {message}").format(
                line=self.line, path=self.path, message=self.message
            )
        return _("line {line}, column {column}: {message}").format(
            line=self.line, column=self.column, message=self.message
        )


class JsonSyntaxError(Exception):
    """The text is not JSON from here on."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@dataclass(slots=True)
class Located:
    """A JSON value with the offset where it begins; `keys` holds the offsets of an object's keys."""

    value: Any
    offset: int
    children: dict[Any, Located] = field(default_factory=dict)
    keys: dict[str, int] = field(default_factory=dict)


class LocatedJson:
    """A parsed file. `root.value` is plain Python; `duplicates` are keys that stood twice (the first one counts)."""

    def __init__(self, text: str) -> None:
        """Parse `text`; raises JsonSyntaxError with the place."""
        self.duplicates: list[Problem] = []
        self._text = text
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self.root, end = self._value(self._skip(0), "", 0)
        if self._skip(end) != len(text):
            self._fail(self._skip(end), _("the file goes on after its end; only one object may stand in it"))

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, both from 1, of an offset."""
        line = bisect.bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def problem(self, path: tuple[str | int, ...], message: str, *, key: str = "") -> Problem:
        """A problem with the value at `path` (or with its key `key`), placed as near as the file allows."""
        node = self.root
        for part in path:
            if part not in node.children:
                break
            node = node.children[part]
        line, column = self.place(node.keys.get(key, node.offset))
        return Problem(line, column, path_text((*path, key) if key else path), message)

    def _fail(self, offset: int, message: str) -> NoReturn:
        raise JsonSyntaxError(Problem(*self.place(offset), "", message))

    def _skip(self, offset: int) -> int:
        match = _SPACE.match(self._text, offset)
        return match.end() if match else offset

    def _value(self, offset: int, path: str, depth: int) -> tuple[Located, int]:
        if depth > MAX_DEPTH:
            self._fail(offset, _("nested deeper than {depth} levels").format(depth=MAX_DEPTH))
        first = self._text[offset : offset + 1]
        if first == "{":
            return self._object(offset, path, depth)
        if first == "[":
            return self._array(offset, path, depth)
        if first == '"':
            value, end = self._string(offset)
            return Located(value, offset), end
        return self._scalar(offset)

    def _scalar(self, offset: int) -> tuple[Located, int]:
        for word, value in _WORDS:
            if self._text.startswith(word, offset):
                return Located(value, offset), offset + len(word)
        match = _NUMBER.match(self._text, offset)
        if match is None:
            what = self._text[offset : offset + 1]
            self._fail(
                offset, _("“{what}” cannot stand here").format(what=what) if what else _("the file ends too early")
            )
        number = match.group()
        if len(number) > MAX_NUMBER:
            self._fail(offset, _("a number of {count} characters is too long").format(count=len(number)))
        return Located(float(number) if match.group(1) or match.group(2) else int(number), offset), match.end()

    def _object(self, start: int, path: str, depth: int) -> tuple[Located, int]:
        node = Located({}, start)
        offset = self._skip(start + 1)
        if self._text[offset : offset + 1] == "}":
            return node, offset + 1
        while True:
            if self._text[offset : offset + 1] != '"':
                self._fail(offset, _("a field name in double quotes is expected here"))
            key, end = self._string(offset)
            colon = self._skip(end)
            if self._text[colon : colon + 1] != ":":
                self._fail(colon, _("a colon is expected after the field name “{key}”").format(key=key))
            inner = f"{path}.{key}" if path else key
            child, end = self._value(self._skip(colon + 1), inner, depth + 1)
            if key in node.keys:
                self.duplicates.append(
                    Problem(*self.place(offset), inner, _("the field stands twice; only one may stay"))
                )
            else:
                node.keys[key], node.children[key], node.value[key] = offset, child, child.value
            offset, done = self._next(end, "}")
            if done:
                return node, offset

    def _array(self, start: int, path: str, depth: int) -> tuple[Located, int]:
        node = Located([], start)
        offset = self._skip(start + 1)
        if self._text[offset : offset + 1] == "]":
            return node, offset + 1
        while True:
            index = len(node.value)
            child, end = self._value(offset, f"{path}[{index}]", depth + 1)
            node.children[index] = child
            node.value.append(child.value)
            offset, done = self._next(end, "]")
            if done:
                return node, offset

    def _next(self, end: int, closing: str) -> tuple[int, bool]:
        offset = self._skip(end)
        what = self._text[offset : offset + 1]
        if what == closing:
            return offset + 1, True
        if what != ",":
            self._fail(offset, _("a comma or “{closing}” is expected here").format(closing=closing))
        return self._skip(offset + 1), False

    def _string(self, start: int) -> tuple[str, int]:
        parts: list[str] = []
        offset = start + 1
        while True:
            match = _PLAIN.match(self._text, offset)
            end = match.end() if match else offset
            parts.append(self._text[offset:end])
            what = self._text[end : end + 1]
            if what == '"':
                return self._whole("".join(parts), start), end + 1
            if what != "\\":
                self._fail(end, _("the text that begins here has no closing quote"))
            letter, offset = self._escape(end)
            parts.append(letter)

    def _escape(self, offset: int) -> tuple[str, int]:
        letter = self._text[offset + 1 : offset + 2]
        if letter in _ESCAPES and letter:
            return _ESCAPES[letter], offset + 2
        digits = self._text[offset + 2 : offset + 6]
        if letter != "u" or not re.fullmatch("[0-9a-fA-F]{4}", digits):
            self._fail(offset, _("“\\{letter}” is not an escape that JSON knows").format(letter=letter))
        return chr(int(digits, 16)), offset + 6

    def _whole(self, text: str, offset: int) -> str:
        """`text` with surrogate pairs joined; half ones are refused."""
        try:
            return text.encode("utf-16", "surrogatepass").decode("utf-16")
        except UnicodeDecodeError:
            self._fail(offset, _("the text holds half a character (a lone surrogate)"))


def path_text(path: tuple[str | int, ...]) -> str:
    """A field's path as people write it: ``devices[0].mpan``."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text
