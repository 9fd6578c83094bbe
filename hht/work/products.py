"""The product list: which device models may be installed, and the periods in which versions of specifications hold.

A file of our own form for what the Central Products List (once Certified Products List; factbook 4.2) and the
installation and maintenance validity periods say: `resources/schemas/products.schema.json`. It comes in an envelope
that a trusted desk has signed, with a number that only rises, the day on which it was issued and the last day on which
it is good: whoever withholds the newer ones wins no more than that time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any, Final

from hht.i18n import _
from hht.resources import resource_text
from hht.work.equipment import Level, Proof, Record, System, proof_from, record_from, system_from
from hht.work.file_check import FileKind, FileProblems, check_file
from hht.work.positions import LocatedJson, Problem

MAX_BYTES: Final = 6 * 1024 * 1024
PAYLOAD_TYPE: Final = "application/vnd.hht.products+json"
OLDER_FORMAT: Final = "hht-products/1"  # without a last day; what is kept of it is still read


class ProductListError(FileProblems):
    """The product list cannot be used."""

    default_code = "products-file"

    def what_to_do(self) -> str:
        """The remedy."""
        return _("Ask whoever sent the list for a good copy. The list that was kept before stays.")


@dataclass(frozen=True, slots=True)
class Validity:
    """When devices made to a version of a specification may be installed, and until when they may stay; days, both ends
    included, None: no end is set."""

    name: str
    install_from: date
    install_until: date | None = None
    keep_until: date | None = None


@dataclass(frozen=True, slots=True)
class Product:
    """A row: a device model with one firmware. What a SMETS1 row leaves blank (S1E-03) is "" or None."""

    type: str
    manufacturer: str
    model: str
    firmware: str  # 8 hex digits
    specification: str
    listed_from: date
    hardware: str = ""
    firmware_hash: str = ""  # SHA-256, 64 hex digits
    gbcs_version: str = ""
    certificate: str = ""  # of product assurance
    certificate_until: date | None = None
    removed: date | None = None
    variant: str = ""
    record: Record | None = None  # None: the list says nothing beyond the row

    @property
    def first_generation(self) -> bool:
        """Whether it is a SMETS1 device ("SMETS V1.58" is a version of SMETS2)."""
        return self.specification.upper().replace(" ", "").startswith("SMETS1")

    @property
    def level(self) -> Level:
        """How far it goes with SMETS."""
        return self.record.level if self.record is not None else Level.SMETS

    @property
    def words(self) -> str:
        """The model as people name it."""
        return f"{self.manufacturer} {self.model}"


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """A device model with one firmware, as a SMETS1 combination names it."""

    type: str
    manufacturer: str
    model: str
    firmware: str

    @property
    def model_key(self) -> tuple[str, str, str]:
        """The same for every firmware of it; a maker is written in any case."""
        return self.type, self.manufacturer.casefold(), self.model.casefold()

    @property
    def words(self) -> str:
        """As people name it."""
        return f"{self.manufacturer} {self.model} {self.firmware}"


@dataclass(frozen=True, slots=True)
class Combination:
    """SMETS1 devices that are listed together (S1E-05, S1E-06). `status`: "EPC" (eligible) or "PPC" (pending); `proof`:
    of an eligible one, that it interoperates with the DCC (S1E-30)."""

    status: str
    listed_from: date
    parts: tuple[Part, ...]
    proof: Proof | None = None


@dataclass(frozen=True, slots=True)
class ProductList:
    """One edition of the list. `good_until`: the last day on which it is good; None: a list that was taken in before
    lists had one (`OLDER_FORMAT`). `found_over`: this terminal has noted a later day, whatever its clock says now."""

    title: str
    number: int
    issued: date
    training: bool
    validity: tuple[Validity, ...]
    products: tuple[Product, ...]
    combinations: tuple[Combination, ...] = ()
    systems: tuple[System, ...] = ()
    good_until: date | None = None
    found_over: bool = False

    def is_over(self, on: date) -> bool:
        """Whether its last day has gone by on that day, or was found to have."""
        return self.found_over or (self.good_until is not None and self.good_until < on)

    def age_days(self, today: date) -> int:
        """How old it is; negative for one that is issued later than today."""
        return (today - self.issued).days

    def validity_of(self, specification: str) -> Validity | None:
        """The periods of that version; None where the list says nothing of it."""
        return next((one for one in self.validity if one.name == specification), None)

    def of_model(self, type_name: str, manufacturer: str, model: str) -> tuple[Product, ...]:
        """Every row of that model, whatever its firmware; a maker is written in any case."""
        wanted = (type_name, manufacturer.casefold(), model.casefold())
        return tuple(
            one for one in self.products if (one.type, one.manufacturer.casefold(), one.model.casefold()) == wanted
        )


@cache
def products_schema() -> dict[str, Any]:
    """The published schema of product lists."""
    schema: dict[str, Any] = json.loads(resource_text("schemas", "products.schema.json"))
    return schema


def parse_products(text: str | bytes, source: str) -> ProductList:
    """The list in `text`; `source` is the file's name. Raises ProductListError with every problem."""
    kind = FileKind("products", products_schema, MAX_BYTES, ProductListError, _meaning)
    return products_from_plain(check_file(text, source, kind))


def products_from_plain(plain: dict[str, Any]) -> ProductList:
    """The list of a checked JSON object."""
    return ProductList(
        plain["title"],
        plain["number"],
        date.fromisoformat(plain["issued"]),
        plain["training"],
        tuple(
            Validity(
                one["name"],
                date.fromisoformat(one["install_from"]),
                _day(one, "install_until"),
                _day(one, "keep_until"),
            )
            for one in plain["specifications"]
        ),
        tuple(_product(one) for one in plain["products"]),
        tuple(_combination(one) for one in plain.get("combinations", ())),
        tuple(system_from(one) for one in plain.get("systems", ())),
        _day(plain, "good_until"),
    )


