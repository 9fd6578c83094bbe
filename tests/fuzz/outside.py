"""What reads files, texts and octets, and which target goes through it: ``python -m tests.fuzz --reached``.

A reader is a function that hands something which is no constant to a parser that may refuse it: JSON, TOML, CSV, zip,
XML, base64, keys and certificates, packed numbers, URLs. ``outside.toml`` tells which targets enter it, or why none
does; `test_outside` fails for one of which it tells neither.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.fuzz.growth import guide_of
from tests.fuzz.reach import ROOT
from tests.fuzz.targets import TARGETS

PATH: Final = Path(__file__).parent / "outside.toml"
EXCUSED: Final = Path(__file__).parent / "no_target.toml"
_PARSERS: Final = frozenset((
    "loads", "load", "reader", "DictReader", "ZipFile", "unpack", "unpack_from", "iter_unpack", "b64decode",
    "urlsafe_b64decode", "b32decode", "b85decode", "fromstring", "iterparse", "decompress", "decompressobj",
    "load_pem_public_key", "load_pem_private_key", "load_der_public_key", "load_der_private_key",
    "load_pem_x509_certificate", "load_der_x509_certificate", "load_der_x509_csr", "from_encoded_point",
    "from_public_bytes", "decode_dss_signature", "urlsplit", "parse_qsl", "strptime", "unhexlify",
))  # fmt: skip
_CALLED: Final = re.compile(rf"\b(?:{'|'.join(sorted(_PARSERS))})\(")
_OWN: Final = ("resource_text(", ".unseal(", "json.dumps(")  # what comes with the program, or out of the sealed store
_MOST: Final = 4  # targets that are named


def readers() -> Iterator[str]:
    """Each as file::function."""
    for room in ("hht", "ui", "drivers"):
        for path in sorted((ROOT / room).rglob("*.py")):
            named, text = path.relative_to(ROOT).as_posix(), path.read_text("utf-8")
            if _CALLED.search(text):
                yield from dict.fromkeys(f"{named}::{name}" for name in _readers_in(ast.parse(text)))


def _readers_in(node: ast.AST, around: str = "") -> Iterator[str]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _readers_in(child, f"{around}.{child.name}".lstrip("."))
            continue
        if isinstance(child, ast.Call) and _reads(child):
            yield around or "<module>"
        yield from _readers_in(child, around)


def _reads(call: ast.Call) -> bool:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    given = bool(call.args) and not isinstance(call.args[0], ast.Constant)
    return name in _PARSERS and given and not any(own in ast.unparse(call) for own in _OWN)


def note() -> None:
    """Write which readers the seeds of which targets enter."""
    entered: dict[str, list[str]] = {}
    for name in sorted(TARGETS):
        for function in guide_of(TARGETS[name]).entered:
            entered.setdefault(function.replace(".<locals>", ""), []).append(name)
    lines = [
        f"# Written by python -m tests.fuzz --reached: readers, and up to {_MOST} targets whose seeds enter each.\n"
    ]
    for reader in readers():
        if reader in entered:
            lines.append(f'"{reader}" = {str(entered[reader][:_MOST]).replace(chr(39), chr(34))}\n')
    PATH.write_text("".join(lines), encoding="utf-8")


def noted() -> dict[str, list[str]]:
    """Readers that are entered, and by which targets."""
    found: dict[str, list[str]] = tomllib.loads(PATH.read_text(encoding="utf-8"))
    return found


def excused() -> dict[str, str]:
    """Readers that no target enters, and why."""
    reasons = tomllib.loads(EXCUSED.read_text(encoding="utf-8"))["reason"]
    return {reader: reason["text"] for reason in reasons for reader in reason["readers"]}
