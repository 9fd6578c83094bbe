"""The commands that the emulated broker makes of service requests, beside those of the published reference data."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from hht.emulation.service_commands import made_of
from hht.identifiers.device_id import DeviceId
from hht.protocol.duis.bodies import OtherBody
from hht.protocol.duis.request import read_request
from hht.protocol.gbcs.device_types import DuisDeviceType as Type

_EVENT = datetime(2015, 1, 1, tzinfo=UTC)  # the issuer event identifier of the reference data
_CAST = {
    "A0": Type.ESME, "A1": Type.GSME, "A2": Type.CHF, "A3": Type.GPF, "A4": Type.PPMID, "A5": Type.HCALCS,
    "93": Type.ESME, "99": Type.PPMID, "9A": Type.PPMID, "9C": Type.GPF, "98": Type.PPMID, "08": Type.GPF,
}  # fmt: skip


def type_of(device: DeviceId) -> Type:
    return _CAST[str(device)[-2:]]


@pytest.mark.requirement("DCC-01")
def test_they_are_those_of_the_reference_data(vectors: Callable[[str], Any]) -> None:
    items = vectors("gbcs.json")["vectors"]
    messages = {item["id"]: item for item in items if item["kind"] == "gbcs_message"}
    same: dict[str, int] = {}
    for item in items:
        if item["kind"] != "duis_request" or not item.get("gbcs") or item["service_reference_variant"] not in _HELD:
            continue
        expected = messages[item["gbcs"].get("PRECOMMAND") or item["gbcs"]["COMMAND"]]
        case = expected["use_case"].partition("_")[0]
        if case not in _HELD[item["service_reference_variant"]]:
            continue
        request = read_request(item["xml"].encode())
        assert isinstance(request.body, OtherBody)
        counter = int(expected["header"]["originator_counter"])
        made = made_of(request, request.body.asked, type_of, _EVENT, counter)
        assert made.code == int(expected["header"]["message_code"], 16), item["id"]
        assert made.payload.hex().upper() == expected["payload_hex"].upper(), item["id"]
        assert made.by_broker is ("supplementary_remote_party_id" in expected["header"]), item["id"]
        same[case] = same.get(case, 0) + 1
    assert sum(same.values()) >= 15, same


_HELD = {
    "8.11": ("CCS01", "CCS02"),
    "8.9": ("CCS06", "CS07", "CCS07"),
    "8.7.1": ("CS03A1", "CS03A2Critical"),
    "8.7.2": ("CS03B", "CS03A2NonCritical"),
    "8.8.1": ("CS04ACCritical",),
    "8.8.2": ("CS04B",),
    "8.1.1": ("ECS70Commission", "GCS28Commission"),
    "6.11": ("ECS70", "GCS28"),
    "6.20.1": ("ECS39a", "GCS41"),
    "6.2.7": ("ECS40", "GCS46"),
    "6.6": ("GCS23",),
    "6.13": ("ECS35a", "ECS35b", "ECS35c", "ECS35d", "CS10a", "CS10b"),
    "6.2.9": ("ECS26j", "GCS21j"),
    "7.12": ("ECS38",),
    "6.14.1": ("ECS46a",),
    "7.1": ("ECS42",),
    "7.2": ("ECS43", "GCS32"),
    "7.3": ("ECS44", "GCS39"),
    "7.4": ("ECS45", "GCS33"),
    "4.18": ("ECS82", "GCS60"),
    "11.2": ("ECS52", "GCS38"),
}
