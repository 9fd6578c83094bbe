"""A delivery note: devices for the van in a file (``hht-van/1``, ``resources/schemas/van.schema.json``)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.resources import resource_text
from hht.work.file_check import FileKind, FileProblems, check_file
from hht.work.positions import LocatedJson, Problem
from hht.work.van import VanDevice, van_device

MAX_BYTES: Final = 512 * 1024


class VanFileError(FileProblems):
    """The delivery note cannot be used."""

    default_code = "van-file"

    def what_to_do(self) -> str:
        """The remedy."""
        return _("Correct these lines, or ask for the delivery note again. Nothing was put onto the van.")


@cache
def van_schema() -> dict[str, Any]:
    """The published schema of delivery notes."""
    schema: dict[str, Any] = json.loads(resource_text("schemas", "van.schema.json"))
    return schema


def parse_van_file(text: str | bytes, source: str) -> tuple[VanDevice, ...]:
    """The devices in `text`; `source` is the file's name. Raises VanFileError with every problem."""
    plain = check_file(text, source, FileKind("van", van_schema, MAX_BYTES, VanFileError, _meaning))
    return tuple(_device(one) for one in plain["devices"])


def _device(plain: dict[str, Any]) -> VanDevice:
    said = {name: value for name, value in plain.items() if name not in ("type", "device_id")}
    return van_device(plain["type"], plain["device_id"], **said)


def _meaning(located: LocatedJson) -> Iterator[Problem]:
    plain = located.root.value
    devices = plain.get("devices") if isinstance(plain, dict) else None
    seen: dict[str, int] = {}
    for index, one in enumerate(devices if isinstance(devices, list) else []):
        if not isinstance(one, dict) or not all(isinstance(value, str) for value in one.values()):
            continue
        if "type" not in one or "device_id" not in one:
            continue
        try:
            device_id = str(_device(one).device_id)
        except HhtError as error:
            yield located.problem(("devices", index), f"{error.message} {error.remedy}")
            continue
        if device_id in seen:
            message = _("the same device as in devices[{index}]").format(index=seen[device_id])
            yield located.problem(("devices", index, "device_id"), message)
        seen.setdefault(device_id, index)
