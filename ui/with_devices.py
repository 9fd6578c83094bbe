"""The pages of devices: the part of `ui.terminal.Terminal` about them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING

from hht.clock import Clock
from hht.errors import HhtError
from hht.i18n import _
from hht.work.devices import same_device
from ui.home_devices import HomeDevice, devices_of_jobs
from ui.system import new_id
from ui.threads import in_thread

if TYPE_CHECKING:
    from hht.client.api import Meter
    from hht.client.meter_session import MeterSession
    from hht.store.store import Store
    from ui.desks import Desks
    from ui.device_pages import DevicePages
    from ui.training_ground import TrainingGround
    from ui.without_wan import DeskPlace


class WithDevices:
    """See the module."""

    _training: bool
    _clock: Clock
    _device_pages: DevicePages | None = None

    if TYPE_CHECKING:

        def _opened(self) -> Store: ...
        def _device(self, link: str) -> AbstractAsyncContextManager[Meter]: ...
        @property
        def training(self) -> bool: ...
        @property
        def ground(self) -> TrainingGround: ...
        @property
        def desks(self) -> Desks: ...
        async def usual_desk(self) -> DeskPlace: ...

    @property
    def device_pages(self) -> DevicePages:
        """Now, history, configuration, logs, display of every device of the home."""
        if self._device_pages is None:
            from ui.device_pages import DevicePages

            self._device_pages = DevicePages(self, self._clock, new_id)
        return self._device_pages

    async def devices_known(self, only: str = "") -> tuple[HomeDevice, ...]:
        """Those of the premises that is trained with; in live work those that jobs name, or that of id `only`."""
        if self._training:
            return await self.ground.devices()
        from hht.work.visit_store import VisitStore

        store = self._opened()
        jobs = await in_thread(VisitStore(store, new_id).jobs)
        return devices_of_jobs([one.job for one in jobs if only in ("", one.job_id)])

    @contextlib.asynccontextmanager
    async def meter_at(self, device: HomeDevice) -> AsyncIterator[MeterSession]:
        """The meter by the probe. Raises HhtError ``wrong-meter`` where another one answers."""
        from hht.client.meter_session import MeterSession

        link = await self.ground.meter_link(device.name) if self._training and device.name else ""
        async with self._device(link) as meter:
            there = await meter.read_device_id()
            if not same_device(there, device.device_id):
                raise HhtError(
                    _("The probe is at another meter: {there}.").format(there=there or "?"),
                    remedy=_("Hold it to {device}, and read again.").format(device=device.device_id),
                    code="wrong-meter",
                )
            if not isinstance(meter, MeterSession):
                raise HhtError(
                    _("This page reads meters that speak COSEM."),
                    remedy=_("Read it on the page Meter."),
                    code="no-cosem",
                )
            yield meter

    def store_opened(self) -> Store:
        """The store. Raises HhtError ``locked``."""
        return self._opened()
