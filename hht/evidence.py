"""Evidence of a visit as JSON: what was found, done and read, and the hash that shows whether it was altered since.

``python -m hht.evidence verify FILE`` checks a file with the standard library alone. It proves that the file is as it
was written, not by whom: there is no signature in it yet.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from hht.i18n import _

SCHEMA = "hht-evidence/1"


def canonical(evidence: dict[str, Any]) -> bytes:
    """The bytes that the hash is made of: everything but the hash, keys sorted, no white space, UTF-8."""
    body = {key: value for key, value in evidence.items() if key != "sha256"}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def sealed(evidence: dict[str, Any]) -> dict[str, Any]:
    """`evidence` with its hash."""
    return {**evidence, "sha256": hashlib.sha256(canonical(evidence)).hexdigest()}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names occur once: a second one would hide what a person reads first."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(_("the name {name} occurs twice").format(name=ascii(key)))
        found[key] = value
    return found


def verify(text: str | bytes) -> str:
    """ "" when the evidence is as it was written; else what is wrong, in words."""
    try:
        evidence = json.loads(text, object_pairs_hook=_once)
        if not isinstance(evidence, dict) or evidence.get("schema") != SCHEMA:
            return _("not evidence of the form {schema}").format(schema=SCHEMA)
        content = canonical(evidence)
    except (ValueError, RecursionError) as error:  # RecursionError: nested deeper than any report
        return _("not evidence: {why}").format(why=error)
    if hashlib.sha256(content).hexdigest() != evidence.get("sha256"):
        return _("altered: the SHA-256 does not fit the content")
    return ""


def main(arguments: list[str]) -> int:
    """``verify FILE``: 0 and "unaltered", or 1 and what is wrong; ``--help``: 0 and how it is used."""
    usage = _("usage: python -m hht.evidence verify FILE")
    if {"-h", "--help"} & set(arguments):
        words = _(
            "Checks whether the JSON file of a visit's report is as it was written: exit status 0 and “unaltered”, "
            "or 1 and what is wrong. It does not show who wrote the file: there is no signature."
        )
        print(f"{usage}\n\n{words}")  # noqa: T201
        return 0
    if len(arguments) != 2 or arguments[0] != "verify":
        print(usage, file=sys.stderr)  # noqa: T201
        return 2
    try:
        problem = verify(Path(arguments[1]).read_bytes())
    except OSError as error:
        problem = _("cannot be read: {why}").format(why=error.strerror)
    name = arguments[1].encode("utf-8", "backslashreplace").decode("utf-8")
    print(f"{name}: {problem or _('unaltered')}")  # noqa: T201
    return 1 if problem else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
