"""What a device refuses, over the radio: by which reason, and what it tells of it to whoever listens.

One home, one conversation: each message is sent once, and the alert that it raises is heard through the same tunnel.
"""

from __future__ import annotations

from typing import Any

import pytest

from hht.client.radio.errors import MessageError
from hht.client.radio.tunnel import HanTunnel
from hht.emulation.gbcs.pki import ORGANISATIONS
from hht.identifiers import DeviceId
from hht.model.communications_hub import CommunicationsHub
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.protocol.gbcs.alerts import read_alert
from hht.protocol.gbcs.building import Header, contents, protect, signed, unsigned, with_mac
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, Envelope, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.protection import check
from hht.protocol.gbcs.refusals import ALERT_CODES, Reason
from hht.protocol.gbcs.training_trust import training_key
from tests.emulation.gbcs_home import keys
from tests.support.radio import ESME, Bench, joined, play

DS = KeyUsage.DIGITAL_SIGNATURE
SUPPLIER, OPERATOR, BROKER = (
    ORGANISATIONS[role] for role in (Role.SUPPLIER, Role.NETWORK_OPERATOR, Role.ACCESS_CONTROL_BROKER)
)
STRANGER = bytes.fromhex("90B3D51F30990000")
ARM = bytes.fromhex("D920000000000103000900000A006AFF0101120036")  # ECS44, critical
Outcome = tuple[str, list[tuple[int, bytes]], list[str]]  # the terminal's error, alerts (code, originator), the log


def made(ring: KeyRing, device: Device, code: int = 0x0051, payload: bytes = ARM, **said: Any) -> bytes:
    counter, originator = said.get("counter", 1_000), said.get("originator", SUPPLIER)
    return protect(
        Header(said.get("cra", Cra.COMMAND), counter, originator, said.get("target", device.identity.eui), code),
        payload,
        ring,
    )


def messages(meter: Device, hub: Device) -> dict[Reason, list[bytes]]:
    """What is refused for each reason; the last of a list is, those before it are not."""
    ring = keys(meter)
    eui = meter.identity.eui
    for usage in (DS, KeyUsage.KEY_AGREEMENT):
        ring.add_private(STRANGER, usage, training_key(STRANGER, usage))
    good = made(ring, meter)
    z = ring.secret(BROKER, eui)
    assert z is not None
    body = contents(Header(Cra.COMMAND, 2_000, SUPPLIER, eui, 0x0051), ARM)
    spoilt_mac = good[:-1] + bytes((good[-1] ^ 1,))
    return {
        Reason.MALFORMED: [good[:-3]],
        Reason.NOT_A_COMMAND: [
            made(ring, meter, cra=Cra.ALERT, code=0x1000, originator=eui, target=eui, payload=b"\x0f" + bytes(8))
        ],
        Reason.WRONG_RECIPIENT: [made(keys(hub), hub, originator=SUPPLIER)],
        Reason.UNKNOWN_MESSAGE_CODE: [
            with_mac(unsigned(contents(Header(Cra.COMMAND, 2_001, SUPPLIER, eui, 0x7777), ARM)), z)
        ],
        Reason.NOT_FOR_THIS_DEVICE: [made(ring, meter, code=0x0085, counter=2_002)],
        Reason.WRONG_PROTECTION: [with_mac(unsigned(body), z)],
        Reason.UNKNOWN_ORIGINATOR: [made(ring, meter, originator=STRANGER, counter=2_003)],
        Reason.BAD_MAC: [spoilt_mac],
        Reason.BAD_SIGNATURE: [with_mac(signed(body, training_key(STRANGER, DS)), z)],
        Reason.WRONG_ROLE: [made(ring, meter, originator=OPERATOR, counter=2_004)],
        Reason.BAD_PAYLOAD: [made(ring, meter, payload=ARM[:-3], counter=2_005)],
        Reason.REPLAYED: [made(ring, meter, counter=3_000)] * 2,
        Reason.STALE_COUNTER: [made(ring, meter, counter=4_000), made(ring, meter, counter=3_999)],
    }


@pytest.fixture(scope="module")
def outcomes() -> dict[Reason, Outcome]:
    found: dict[Reason, Outcome] = {}

    async def story(bench: Bench) -> None:
        meter, hub = bench.premises.of(ElectricityMeter)[0], bench.premises.of(CommunicationsHub)[0]
        member, number = await joined(bench), 0
        async with HanTunnel(member) as tunnel:
            await tunnel.listen()
            for reason, octets in messages(meter, hub).items():
                for message in octets[:-1]:
                    number += 1
                    assert (await tunnel.send(ESME, message, reference=number)).octets
                number += 1
                with pytest.raises(MessageError) as why:
                    await tunnel.send(ESME, octets[-1], reference=number)
                alerts = []
                while (heard := await tunnel.next_alert(1)) is not None:
                    alert = parse(heard.octets)
                    assert check(alert, keys(meter)).vouched
                    assert heard.device == DeviceId.parse(meter.identity.device_id)
                    alerts.append((read_alert(alert).code, alert.originator))
                logged = [one.information for log in meter.logs.values() for one in log]
                found[reason] = why.value.code, alerts, logged
            state = parse(
                (await tunnel.send(ESME, made(keys(meter), meter, counter=5_000), reference=number + 1)).octets
            )
            assert isinstance(state, Envelope)  # after all that it takes what is right

    play(story, read=None)
    return found


@pytest.mark.parametrize("reason", list(Reason))
def test_a_device_refuses_for_its_own_reason_and_tells_by_an_alert(
    reason: Reason, outcomes: dict[Reason, Outcome]
) -> None:
    error, alerts, logged = outcomes[reason]
    assert error == "message-undelivered"
    assert [code for code, _originator in alerts] == [ALERT_CODES[reason]]
    assert reason.value in logged


def test_every_reason_is_shown(outcomes: dict[Reason, Outcome]) -> None:
    assert outcomes.keys() == set(Reason)
