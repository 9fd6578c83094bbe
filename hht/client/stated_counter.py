"""Where a meter's invocation counter stands, as it tells everybody: for a terminal that has lost count of its own.

A meter that holds clients to rising counters refuses a terminal that begins anew. Many show how far each key has been
used to the public client (Data objects 0-b:43.1.e.255, Blue Book 6.2.34); so the terminal can go on from there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from hht.client import catalogue
from hht.client.api import MeterError
from hht.client.association import Association
from hht.client.remarks import Remark
from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.cosem.errors import AssociationRejected, CosemRefusal, ServiceRejected, ValueOutOfRange
from hht.protocol.cosem.obis import Obis

if TYPE_CHECKING:
    from hht.client.meter_objects import MeterObjects

PUBLIC_SAP: Final = 16
_FIRST: Final = Obis(0, 0, 43, 1, 0)
_COUNTER_GROUPS: Final = (43, 1, 255)  # groups C, D and F of an invocation counter; E is the security context
# Nobody vouches for what is read without keys: one that leaves less than half of all counters is not gone on from, or
# somebody in between could use a key up with one lie.
MOST: Final = 0x7FFF_FFFF
_MAY_MEAN_THE_COUNTER: Final = (
    "cosem-authentication-failure", "cosem-client-refused", "cosem-counter-refused", "cosem-deciphering"
)  # fmt: skip


def may_be_the_counter(error: HhtError) -> bool:
    """The refusal of an association under keys may mean that the counter did not rise: meters say it in many ways."""
    refused = isinstance(error, AssociationRejected | ServiceRejected)
    return refused and error.code in _MAY_MEAN_THE_COUNTER


def public(association: Association) -> Association:
    """The same meter's public client, over the same line."""
    return replace(
        association, client_sap=PUBLIC_SAP, security="none", password=b"", keys=None, secret=False, suite=0,
        protection="both", envelope="glo", signed=False, window=0, remembers=False, accept_reset=False,
    )  # fmt: skip


def gone_on(association: Association, stated: int, used: int) -> Association | None:
    """The association with its counter going on from what the meter stated; None where that would not make it rise
    above `used`, this terminal's own. Raises ValueOutOfRange for one that is too high to be believed."""
    if stated <= used:
        return None
    if stated > MOST:
        raise ValueOutOfRange(
            _(
                "The meter says, to everybody, that its invocation counter is {counter}: too high to be believed."
            ).format(counter=stated),
            remedy=_(
                "Somebody in between may have said it, to use the key up. If it is true, give it as "
                "invocation_counter in the keys file; the meter needs new keys soon."
            ),
            code="cosem-counter-stated",
        )
    return replace(association, keys={**(association.keys or {}), "invocation_counter": stated})


def counter_remark(association: Association) -> Remark:
    """That a conversation begins anew with another counter."""
    counter = (association.keys or {})["invocation_counter"]
    text = _("This terminal's invocation counter is behind the meter's: it goes on from {counter}.")
    return Remark("counter-gone-on", text.format(counter=counter))


async def stated_counter(meter: MeterObjects) -> int | None:
    """The highest invocation counter that the meter shows to this client; None: it shows none. Raises what the link and
    the protocol raise."""
    values = [await _value(meter, name) for name in await _names(meter)]
    return max((value for value in values if value is not None), default=None)


async def _names(meter: MeterObjects) -> list[Obis]:
    """The counters that the meter lists; the first by the book where its list cannot be had."""
    try:
        entries = await meter.view()
    except (CosemRefusal, MeterError):
        return [_FIRST]
    listed = [entry.obis for entry in entries if entry.is_object and entry.class_id == catalogue.CLASS_DATA]
    return [name for name in listed if name.a == 0 and (name.c, name.d, name.f) == _COUNTER_GROUPS]


async def _value(meter: MeterObjects, name: Obis) -> int | None:
    try:
        value = (await meter.get(catalogue.CLASS_DATA, name, 2)).value
    except CosemRefusal:
        return None
    sound = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 0xFFFF_FFFF
    return value if sound and isinstance(value, int) else None
