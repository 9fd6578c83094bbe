"""A device that refuses what hub work reads teaches the training desk's centre nothing, and says no more than that."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from hht.emulation.gbcs.pki import ORGANISATIONS, USAGES, keys_for
from hht.emulation.hub_desk import TrainingHubDesk
from hht.identifiers.device_id import DeviceId
from hht.protocol.cosem.access import AccessResponse
from hht.protocol.cosem.codes import ActionResult
from hht.protocol.cosem.values import NULL
from hht.protocol.gbcs import der
from hht.protocol.gbcs.building import Header, protect
from hht.protocol.gbcs.envelope import Cra, Envelope, parse
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.payload import Payload, asn1_payload, encode_payload, long_invoke_id
from hht.protocol.gbcs.training_trust import training_key
from hht.work import hub_orders
from hht.work.hub_orders import HubOrder

CHF, GPF = DeviceId("00DB1234567890A2"), DeviceId("00DB1234567890A3")
REFUSED = (ActionResult.OBJECT_UNAVAILABLE,) * 2


def answer(order: HubOrder, payload: Payload) -> Envelope:
    device = order.target
    ring = keys_for(device)
    for usage in USAGES:
        ring.add_private(device.to_bytes(), usage, training_key(device.to_bytes(), usage))
    broker = ORGANISATIONS[Role.ACCESS_CONTROL_BROKER]
    header = Header(Cra.RESPONSE, 5, device.to_bytes(), broker, order.code)
    return parse(protect(header, encode_payload(payload), ring))


LOGS = hub_orders.read(hub_orders.READ_LOGS, CHF)
PARTNERS = hub_orders.read(hub_orders.READ_PARTNERS, GPF)


@pytest.mark.parametrize(
    ("order", "payload"),
    [
        (LOGS, AccessResponse(long_invoke_id(5), (NULL, NULL), REFUSED, (3, 3))),
        (
            PARTNERS,
            asn1_payload(hub_orders.READ_PARTNERS, Cra.RESPONSE, der.SEQUENCE, {"readDeviceLogResponseCode": 1}),
        ),
    ],
    ids=["logs", "partners"],
)
def test_a_refusal_leaves_the_centre_as_it_was(order: HubOrder, payload: Payload) -> None:
    desk = TrainingHubDesk(lambda: datetime(2026, 3, 2, tzinfo=UTC))
    desk.remember({str(CHF): {"taken": "2026-03-01T00:00:00Z", "pan": GPF.value, "rows": [], "partners": []}})
    before = desk.memory()
    asyncio.run(desk.returned(order, answer(order, payload)))
    assert desk.memory() == before
