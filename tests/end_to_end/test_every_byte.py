"""Every signed format, each byte of it changed: refused in words, or it says the very same.

The suite changes bytes that a seed has chosen, `soak` every one: a bit of it, and every bit where the whole is short.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import pytest

from hht.depot.cards import Card, OwnKeys, Role, read_card
from hht.depot.letters import JobLetter, Receipt, read, write
from hht.errors import HhtError
from hht.evidence import verify
from hht.packs.acceptance import accept
from hht.packs.envelope import DeskKey, open_envelope
from hht.packs.training_desk import training_desk
from hht.report.bundle_lines import Item, redacted, write_bundle
from hht.work.products import PAYLOAD_TYPE, parse_products
from hht.work.signed_job import open_signed
from tests.packs.making import desk
from tests.packs.test_packs import HERE, closed
from tests.report.test_bundle_lines import AT, KEY, bundle
from tests.work.signing import SUPPLIER, desk_key, live_job, signed
from ui.van import training_list

REFUSED = object()
SHORT = 8192  # octets
SAMPLE = 600  # bytes of each format in the suite
TERMINAL, DEPOT = OwnKeys(b"t" * 32), OwnKeys(b"d" * 32)
MINE = TERMINAL.card(Role.TERMINAL, "Van 7", training=False)
THEIRS = DEPOT.card(Role.DEPOT, "North", training=False)
DESK = DeskKey("Supplier One", desk_key().public_key(), False, (SUPPLIER,))


@dataclass(frozen=True)
class Format:
    """A file or letter as it is sent, and what its reader makes of it (it raises HhtError for what it refuses)."""

    octets: bytes
    read: Callable[[bytes], object]


def _bundle(octets: bytes) -> object:
    if problem := verify(octets):
        raise HhtError(problem, remedy="Do not rely on it.")
    return octets


def _letter(octets: bytes) -> object:
    return read(TERMINAL.open(octets, MINE, THEIRS))


def _products(octets: bytes) -> object:
    return parse_products(open_envelope(octets, [training_desk()], PAYLOAD_TYPE).payload, "list")


def _card(octets: bytes) -> Card:
    return read_card(octets, Role.DEPOT, training=False)


def _log() -> bytes:
    return write_bundle("log", [Item("log-entry", {"number": n, "at": "t", "by": "A"}) for n in range(3)], [], KEY, AT)


@cache
def formats() -> dict[str, Format]:
    """Every format that is signed, by name."""
    job = DEPOT.close(write(JobLetter(7, "job.json", live_job().encode()), 5), THEIRS, MINE)
    receipt = DEPOT.close(write(Receipt(("ab" * 32,)), 5), THEIRS, MINE)
    return {
        "job": Format(signed(), lambda octets: open_signed(octets, [DESK], "job").payload),
        "pack": Format(closed(), lambda octets: accept(octets, [desk()], HERE, "pack").pack),
        "product list": Format(training_list(date(2026, 3, 2)), _products),
        "depot letter with a job": Format(job, _letter),
        "depot receipt": Format(receipt, _letter),
        "depot card": Format(THEIRS.write(), _card),
        "evidence bundle": Format(bundle(), _bundle),
        "evidence bundle for a customer": Format(redacted(bundle(), "customer"), _bundle),
        "exported log": Format(_log(), _bundle),
    }


NAMES = ("job", "pack", "product list", "depot letter with a job", "depot receipt", "depot card", "evidence bundle",
         "evidence bundle for a customer", "exported log")  # fmt: skip


def passing(one: Format, changes: Iterator[tuple[int, int]]) -> list[tuple[int, int]]:
    """The changes (place, what is added to the byte without carry) after which it is taken and says something else."""
    whole, found = one.read(one.octets), []
    for at, by in changes:
        changed = bytearray(one.octets)
        changed[at] ^= by
        if said(one, bytes(changed)) not in (REFUSED, whole):
            found.append((at, by))
    return found


def said(one: Format, octets: bytes) -> object:
    """What its reader makes of it; REFUSED where it takes nothing of it, and says what to do."""
    try:
        return one.read(octets)
    except HhtError as error:
        return REFUSED if error.remedy else error


def test_every_signed_format_is_here() -> None:
    assert tuple(formats()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_changed_byte_is_refused_or_changes_nothing(name: str) -> None:
    one, chance = formats()[name], random.Random(f"one byte of a {name}")
    places = chance.sample(range(len(one.octets)), min(SAMPLE, len(one.octets)))
    assert passing(one, ((at, chance.randrange(1, 256)) for at in places)) == []


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", NAMES)
def test_every_byte_and_every_bit_of_what_is_short(name: str) -> None:
    one = formats()[name]
    short = len(one.octets) <= SHORT
    bits = ((at, 1 << bit) for at in range(len(one.octets)) for bit in (range(8) if short else (at % 8,)))
    assert passing(one, bits) == []


@pytest.mark.parametrize("name", NAMES)
def test_what_breaks_off_or_goes_on_is_refused(name: str) -> None:
    one, chance = formats()[name], random.Random(f"the end of a {name}")
    ends = [one.octets[: chance.randrange(len(one.octets) - 1)] for _cut in range(20)]
    for changed in (*ends, one.octets + b"x"):
        assert said(one, changed) is REFUSED


def test_a_reader_that_looks_at_nothing_is_found_out() -> None:
    careless = Format(b"{}" * 20, lambda octets: octets)
    assert passing(careless, ((at, 1) for at in range(40))) == [(at, 1) for at in range(40)]
