"""Alerts of the emulated devices, heard by a terminal through its tunnel and verified with certificates alone."""

from __future__ import annotations

import pytest

from hht.client.radio.errors import HubError
from hht.client.radio.tunnel import HanTunnel
from hht.emulation.gbcs.pki import device_certificate
from hht.identifiers import DeviceId
from hht.model.alert_codes import AlertCode
from hht.model.communications_hub.backup import BackedUpDevice
from hht.model.device import DeviceKind
from hht.model.electricity_meter import ElectricityMeter
from hht.model.gas_meter import GasMeter
from hht.protocol.gbcs.alerts import read_alert
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.protection import Check, check
from hht.protocol.zigbee.handheld import ALERT, Envelope, OwnFraming
from tests.support.radio import ESME, Bench, joined, play

CODE = AlertCode.SOURCE_LACKS_AUTHORITY


def of_field(*euis: bytes) -> KeyRing:
    """What a terminal has: certificates of devices, no private key."""
    ring = KeyRing()
    for eui in euis:
        for usage in (KeyUsage.DIGITAL_SIGNATURE, KeyUsage.KEY_AGREEMENT):
            ring.add_certificate(device_certificate(eui, usage))
    return ring


def test_a_terminal_that_listens_hears_what_devices_say_unasked() -> None:
    async def story(made: Bench) -> None:
        meter, gas = made.premises.of(ElectricityMeter)[0], made.premises.of(GasMeter)[0]
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            meter.alert(CODE)
            assert await tunnel.next_alert(1) is None  # nobody has asked to hear
            await tunnel.listen()
            meter.alert(CODE)
            gas.alert(CODE)
            keys = of_field(meter.identity.eui, gas.identity.eui)
            for device in (meter, gas):
                heard = await tunnel.next_alert(5)
                assert heard is not None
                message = parse(heard.octets)
                assert heard.device == DeviceId.parse(device.identity.device_id)
                assert (message.originator, read_alert(message).code) == (device.identity.eui, CODE)
                assert check(message, keys).signature is Check.VALID
            await tunnel.listen(on=False)
            meter.alert(CODE)
            assert await tunnel.next_alert(1) is None
        assert not made.hub.listeners

    play(story, read=None)


def test_an_alert_that_comes_amid_a_message_is_put_by() -> None:
    async def story(made: Bench) -> None:
        meter = made.premises.of(ElectricityMeter)[0]

        def read(_device: object, octets: bytes) -> bytes:
            meter.alert(CODE)
            return b"heard " + octets

        made.port.dongle.hub_end(made.hub)._read = read
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            await tunnel.listen()
            assert (await tunnel.send(ESME, b"x", reference=1)).octets == b"heard x"
            heard = await tunnel.next_alert(1)
            assert heard is not None
            assert read_alert(parse(heard.octets)).code == CODE

    play(story)


def test_a_long_alert_comes_in_blocks() -> None:
    """A Device Log of 60 devices, copied to the centre."""

    async def story(made: Bench) -> None:
        hub = made.hub
        listed = tuple(
            BackedUpDevice(f"00-DB-12-34-56-78-01-{number:02X}", DeviceKind.IHD, "AB" * 16) for number in range(60)
        )
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            await tunnel.listen()
            backup = hub.backups.log()
            hub.alert(AlertCode.CHF_DEVICE_LOG_CHANGED, "", type(backup)(**{**_fields(backup), "devices": listed}))
            heard = await tunnel.next_alert(5)
            assert heard is not None
            message = parse(heard.octets)
            assert (message.message_code, len(message.raw) > 1484) == (0x0018, True)
            assert message.payload.count(bytes.fromhex("AB" * 16)) == 60

    play(story, read=None)


def _fields(backup: object) -> dict[str, object]:
    return {name: getattr(backup, name) for name in type(backup).__dataclass_fields__}  # type: ignore[attr-defined]


def test_an_alert_of_which_a_block_is_missing_is_counted_as_spoilt() -> None:
    dropped: list[Envelope] = []

    class Losing(OwnFraming):
        def wrap(self, envelope: Envelope) -> bytes:
            if envelope.kind == ALERT and envelope.body and len(dropped) < 1:
                dropped.append(envelope)
                return super().wrap(Envelope(envelope.device, envelope.reference, ALERT, b""))
            return super().wrap(envelope)

    async def story(made: Bench) -> None:
        made.port.dongle.framing = Losing()
        hub = made.hub
        listed = tuple(
            BackedUpDevice(f"00-DB-12-34-56-78-01-{number:02X}", DeviceKind.IHD, "AB" * 16) for number in range(60)
        )
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            await tunnel.listen()
            backup = hub.backups.log()
            hub.alert(AlertCode.CHF_DEVICE_LOG_CHANGED, "", type(backup)(**{**_fields(backup), "devices": listed}))
            assert await tunnel.next_alert(5) is None
            assert tunnel.alerts.spoilt == 1

    play(story, read=None)


def test_a_terminal_that_is_gone_hears_no_more() -> None:
    async def story(made: Bench) -> None:
        member = await joined(made)
        async with HanTunnel(member) as tunnel:
            await tunnel.listen()
            assert made.hub.listeners
            await member.leave()
            assert not made.hub.listeners
            with pytest.raises(HubError):
                await tunnel.listen()

    play(story, read=None)
