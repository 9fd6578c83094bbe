"""Files of a report, written whole or not at all."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from hht.errors import HhtError
from hht.i18n import _


class ReportNotWritten(HhtError):
    """Disk, folder or permission do not let the report be written. The visit itself is safe in the store."""

    default_code = "report-not-written"


def write_whole(path: Path, content: bytes) -> None:
    """`content` as the file `path`: to a temporary file, synced, then renamed. Raises ReportNotWritten.

    What was there before stays until the new file is whole. A device, pipe or folder of that name is never replaced.
    """
    try:
        if path.exists() and not path.is_file():
            raise FileExistsError(None, _("there is something of this name that is no file"))
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, content)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ReportNotWritten(
            _("The report {path} could not be written: {why}.").format(path=_printable(path), why=why),
            remedy=_("Make room on the disk or choose another folder, then write it again: hht visit report JOB."),
        ) from error


def _replace(path: Path, content: bytes) -> None:
    partial = path.with_name(f".{path.name[:100]}.part")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except BaseException:
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # the name survives a power cut too, where the system can promise that
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _printable(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")


def write_json(path: Path, evidence: dict[str, Any]) -> None:
    """The evidence as a JSON file that people can read too. Raises ReportNotWritten."""
    write_whole(path, (json.dumps(evidence, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))
