"""What a training job says is at hand at its emulated home: the desk, the dongle, the pack of its training desk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from hht.link_url import LinkUrl, parse_link_url
from ui.packs import Packs

if TYPE_CHECKING:
    from hht.clock import Clock
    from hht.identifiers import DeviceId, InstallCode
    from hht.store.store import Store
    from hht.work.job import Job
    from ui.compose import Composer
    from ui.visits import VisitOptions


def equipped(options: VisitOptions, job: Job, link: str) -> VisitOptions:
    """`options` with what the job has, where the person said nothing else; of a home that is not emulated as they
    are."""
    kit, url = job.kit, parse_link_url(link)
    if not job.training or url.scheme != "emulated":
        return options
    more = {"via": "han"} | ({"hub": "fresh"} if kit.dongle == "fresh" else {})
    dongle = str(LinkUrl(url.scheme, url.target, {**url.options, **more})) if kit.dongle else ""
    return replace(options, desk=options.desk or kit.desk, han=options.han or dongle)


def issue_pack(store: Store, clock: Clock, composer: Composer, job: Job, link: str) -> None:
    """The training desk's pack for an unattended visit that begins, taken as a later edition than those before. Nothing
    where the job asks for none, or one is kept that can still be delivered. Raises PackError, PremisesError."""
    packs = Packs(store, clock, composer)
    kept = [one for one in packs.list() if one.job == job.reference]
    if not job.training or not job.kit.pack or any(not entry.state.final for one in kept for entry in one.entries):
        return
    from hht.emulation.desk import prepare
    from hht.emulation.pack_order import PackPart
    from hht.packs.kept import PackStore

    parts, now = tuple(map(PackPart, job.kit.pack)), clock.now()
    codes = _install_codes(composer, link) if PackPart.WHITELIST in parts else {}
    edition = PackStore(store).newest_edition(job.reference) + 1
    octets = prepare(job, now, int(now.timestamp() * 1000), parts, edition=edition, codes=codes)
    packs.take(octets, job.reference, job.reference)


def _install_codes(composer: Composer, link: str) -> dict[DeviceId, InstallCode]:
    """Of the devices at the emulated home."""
    from hht.identifiers import DeviceId

    return {
        DeviceId.parse(device.identity.device_id): device.node.install_code
        for device in composer.living.premises(parse_link_url(link)).devices
        if device.node is not None and device.node.install_code is not None
    }
