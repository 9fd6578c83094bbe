"""What a job says of the home that is visited."""

from __future__ import annotations

from typing import Final

from hht.identifiers import DeviceId
from hht.work.job import Job, JobMeter, JobOther
from hht.work.looks.ways import Home

_KINDS: Final = {
    "electricity-meter": "esme",
    "gas-meter": "gsme",
    "communications-hub": "chf",
    "in-home-display": "ihd",
    "consumer-access-device": "cad",
}


def home_of_job(job: Job) -> Home:
    """The first device of each kind, the MPAN and MPRN of the address, phases by the meter's variant."""
    devices: dict[str, DeviceId] = {}
    mpan, mprn, phases = "", "", 0
    for device in job.devices:
        kind = _KINDS.get(device.type)
        if kind is None or kind in devices:
            continue
        devices[kind] = device.device_id
        if isinstance(device, JobMeter):
            mpan, phases = str(device.mpan), 3 if device.variant == "polyphase" else 1
        if isinstance(device, JobOther):
            mprn = str(device.mprn) if device.mprn is not None else mprn
            if device.gpf_id is not None:
                devices["gpf"] = device.gpf_id
    return Home(devices, mpan, mprn, phases, job.payment_mode == "prepayment", whole=True)


__all__ = ["home_of_job"]
