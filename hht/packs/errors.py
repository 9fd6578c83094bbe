"""Why a pack is not used."""

from __future__ import annotations

from typing import ClassVar

from hht.errors import HhtError
from hht.i18n import _
from hht.work.file_check import FileProblems


class PackError(HhtError):
    """A pack that may not be used, here or now."""

    default_code: ClassVar[str] = "pack"


class PackFileError(FileProblems):
    """What stands in a pack is no pack. `problems` lists everything that is wrong."""

    default_code = "pack-file"

    def what_to_do(self) -> str:
        """The remedy."""
        return _("Ask the desk to make the pack anew; nothing of it was taken in.")


class EnvelopeError(PackError):
    """The file is no envelope, or nobody who is trusted here has signed it."""

    default_code: ClassVar[str] = "pack-envelope"


class SealError(PackError):
    """A secret in a pack is not sealed for this terminal, or was changed."""

    default_code: ClassVar[str] = "pack-seal"
