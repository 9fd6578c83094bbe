"""The boundary: whatever a plug-in does in a call, the caller gets a value or a sentence."""

from __future__ import annotations

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
