"""What a plug-in's source may do by its contract, seen in the text alone: no guard against one that means harm."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from hht.i18n import _
from hht.work.conformance.rows import Said, failed, passed

if TYPE_CHECKING:
    from hht.plugins.archive import Archive

API: Final = "hht.plugins.api"
# Of Python's own library: what every installed form of the program has, and what gives neither end of a device files,
# sockets, threads, a clock or other programs of its own. `packaging/hht.spec` takes them in by this list.
LIBRARY: Final = frozenset(
    {
        "abc", "array", "base64", "binascii", "bisect", "calendar", "collections", "contextlib", "copy", "csv",
        "dataclasses", "datetime", "decimal", "enum", "fractions", "functools", "hashlib", "heapq", "hmac",
        "itertools", "json", "math", "numbers", "operator", "random", "re", "statistics", "string", "struct",
        "textwrap", "tomllib", "types", "typing", "unicodedata", "zlib", "zoneinfo",
    }
)  # fmt: skip
_BUILTINS: Final = frozenset(
    {"open", "eval", "exec", "compile", "__import__", "input", "print", "breakpoint", "globals"}
)


def source_row(archive: Archive) -> Said:
    """Imports the public interface, some of Python's own library, and itself."""
    odd = [
        words for path, octets in sorted(archive.files.items()) if path.endswith(".py") for words in _odd(path, octets)
    ]
    if odd:
        return failed("; ".join(odd[:6]))
    return passed(_("It imports {api}, Python's own library, and itself.").format(api=API))


def _odd(path: str, octets: bytes) -> Iterator[str]:
    try:
        tree = ast.parse(octets)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        yield _("{file} is no Python").format(file=path)
        return
    for node in ast.walk(tree):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [one.name for one in node.names]
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            package = node.module == API.rpartition(".")[0]  # from hht.plugins import api
            names = [f"{node.module}.{one.name}" for one in node.names] if package else [node.module or ""]
        elif isinstance(node, ast.Name) and node.id in _BUILTINS:
            yield _("{file}, line {line}: {name}").format(file=path, line=node.lineno, name=node.id)
        for name in names:
            if not _allowed(name):
                line = getattr(node, "lineno", 0)
                yield _("{file}, line {line}: imports {name}").format(file=path, line=line, name=name)


def _allowed(name: str) -> bool:
    return name in (API, "__future__") or name.partition(".")[0] in LIBRARY
