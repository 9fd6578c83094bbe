"""Answers that are those of their commands, and alerts, as terminal and centre read them."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from typing import Any

import pytest

from hht.protocol.cosem.descriptors import CosemAttribute
from hht.protocol.cosem.obis import Obis
from hht.protocol.gbcs.alerts import Alert, Instruction, cosem_alert, gbz_alert, instruction_octets, read_alert
from hht.protocol.gbcs.answers import AnswerReason, AnswerRefused, read_answer
from hht.protocol.gbcs.envelope import parse
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import FutureDated
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.protection import Check, check
from tests.protocol.gbcs_pair import (
    DONE,
    GAS,
    OTHERS,
    centre,
    command,
    damaged,
    device,
)
from tests.protocol.gbcs_vectors import key_ring, messages


def test_an_answer_is_that_of_its_command_alone(vectors: Any) -> None:
    rings = key_ring(vectors), key_ring(vectors, private=False)
    commands = {item["scenario"]: item for item in messages(vectors) if item["form"] == "COMMAND"}
    pairs = [
        (parse(bytes.fromhex(commands[item["scenario"]]["hex"])), bytes.fromhex(item["hex"]))
        for item in messages(vectors)
        if item["form"] == "RESPONSE" and item["scenario"] in commands
    ]
    reasons: Counter[AnswerReason] = Counter()
    for index, (asked, answer) in enumerate(pairs):
        found = read_answer(answer, asked, rings[0])
        assert not found.verdict.refused
        assert read_answer(answer, asked, rings[1]).verdict.mac in (Check.NONE, Check.UNCHECKED)
        other = pairs[(index + 7) % len(pairs)][1]
        if parse(other).counter != asked.counter or parse(other).message_code != asked.message_code:
            with pytest.raises(AnswerRefused) as problem:
                read_answer(other, asked, rings[0])
            reasons[problem.value.reason] += 1
    assert len(pairs) > 240
    assert set(reasons) >= {AnswerReason.OTHER_DEVICE, AnswerReason.OTHER_RECIPIENT, AnswerReason.OTHER_COMMAND}


def test_what_is_no_answer_says_why() -> None:
    end, ring = device(), centre()
    asked = parse(command())
    taken = end.receive(asked.raw)
    right = end.respond(taken, DONE)
    assert read_answer(right, asked, ring).verdict.vouched
    reading = parse(command(0x004E))
    answer = end.respond(end.receive(reading.raw), DONE)
    alert = end.alert(0x1000, b"\x0f", Role.SUPPLIER, 4)
    unprotected = right[: parse(right).payload_end] + b"\x00"
    for wrong, to, reason in (
        (right[:-1], asked, AnswerReason.MALFORMED),
        (alert, asked, AnswerReason.NOT_A_RESPONSE),
        (asked.raw, asked, AnswerReason.NOT_A_RESPONSE),
        (right, parse(command(target=GAS)), AnswerReason.OTHER_DEVICE),
        (right, parse(command(originator=OTHERS)), AnswerReason.OTHER_RECIPIENT),
        (right, parse(command(counter=8)), AnswerReason.OTHER_COMMAND),
        (unprotected, asked, AnswerReason.WRONG_PROTECTION),
        (damaged(right, len(right) - 1), asked, AnswerReason.BAD_SIGNATURE),
        (damaged(answer, len(answer) - 1), reading, AnswerReason.BAD_MAC),
    ):
        with pytest.raises(AnswerRefused) as problem:
            read_answer(wrong, to, ring)
        assert problem.value.reason is reason
        assert problem.value.code == f"gbcs-answer-{reason.value}"


def test_what_alerts_say(vectors: Any) -> None:
    said: dict[str, Alert] = {}
    for item in messages(vectors):
        message = parse(bytes.fromhex(item["hex"]))
        if item["form"].startswith("ALERT"):
            said[item["id"].removeprefix("rtds/")] = read_alert(message)
        else:
            with pytest.raises(MalformedPayload):
                read_alert(message)
    assert all(alert.code >> 12 == 8 and alert.time is not None for alert in said.values())
    future = [alert for alert in said.values() if alert.instruction is not None]
    assert len(future) > 30
    assert {alert.code for alert in future} == {0x8F66, 0x8F67}
    gas = said["GCS02_1.6_8F66_FUTURE_DATED_SUCCESS_ALERT_CHANGE_PAYMENT_MODE"].instruction
    assert gas is not None
    assert (gas.message_code, gas.counter, gas.where) == (0x6C, 1001, FutureDated(0x6C, 1001, 0x0705, 1, 6))
    price = said["ECS01d_1.2.2_8F66_FUTURE_DATED_SUCCESS_ALERT_PRICE_MATRIX"]
    assert price == Alert(
        0x8F66,
        datetime(2030, 1, 15, 9, tzinfo=UTC),
        Instruction(0xC7, 1003, CosemAttribute(113, Obis.parse("0-0:19.20.5"), 7)),
    )
    firmware = said["CS06_11.3_8F67_FUTURE_DATED_ERROR_ALERT"].instruction
    assert firmware == Instruction(0, 1004)


def test_alerts_are_made_as_they_are_read() -> None:
    end, moment = device(), datetime(2026, 11, 21, 3, 8, 42, tzinfo=UTC)
    attribute = CosemAttribute(113, Obis.parse("0-0:19.20.5"), 7)
    about = FutureDated(0x6C, 5, 0x0705, 1, 6)
    for code, payload, wanted in (
        (0x1000, cosem_alert(4, 0x8F69, moment), Alert(0x8F69, moment)),
        (0xCC, cosem_alert(4, 0x8F66, moment, instruction_octets(0xC7, 5, attribute)),
         Alert(0x8F66, moment, Instruction(0xC7, 5, attribute))),
        (0x1000, gbz_alert(0x8F69, moment), Alert(0x8F69, moment)),
        (0xCD, gbz_alert(0x8F67, moment, about), Alert(0x8F67, moment, Instruction(0x6C, 5, about))),
    ):  # fmt: skip
        alert = parse(end.alert(code, payload, Role.SUPPLIER, 4))
        assert read_alert(alert) == wanted
        assert check(alert, centre()).vouched
    for wrong in (b"\x0f\x20\x00\x00\x01\x00\x02\x00", b"\x0f\x20\x00\x00\x01\x00\x02\x02\x11\x01\x11\x01"):
        with pytest.raises(MalformedPayload):
            read_alert(parse(end.alert(0x1000, wrong, Role.SUPPLIER, 4)))
