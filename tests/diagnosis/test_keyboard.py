"""What counts as a person's word at the keyboard: said, and typed for this question."""

from __future__ import annotations

import asyncio
import io
import queue
from collections.abc import Iterator

import pytest

from ui.cli.common import Output
from ui.cli.diagnose import Keyboard


class Keys(io.StringIO):
    """Standard input of a terminal: a line is there when it is typed."""

    def __init__(self) -> None:
        super().__init__()
        self._typed = queue.SimpleQueue[str]()
        self.readers = 0

    def isatty(self) -> bool:
        return True

    def readline(self, _size: int | None = -1) -> str:  # type: ignore[override]
        self.readers += 1
        try:
            return self._typed.get()
        finally:
            self.readers -= 1

    def type(self, line: str) -> None:
        self._typed.put(line)


@pytest.fixture
def keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[Keys]:
    keys = Keys()
    monkeypatch.setattr("sys.stdin", keys)
    yield keys
    for _reader in range(keys.readers):
        keys.type("")


class Screen(io.StringIO):
    """Tells when something was written on it."""

    def __init__(self) -> None:
        super().__init__()
        self.written = asyncio.Event()

    def write(self, text: str) -> int:
        self.written.set()
        return super().write(text)


async def asked(keyboard: Keyboard, deed: str, screen: Screen) -> asyncio.Task[bool]:
    """The question, once it stands on the screen."""
    screen.written.clear()
    task = asyncio.ensure_future(keyboard.do(deed))
    await screen.written.wait()
    return task


@pytest.mark.parametrize(
    ("deed", "typed", "done"),
    [
        ("let-desk-act", "y\n", True), ("let-desk-act", " YES \n", True), ("let-desk-act", "\n", False),
        ("let-desk-act", "", False), ("let-desk-act", "ok\n", False), ("let-desk-act", "n\n", False),
        ("wake-gas", "\n", True), ("wake-gas", "No\n", False), ("wake-gas", "", False),
    ],
)  # fmt: skip
async def test_the_desk_acts_on_a_plain_yes_alone_and_the_end_of_the_input_is_no(
    deed: str, typed: str, done: bool, keys: Keys
) -> None:
    keyboard = Keyboard({}, Output(as_json=False, err=io.StringIO()), may_act=False)
    keys.type(typed)
    assert await keyboard.do(deed) is done


async def test_a_question_that_was_withdrawn_takes_no_answer_of_the_next_one(keys: Keys) -> None:
    screen = Screen()
    keyboard = Keyboard({}, Output(as_json=False, err=screen), may_act=False)
    waking = await asked(keyboard, "wake-gas", screen)
    waking.cancel()
    await asyncio.gather(waking, return_exceptions=True)
    for line, agreed in (("n\n", False), ("y\n", True)):
        answer = await asked(keyboard, "let-desk-act", screen)
        keys.type(line)
        assert await answer is agreed


async def test_what_was_typed_for_a_withdrawn_question_agrees_to_nothing(keys: Keys) -> None:
    screen = Screen()
    keyboard = Keyboard({}, Output(as_json=False, err=screen), may_act=False)
    waking = await asked(keyboard, "wake-gas", screen)
    waking.cancel()
    await asyncio.gather(waking, return_exceptions=True)
    keys.type("y\n")
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})  # until the line is here
    answer = await asked(keyboard, "let-desk-act", screen)
    keys.type("n\n")
    assert await answer is False
