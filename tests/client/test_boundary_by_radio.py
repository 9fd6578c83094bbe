"""The interface of a hub of modules: critical commands that nobody may send so go no further, though none is read."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from hht.client.radio.errors import MessageError
from hht.client.radio.tunnel import HanTunnel
from hht.emulation.gbcs import ends as ends_module
from hht.identifiers import DeviceId
from hht.model.electricity_meter import ElectricityMeter
from hht.protocol.gbcs.boundary import Stop, Stopped, look
from hht.protocol.gbcs.building import Header, contents, signed, with_mac
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.training_trust import training_key
from hht.protocol.gbcs.trust_anchors import TrustAnchors
from tests.client.test_refusals_by_radio import ARM, BROKER, OPERATOR, STRANGER, SUPPLIER, made
from tests.emulation.gbcs_home import keys
from tests.support.radio import Bench, joined, play

DS = KeyUsage.DIGITAL_SIGNATURE
CIPHERTEXT = bytes(number * 7 % 251 for number in range(96))  # as good as any: whoever has no key reads nothing in it


@dataclass
class Told:
    """What became of each message at the terminal, whether the meter had it, and what the hub looked by."""

    errors: dict[str, tuple[str, str]] = field(default_factory=dict)
    reached: dict[str, bool] = field(default_factory=dict)
    looked_by: list[KeyRing] = field(default_factory=list)
    chronicle: str = ""


def critical(meter: ElectricityMeter, originator: bytes, counter: int, *, signer: bytes | None = None) -> bytes:
    """ECS44, signed and with the broker's MAC, whose payload is ciphertext."""
    z = keys(meter).secret(BROKER, meter.identity.eui)
    assert z is not None
    body = contents(Header(Cra.COMMAND, counter, originator, meter.identity.eui, 0x0051), CIPHERTEXT)
    return with_mac(signed(body, training_key(signer or originator, DS)), z)


def unsigned_one(meter: ElectricityMeter, counter: int) -> bytes:
    z = keys(meter).secret(BROKER, meter.identity.eui)
    assert z is not None
    return with_mac(contents(Header(Cra.COMMAND, counter, SUPPLIER, meter.identity.eui, 0x0051), CIPHERTEXT) + b"\0", z)


def sent_at(name: str, monkeypatch: pytest.MonkeyPatch) -> Told:
    told = Told()

    def watched(octets: bytes, anchors: TrustAnchors, certificates: KeyRing) -> Stopped | None:
        told.looked_by.append(certificates)
        return look(octets, anchors, certificates)

    monkeypatch.setattr(ends_module, "look", watched)

    async def story(bench: Bench) -> None:
        meter = bench.premises.of(ElectricityMeter)[0]
        end, target = ends_module.ends_of(bench.premises).end_of(meter), DeviceId.parse(meter.identity.device_id)
        real = type(end).receive
        had: list[bytes] = []
        monkeypatch.setattr(type(end), "receive", lambda self, octets: (had.append(octets), real(self, octets))[1])
        messages = {
            "operator": critical(meter, OPERATOR, 2_001),
            "stranger": critical(meter, STRANGER, 2_002),
            "not signed": unsigned_one(meter, 2_003),
            "signed by another": critical(meter, SUPPLIER, 2_004, signer=STRANGER),
            "supplier, unreadable": critical(meter, SUPPLIER, 2_005),
            "supplier": made(keys(meter), meter, payload=ARM, counter=3_000),
            "operator reads": made(keys(meter), meter, code=0x0052, payload=READ, originator=OPERATOR, counter=3_001),
        }
        async with HanTunnel(await joined(bench)) as tunnel:
            for number, (words, octets) in enumerate(messages.items(), 1):
                try:
                    await tunnel.send(target, octets, reference=number)
                except MessageError as error:
                    told.errors[words] = error.code, error.message
                told.reached[words] = octets in had
        told.chronicle = "\n".join(f"{one.what}: {one.why}" for one in bench.premises.site.chronicle)

    play(story, name=name, read=None)
    return told


READ = bytes.fromhex("D920000000000101004600006003 0AFF03 0100".replace(" ", ""))  # ECS45: the load switch's state


@pytest.mark.requirement("SEC-18")
def test_a_critical_command_that_nobody_reads_is_stopped_by_its_header_and_the_terminal_says_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = sent_at("modular-hub", monkeypatch)
    stopped = {
        "operator": "its sender may not give",
        "stranger": "whom the device does not know",
        "not signed": "not signed as it must be",
        "signed by another": "its signature is not its sender's",
    }
    for words, why in stopped.items():
        code, message = told.errors[words]
        assert code == "message-stopped"
        assert why in message
        assert not told.reached[words], "the meter never had it"
    assert "ECS44 Arm Load Switch in ESME; network-operator" in told.chronicle
    assert told.errors["supplier, unreadable"][0] == "message-undelivered", "let through, and the meter's own to judge"
    assert all(told.reached[words] for words in ("supplier, unreadable", "supplier", "operator reads"))
    assert not {"supplier", "operator reads"} & told.errors.keys()
    assert told.looked_by
    assert all(", 0 private" in repr(ring) for ring in told.looked_by), "certificates alone: it can open no payload"


def test_another_hub_carries_everything_and_the_meter_refuses_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    told = sent_at("dual-fuel", monkeypatch)
    assert all(told.reached.values())
    assert {code for code, _message in told.errors.values()} == {"message-undelivered"}
    assert not told.looked_by


def test_octets_without_a_header_and_codes_that_there_are_not_go_no_further() -> None:
    anchors = TrustAnchors.of_device("ESME")
    assert look(b"\xdf\x09", anchors, KeyRing()) is not None
    header = Header(Cra.COMMAND, 1, SUPPLIER, bytes(8), 0x7777)
    found = look(contents(header, CIPHERTEXT) + b"\0", anchors, KeyRing())
    assert found is not None
    assert found.stop in (Stop.UNKNOWN_CODE, Stop.UNREADABLE)
