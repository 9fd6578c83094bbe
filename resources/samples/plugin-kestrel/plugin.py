"""What this plug-in adds: the Kestrel HM1 heat meter."""

from hht.plugins.api import DeviceKind, Registry

from .emulator import HeatMeter
from .reader import HeatMeterReader
from .wire import BAUD


def register(to: Registry) -> None:
    """Called once, when the plug-in is run."""
    to.device(DeviceKind("kestrel-hm1", "Kestrel HM1 heat meter", HeatMeterReader, HeatMeter, baud=BAUD))
