"""HDLC bytes as a labelled tree: every flag, field and check sequence, and what the information holds.

Unlike the reader it shows damaged frames too, as far as they go, and says what is wrong with them.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from hht.i18n import _, ngettext
from hht.protocol.dissect import bounded, nested, raw
from hht.protocol.frames import FrameError, Node
from hht.protocol.hdlc.fcs import fcs16
from hht.protocol.hdlc.frame import FLAG, HdlcAddress, control_of
from hht.protocol.hdlc.information import frame_reject_nodes, llc_node, parameter_nodes

_LINKS: Final = {"SNRM": parameter_nodes, "UA": parameter_nodes, "FRMR": frame_reject_nodes}


def dissect_hdlc(data: bytes, offset: int = 0) -> Node:
    """The tree of ``data[offset:]``: one frame, or a stream of frames with whatever lies between them. Never raises."""
    items = bounded(_items(data, offset), len(data))
    if len(items) == 1 and items[0].start == offset and items[0].end == len(data):
        return items[0]
    count = sum(1 for item in items if item.children)
    return Node(
        _("HDLC stream"),
        offset,
        len(data),
        ngettext("{count} frame", "{count} frames", count).format(count=count),
        items,
    )


def _items(data: bytes, position: int) -> Iterator[Node]:
    """Frames, and nodes for what is none, in the order in which they stand."""
    shown = position  # every byte before is in a node
    while position < len(data):
        start = data.find(FLAG, position)
        if start < 0:
            start = len(data)
        if start > shown:
            yield _noise(data, shown, start)
        opening = start
        while data[opening + 1 : opening + 2] == b"\x7e":
            opening += 1
        fill, until = max(start, shown), opening if opening + 1 < len(data) else len(data)
        if until > fill:
            yield raw(data, fill, until, _("Flags between frames"))
        if until == len(data):
            return
        node, position = _frame(data, opening, shown)
        yield node
        shown = node.end


def _noise(data: bytes, start: int, end: int) -> Node:
    return raw(
        data, start, end, _("Bytes outside frames"), error=_("These bytes belong to no frame."), code="hdlc-noise"
    )


def _frame(data: bytes, start: int, shown: int) -> tuple[Node, int]:
    """The frame that opens at `start`, and where to go on: at its closing flag, which may open the next."""
    following = data.find(FLAG, start + 1)
    there = len(data) if following < 0 else following
    if len(data) < start + 3 or data[start + 1] & 0xF0 != 0xA0:
        return _noise(data, max(start, shown), there), there
    shared = start < shown
    length = (data[start + 1] & 0x07) << 8 | data[start + 2]
    close = start + 1 + length
    if length >= 7 and data[close : close + 1] == b"\x7e":
        return _Frame(data, start, close, length, whole=True, shared=shared).node(), close
    there = max(there, start + 3)
    return _Frame(data, start, there, length, whole=False, shared=shared).node(), there


class _Frame:
    """Takes one frame apart. `close` is where its closing flag stands, or where what there is of it ends. `shared`: the
    flag at `start` closes the frame before, and is shown there."""

    def __init__(self, data: bytes, start: int, close: int, length: int, *, whole: bool, shared: bool) -> None:
        self._data, self._start, self._close, self._whole, self._shared = data, start, close, whole, shared
        # the frame check sequence begins here, as far as there is one
        self._limit = max(start + 3, min(close, start + 1 + length - 2))
        self._children: list[Node] = []
        self._at = start
        self._ends: list[str] = []
        self._kind = ""
        self._segmented = False

    def node(self) -> Node:
        """The tree."""
        if self._shared:
            self._at += 1
        else:
            self._take(1, _("Opening flag"))
        self._format()
        if self._addresses() and self._at < self._limit:
            self._control()
            self._rest()
        self._unplaced(self._limit)
        if self._at == self._limit and self._limit + 2 <= self._close:
            self._checked(self._limit, self._start + 1, _("Frame check sequence (FCS)"), "hdlc-fcs")
        self._unplaced(self._close)
        if self._whole:
            self._take(1, _("Closing flag"))
        return Node(
            _("HDLC frame {kind}").format(kind=self._kind).rstrip(),
            self._start + self._shared,
            self._at,
            " ← ".join(self._ends) + (_(" (its opening flag closes the frame before)") if self._shared else ""),
            tuple(self._children),
            "" if self._whole else _("The frame is cut off, or its length field does not fit."),
            "" if self._whole else "hdlc-length",
        )

    def _unplaced(self, end: int) -> None:
        """Whatever stands before `end` and has no place."""
        if self._at < end:
            self._take(end - self._at, _("Bytes that cannot be placed"))

    def _take(self, size: int, label: str) -> None:
        end = self._at + size
        self._children.append(raw(self._data, self._at, end, label))
        self._at = end

    def _format(self) -> None:
        first, second = self._data[self._at], self._data[self._at + 1]
        self._segmented = bool(first & 0x08)
        value = _("type 3, {length} bytes").format(length=(first & 0x07) << 8 | second)
        if self._segmented:
            value += _(", more segments follow")
        self._children.append(Node(_("Frame format"), self._at, self._at + 2, value))
        self._at += 2

    def _addresses(self) -> bool:
        for label in (_("Destination address"), _("Source address")):
            if self._at >= self._limit:
                return False
            try:
                address, end = HdlcAddress.parse(self._data[: self._limit], self._at)
            except FrameError as error:
                end = min(self._at + 4, self._limit)
                self._children.append(raw(self._data, self._at, end, label, error=error.message, code=error.code))
                self._at = end
                return False
            self._children.append(Node(label, self._at, end, address_text(address)))
            self._ends.append(address_text(address))
            self._at = end
        return True

    def _control(self) -> None:
        byte = self._data[self._at]
        try:
            control, final, send, receive = control_of(byte)
        except FrameError as error:
            node = raw(self._data, self._at, self._at + 1, _("Control"), error=error.message, code=error.code)
        else:
            self._kind = control.value
            parts = [self._kind]
            if self._kind == "I":
                parts.append(f"N(S)={send}")
            if self._kind in ("I", "RR", "RNR", "REJ"):
                parts.append(f"N(R)={receive}")
            node = Node(_("Control"), self._at, self._at + 1, " ".join([*parts, "P/F=1" if final else "P/F=0"]))
        self._children.append(node)
        self._at += 1

    def _rest(self) -> None:
        """Header check sequence and information, where there are any."""
        left = self._limit - self._at
        if left == 0 or (left < 3 and not self._whole):
            return
        if left < 3:
            error = _("The frame has a header check sequence and no information.")
            label = _("Bytes that cannot be placed")
            self._children.append(raw(self._data, self._at, self._limit, label, error=error, code="hdlc-truncated"))
            self._at = self._limit
            return
        self._checked(self._at, self._start + 1, _("Header check sequence (HCS)"), "hdlc-hcs")
        self._children.append(self._information(self._at, self._limit))
        self._at = self._limit

    def _checked(self, at: int, since: int, label: str, code: str) -> None:
        """A check sequence at `at` over the bytes from `since` on."""
        right = fcs16(self._data[since:at]).to_bytes(2, "little")
        found = self._data[at : at + 2]
        error = "" if found == right else _("should be {right}").format(right=right.hex(" ").upper())
        self._children.append(raw(self._data, at, at + 2, label, error=error, code=code if error else ""))
        self._at = at + 2

    def _information(self, start: int, end: int) -> Node:
        children: tuple[Node, ...] = ()
        if self._kind in _LINKS:
            children = tuple(_LINKS[self._kind](self._data, start, end))
        elif self._kind in ("I", "UI"):
            children = tuple(self._payload(start, end))
        value = ngettext("{count} byte", "{count} bytes", end - start).format(count=end - start)
        if not children:
            return raw(self._data, start, end, _("Information"))
        return Node(_("Information"), start, end, value, children)

    def _payload(self, start: int, end: int) -> Iterator[Node]:
        llc = llc_node(self._data, start, end)
        if llc is not None:
            yield llc
            start = llc.end
        if start == end:
            return
        if self._segmented or llc is None:
            yield raw(self._data, start, end, _("Segment of an APDU"))
        else:
            yield nested(self._data, "apdu", start, end)


def address_text(address: HdlcAddress) -> str:
    """An address for people: the SAP or logical device, and the physical device behind a stroke."""
    return str(address.upper) if address.lower is None else f"{address.upper}/{address.lower}"
