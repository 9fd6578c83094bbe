"""The boundary: whatever a plug-in does in a call, the caller gets a value or a sentence."""

from __future__ import annotations

import asyncio
import threading

import pytest

from hht.plugins.api import Trouble
from hht.plugins.errors import PlugInError
from hht.plugins.guard import Guard


def test_one_that_never_returns_is_left_behind_and_called_no_more() -> None:
    told: list[str] = []
    guard = Guard("slow", told.append, limit_s=0.05)
    let_go = threading.Event()
    try:
        with pytest.raises(PlugInError) as refused:
            guard.call(let_go.wait)
        assert refused.value.code == "plugin-failed"
        with pytest.raises(PlugInError):
            guard.call(pytest.fail, "it is called no more")
        assert len(told) == 1
    finally:
        let_go.set()


@pytest.mark.parametrize("error", [KeyError("x"), SystemExit(3), KeyboardInterrupt(), MemoryError(), RecursionError()])
def test_whatever_it_raises_is_a_sentence(error: BaseException) -> None:
    def fail() -> None:
        raise error

    for limit_s in (10.0, None):
        with pytest.raises(PlugInError) as refused:
            Guard("odd", limit_s=limit_s).call(fail)
        assert type(error).__name__ in refused.value.message


def test_trouble_with_the_device_is_no_failure_of_the_plug_in() -> None:
    def refuse() -> None:
        raise Trouble("The device refuses.")

    guard = Guard("honest")
    with pytest.raises(Trouble):
        guard.ask(refuse)
    assert guard.failure is None
    assert guard.ask(lambda: 5) == 5


def test_what_it_raises_says_nothing_of_itself() -> None:
    class Loud(type):
        @property
        def __name__(cls) -> str:  # type: ignore[override]
            return "x" * 1_000_000

    class Odd(Exception, metaclass=Loud):
        def __getattribute__(self, name: str) -> object:
            raise KeyboardInterrupt(name)

    def fail(kind: type[Exception]) -> None:
        raise kind

    long = type("y" * 1_000_000, (Exception,), {})
    for kind, told in ((Odd, "failed: Odd."), (long, f"failed: {'y' * 60}.")):
        with pytest.raises(PlugInError, match=told):
            Guard("odd").call(fail, kind)


async def test_who_waits_for_one_that_never_returns_can_be_stopped() -> None:
    begun, let_go = asyncio.Event(), threading.Event()
    loop = asyncio.get_running_loop()

    def block() -> None:
        loop.call_soon_threadsafe(begun.set)
        let_go.wait()

    waits = asyncio.create_task(Guard("slow", limit_s=3600.0).call_aside(block))
    await begun.wait()  # the loop goes on
    waits.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waits
    let_go.set()
    assert await Guard("quick").call_aside(lambda: 5) == 5
    with pytest.raises(PlugInError):
        await Guard("odd").call_aside(lambda: 1 // 0)
