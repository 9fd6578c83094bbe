"""The asks of an installation by their names in walkthroughs, with the values that job and visit give them.

Whitelisting and joins: factbook 3.2 and its join matrix; the hub's installation: factbook 3.2 row 3, 3.4.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from hht.desk.kinds import AskKind
from hht.identifiers import DeviceId
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from hht.work.job import CAD, Job, JobOther
from hht.work.progress import VisitProgress
from hht.work.supplier import MakeWanted, Wanted

JOIN_S = 3600  # the longest join window that DUIS allows (factbook 3.2)
_TYPES = {
    "electricity-meter": Type.ESME,
    "gas-meter": Type.GSME,
    "communications-hub": Type.CHF,
    "in-home-display": Type.IHD,
    "prepayment-interface": Type.PPMID,
    CAD: Type.CAD,
    "load-control-switch": Type.HCALCS,
    "generation-meter": Type.ESME,
}
LABELS = "label-switches"  # the step in which labels are typed
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
    second = job.meter.secondary_mpan
    details = {"mpan": job.meter.mpan.core} | ({"secondary": second.core} if second is not None else {})
    return Wanted(AskKind.SET_MPAN, job.meter.device_id, Type.ESME, details)


def _set_mprn(job: Job, _progress: VisitProgress) -> Wanted:
    meter = job.device("gas-meter")
    assert isinstance(meter, JobOther), "the step's condition is that the job has one"
    return Wanted(AskKind.SET_MPRN, meter.device_id, Type.GSME, {"mprn": str(meter.mprn)})


def _set_offset(job: Job, _progress: VisitProgress) -> Wanted:
    details = {"seconds": str(job.meter.randomised_offset_limit_s)}
    return Wanted(AskKind.SET_OFFSET_LIMIT, job.meter.device_id, Type.ESME, details)


def _set_tariff(type_name: str, job: Job, _progress: VisitProgress) -> Wanted:
    return Wanted(AskKind.SET_TARIFF, _id(job, type_name), _TYPES[type_name], {"tariff": job.tariff})


def _label_switches(job: Job, progress: VisitProgress) -> Wanted:
    """As typed at the meter; where nothing was typed yet, as the job has them."""
    typed = progress.answers
    labels = {f"label_{one.number}": typed.get(f"{LABELS}/label-{one.number}", one.label) for one in job.switches}
    return Wanted(AskKind.LABEL_SWITCHES, job.meter.device_id, Type.ESME, labels)


def _switch_times(job: Job, _progress: VisitProgress) -> Wanted:
    times = {f"times_{one.number}": one.on for one in job.switches if one.on}
    weekends = {f"weekend_{one.number}": one.weekend for one in job.switches if one.weekend}
    return Wanted(AskKind.SET_SWITCH_TIMES, job.meter.device_id, Type.ESME, times | weekends)


def _boost(job: Job, _progress: VisitProgress) -> Wanted:
    numbers = ",".join(str(one.number) for one in job.switches if one.boost)
    return Wanted(AskKind.ADD_TO_BOOST, job.meter.device_id, Type.ESME, {"switches": numbers})


def held_switch(job: Job, number: int, minutes: int, *, closed: bool) -> Wanted:
    """That a switch is closed, or open, for so many minutes; then the meter gives it back to its calendar by itself."""
    kind = AskKind.CLOSE_SWITCH if closed else AskKind.OPEN_SWITCH
    return Wanted(kind, job.meter.device_id, Type.ESME, {"switch": str(number), "minutes": str(minutes)})


def released_switch(job: Job, number: int) -> Wanted:
    """That a switch is given back to its calendar at once."""
    return Wanted(AskKind.RELEASE_SWITCH, job.meter.device_id, Type.ESME, {"switch": str(number)})


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


def _pair(job: Job, _progress: VisitProgress) -> Wanted:
    details = {"other": str(_id(job, CAD)), "other_type": str(Type.CAD)}
    return Wanted(AskKind.PAIR_DEVICE, _id(job, "communications-hub"), Type.CHF, details)


def _tenancy(at: str, job: Job, _progress: VisitProgress) -> Wanted:
    device, type_ = (_gpf(job), Type.GPF) if at == "gpf" else (_id(job, at), _TYPES[at])
    return Wanted(AskKind.CHANGE_TENANCY, device, type_)


def _found(progress: VisitProgress, where: str) -> list[str]:
    """The devices that a step has found in the log of hub, meter or gas proxy."""
    step = progress.steps.get("find-devices")
    return [str(one) for one in step.data.get(where, ())] if step is not None else []


def _unjoin_each(at: str, job: Job, progress: VisitProgress) -> tuple[Wanted, ...]:
    """At one meter, each device that was found joined to it."""
    device, type_ = (_gpf(job), Type.GPF) if at == "gpf" else (_id(job, at), _TYPES[at])
    found = _found(progress, "gas" if at == "gpf" else "meter")
    told = [{"other": one, "other_type": str(Type.CAD)} for one in found]
    return tuple(Wanted(AskKind.UNJOIN, device, type_, details) for details in told)


def _remove_each(job: Job, progress: VisitProgress) -> tuple[Wanted, ...]:
    """Each device that was found in the hub's Device Log."""
    hub = _id(job, "communications-hub")
    return tuple(Wanted(AskKind.REMOVE, hub, Type.CHF, {"other": one}) for one in _found(progress, "hub"))


