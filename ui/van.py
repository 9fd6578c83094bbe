"""The van as window and command line ask for it: stock, product list, and the check before leaving the depot."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.packs.envelope import MAX_OCTETS
from hht.resources import resource_path, resource_text
from hht.work.compatibility import list_reasons, listed_row, rules
from hht.work.depot import DepotLine, depot_check
from hht.work.products import PAYLOAD_TYPE, ProductList
from hht.work.products_kept import KeptList, ProductListStore
from hht.work.van import VanDevice, VanStock
from hht.work.van_file import parse_van_file
from ui.desk_trust import DeskTrust, signing_key

if TYPE_CHECKING:
    from pathlib import Path

    from hht.store.store import Store
    from hht.work.job import Job
    from hht.work.products import Product
    from hht.work.reasons import Reason

_SAMPLE: Final = "products.json"
_SPACE: Final = re.compile(r"\s*([0-9]{1,4})\s*[x×*]\s*([0-9]{1,4})\s*[x×*]\s*([0-9]{1,4})\s*(?:mm)?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class VanFacts:
    """The van as it is. `age_days`: of the list, None where none is kept; `about_list`: what is to be known of it;
    `today`: the day by which all of it is judged."""

    today: date
    devices: tuple[VanDevice, ...]  # on the van
    taken: tuple[VanDevice, ...]  # taken out by visits
    products: ProductList | None
    signed_by: str
    age_days: int | None
    about_list: tuple[Reason, ...] = ()


class Van:
    """Of one store. What reads much belongs into a thread (`ui.threads`). Raises what the stores raise."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stock, self._lists = VanStock(store), ProductListStore(store)

    @property
    def today(self) -> date:
        """Today, as a visit judges by it: UTC. Where the computer's own day counts, what the van check allows late in
        the evening the scan in the visit would refuse."""
        return self._lists.today

    def facts(self) -> VanFacts:
        """What is on it, what was taken out, the product list."""
        kept, today = self._lists.kept(), self.today
        here, taken = self._stock.on_van(), tuple(one for one in self._stock.all() if one.taken_by)
        if kept is None:
            return VanFacts(today, here, taken, None, "", None)
        products = kept.products
        about = list_reasons(products, today, today)
        return VanFacts(today, here, taken, products, kept.desk, products.age_days(today), about)

    def add(self, devices: tuple[VanDevice, ...]) -> int:
        """Put these onto it; how many were not there before."""
        with self._store.transaction():
            added = self._stock.add(devices)
            self._store.note("van-added", {"count": added, "devices": [str(one.device_id) for one in devices]})
        return added

    def add_file(self, path: Path) -> int:
        """Put those of a delivery note onto it. Raises FileProblem, VanFileError."""
        from ui.jobs import read_job_file

        return self.add(parse_van_file(read_job_file(path), path.name))

    def put_back(self, device_id: str) -> None:
        """What was taken out is on it again."""
        with self._store.transaction():
            self._stock.put_back(device_id)
            self._store.note("van-put-back", {"device": device_id[:60]})

    def remove(self, device_id: str) -> None:
        """Forget the device."""
        with self._store.transaction():
            self._stock.remove(device_id)
            self._store.note("van-removed", {"device": device_id[:60]})

    def take_list(self, path: Path) -> KeptList:
        """Take a signed product list in from a file."""
        from ui.jobs import read_job_file

        octets = read_job_file(path, MAX_OCTETS)
        return self._lists.take(octets, path.name, DeskTrust(self._store).trusted())

    def forget_list(self, number: int) -> ProductList:
        """Forget the product list, which is of that edition; which it was. Raises ProductListRefused, AccessRefused."""
        return self._lists.forget(number)

    def rows(self, name: str) -> tuple[Product, ...]:
        """The product list's rows of a model by its name, or of the device on the van with that Device ID."""
        products = self.facts().products
        device = self._stock.find(name)
        if products is None:
            return ()
        if device is not None:
            row = listed_row(device, products, self.today)
            return () if row is None else (row,)
        wanted = name.strip().casefold()
        return tuple(one for one in products.products if wanted in (one.model.casefold(), one.words.casefold()))

    def check(self, day: date) -> tuple[DepotLine, ...]:
        """Each device that the jobs of that day, and those without an appointment, bring along. Jobs that are done
        need none."""
        from ui.jobs import jobs_of_day

        wanted, kept = jobs_of_day(self._store, day), self._lists.kept()
        products = kept.products if kept is not None else None
        return depot_check(wanted, self._stock.all(), products, self.today)

    def check_job(self, job: Job) -> tuple[DepotLine, ...]:
        """The same of one job, whenever it is."""
        kept = self._lists.kept()
        return depot_check([job], self._stock.all(), kept.products if kept is not None else None, self.today)


def room_mm(text: str) -> tuple[int, int, int]:
    """Width, height and depth in mm out of "200x180x90". Raises HhtError ``van-space``."""
    found = _SPACE.fullmatch(text)
    if found is None:
        raise HhtError(
            _("“{text}” is no space at the wall.").format(text=text[:40]),
            remedy=_("Write width, height and depth in millimetres: 200x180x90."),
            code="van-space",
        )
    return int(found[1]), int(found[2]), int(found[3])


def training_list(today: date, latest: date | None = None) -> bytes:
    """The fictional list that comes with the program, as the desk of training issues it each day anew. `latest`: the
    day by which it is over, where the clock is behind it."""
    from hht.packs.envelope import close
    from hht.packs.training_desk import training_desk_key

    until = (latest or today) + timedelta(days=rules().stop_age)
    days = {"issued": today.isoformat(), "good_until": until.isoformat()}
    plain = json.loads(resource_text("samples", _SAMPLE)) | {"number": today.toordinal()} | days
    return close(json.dumps(plain, ensure_ascii=False).encode(), training_desk_key(), PAYLOAD_TYPE)


def signed_list(octets: bytes, pem: str = "") -> bytes:
    """A product list as a desk signs it with the private key in `pem`; "" the desk of training. Raises HhtError
    ``desk-key``."""
    from hht.packs.envelope import close

    return close(octets, signing_key(pem), PAYLOAD_TYPE)


def add_sample_van(store: Store) -> None:
    """Put the devices of the sample jobs onto the van of a training store, and the fictional product list."""
    VanStock(store).add(parse_van_file(resource_path("samples", "van.json").read_bytes(), "van.json"))
    renew_training_list(store, wanted=True)


def renew_training_list(store: Store, *, wanted: bool = False) -> None:
    """Where a training store keeps the fictional list, today's edition of it: whoever trains is not stopped by its age.
    A list that a trainer has put there grows old. Where none is kept one is put there if it is `wanted`."""
    lists = ProductListStore(store)
    kept = lists.kept() if store.training else None
    if kept is None and store.training and wanted:
        _take_training_list(store)
    if kept is None or kept.products.issued >= lists.today:
        return
    if kept.products.title == json.loads(resource_text("samples", _SAMPLE))["title"]:
        _take_training_list(store)


def _take_training_list(store: Store) -> None:
    lists = ProductListStore(store)
    lists.take(training_list(lists.today, lists.latest_day), _SAMPLE, DeskTrust(store).trusted())
