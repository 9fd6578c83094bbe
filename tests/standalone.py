"""A single meter on a site of its own, where a test needs no premises."""

from __future__ import annotations

from datetime import timedelta

from hht.clock import Clock
from hht.model.clock import SimulatedClock
from hht.model.electricity_meter import ElectricityMeter, MeterConfiguration
from hht.model.site import Site


def standalone_meter(
    configuration: MeterConfiguration, clock: Clock, *, seed: int = 1, days: int = 1
) -> ElectricityMeter:
    """The meter, with `days` of history behind it."""
    time = SimulatedClock(clock)
    site = Site(time, begins=time.now() - timedelta(days=days), seed=seed)
    meter = ElectricityMeter(configuration, site)
    site.live()
    return meter
