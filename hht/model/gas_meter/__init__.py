"""The gas meter (GSME): on a battery, asleep most of the time, with a valve."""

from __future__ import annotations

from hht.model.gas_meter.meter import GasMeter, GasMeterConfiguration

__all__ = ["GasMeter", "GasMeterConfiguration"]
