"""Files of a report: all of them, whole, or none."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hht.errors import HhtError
from hht.i18n import _
from hht.private_files import private_file, private_folder


class ReportNotWritten(HhtError):
    """Disk, folder or permission do not let the report be written. The visit itself is safe in the store."""

    default_code = "report-not-written"


def write_report_files(
    pdf: Path,
    content: bytes | Callable[[], bytes],
    evidence: dict[str, Any],
    beside: Mapping[Path, bytes] | None = None,
) -> None:
    """The PDF (last, as `write_all` has it), the evidence as JSON of the same name, and what goes `beside`: all or
    none. Raises ReportNotWritten."""
    write_all({pdf.with_suffix(".json"): json_bytes(evidence), **(beside or {}), pdf: content})


def json_bytes(evidence: dict[str, Any]) -> bytes:
    """The evidence as JSON that people can read too."""
    return (json.dumps(evidence, indent=2, ensure_ascii=False) + "\n").encode("utf-8")


def write_all(files: Mapping[Path, bytes | Callable[[], bytes]]) -> None:
    """These files, mode 0600, all or none, in folders that are made (0700) where they are missing. What is given as
    something to call is made when its file is written, so that no more than one of them is in memory.

    What was there before stays until every new file is on the disk. A device, pipe or folder of such a name is never
    replaced. Raises ReportNotWritten, which names the last file.
    """
    try:
        with ExitStack() as stack:
            for path, content in files.items():
                private_folder(path.parent)
                file = stack.enter_context(private_file(path))
                file.write(content if isinstance(content, bytes) else content())
                file.flush()
                os.fsync(file.fileno())  # now, so that a full disk is known before anything is replaced
    except (OSError, ValueError) as error:  # ValueError: a name that no file can have
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise ReportNotWritten(
            _("The report {path} could not be written: {why}.").format(path=_printable([*files][-1]), why=why),
            remedy=_("Make room on the disk or choose another folder, then write the report again."),
        ) from error


def _printable(path: Path) -> str:
    return str(path).encode("utf-8", "backslashreplace").decode("utf-8").replace("\0", "\\0")
