"""A desk that is reached by files: a folder that somebody carries, or that two systems see (``desk:FOLDER``).

    to-desk/REFERENCE.jsonl      what the terminal asks: a hello and an ask, the same lines as over a wire
    from-desk/NAME.jsonl         what the desk answers: a hello, then any lines about asks of this terminal

A file is written whole, the desk's anew when it has more to say; the terminal reads all of them each time, and hears
nothing twice. Commands are not handed over in this way: a pack is for that. `FolderEnd` is the emulated desk's end.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hht.desk.errors import DeskError, MessageRefused
from hht.desk.messages import Hello, LineReader, Message, PutAsk, decode, encode
from hht.errors import HhtError
from hht.i18n import _
from ui.short_file import read_short, why
from ui.whole_file import explained, whole_binary_file

if TYPE_CHECKING:
    from hht.emulation.desk_end import EmulatedDesk

TO_DESK, FROM_DESK = "to-desk", "from-desk"
_MOST_FILES: Final = 1000
_MOST_OCTETS: Final = 4 << 20


class DeskFolder:
    """The folder at `path`. It need not exist to be named; asking makes it."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def put(self, name: str, sender: Hello, messages: Sequence[Message], *, to_desk: bool = True) -> Path:
        """Write a file of messages (mode 0600: an ask may hold an install code). Raises FileNotWritten."""
        folder = self.path / (TO_DESK if to_desk else FROM_DESK)
        with explained(folder):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = folder / f"{name}.jsonl"
        with whole_binary_file(path) as file:
            file.write(b"".join(encode(message) for message in (sender, *messages)))
        return path

    def has_ask(self, reference: str) -> bool:
        """Whether an ask was written here already."""
        return (self.path / TO_DESK / f"{reference}.jsonl").exists()

    def asks(self, *, training: bool) -> list[PutAsk]:
        """What a terminal has asked: the desk's end. Raises DeskError, MessageRefused."""
        found = self._messages(TO_DESK, training=training)
        return [message for message in found if isinstance(message, PutAsk)]

    def answers(self, *, training: bool) -> list[Message]:
        """What the desk has answered, about whatever ask, file by file. Raises DeskError, MessageRefused naming the
        file."""
        return self._messages(FROM_DESK, training=training)

    def _messages(self, folder: str, *, training: bool) -> list[Message]:
        try:
            paths = sorted((self.path / folder).glob("*.jsonl"))[:_MOST_FILES]
        except OSError as error:
            raise _unreadable(self.path / folder, why(error)) from None
        return [message for path in paths for message in self._file(path, training=training)]

    def _file(self, path: Path, *, training: bool) -> list[Message]:
        try:
            lines = LineReader().feed(read_short(path, _MOST_OCTETS) + b"\n")
            found = [decode(line) for line in lines]
        except OSError as error:
            raise _unreadable(path, why(error)) from None
        except DeskError as error:
            said = _("“{file}” is not taken: {why}").format(file=path, why=error.message)
            raise MessageRefused(said, remedy=_("Have the desk write it anew."), code=error.code) from None
        if not found or not isinstance(found[0], Hello):
            raise _unreadable(path, _("it does not begin with who wrote it"))
        if found[0].training is not training:
            raise DeskError(
                _("“{file}” is of the other trust: training and live work never mix.").format(file=path),
                remedy=_("Use another folder for each."),
                code="desk-training",
            )
        return found[1:]


class FolderEnd:
    """An emulated desk that looks into a folder. Its answers to an ask are in ``from-desk/REFERENCE.jsonl``."""

    def __init__(self, desk: EmulatedDesk, folder: DeskFolder) -> None:
        self._desk = desk
        self._folder = folder
        self._said: dict[str, list[Message]] = {}
        self._trouble = ""

    def look(self) -> None:
        """Hear what is new. Raises DeskError, MessageRefused for a file that is none, FileNotWritten."""
        for put in self._folder.asks(training=True):
            if put.ask.reference not in self._said:
                self._said[put.ask.reference] = []
                self._desk.hear(put, partial(self._say, put.ask.reference))

    def keep_looking(self, warn: Callable[[str], None]) -> None:
        """`look`; trouble is told once. What else is there is heard when a file that is none has gone."""
        try:
            self.look()
            self._trouble = ""
        except HhtError as error:
            if error.message != self._trouble:
                warn(f"{error.message} {error.remedy}")
            self._trouble = error.message

    def _say(self, reference: str, message: Message) -> None:
        self._said[reference].append(message)
        self._folder.put(reference, Hello(self._desk.name, True), self._said[reference], to_desk=False)


def _unreadable(path: Path, said: str) -> DeskError:
    return DeskError(
        _("“{file}” cannot be read: {why}.").format(file=path, why=said),
        remedy=_("Check the folder, and that its files are those of a desk."),
        code="desk-file",
    )
