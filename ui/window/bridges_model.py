"""The BLE bridges that are heard, as their sheet shows them. Plain Python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from hht.i18n import _, ngettext

if TYPE_CHECKING:
    from ui.bridges import BridgeChoice

Doing = Literal["listening", "connecting", "idle"]


class BridgesModel:
    """`rows` in the order in which they stand on the screen; `doing`: what goes on."""

    def __init__(self) -> None:
        self.rows: list[BridgeChoice] = []
        self.doing: Doing = "idle"
        self.everything = False
        self.to: BridgeChoice | None = None  # the one that is connected to

    def listen(self) -> None:
        """Listening begins, and the list anew."""
        self.rows, self.doing = [], "listening"

    def take(self, seen: list[BridgeChoice]) -> None:
        """What is heard now, the nearest first. A row that stands there stays in its place: nobody presses a row and
        hits another; a new one comes before the first that is weaker."""
        now = {bridge.url: bridge for bridge in seen}
        self.rows = [now.get(row.url, row) for row in self.rows]
        there = {row.url for row in self.rows}
        for bridge in seen:
            if bridge.url not in there:
                weaker = (at for at, row in enumerate(self.rows) if row.rssi < bridge.rssi)
                self.rows.insert(next(weaker, len(self.rows)), bridge)

    def connect(self, bridge: BridgeChoice) -> None:
        """That one is tried."""
        self.doing, self.to = "connecting", bridge

    def rest(self) -> None:
        """Nothing goes on any more."""
        self.doing, self.to = "idle", None

    @property
    def status(self) -> str:
        """What goes on, in a sentence."""
        if self.to is not None:
            return _("Connecting to {name}…").format(name=self.to.title)
        count = len(self.rows)
        if self.doing == "listening":
            return _("Listening… {count} heard").format(count=count) if count else _("Listening…")
        if not count:
            return _(
                "Nothing is heard. Wake the bridge (most have a button), charge it, come nearer; one that a phone or "
                "another computer has is heard by nobody."
            )
        return ngettext("{count} heard", "{count} heard", count).format(count=count)
