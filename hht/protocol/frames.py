"""What every protocol here shares: its errors, and the labelled tree that a dissected frame becomes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, NamedTuple

from hht.errors import HhtError


class ProtocolError(HhtError):
    """The other end sent something that this protocol does not allow."""

    default_code: ClassVar[str] = "protocol-error"


class FrameError(ProtocolError):
    """Bytes that are no valid frame: wrong checksum, lying length, truncated, overlong."""

    default_code: ClassVar[str] = "frame-error"


class Node(NamedTuple):  # no dataclass: a long message has thousands, and a frozen one takes six times as long to make
    """One labelled byte range ``[start, end)`` of the whole input, with what it holds.

    `error` says what is wrong with these bytes, `code` the same for programs. Children tile their parent: each octet
    stands in exactly one leaf (a flag that closes a frame and opens the next is shown where it closes).
    """

    label: str
    start: int
    end: int
    value: str = ""
    children: tuple[Node, ...] = ()
    error: str = ""
    code: str = ""
    secret: bool = False  # these octets hold a secret (or may): `value` does not show them
    public: bool = False  # ... unless the frame is sound: then they are a challenge, which anybody may see

    def size(self) -> int:
        """How many nodes the tree has."""
        return 1 + sum(child.size() for child in self.children) if self.children else 1

    def secrets(self) -> Iterator[Node]:
        """Every node of the tree that holds a secret."""
        if self.secret:
            yield self
        for child in self.children:
            yield from child.secrets()

    def errors(self) -> Iterator[Node]:
        """Every node of the tree that has an error, the outer ones first."""
        if self.error:
            yield self
        for child in self.children:
            yield from child.errors()

    def as_dict(self) -> dict[str, object]:
        """The node as the command line's JSON shape; empty parts are left out."""
        tree: dict[str, object] = {"label": self.label, "start": self.start, "end": self.end}
        if self.value:
            tree["value"] = self.value
        if self.error:
            tree["error"] = self.error
        if self.code:
            tree["code"] = self.code
        if self.children:
            tree["children"] = [child.as_dict() for child in self.children]
        return tree
