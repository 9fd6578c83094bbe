"""The corpus: inputs as hex, one to a line, its messages apart by blanks; ``-`` is a message of no octets.

``corpus/NAME.txt`` is what `seeds` makes; ``corpus/found/TARGET-NUMBER.txt`` is one input that once failed, and why;
``corpus/grown/TARGET.txt`` has inputs that reached lines of the program which no other does (`growth`).
"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

from tests.fuzz.mutation import Messages

FOLDER = Path(__file__).parent / "corpus"
FOUND = FOLDER / "found"
GROWN = FOLDER / "grown"


def as_line(messages: Messages) -> str:
    """One input as a line."""
    return " ".join(octets.hex() or "-" for octets in messages)


def from_line(line: str) -> Messages:
    """One input from its line. Raises ValueError."""
    return tuple(bytes.fromhex("" if word == "-" else word) for word in line.split(" "))


def load(name: str) -> list[Messages]:
    """The inputs of ``corpus/NAME.txt``."""
    return _read(FOLDER / f"{name}.txt")


def save(name: str, inputs: list[Messages]) -> None:
    """Write ``corpus/NAME.txt``; each input once."""
    _write(FOLDER / f"{name}.txt", inputs)


def grown(target: str) -> list[Messages]:
    """The inputs of ``corpus/grown/TARGET.txt``; none where there is none yet."""
    path = GROWN / f"{target}.txt"
    return _read(path) if path.exists() else []


def save_grown(target: str, inputs: list[Messages]) -> None:
    """Write ``corpus/grown/TARGET.txt``."""
    _write(GROWN / f"{target}.txt", inputs)


def _read(path: Path) -> list[Messages]:
    lines = path.read_text(encoding="ascii").splitlines()
    return [from_line(line) for line in lines if line and not line.startswith("#")]


def _write(path: Path, inputs: list[Messages]) -> None:
    lines = dict.fromkeys(map(as_line, inputs))
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="ascii")


def keep(target: str, messages: Messages, why: str) -> Path:
    """Put an input that failed where the tests find it."""
    FOUND.mkdir(parents=True, exist_ok=True)
    line = as_line(messages)
    path = FOUND / f"{target}-{sha256(line.encode()).hexdigest()[:8]}.txt"
    reason = " ".join(why.split()).encode("ascii", "backslashreplace").decode()
    path.write_text(f"# {reason}\n{line}\n", encoding="ascii")
    return path


def found() -> list[tuple[str, str, Messages]]:
    """Every input that once failed: the file's name, the target's, and the input."""
    inputs = []
    for path in sorted(FOUND.glob("*.txt")):
        *_why, line = path.read_text(encoding="ascii").splitlines()
        inputs.append((path.name, path.stem.rpartition("-")[0], from_line(line)))
    return inputs
