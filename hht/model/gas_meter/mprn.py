"""The MPRN that a gas meter holds: 6 to 10 digits of text (factbook 1.2)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.commands import DONE, Command
from hht.model.features.checks import require
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.gas_meter.meter import GasMeter


@dataclass(frozen=True, slots=True)
class SetMprn(Command):
    """Write the MPRN (GCS41)."""

    mprn: str
    use_case: ClassVar[str] = "GCS41"


@dataclass(frozen=True, slots=True)
class ReadMprn(Command):
    """The MPRN (GCS46): a text, "" until it is set."""

    use_case: ClassVar[str] = "GCS46"


def offer_mprn(meter: GasMeter) -> None:
    """Let parties write and read it. The meter does not look at check digits."""

    def write(command: SetMprn, _sender: Party) -> object:
        good = 6 <= len(command.mprn) <= 10 and command.mprn.isascii() and command.mprn.isdigit()
        require(good, _("The meter does not accept this MPRN."), _("Send 6 to 10 digits."))
        meter.mprn = command.mprn
        return DONE

    meter.accept({SetMprn: write, ReadMprn: lambda _command, _sender: meter.mprn})
