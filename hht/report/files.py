"""Files of a report, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from hht.errors import HhtError
from hht.i18n import _


class ReportNotWritten(HhtError):
    """Disk, folder or permission do not let the report be written. The visit itself is safe in the store."""

    default_code = "report-not-written"


def write_whole(path: Path, content: bytes) -> None:
    """`content` as the file `path`: to a temporary file, synced, then renamed. Raises ReportNotWritten."""
    partial = path.with_name(f".{path.name}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True) if partial.parent.is_dir() else None
        raise ReportNotWritten(
            _("The report {path} could not be written: {why}.").format(path=path, why=error.strerror or error),
            remedy=_("Make room on the disk or choose another folder, then write it again: hht visit report JOB."),
        ) from error


def write_json(path: Path, evidence: dict[str, Any]) -> None:
    """The evidence as a JSON file that people can read too. Raises ReportNotWritten."""
    write_whole(path, (json.dumps(evidence, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))
