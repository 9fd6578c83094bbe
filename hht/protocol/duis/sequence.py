"""Reads an element's children in the order that the interface gives them, and says by line what stands wrong."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from hht.i18n import _
from hht.protocol.duis.errors import StructureError
from hht.protocol.duis.tree import DS, SR, Element

T = TypeVar("T")


class Sequence:
    """The children of `parent`, taken one by one. Raises StructureError for text beside them."""

    def __init__(self, parent: Element) -> None:
        if parent.text.strip():
            said = _("{name} holds elements; it cannot hold the text “{text}” as well.")
            raise StructureError(said.format(name=parent.name, text=parent.text.strip()[:40]), line=parent.line)
        self._parent = parent
        self._left = list(parent.children)

    def peek(self) -> Element | None:
        """The next element, which stays."""
        return self._left[0] if self._left else None

    def next_is(self, name: str, namespace: str = SR) -> bool:
        """Whether the next element is this one."""
        element = self.peek()
        return element is not None and (element.name, element.namespace) == (name, namespace)

    def any(self) -> Element:
        """The next element, whichever it is. Raises StructureError when there is none."""
        if not self._left:
            said = _("{name} is empty; one element is expected in it.").format(name=self._parent.name)
            raise StructureError(said, line=self._parent.line, code="duis-missing")
        return self._left.pop(0)

    def must(self, name: str, read: Callable[[Element], T]) -> T:
        """What `read` makes of the next element. Raises StructureError when that is another or none."""
        if not self.next_is(name):
            found = self.peek()
            if found is None:
                said = _("{parent} lacks {name}.").format(parent=self._parent.name, name=name)
                raise StructureError(said, line=self._parent.line, code="duis-missing")
            said = _("{name} is expected here; {found} was found.").format(name=name, found=found.name)
            raise StructureError(said, line=found.line, code="duis-unexpected")
        return read(self._left.pop(0))

    def may(self, name: str, read: Callable[[Element], T]) -> T | None:
        """What `read` makes of the next element if it is this one."""
        return read(self._left.pop(0)) if self.next_is(name) else None

    def signature(self) -> Element | None:
        """The XML signature, if that comes next."""
        return self._left.pop(0) if self.next_is("Signature", DS) else None

    def end(self) -> None:
        """Nothing may be left. Raises StructureError for what is."""
        if self._left:
            said = _("{found} has no place here in {parent}.")
            first = self._left[0]
            words = said.format(found=first.name, parent=self._parent.name)
            raise StructureError(words, line=first.line, code="duis-unexpected")