_OLD = {"electricity": Type.ESME, "gas": Type.GSME}


def _old_id(job: Job, fuel: str) -> DeviceId:
    device = job.old_device(fuel)
    assert device is not None, "the step's condition is that the job names one"
    return device


def _remove_old(fuel: str, job: Job, _progress: VisitProgress) -> Wanted:
    return Wanted(AskKind.REMOVE, _id(job, "communications-hub"), Type.CHF, {"other": str(_old_id(job, fuel))})


def _of_old(kind: AskKind, fuel: str, job: Job, _progress: VisitProgress) -> Wanted:
    return Wanted(kind, _old_id(job, fuel), _OLD[fuel])


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
    "join-gsme-ppmid": partial(_join, "gas-meter", "prepayment-interface"),
    "join-ppmid-gsme": partial(_join, "prepayment-interface", "gas-meter"),
    "join-gpf-ppmid": partial(_join, "gpf", "prepayment-interface"),
    "join-esme-ihd": partial(_join, "electricity-meter", "in-home-display"),
    "join-gpf-ihd": partial(_join, "gpf", "in-home-display"),
    "notify-device": partial(_of_device, AskKind.PRE_NOTIFY, CAD),
    "whitelist-device": partial(_whitelist, CAD),
    "join-esme-device": partial(_join, "electricity-meter", CAD),
    "join-gpf-device": partial(_join, "gpf", CAD),
    "pair-device": _pair,
    "tenancy-esme": partial(_tenancy, "electricity-meter"),
    "tenancy-gpf": partial(_tenancy, "gpf"),
    "unjoin-esme-devices": partial(_unjoin_each, "electricity-meter"),
    "unjoin-gpf-devices": partial(_unjoin_each, "gpf"),
    "remove-devices": _remove_each,
    "whitelist-hcalcs": partial(_whitelist, "load-control-switch"),
    "join-hcalcs-esme": partial(_join, "load-control-switch", "electricity-meter"),
    "join-esme-hcalcs": partial(_join, "electricity-meter", "load-control-switch"),
    "partners-hcalcs": partial(_of_device, AskKind.READ_DEVICE_LOG, "load-control-switch"),
    "partners-esme": partial(_of_device, AskKind.READ_DEVICE_LOG, "electricity-meter"),
    "label-switches": _label_switches,
    "switch-times": _switch_times,
    "boost": _boost,
    "arm-esme": partial(_of_device, AskKind.ARM_SUPPLY, "electricity-meter"),
    "arm-gsme": partial(_of_device, AskKind.ARM_SUPPLY, "gas-meter"),
    "inventory-esme": partial(_of_device, AskKind.READ_INVENTORY, "electricity-meter"),
    "inventory-gsme": partial(_of_device, AskKind.READ_INVENTORY, "gas-meter"),
    "remove-old-esme": partial(_remove_old, "electricity"),
    "remove-old-gsme": partial(_remove_old, "gas"),
    "decommission-old-esme": partial(_of_old, AskKind.DECOMMISSION, "electricity"),
    "decommission-old-gsme": partial(_of_old, AskKind.DECOMMISSION, "gas"),
    "read-generation": partial(_of_device, AskKind.READ_MPXN, "generation-meter"),
    "decommission-hub": partial(_of_device, AskKind.DECOMMISSION, "communications-hub"),
    "inventory-old-esme": partial(_of_old, AskKind.READ_INVENTORY, "electricity"),
    "inventory-old-gsme": partial(_of_old, AskKind.READ_INVENTORY, "gas"),
}

# Requests that ask whether a record is closed: one that is not leads bills and tools to a meter that is gone
CLOSED: frozenset[str] = frozenset({"inventory-old-esme", "inventory-old-gsme"})

# Whose ID has to stand in the answer of a device that is asked whom it knows: the type of the partner
PARTNERS: Mapping[str, str] = {"partners-hcalcs": "electricity-meter", "partners-esme": "load-control-switch"}
