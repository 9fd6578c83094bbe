"""What the terminal has to say of a conversation while it goes on: what it waits for, and what it does differently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Remark:
    """`code` is stable and lower-case with hyphens, for programs; `text` is a sentence. `wait_s`: for so many seconds
    at most nothing else can be done, whatever deadline there is; 0: the conversation goes on."""

    code: str
    text: str
    wait_s: float = 0.0


OnRemark = Callable[[Remark], None]


def unheard(_remark: Remark) -> None:
    """Where nobody listens."""
