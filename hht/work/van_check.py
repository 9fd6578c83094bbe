"""What product list and van say of the devices of a visit: asked after every scan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hht.work.compatibility import Verdict, list_reasons, need_of, unknown_device, verdict
from hht.work.products_kept import ProductListStore
from hht.work.van import VanStock

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.job import Job, JobDevice
    from hht.work.products import ProductList
    from hht.work.reasons import Reason


class VanCheck:
    """Every method raises StoreError where the store fails."""

    def __init__(self, store: Store) -> None:
        self._products, self._van = ProductListStore(store), VanStock(store)

    def judge(self, job: Job, device: JobDevice) -> Verdict | None:
        """Whether the job's device may be installed today; None where neither it nor a product list is known here."""
        kept, found = self._products.kept(), self._van.find(str(device.device_id))
        products, today = (kept.products if kept is not None else None), self._products.today
        if found is not None:
            return verdict(found, need_of(job, device), products, today, today)
        return unknown_device(products, today) if products is not None else None

    def products(self) -> ProductList | None:
        """The product list that is kept; None where none is."""
        kept = self._products.kept()
        return kept.products if kept is not None else None

    def about(self, products: ProductList) -> tuple[Reason, ...]:
        """What is to be known today of the list that is kept, wherever it is relied upon."""
        today = self._products.today
        return list_reasons(products, today, today)

    def take(self, job: Job, device: JobDevice) -> None:
        """The visit takes it out of the van; nothing happens where it is out already."""
        self._van.take(str(device.device_id), job.reference)
