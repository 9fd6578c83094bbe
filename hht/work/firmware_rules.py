"""What firmware goes by at a visit: rules of the catalogue, and whether partners on a HAN go together; pure."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hht.i18n import _
from hht.resources import resource_text
from hht.work.devices import device_kind
from hht.work.job import JobFirmware
from hht.work.products import Product, ProductList


@cache
def _rules() -> dict[str, Any]:
    return tomllib.loads(resource_text("catalogue", "firmware.toml"))


@dataclass(frozen=True, slots=True)
class RetryRules:
    """After an activation: how often a device is asked again, and the pause in seconds."""

    times: int
    pause_s: int


def retry_rules() -> RetryRules:
    """As the catalogue has them."""
    plain = _rules()["retry"]
    return RetryRules(int(plain["times"]), int(plain["pause_s"]))


@dataclass(frozen=True, slots=True)
class Installed:
    """A device of the home by its type and the version that it runs."""

    type: str
    version: str


def gbcs_clash(products: ProductList, installed: Iterable[Installed], targets: Sequence[JobFirmware]) -> list[str]:
    """Which partners are made to a GBCS version of another major number than a target is; in words. Devices that the
    list does not know by their version say nothing."""
    if not _rules()["partners"]["same_major"]:
        return []
    found = []
    for target in targets:
        majors = _majors(row for row in products.products if row.firmware_hash.upper() == target.image_hash)
        for one in installed:
            theirs = _majors(row for row in products.products if (row.type, row.firmware) == (one.type, one.version))
            if one.type != target.type and majors and theirs and not majors & theirs:
                words = _("{device} {version} is made to GBCS {theirs}, the target to {own}: ask the desk (unverified)")
                found.append(
                    words.format(
                        device=device_kind(one.type),
                        version=one.version,
                        theirs="/".join(sorted(theirs)),
                        own="/".join(sorted(majors)),
                    )
                )
    return found


def _majors(rows: Iterable[Product]) -> set[str]:
    return {row.gbcs_version.partition(".")[0] for row in rows if row.gbcs_version}
