"""Every message code of GBCS at the emulated devices: carried out, sent, or left out for a reason that is written."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from hht.emulation.gbcs.coverage import Coverage, Done, coverage, reasons
from hht.emulation.gbcs.ends import OWN, TABLE
from hht.emulation.gbcs.outgoing import SENT
from hht.emulation.gbcs.pki import ORGANISATIONS
from hht.model.refusal import DeviceRefusal
from hht.protocol.gbcs.envelope import parse
from hht.protocol.gbcs.gbz import Gbz
from hht.protocol.gbcs.messages import Role, use_case, use_cases
from hht.protocol.gbcs.payload import parse_payload
from hht.protocol.gbcs.results import operations
from tests.emulation.gbcs_home import Home
from tests.emulation.test_gbcs_answers import targets_of
from tests.protocol.gbcs_vectors import messages
from tests.support.gbcs_parts import header_of

# The commands that an engineer's terminal meets (gbcs.md chapter 5).
CHAPTER_5 = (
    "0001 0002 0003 010F 00FE 00FA 0093 0094 0059 010A 010B 010C 010D 010E "  # CHF
    "000D 00AB 000E 00AF 000F 0010 0013 0012 0008 000A 000B 000C 0100 0101 0102 0103 0104 0105 0106 0107 0108 "
    "007F 0129 008C "
    "0062 004C 004D 004E 00F9 003D 004B 00BE 001A 001B 0019 003A 0027 0029 002A 0069 004F 0050 0051 0052 0068 0048 "
    "0049 00AC 00B0 0053 011A 011E 0007 0020 0058 00D7 "  # ESME
    "0087 0089 00FB 00BF 006C 006D 006B 0074 0081 0082 0085 007C 007D 00FC 0014 00A1 0084 0097 009F 00AD"  # GSME, GPF
)


def test_no_code_is_silently_missing() -> None:
    table = {one.use_case.code: one for one in coverage()}
    assert len(table) == len(use_cases()) == 240
    assert [f"{code:04X}" for code, one in table.items() if one.clash] == []
    assert all(one.why for one in table.values() if one.done is Done.LEFT_OUT)
    known = {one.code for one in use_cases()}
    assert known >= TABLE.keys() | OWN.keys() | SENT | reasons().keys()


def test_how_many_are_done() -> None:
    counts = Counter((one.use_case.alert, one.done) for one in coverage())
    assert counts[False, Done.CARRIED_OUT] == 174
    assert counts[True, Done.SENT] == 13
    assert counts[False, Done.LEFT_OUT] + counts[True, Done.LEFT_OUT] == 53


def test_what_a_terminal_meets_is_all_carried_out() -> None:
    table = {one.use_case.code: one for one in coverage()}
    missing = [code for code in CHAPTER_5.split() if table[int(code, 16)].done is not Done.CARRIED_OUT]
    assert missing == []


def test_what_is_left_out_is_answered_as_by_a_device_that_has_it_not(vectors: Any) -> None:
    """Of every reference command: verified, answered under its own header, and nothing of it claimed to be done."""
    home = Home()
    targets = targets_of(home)
    roles = {entity: role for role, entity in ORGANISATIONS.items()}
    left_out: dict[int, Coverage] = {one.use_case.code: one for one in coverage() if one.done is Done.LEFT_OUT}
    answered = set()
    for item in messages(vectors):
        asked = parse(bytes.fromhex(item["hex"])) if item["form"] == "COMMAND" else None
        target = targets.get(item["header"]["business_target_id"].replace("-", ""))
        if asked is None or target is None or asked.message_code not in left_out or asked.originator not in roles:
            continue
        if asked.message_code in answered or use_case(asked.message_code) is None or asked.supplementary.certificate:
            continue
        said = home.say(
            target,
            asked.message_code,
            asked.payload,
            role=roles[asked.originator],
            supplementary=header_of(asked).supplementary,
        )
        payload = parse_payload(said)
        if isinstance(payload, Gbz):
            assert all(one.command in (0x01, 0x0B) for one in payload.components)
        assert not any(one.done for one in operations(said)), item["id"]
        answered.add(asked.message_code)
    assert len(answered) >= 25


def test_where_asn1_has_no_such_answer_there_is_none() -> None:
    """The contingency key: a root's business."""
    home = Home()
    meter = next(iter(targets_of(home).values()))
    with pytest.raises(DeviceRefusal):
        home.say(meter, 0x0109, "3000", role=Role.RECOVERY)
