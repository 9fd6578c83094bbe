"""The objects of an emulated meter as the real reader reads them: for the window's tests and screenshots."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from hht.client.meter_objects import ViewEntry
from hht.client.object_reader import ObjectView
from hht.clock import ManualClock
from tests.window import samples
from ui.compose import AssociationOptions, Composer
from ui.services import ObjectList


def listed() -> ObjectList:
    """What the meter shows."""
    return _recorded()[0]


def view(entry: ViewEntry) -> ObjectView:
    """One of its objects, read."""
    return _recorded()[1][entry]


@cache
def _recorded() -> tuple[ObjectList, dict[ViewEntry, ObjectView]]:
    with ThreadPoolExecutor(1) as other:  # a loop may be running in this thread
        return other.submit(asyncio.run, _record()).result()


async def _record() -> tuple[ObjectList, dict[ViewEntry, ObjectView]]:
    composer = Composer(ManualClock(samples.NOW), training=True)
    meter = composer.meter("emulated:single-element", AssociationOptions(training=True), None)
    await meter.open()
    try:
        entries = await meter.association_view()
        views = {entry: await meter.read_object_view(entry) for entry in entries}
        return ObjectList(await meter.read_device_id(), tuple(entries)), views
    finally:
        await meter.close()
        await composer.close()
