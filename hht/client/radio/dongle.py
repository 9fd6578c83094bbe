"""A dongle: what it is, and what it hears around it. Nothing here comes onto a HAN."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from hht.client.far_end import ANYBODY, FarEnd
from hht.client.radio.errors import DongleError, dongle_refused, dongle_silent
from hht.client.radio.host import DongleHost, RadioTiming
from hht.i18n import _
from hht.identifiers import DeviceId
from hht.identifiers.errors import IdentifierError
from hht.link import Link
from hht.protocol.znp.messages import Command
from hht.protocol.znp.status import NWK_NO_NETWORKS, SUCCESS
from hht.protocol.znp.sys import (
    Capability,
    GetExtAddr,
    GetExtAddrRsp,
    Item,
    OsalNvWrite,
    Ping,
    PingRsp,
    ResetReq,
    Version,
    VersionRsp,
)
from hht.protocol.znp.zdo import (
    CHANNELS,
    Beacon,
    BeaconNotifyInd,
    MgmtNwkUpdateNotify,
    MgmtNwkUpdateReq,
    NetworkDiscoveryReq,
    NwkDiscoveryCnf,
    channel_mask,
    channels_of,
)

SOFT_RESET: Final = 1
_SHORT: Final = 2  # address mode
_HERE: Final = 0x0000


@dataclass(frozen=True, slots=True)
class DongleFacts:
    """What a dongle says of itself. `code_revision`: the date of its firmware (YYYYMMDD) on most."""

    device_id: DeviceId
    product: int
    release: tuple[int, int, int]
    code_revision: int
    capabilities: Capability

    @property
    def stack(self) -> str:
        """Z-Stack's version, as far as it shows: what has the AppConfig subsystem is 3.x, what has not is 1.2."""
        return "3.x" if Capability.APP_CONFIG in self.capabilities else "1.2"

    @property
    def firmware(self) -> str:
        """Its release and revision, for people."""
        return f"{'.'.join(map(str, self.release))} ({self.code_revision})"


class Dongle:
    """A conversation with a dongle over `dial()`'s link. ``async with``, or `open` and `close`."""

    def __init__(
        self, dial: Callable[[], Link], *, timing: RadioTiming | None = None, far_end: FarEnd = ANYBODY
    ) -> None:
        """`far_end` judges onto whose HAN the terminal comes, and to which devices it speaks there."""
        self.timing = timing or RadioTiming()
        self.far_end = far_end
        self._dial = dial
        self._host: DongleHost | None = None
        self._facts: DongleFacts | None = None

    @property
    def host(self) -> DongleHost:
        """The API's end; RuntimeError while it is not open."""
        if self._host is None:
            raise RuntimeError("the dongle is not open")
        return self._host

    @property
    def facts(self) -> DongleFacts:
        """What it says of itself; RuntimeError while it is not open."""
        if self._facts is None:
            raise RuntimeError("the dongle is not open")
        return self._facts

    async def open(self) -> DongleFacts:
        """Open the link, have the dongle start anew (whatever another program left it in, or a scan that was cancelled,
        is over then) and ask who it is. Raises LinkUnavailable, DongleError."""
        self._host = DongleHost(self._dial(), self.timing)
        try:
            await self._host.open()
            await self._host.ask(Ping(), answer=PingRsp)  # is it a dongle at all?
            await self.reset()
            self._facts = await self._ask()
        except BaseException:
            await self.close()
            raise
        return self._facts

    async def close(self) -> None:
        """Close the link. Never raises; may be called twice."""
        host, self._host = self._host, None
        if host is not None:
            await host.close()

    async def __aenter__(self) -> Dongle:
        await self.open()
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    async def reset(self) -> None:
        """Let it start anew. Raises DongleError where it does not come back."""
        if not await self.host.reset(ResetReq(SOFT_RESET)):
            await self.host.ask(Ping(), answer=PingRsp)  # it may have come back, and its word was lost

    async def _ask(self) -> DongleFacts:
        host = self.host
        capabilities = (await host.ask(Ping(), answer=PingRsp)).capabilities
        version = await host.ask(Version(), answer=VersionRsp)
        address = (await host.ask(GetExtAddr(), answer=GetExtAddrRsp)).address
        try:
            device_id = DeviceId(address)
        except IdentifierError as error:
            raise DongleError(
                _("The dongle has no IEEE address of its own: it says {address}.").format(address=address),
                remedy=_("Have one written into it, or use another dongle."),
                code="dongle-no-address",
            ) from error
        return DongleFacts(
            device_id,
            version.product,
            (version.major, version.minor, version.maintenance),
            version.code_revision,
            Capability(capabilities & _KNOWN),
        )

    # --- looking around --------------------------------------------------------------------------------------------

    async def energy(self, channels: Sequence[int] = CHANNELS, *, duration: int = 2) -> dict[int, int]:
        """Measure once: energy by channel, 0 (quiet) to 255. `duration` n: (2**n + 1) x 15.36 ms on each (n to 5)."""
        host = self.host
        host.forget(MgmtNwkUpdateNotify)
        await host.do(MgmtNwkUpdateReq(_HERE, _SHORT, channel_mask(channels), duration, 1))
        found = await host.expect(
            lambda one: isinstance(one, MgmtNwkUpdateNotify), self._scan_s(len(channels), duration)
        )
        if not isinstance(found, MgmtNwkUpdateNotify):
            raise dongle_silent(_("energy scan"))
        if found.status != SUCCESS:
            raise dongle_refused(_("energy scan"), found.status)
        return dict(zip(channels_of(found.scanned), found.energies, strict=False))

    async def networks(self, channels: Sequence[int] = CHANNELS, *, duration: int = 3) -> list[Beacon]:
        """Look for networks once: one beacon each. `duration` as for `energy` (n to 14)."""
        host = self.host
        host.forget(BeaconNotifyInd, NwkDiscoveryCnf)
        # Some firmware looks only where its list of channels says.
        await host.do(OsalNvWrite(Item.CHANNEL_LIST, 0, channel_mask(channels).to_bytes(4, "little")), once=False)
        await host.do(NetworkDiscoveryReq(channel_mask(channels), duration))
        seen: dict[tuple[str, int, int], Beacon] = {}

        def take(one: Command) -> bool:
            return isinstance(one, BeaconNotifyInd | NwkDiscoveryCnf)

        while True:
            found = await host.expect(take, self._scan_s(len(channels), duration))
            if found is None:
                raise dongle_silent(_("network scan"))
            if isinstance(found, NwkDiscoveryCnf):
                if found.status not in (SUCCESS, NWK_NO_NETWORKS):
                    raise dongle_refused(_("network scan"), found.status)
                return list(seen.values())
            assert isinstance(found, BeaconNotifyInd)
            for beacon in found.beacons:
                key = beacon.extended_pan, beacon.channel, beacon.pan
                if key not in seen or beacon.lqi > seen[key].lqi:
                    seen[key] = beacon

    def _scan_s(self, channels: int, duration: int) -> float:
        return channels * ((1 << duration) + 1) * 0.01536 + self.timing.scan_slack_s


_KNOWN: Final = sum(one.value for one in Capability)
