"""Builds a tree of labelled octet ranges while it reads: what the dissectors of APDUs are written with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from hht.i18n import _
from hht.protocol.cosem.codes import OpenEnum
from hht.protocol.cosem.errors import NotSupported
from hht.protocol.cosem.lengths import decode_length, ended
from hht.protocol.cosem.scalars import lies
from hht.protocol.frames import Node, ProtocolError

_SHOWN = 48
MOST_NODES = 50_000  # of one tree


def in_hex(octets: bytes) -> str:
    """The first octets in hex."""
    more = "" if len(octets) <= _SHOWN else f" … ({len(octets)})"
    return octets[:_SHOWN].hex(" ").upper() + more


def as_number(octets: bytes) -> str:
    """A number, most significant octet first."""
    return str(int.from_bytes(octets, "big"))


def words(kind: type[OpenEnum]) -> Callable[[int], str]:
    """How an octet of a code table is shown: its number, and its name as the standard writes it."""
    return lambda octet: f"{octet} = {kind(octet).name.lower().replace('_', '-')}"


def masked(octets: bytes) -> str:
    """That something is there, and how long it is."""
    return _("masked, {count} octets").format(count=len(octets))


def masked_challenge(octets: bytes) -> str:
    """As `masked`, for what need not be a secret if the frame around it is sound."""
    return masked(octets)


@dataclass(slots=True)
class Group:
    """A node in the making."""

    label: str
    start: int
    value: str = ""
    children: list[Node] = field(default_factory=list)


class Walk:
    """Reads ``data[at:end]``; every octet that is taken becomes a node of the innermost group."""

    def __init__(self, data: bytes, at: int, end: int, root: Group) -> None:
        self.data = data
        self.at = at
        self.end = end
        self.root = root
        self.hide = False  # what is not understood may hold a secret: mask it
        self.conceal = False  # anything may be a secret: mask every value
        self._groups = [root]
        self._nodes = 0

    @property
    def left(self) -> int:
        """Octets not taken yet."""
        return self.end - self.at

    def peek(self) -> int:
        """The next octet. Raises Truncated."""
        if self.left < 1:
            raise ended(self.at)
        return self.data[self.at]

    def add(self, node: Node) -> None:
        """A node made elsewhere; reading goes on after it."""
        self._count()
        self._groups[-1].children.append(node)
        self.at = node.end

    def take(self, label: str, size: int, show: Callable[[bytes], str] = in_hex) -> bytes:
        """The next `size` octets as a node. Raises Truncated."""
        if size > self.left:
            raise ended(self.end)
        start, self.at = self.at, self.at + size
        octets = self.data[start : self.at]
        shown = masked if self.conceal else show
        hidden = shown in (masked, masked_challenge)
        self._leaf(label, start, shown(octets), secret=hidden and size > 0, public=shown is masked_challenge)
        return octets

    def _count(self) -> None:
        """One node more. Raises NotSupported where there are too many."""
        self._nodes += 1
        if self._nodes > MOST_NODES:
            raise NotSupported(_("The message has more parts than are taken apart at once."))

    def _leaf(self, label: str, start: int, value: str, *, secret: bool = False, public: bool = False) -> None:
        self._count()
        self._groups[-1].children.append(Node(label, start, self.at, value, secret=secret, public=public))

    def leftover(self) -> None:
        """What is left, as a node that says it was not understood."""
        self._nodes = 0
        if self.left:
            self.take(_("not understood"), self.left, masked if self.hide else in_hex)

    def octet(self, label: str, show: Callable[[int], str] = str) -> int:
        """The next octet as a node."""
        return self.take(label, 1, lambda octets: show(octets[0]))[0]

    def length(self, label: str = "") -> int:
        """A length as a node. Raises Truncated, MalformedValue."""
        value, after = decode_length(self.data[: self.end], self.at)
        start, self.at = self.at, after
        self._leaf(label or _("length"), start, "" if self.conceal else str(value))
        return value

    def counted(self, label: str, show: Callable[[bytes], str] = in_hex) -> bytes:
        """A length and that many octets as two nodes."""
        return self.take(label, self.checked_length(), show)

    def checked_length(self) -> int:
        """A length that the octets left can hold. Raises LengthLies."""
        at = self.at
        length = self.length()
        if length > self.left:
            raise lies(length, self.left, at)
        return length

    @contextmanager
    def group(self, label: str) -> Iterator[Group]:
        """What is read inside becomes one node's children; an error inside is written on it, and goes on up."""
        group = Group(label, self.at)
        self._groups.append(group)
        error = ""
        try:
            yield group
        except ProtocolError as problem:
            error = problem.message
            raise
        finally:
            self._groups.pop()
            value = "" if self.conceal else group.value
            node = Node(label, group.start, self.at, value, tuple(group.children), error)
            self._groups[-1].children.append(node)

    @contextmanager
    def within(self, size: int) -> Iterator[None]:
        """Only the next `size` octets may be read inside; what is left of them becomes a node."""
        outer, self.end = self.end, self.at + size
        try:
            yield
            self.leftover()
        finally:
            self.end = outer
