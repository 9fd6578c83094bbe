"""XML as a tree with line numbers, read by a parser that lets nothing else in.

DUIS needs elements, attributes and text in UTF-8. Whatever XML has beyond that serves only to attack its reader
(entities that expand or fetch, document types, instructions), so it is refused where it is met: nothing is ever
resolved or fetched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from hht.i18n import _
from hht.protocol.duis.errors import XmlRefused

SR = "http://www.dccinterface.co.uk/ServiceUserGateway"
DS = "http://www.w3.org/2000/09/xmldsig#"

MOST_OCTETS = 16 * 1024 * 1024  # a firmware image of 10,240,000 octets as base64 is the longest that DUIS has
MOST_ELEMENTS = 200_000
MOST_DEPTH = 40
MOST_ATTRIBUTES = 32


@dataclass(frozen=True, slots=True)
class Element:
    """One element. `line` counts from 1; `text` is what stands directly in it, between its children too."""

    name: str
    namespace: str = SR
    text: str = field(default="", repr=False)  # an install code or UTRN may be among it
    children: tuple[Element, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)  # those without a namespace
    line: int = 0

    def walk(self) -> Iterator[Element]:
        """It and everything in it, from the outside in."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


@dataclass(slots=True)
class _Open:
    """An element whose end has not come."""

    name: str
    namespace: str
    attributes: dict[str, str]
    line: int
    text: list[str] = field(default_factory=list)
    children: list[Element] = field(default_factory=list)

    def closed(self) -> Element:
        text = "".join(self.text)
        return Element(self.name, self.namespace, text, tuple(self.children), self.attributes, self.line)


class _Reader:
    """What expat tells, held against what is let in."""

    def __init__(self) -> None:
        self.root: Element | None = None
        self._open: list[_Open] = []
        self._count = 0
        self.parser = expat.ParserCreate("UTF-8", namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.XmlDeclHandler = self._declared
        self.parser.StartElementHandler = self._starts
        self.parser.EndElementHandler = self._ends
        self.parser.CharacterDataHandler = self._text
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.ProcessingInstructionHandler = self._instruction

    @property
    def line(self) -> int:
        return self.parser.CurrentLineNumber

    def _declared(self, _version: str, encoding: str | None, _standalone: int) -> None:
        if encoding is not None and encoding.upper() not in ("UTF-8", "US-ASCII"):
            said = _("it says that it is written in {encoding}; DUIS is UTF-8.").format(encoding=encoding[:40])
            raise XmlRefused(said, line=self.line, code="duis-encoding")

    def _doctype(self, *_what: object) -> None:
        said = _("it has a document type of its own; with one, a file can fetch and multiply what it likes.")
        raise XmlRefused(said, line=self.line, code="duis-doctype")

    def _instruction(self, target: str, _data: str) -> None:
        said = _("it holds an instruction ({name}) for other programs.").format(name=target[:40])
        raise XmlRefused(said, line=self.line, code="duis-instruction")

    def _starts(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if self._count > MOST_ELEMENTS or len(self._open) >= MOST_DEPTH or len(attributes) > MOST_ATTRIBUTES:
            said = _("it has more elements, deeper or with more attributes, than any DUIS document.")
            raise XmlRefused(said, line=self.line, code="duis-too-much")
        namespace, _space, local = name.rpartition(" ")
        own = {key: value for key, value in attributes.items() if " " not in key}
        self._open.append(_Open(local, namespace, own, self.line))

    def _ends(self, _name: str) -> None:
        element = self._open.pop().closed()
        if self._open:
            self._open[-1].children.append(element)
        else:
            self.root = element

    def _text(self, text: str) -> None:
        self._open[-1].text.append(text)


def read_xml(octets: bytes) -> Element:
    """The document's root element.

    Raises XmlRefused for octets that are no UTF-8 or no well-formed XML, and for what the module's head names.
    """
    if len(octets) > MOST_OCTETS:
        said = _("The document has {count} octets; the longest of DUIS has {most}.")
        raise XmlRefused(said.format(count=len(octets), most=MOST_OCTETS), code="duis-too-much")
    try:
        octets.decode("utf-8")
    except UnicodeDecodeError as error:
        line = octets.count(b"\n", 0, error.start) + 1
        raise XmlRefused(_("what stands here is not UTF-8."), line=line, code="duis-encoding") from None
    reader = _Reader()
    try:
        reader.parser.Parse(octets, True)
    except expat.ExpatError as error:
        said = _("this is no well-formed XML ({what}).").format(what=expat.ErrorString(error.code))
        raise XmlRefused(said, line=error.lineno) from None
    assert reader.root is not None  # expat has raised "no element found" otherwise
    return reader.root


def write_xml(root: Element) -> bytes:
    """The document as UTF-8, `sr:` before what is of DUIS, two blanks for each level. Other namespaces keep none."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.extend(_written(root, 0, f' xmlns:sr="{SR}"'))
    return ("\n".join(lines) + "\n").encode()


def _written(element: Element, depth: int, declaration: str = "") -> Iterator[str]:
    name = f"sr:{element.name}" if element.namespace == SR else element.name
    declared = declaration if element.namespace == SR else f'{declaration} xmlns="{element.namespace}"'
    attributes = "".join(f" {key}={quoteattr(value)}" for key, value in element.attributes.items())
    head, indent = f"<{name}{declared}{attributes}", "  " * depth
    if not element.children:
        yield f"{indent}{head}>{escape(element.text)}</{name}>" if element.text else f"{indent}{head}/>"
        return
    yield f"{indent}{head}>"
    for child in element.children:
        yield from _written(child, depth + 1)
    yield f"{indent}</{name}>"


def element(name: str, text: str = "", *children: Element, **attributes: str) -> Element:
    """An element of DUIS to be written."""
    return Element(name, SR, text, children, attributes)


def of(name: str, children: Iterable[Element]) -> Element:
    """An element of DUIS that holds others."""
    return Element(name, SR, "", tuple(children))
