"""`hht han listen`: alerts of an emulated meter, over another program's dongle; proven, forged, another device's."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from hht.client.radio.alerts import HeardAlert
from hht.emulation.gbcs.pki import device_certificate
from hht.identifiers import DeviceId
from hht.protocol.gbcs.alerts import cosem_alert
from hht.protocol.gbcs.building import Header, contents, protect, signed
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.envelope import Cra, parse
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.payload import encode_payload
from hht.protocol.gbcs.training_trust import training_key
from tests.support.emulate import Emulated
from tests.support.radio import START
from ui.alerts_heard import shown, training_certificates
from ui.cli.main import main

GPF_ID = "00-DB-12-34-56-78-90-A3"
ESME, GSME = DeviceId("00DB1234567890A0"), DeviceId("00DB1234567890A1")
SUPPLIER = bytes.fromhex("90B3D51F30010000")
DS = KeyUsage.DIGITAL_SIGNATURE


@pytest.mark.skipif(sys.platform == "win32", reason="ptys are POSIX's")
def test_alerts_of_a_meter_are_heard_and_proven(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    words = (
        "--han",
        "pty",
        "--days",
        "1",
        "--speed",
        "600",
        "--hub-fresh",
        "--fault",
        "alert-storm@esme-1",
        "--alerts",
    )
    with Emulated("dual-fuel", *words) as emulated:
        link = str(emulated.listening["han"])
        status = main(
            [
                "han",
                "listen",
                link,
                "--hub",
                GPF_ID,
                "--training",
                "--data-dir",
                str(tmp_path),
                "--count",
                "2",
                "--json",
            ]
        )
        at_the_centre = [parse(bytes.fromhex(one["hex"])) for one in emulated.events() if one["type"] == "alert"]
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert status == 0, told
    alerts = [one for one in told if "alert_code" in one]
    assert len(alerts) == 2
    for one in alerts:
        assert (one["ok"], one["message_code"] in ("1000", "1001"), bool(one["meaning"])) == (True, True, True)
        assert one["verified"] == (one["signature"] == "valid")
    assert alerts[0]["counter"] < alerts[1]["counter"]
    of_meter = [
        one.counter for one in at_the_centre if str(DeviceId(one.originator.hex().upper())) == alerts[0]["device"]
    ]
    assert {one["counter"] for one in alerts} <= set(of_meter)  # the centre has the same messages
    assert told[-1]["count"] == 2


def alert(originator: DeviceId = ESME, key: DeviceId = ESME, sign: bool = True) -> bytes:
    header = Header(Cra.ALERT, 5, originator.to_bytes(), SUPPLIER, 0x1000)
    payload = encode_payload(cosem_alert(5, 0x8F30, START))
    if not sign:
        return contents(header, payload) + b"\x00"
    return signed(contents(header, payload), training_key(key.to_bytes(), DS))


def test_an_alert_is_proven_by_its_devices_certificate_alone() -> None:
    keys = KeyRing()
    unknown = shown(HeardAlert(ESME, alert()), keys)
    assert (unknown.problem, unknown.fields["verified"]) == (None, False)
    assert "not verifiable here" in unknown.text
    training_certificates(keys)(ESME)
    proven = shown(HeardAlert(ESME, alert()), keys)
    assert (proven.problem, proven.fields["verified"], proven.fields["alert_code"]) == (None, True, "8F30")
    assert keys.public(ESME.to_bytes(), DS) == device_certificate(ESME.to_bytes(), DS).public_key


@pytest.mark.parametrize(
    ("octets", "code"),
    [
        (alert(key=GSME), "alert-forged"),
        (alert(originator=GSME, key=GSME), "alert-other-device"),
        (alert(sign=False), "alert-protection"),
        (alert()[:-1], "gbcs-malformed"),
        (b"\x00", "gbcs-malformed"),
    ],
)
def test_an_alert_that_is_not_to_be_believed_says_why(octets: bytes, code: str) -> None:
    keys = KeyRing()
    for device in (ESME, GSME):
        training_certificates(keys)(device)
    told = shown(HeardAlert(ESME, octets), keys)
    assert told.problem is not None
    assert (told.problem.code, bool(told.problem.remedy)) == (code, True)
    assert not told.fields.get("verified", False) or code == "alert-other-device"


def test_a_response_is_no_alert() -> None:
    keys = KeyRing()
    keys.add_private(ESME.to_bytes(), DS, training_key(ESME.to_bytes(), DS))
    made = protect(Header(Cra.RESPONSE, 5, ESME.to_bytes(), SUPPLIER, 0x0051), b"\xda" + bytes(8), keys)
    told = shown(HeardAlert(ESME, made), keys)
    assert told.problem is not None
