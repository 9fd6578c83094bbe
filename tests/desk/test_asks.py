"""What can be asked of a desk, and what cannot."""

from __future__ import annotations

import json

import pytest

from hht.desk.asks import Ask, ask_of, make_reference
from hht.desk.errors import AskRefused
from hht.desk.kinds import KINDS, AskKind, service_of
from hht.model.wan.access import services
from hht.protocol.duis.services import service
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from tests.desk.making import ESME, HUB, REFERENCE, an_ask

CODE = "00112233445566778899AABBCCDD0101"


def test_every_ask_goes_by_a_service_request_that_duis_and_the_centre_have() -> None:
    known = {variant for kind in AskKind for variant in KINDS[kind].services.values() if variant}
    assert len(known) >= 25
    for variant in known:
        assert service(variant) is not None, variant
        assert variant in services(), variant
    assert {kind for kind in AskKind if not any(KINDS[kind].services.values())} == {
        AskKind.CONFIRM_LOG_COPY,
        AskKind.CONFIRM_PACK,
        AskKind.READ_ENROLMENT,
        AskKind.READ_DIAGNOSTICS,
        AskKind.RAISE_INCIDENT,
    }
    assert all(kind.words for kind in AskKind)


@pytest.mark.parametrize(
    ("device", "other", "critical"),
    [
        (Type.ESME, Type.HCALCS, True),
        (Type.HCALCS, Type.ESME, True),
        (Type.ESME, Type.PPMID, True),
        (Type.PPMID, Type.ESME, False),
        (Type.GSME, Type.PPMID, True),
        (Type.GSME, Type.GPF, False),
        (Type.ESME, Type.IHD, False),
        (Type.GPF, Type.CAD, False),
        (Type.GPF, Type.PPMID, False),
    ],
)
def test_a_join_is_as_critical_as_the_join_matrix_says(device: Type, other: Type, critical: bool) -> None:
    assert service_of(AskKind.JOIN, device, other) == ("8.7.1" if critical else "8.7.2")
    assert service_of(AskKind.UNJOIN, device, other) == ("8.8.1" if critical else "8.8.2")


def test_values_are_written_in_one_way() -> None:
    ask = Ask(
        REFERENCE,
        "  J-1042 ",
        AskKind.WHITELIST,
        HUB,
        Type.CHF,
        {"join_s": "0090", "other_type": "esme", "other": "00db1234567901a0", "install_code": CODE.lower()},
    )
    assert dict(ask.details) == {
        "other": str(ESME),
        "other_type": "ESME",
        "install_code": CODE,
        "join_s": "90",
    }
    assert (ask.job, ask.other, ask.other_type, ask.service) == ("J-1042", ESME, Type.ESME, "8.11")
    assert ask_of(json.loads(json.dumps(ask.plain()))) == ask


def test_an_install_code_is_never_shown() -> None:
    ask = an_ask(AskKind.WHITELIST, other=str(ESME), other_type="ESME", install_code=CODE)
    assert CODE not in repr(ask)
    assert CODE not in str(ask.shown)
    with pytest.raises(AskRefused) as refused:
        an_ask(AskKind.WHITELIST, other=str(ESME), other_type="ESME", install_code=CODE[:-1] + "!")
    assert CODE[:12] not in f"{refused.value.message} {refused.value.remedy} {refused.value.details}"


@pytest.mark.parametrize(
    ("kind", "details", "field"),
    [
        (AskKind.SET_MPAN, {"mpan": "12345"}, "mpan"),
        (AskKind.SET_MPAN, {"mpan": "1012345678903", "mprn": "1"}, "mprn"),
        (AskKind.WHITELIST, {"other": str(ESME)}, "other_type"),
        (AskKind.WHITELIST, {"other": str(ESME), "other_type": "ESME", "join_s": "3601"}, "join_s"),
        (AskKind.WHITELIST, {"other": str(ESME), "other_type": "TOASTER"}, "other_type"),
        (AskKind.SET_OFFSET_LIMIT, {"seconds": "1800"}, "seconds"),
        (AskKind.SET_OFFSET_LIMIT, {"seconds": "-1"}, "seconds"),
        (AskKind.SET_OFFSET_LIMIT, {"seconds": "١٢"}, "seconds"),
        (AskKind.SET_TARIFF, {"tariff": "a\x1b[2J"}, "tariff"),
        (AskKind.SET_TARIFF, {"tariff": "a // b"}, "tariff"),
        (AskKind.HUB_RETURN, {"reason": "fell into the sea"}, "reason"),
        (AskKind.CONFIRM_LOG_COPY, {"since": "2026-02-30T10:00:00Z"}, "since"),
        (AskKind.CONFIRM_LOG_COPY, {"since": "2026-02-20T10:00:00"}, "since"),
    ],
)
def test_a_wrong_value_is_refused_by_its_name(kind: AskKind, details: dict[str, str], field: str) -> None:
    with pytest.raises(AskRefused) as refused:
        an_ask(kind, **details)
    assert refused.value.details["field"] == field
    assert refused.value.message.startswith(field)
    assert refused.value.remedy


def test_an_ask_is_of_a_device_that_it_can_be_asked_of() -> None:
    with pytest.raises(AskRefused, match="CHF"):
        Ask(REFERENCE, "J-1042", AskKind.SET_MPAN, HUB, Type.CHF, {"mpan": "1012345678903"})


def test_a_calorific_value_keeps_its_places() -> None:
    ask = Ask(
        REFERENCE,
        "J-1",
        AskKind.SET_CALORIFIC_VALUE,
        ESME,
        Type.GSME,
        {"calorific_value": "039.0", "conversion_factor": "1.02264"},
    )
    assert dict(ask.details) == {"calorific_value": "39", "conversion_factor": "1.02264"}


def test_references_differ_where_chance_does() -> None:
    assert make_reference(bytes(5)) == "00000000"
    assert make_reference(b"\xff" * 5) == "ZZZZZZZZ"
    assert len({make_reference(number.to_bytes(5, "big")) for number in range(500)}) == 500
