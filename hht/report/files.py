"""Files of a report, written whole or not at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from hht.errors import HhtError
from hht.i18n import _
from hht.private_files import private_file, private_folder


class ReportNotWritten(HhtError):
    """Disk, folder or permission do not let the report be written. The visit itself is safe in the store."""

    default_code = "report-not-written"


def write_whole(path: Path, content: bytes) -> None:
    """`content` as the file `path`, mode 0600, in a folder that is made (0700) where it is missing.

    What was there before stays until the new file is whole. A device, pipe or folder of that name is never replaced.
    Raises ReportNotWritten.
    """
    try:
        private_folder(path.parent)
        with private_file(path) as file:
            file.write(content)
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ReportNotWritten(
            _("The report {path} could not be written: {why}.").format(path=_printable(path), why=why),
            remedy=_("Make room on the disk or choose another folder, then write the report again."),
        ) from error


def _printable(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")


def write_json(path: Path, evidence: dict[str, Any]) -> None:
    """The evidence as a JSON file that people can read too. Raises ReportNotWritten."""
    write_whole(path, (json.dumps(evidence, indent=2, ensure_ascii=False) + "\n").encode("utf-8"))
