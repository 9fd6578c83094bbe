"""What the emulated devices do with each message code of GBCS: carry it out, send it, or neither, and then why.

The reasons are data (``resources/catalogue/gbcs_left_out.toml``). No code is silently missing.
"""

from __future__ import annotations

import enum
import tomllib
from dataclasses import dataclass
from functools import cache

from hht.emulation.gbcs.ends import OWN, TABLE
from hht.emulation.gbcs.outgoing import SENT
from hht.protocol.gbcs.messages import UseCase, use_cases
from hht.resources import resource_text


class Done(enum.StrEnum):
    """What becomes of a message code."""

    CARRIED_OUT = "carried-out"
    SENT = "sent"
    LEFT_OUT = "left-out"


@dataclass(frozen=True, slots=True)
class Coverage:
    """One message code. `why`: why it is left out; "": it is not. A code in several places has `clash`."""

    use_case: UseCase
    done: Done
    why: str = ""
    clash: bool = False


def coverage() -> tuple[Coverage, ...]:
    """All message codes, in order. Raises KeyError for a code that is neither done nor left out for a reason."""
    return tuple(map(_of, use_cases()))


def _of(found: UseCase) -> Coverage:
    code, left_out = found.code, reasons()
    carried, sent = code in TABLE or code in OWN, code in SENT
    clash = carried + sent + (code in left_out) > 1 or sent != (found.alert and sent)
    if carried:
        return Coverage(found, Done.CARRIED_OUT, clash=clash)
    if sent:
        return Coverage(found, Done.SENT, clash=clash)
    return Coverage(found, Done.LEFT_OUT, left_out[code], clash)


@cache
def reasons() -> dict[int, str]:
    """Why codes are left out."""
    raw = tomllib.loads(resource_text("catalogue", "gbcs_left_out.toml"))
    return {int(code, 16): one["words"] for one in raw["reason"] for code in one["codes"]}
