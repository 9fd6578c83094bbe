"""The server's access service: each item done in order, each with its own result (Green Book 9.3.9)."""

from __future__ import annotations

from collections.abc import Callable

from hht.protocol.cosem.access import (
    BREAK_ON_ERROR,
    SELF_DESCRIPTIVE,
    AccessAction,
    AccessGet,
    AccessItem,
    AccessRequest,
    AccessResponse,
    AccessResult,
    kind_of,
)
from hht.protocol.cosem.action import ActionOutcome
from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.codes import ActionResult, DataAccessResult
from hht.protocol.cosem.descriptors import CosemMethod
from hht.protocol.cosem.fields import Outcome, Selected
from hht.protocol.cosem.values import NULL, Data, DataType, Encoded

MAX_ANSWER_OCTETS = 1_000_000  # of all values together: a short request must not make an answer without bounds

Read = Callable[[Selected], Outcome]
Write = Callable[[Selected, Data | Encoded], DataAccessResult]
Run = Callable[[CosemMethod, Data | Encoded | None], ActionOutcome]


def serve_access(request: AccessRequest, read: Read, write: Write, run: Run) -> AccessResponse:
    """The answer. Lists of different lengths are refused item by item, and so is what comes after a failure where the
    request says that it breaks there."""
    data: list[Data | Encoded] = []
    results: list[AccessResult] = []
    broken = len(request.items) != len(request.data)
    room = MAX_ANSWER_OCTETS
    for index, item in enumerate(request.items):
        if broken:
            value, result = _refused(item)
        else:
            value, result = _one(item, request.data[index], read, write, run)
            size = len(encode(value))
            if size > room:
                value, result, size = *_refused(item), 0
            room -= size
        data.append(value)
        results.append(result)
        broken = broken or bool(result and request.long_invoke & BREAK_ON_ERROR)
    described = request.items if request.long_invoke & SELF_DESCRIPTIVE else None
    kinds = tuple(map(kind_of, request.items))
    return AccessResponse(request.long_invoke, tuple(data), tuple(results), kinds, described)


def _refused(item: AccessItem) -> tuple[Data | Encoded, AccessResult]:
    return NULL, ActionResult.OTHER_REASON if isinstance(item, AccessAction) else DataAccessResult.OTHER_REASON


def _one(
    item: AccessItem, value: Data | Encoded, read: Read, write: Write, run: Run
) -> tuple[Data | Encoded, AccessResult]:
    if isinstance(item, AccessAction):
        empty = isinstance(value, Data) and value.tag is DataType.NULL
        outcome = run(item.method, None if empty else value)
        returned = outcome.returned
        return NULL if returned is None or isinstance(returned, DataAccessResult) else returned, outcome.result
    if not isinstance(item, AccessGet):
        return NULL, write((item.attribute, item.access), value)
    outcome_read = read((item.attribute, item.access))
    if isinstance(outcome_read, DataAccessResult):
        return NULL, outcome_read
    return outcome_read, DataAccessResult.SUCCESS
