"""The centre's copies of hubs' Device Logs: the newest of each hub, by its CHF ID (factbook 2.11; CCS03, GCS59)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from hht.model.communications_hub.backup import LogBackup
from hht.model.device import Alert
from hht.model.wan.module import WanModule


class HubLogs:
    """The copies. `watchers` are told of each that comes."""

    def __init__(self, modules: Sequence[WanModule]) -> None:
        self._kept = {module.hub.identity.device_id: module.hub.backups.log() for module in modules}
        self.watchers: list[Callable[[LogBackup], None]] = []

    def __getitem__(self, chf_id: str) -> LogBackup:
        """The newest copy. Raises KeyError for a hub that was never heard."""
        return self._kept[chf_id]

    def copy_of(self, hub_id: str) -> LogBackup | None:
        """The newest copy of the hub with that CHF ID, or whose Gas Proxy Function has that GPF ID; None: there is
        none."""
        found = self._kept.get(hub_id)
        return found or next((copy for copy in self._kept.values() if copy.gpf_id == hub_id), None)

    def take(self, alert: Alert) -> None:
        """An alert has come: a copy may be with it."""
        if isinstance(alert.payload, LogBackup):
            self._kept[alert.payload.chf_id] = alert.payload
            for watcher in self.watchers:
                watcher(alert.payload)
