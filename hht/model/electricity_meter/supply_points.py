"""The MPANs that a meter holds: the 13-digit core, UTF-8 text (factbook 1.1); two for a twin-element meter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from hht.i18n import _
from hht.model.commands import DONE, Command
from hht.model.features.checks import require, require_digits
from hht.model.parties import Party

if TYPE_CHECKING:
    from hht.model.electricity_meter.meter import ElectricityMeter


@dataclass(frozen=True, slots=True)
class SetImportMpan(Command):
    """Write the import MPAN, and the secondary element's ("" where there is none) (ECS39a)."""

    primary: str
    secondary: str = ""
    use_case: ClassVar[str] = "ECS39a"


@dataclass(frozen=True, slots=True)
class SetExportMpan(Command):
    """Write the export MPAN (ECS39b)."""

    mpan: str
    use_case: ClassVar[str] = "ECS39b"


@dataclass(frozen=True, slots=True)
class ReadMpans(Command):
    """The MPANs that the meter holds: (import, secondary import, export) (ECS40)."""

    use_case: ClassVar[str] = "ECS40"


def offer_supply_points(meter: ElectricityMeter) -> None:
    """Let parties write and read the meter's MPANs. The meter does not look at check digits."""

    def set_import(command: SetImportMpan, _sender: Party) -> object:
        require_digits(_("import MPAN"), command.primary, 13)
        twin = meter.identity.variant.startswith("B")
        require(
            bool(command.secondary) == twin and command.secondary != command.primary,
            _("This meter holds another number of MPANs."),
            _("Send two different ones to a twin-element meter, one to any other."),
        )
        if command.secondary:
            require_digits(_("secondary import MPAN"), command.secondary, 13)
        meter.import_mpan, meter.secondary_mpan = command.primary, command.secondary
        return DONE

    def set_export(command: SetExportMpan, _sender: Party) -> object:
        require_digits(_("export MPAN"), command.mpan, 13)
        meter.export_mpan = command.mpan
        return DONE

    meter.accept(
        {
            SetImportMpan: set_import,
            SetExportMpan: set_export,
            ReadMpans: lambda _command, _sender: (meter.import_mpan, meter.secondary_mpan, meter.export_mpan),
        }
    )