def _combination(plain: dict[str, Any]) -> Combination:
    names = ("type", "manufacturer", "model", "firmware")
    parts = tuple(Part(*(one[name] for name in names)) for one in plain["parts"])
    proof = proof_from(plain["proof"]) if "proof" in plain else None
    return Combination(plain["status"], date.fromisoformat(plain["listed_from"]), parts, proof)


def _product(plain: dict[str, Any]) -> Product:
    assurance = plain.get("assurance", {})
    return Product(
        plain["type"],
        plain["manufacturer"],
        plain["model"],
        plain["firmware"],
        plain["specification"],
        date.fromisoformat(plain["listed_from"]),
        hardware=plain.get("hardware", ""),
        firmware_hash=plain.get("firmware_hash", ""),
        gbcs_version=plain.get("gbcs_version", ""),
        certificate=assurance.get("certificate", ""),
        certificate_until=_day(assurance, "expires"),
        removed=_day(plain, "removed"),
        variant=plain.get("variant", ""),
        record=record_from(plain["record"]) if "record" in plain else None,
    )


def _day(plain: dict[str, Any], name: str) -> date | None:
    return date.fromisoformat(plain[name]) if name in plain else None


def _meaning(located: LocatedJson) -> Iterator[Problem]:
    plain = located.root.value
    if not isinstance(plain, dict):
        return
    yield from _days(located, plain, (), ("issued", "good_until"))
    named: set[str] = set()
    for index, one in _objects(plain, "specifications"):
        yield from _days(located, one, ("specifications", index), ("install_from", "install_until", "keep_until"))
        if str(one.get("name")) in named:
            yield located.problem(("specifications", index, "name"), _("this version stands in the list already"))
        named.add(str(one.get("name")))
    for index, one in _objects(plain, "systems"):
        yield from _days(located, one, ("systems", index), ("accredited", "until"))
        yield from _changed(located, one, ("systems", index))
    yield from _rows(located, plain)
    yield from _combinations(located, plain)


def _combinations(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    """That each has one hub and one electricity meter, at most one gas meter, and stands once."""
    seen: set[tuple[tuple[str, ...], ...]] = set()
    for index, one in _objects(plain, "combinations"):
        path = ("combinations", index)
        yield from _days(located, one, path, ("listed_from",))
        proof = one.get("proof")
        if isinstance(proof, dict):
            yield from _days(located, proof, (*path, "proof"), ("day",))
        elif one.get("status") == "EPC":
            yield located.problem(path, _("an eligible combination needs the proof that it interoperates with the DCC"))
        parts = sorted(
            tuple(str(part.get(name, "")).casefold() for name in ("type", "manufacturer", "model", "firmware"))
            for _at, part in _objects(one, "parts")
        )
        if sorted({part[0] for part in parts} | {"communications-hub", "electricity-meter"}) != [p[0] for p in parts]:
            yield located.problem(path, _("one hub and one electricity meter are needed, and at most one gas meter"))
        if tuple(parts) in seen:
            yield located.problem(path, _("this combination stands in the list already"))
        seen.add(tuple(parts))


def _rows(located: LocatedJson, plain: dict[str, Any]) -> Iterator[Problem]:
    seen: set[tuple[object, ...]] = set()
    for index, one in _objects(plain, "products"):
        path = ("products", index)
        yield from _days(located, one, path, ("listed_from", "removed"))
        assurance = one.get("assurance")
        if isinstance(assurance, dict):
            yield from _days(located, assurance, (*path, "assurance"), ("expires",))
        if isinstance(record := one.get("record"), dict):
            yield from _record(located, record, (*path, "record"))
        row = tuple(
            str(one.get(name, "")).casefold() for name in ("type", "manufacturer", "model", "hardware", "firmware")
        )
        if row in seen:
            yield located.problem(path, _("this model stands in the list already, with the same firmware"))
        seen.add(row)


def _record(located: LocatedJson, plain: dict[str, Any], path: tuple[str | int, ...]) -> Iterator[Problem]:
    """That its days exist and come in order, and that who has a device removed says who pays for it (SEC-22)."""
    yield from _changed(located, plain, path)
    for index, one in _objects(plain, "evidence"):
        yield from _days(located, one, (*path, "evidence", index), ("issued", "until"))
    for index, one in _objects(plain, "directions"):
        yield from _days(located, one, (*path, "directions", index), ("since", "until"))
        if one.get("action") == "remove" and "payer" not in one:
            yield located.problem((*path, "directions", index), _("who bears the cost of the removal is not said"))


def _changed(located: LocatedJson, plain: dict[str, Any], path: tuple[str | int, ...]) -> Iterator[Problem]:
    for index, one in _objects(plain, "changes"):
        yield from _days(located, one, (*path, "changes", index), ("day",))


def _objects(plain: dict[str, Any], name: str) -> Iterable[tuple[int, dict[str, Any]]]:
    found = plain.get(name)
    listed = found if isinstance(found, list) else []
    return ((index, one) for index, one in enumerate(listed) if isinstance(one, dict))


def _days(
    located: LocatedJson, plain: dict[str, Any], path: tuple[str | int, ...], names: tuple[str, ...]
) -> Iterator[Problem]:
    """That the days exist, and come in this order."""
    before: date | None = None
    for name in names:
        text = plain.get(name)
        if not isinstance(text, str):
            continue
        try:
            day = date.fromisoformat(text)
        except ValueError:
            yield located.problem((*path, name), _("this day does not exist"))
            continue
        if before is not None and day < before:
            yield located.problem((*path, name), _("it comes before {day}, where it begins").format(day=before))
        before = before or day
