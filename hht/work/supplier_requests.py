"""The asks of an installation by their names in walkthroughs, with the values that job and visit give them.

Whitelisting and joins: factbook 3.2 and its join matrix; the hub's installation: factbook 3.2 row 3, 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hht.desk.kinds import AskKind
from hht.identifiers import DeviceId
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.job import Job, JobOther
from hht.work.progress import VisitProgress
from hht.work.supplier import MakeWanted, Wanted

JOIN_S = 3600  # the longest join window that DUIS allows (factbook 3.2)
_TYPES = {
    "electricity-meter": Type.ESME,
    "gas-meter": Type.GSME,
    "communications-hub": Type.CHF,
    "in-home-display": Type.IHD,
    "prepayment-interface": Type.PPMID,
}
_LOCATIONS = {
    "outside": "Outside Premises",
    "external-wall": "Indoors on external wall",
    "deep-indoors": "Deep indoors",
    "basement": "Basement or Cellar",
}
_PREMISES = {
    "detached": "Detached / Semi Detached",
    "terraced": "Terraced",
    "low-rise": "Low Rise Apartment (MDU <= 5 floors)",
    "high-rise": "High Rise Apartment (MDU > 5 floors)",
}


def _id(job: Job, type_name: str) -> DeviceId:
    device = job.device(type_name)
    assert device is not None, "the step's condition is that the job has one"
    return device.device_id


def _gpf(job: Job) -> DeviceId:
    hub = job.device("communications-hub")
    assert isinstance(hub, JobOther), "the step's condition is that the job has one"
    assert hub.gpf_id is not None, "a checked job gives a hub's GPF ID"
    return hub.gpf_id


def _whitelist(type_name: str, job: Job, _progress: VisitProgress) -> Wanted:
    type_ = _TYPES[type_name]
    details = {"other": str(_id(job, type_name)), "other_type": str(type_), "join_s": str(JOIN_S)}
    if type_ is Type.ESME:
        details["mpxn"] = job.meter.mpan.core
    return Wanted(AskKind.WHITELIST, _id(job, "communications-hub"), Type.CHF, details)


def _join(type_name: str, other: str, job: Job, _progress: VisitProgress) -> Wanted:
    ends = [(_gpf(job), Type.GPF) if name == "gpf" else (_id(job, name), _TYPES[name]) for name in (type_name, other)]
    (device, type_), (partner, partner_type) = ends
    return Wanted(AskKind.JOIN, device, type_, {"other": str(partner), "other_type": str(partner_type)})


def _of_device(kind: AskKind, type_name: str, job: Job, _progress: VisitProgress) -> Wanted:
    return Wanted(kind, _id(job, type_name), _TYPES[type_name])


def _set_mpan(job: Job, _progress: VisitProgress) -> Wanted:
    return Wanted(AskKind.SET_MPAN, job.meter.device_id, Type.ESME, {"mpan": job.meter.mpan.core})


def _set_mprn(job: Job, _progress: VisitProgress) -> Wanted:
    meter = job.device("gas-meter")
    assert isinstance(meter, JobOther), "the step's condition is that the job has one"
    return Wanted(AskKind.SET_MPRN, meter.device_id, Type.GSME, {"mprn": str(meter.mprn)})


def _set_offset(job: Job, _progress: VisitProgress) -> Wanted:
    details = {"seconds": str(job.meter.randomised_offset_limit_s)}
    return Wanted(AskKind.SET_OFFSET_LIMIT, job.meter.device_id, Type.ESME, details)


def _set_tariff(type_name: str, job: Job, _progress: VisitProgress) -> Wanted:
    return Wanted(AskKind.SET_TARIFF, _id(job, type_name), _TYPES[type_name], {"tariff": job.tariff})


def _set_calorific_value(job: Job, _progress: VisitProgress) -> Wanted:
    details = {"calorific_value": job.calorific_value, "conversion_factor": job.conversion_factor}
    return Wanted(AskKind.SET_CALORIFIC_VALUE, _id(job, "gas-meter"), Type.GSME, details)


def _place(job: Job, progress: VisitProgress, install_type: str) -> dict[str, str]:
    answers = progress.answers
    return {
        "install_type": install_type,
        "mpxn": job.meter.mpan.core,
        "aerial": answers["fit-hub/aerial"],
        "location": _LOCATIONS[answers["fit-hub/location"]],
    }


def _hub_installed(job: Job, progress: VisitProgress) -> Wanted:
    details = _place(job, progress, "New CHF Install")
    return Wanted(AskKind.HUB_INSTALLED, _id(job, "communications-hub"), Type.CHF, details)


def _hub_without_wan(job: Job, progress: VisitProgress) -> Wanted:
    found = progress.answers["hub-obstruction/obstructions"].split(",")
    checks = {f"{name}_checked": "yes" if name in found else "no" for name in ("metal", "connectivity", "shared")}
    premises = _PREMISES[progress.answers["hub-obstruction/premises"]]
    details = {**_place(job, progress, "CHF Install - no SM WAN"), "premises": premises, **checks}
    return Wanted(AskKind.HUB_INSTALLED_NO_WAN, _id(job, "communications-hub"), Type.CHF, details)


REQUESTS: Mapping[str, MakeWanted] = {
    "hub-installed": _hub_installed,
    "hub-installed-no-wan": _hub_without_wan,
    "whitelist-esme": partial(_whitelist, "electricity-meter"),
    "whitelist-gsme": partial(_whitelist, "gas-meter"),
    "whitelist-ihd": partial(_whitelist, "in-home-display"),
    "whitelist-ppmid": partial(_whitelist, "prepayment-interface"),
    "commission-esme": partial(_of_device, AskKind.COMMISSION, "electricity-meter"),
    "commission-gsme": partial(_of_device, AskKind.COMMISSION, "gas-meter"),
    "clock-esme": partial(_of_device, AskKind.SYNCHRONISE_CLOCK, "electricity-meter"),
    "set-mpan": _set_mpan,
    "set-mprn": _set_mprn,
    "set-offset": _set_offset,
    "set-tariff-esme": partial(_set_tariff, "electricity-meter"),
    "set-tariff-gsme": partial(_set_tariff, "gas-meter"),
    "set-calorific-value": _set_calorific_value,
    "join-gsme": partial(_join, "gas-meter", "gpf"),
    "join-esme-ppmid": partial(_join, "electricity-meter", "prepayment-interface"),
    "join-ppmid-esme": partial(_join, "prepayment-interface", "electricity-meter"),
    "join-gpf-ppmid": partial(_join, "gpf", "prepayment-interface"),
    "join-esme-ihd": partial(_join, "electricity-meter", "in-home-display"),
    "join-gpf-ihd": partial(_join, "gpf", "in-home-display"),
    "inventory-esme": partial(_of_device, AskKind.READ_INVENTORY, "electricity-meter"),
    "inventory-gsme": partial(_of_device, AskKind.READ_INVENTORY, "gas-meter"),
}
