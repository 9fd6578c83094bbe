"""What product list and van say of the devices of a visit: asked after every scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.work.compatibility import Verdict, need_of, unknown_device, verdict
from hht.work.products_kept import ProductListStore
from hht.work.van import VanStock

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.store.store import Store
    from hht.work.job import Job, JobDevice
    from hht.work.products import ProductList


class VanCheck:
    """Every method raises StoreError where the store fails."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._products, self._van, self._clock = ProductListStore(store), VanStock(store), clock

    def judge(self, job: Job, device: JobDevice) -> Verdict | None:
        """Whether the job's device may be installed today; None where neither it nor a product list is known here."""
        kept, found = self._products.kept(), self._van.find(str(device.device_id))
        products, today = (kept.products if kept is not None else None), self._clock.now().date()
        if found is not None:
            return verdict(found, need_of(job, device), products, today, today)
        return unknown_device(products, today) if products is not None else None

    def products(self) -> ProductList | None:
        """The product list that is kept; None where none is."""
        kept = self._products.kept()
        return kept.products if kept is not None else None

    def take(self, job: Job, device: JobDevice) -> None:
        """The visit takes it out of the van; nothing happens where it is out already."""
        self._van.take(str(device.device_id), job.reference)
