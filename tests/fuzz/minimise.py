"""The smallest input that still fails in the same place."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from tests.fuzz.judge import Failure, Judge
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target

_MOST_TRIES: Final = 1500
_MOST_HANGS: Final = 60  # each costs a tenth of a second and more


def minimise(judge: Judge, target: Target, messages: Messages, failure: Failure) -> Messages:
    """`messages` without what is not needed for `failure`."""
    attempt = judge.weigh if failure.kind == "memory" else judge.fair

    def fails(candidate: Messages) -> bool:
        found = attempt(target, candidate).failure
        return found is not None and found.key == failure.key

    return smallest(messages, target.fixed, fails, _MOST_TRIES if failure.kind == "exception" else _MOST_HANGS)


def smallest(messages: Messages, fixed: int, holds: Callable[[Messages], bool], tries: int) -> Messages:
    """The smallest of `messages` of which it still `holds`, as far as so many `tries` find it; the first `fixed` of
    them are not left out."""
    smaller = True
    while smaller and tries > 0:
        smaller = False
        for candidate in _smaller(messages, fixed):
            if tries <= 0:
                break
            tries -= 1
            if holds(candidate):
                messages, smaller = candidate, True
                break
    return messages


def _smaller(messages: Messages, fixed: int) -> Iterator[Messages]:
    for at in range(len(messages) - 1, fixed - 1, -1):
        yield messages[:at] + messages[at + 1 :]
    for at in range(len(messages)):
        for octets in _shorter(messages[at]):
            yield (*messages[:at], octets, *messages[at + 1 :])


def _shorter(octets: bytes) -> Iterator[bytes]:
    size = len(octets)
    while size:
        for start in range(0, len(octets), size):
            yield octets[:start] + octets[start + size :]
        size //= 2
