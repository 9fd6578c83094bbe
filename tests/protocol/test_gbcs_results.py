"""What came of a command, as outside responses tell it."""

from __future__ import annotations

from typing import Any

import pytest

from hht.protocol.gbcs.envelope import parse
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.results import Operation, operations
from tests.protocol.gbcs_vectors import messages

LATER = "CS02gLoadControllerBySupplier_6.15.1_FUTURE_DATED_ERROR"  # accepted now; the failure comes as an alert


def told(item: dict[str, Any]) -> tuple[Operation, ...]:
    return operations(parse(bytes.fromhex(item["hex"])))


def test_every_response_tells_whether_it_was_done(vectors: Any) -> None:
    counts = {"success": 0, "error": 0}
    for item in messages(vectors):
        if item["form"] != "RESPONSE" or item["outcome"] is None:
            continue
        counts[item["outcome"]] += 1
        done = [operation.done for operation in told(item)]
        assert done, item["id"]
        if item["outcome"] == "success":
            assert False not in done, item["id"]
        elif LATER not in item["id"]:
            assert False in done or None in done, item["id"]
    assert counts["success"] > 140
    assert counts["error"] > 100


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("CS03B_8.7.2_SUCCESS_RESPONSE", Operation("command", True, "success")),
        ("CS03A1_8.7.1_ERROR_RESPONSE", Operation("command", False, "incompatibleWithExistingEntry")),
        ("CS06_11.3_IMMEDIATE_ERROR_RESPONSE", Operation("activateFirmwareResponseCode", False, "noImageHeld")),
        ("GCS28_6.11_ERROR_RESPONSE", Operation("deviceTimeStatus", False, "unreliable")),
        ("CS11_3.3_ERROR_RESPONSE", Operation("Clear Event Log Response", False, "nothing was done")),
        ("CS10b_6.13_NOT_FOUND_RESPONSE", Operation("Events", True, "not found")),
    ],
)
def test_what_the_device_says_of_it(vectors: Any, name: str, expected: Operation) -> None:
    found = [told(item) for item in messages(vectors) if item["id"].endswith(name)]
    assert found
    assert expected in found[0]


def test_a_command_can_be_done_in_part(vectors: Any) -> None:
    """Of an access request each item has its own result."""
    responses = [
        item for item in messages(vectors) if item["form"] == "RESPONSE" and item["payload_kind"] == "dlms-access"
    ]
    parts = [told(item) for item in responses]
    assert any({True, False} <= {operation.done for operation in found} for found in parts)


def test_only_responses_tell_of_results(vectors: Any) -> None:
    command = next(item for item in messages(vectors) if item["form"] == "COMMAND")
    with pytest.raises(MalformedPayload, match="no response"):
        told(command)
