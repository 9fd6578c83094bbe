"""A rehearsal: tomorrow's job against an emulated premises that is made from it, and what may go wrong there.

The premises is a text (`resources/premises/README.md`) with the job's devices under their ids, of the models that are
known of them; no name, address, MPAN or MPRN stands in it. What is likely to go wrong is data, by the hub's model and
the kind of building (`resources/catalogue/rehearsal.toml`, unverified).
"""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from hht.anonymise.pseudonyms import Pseudonyms
from hht.i18n import _
from hht.resources import resource_text
from hht.work.compatibility import rules
from hht.work.conditions import GAS_FIRST, LATER, METER_EXCHANGE
from hht.work.devices import device_kind
from hht.work.job import CAD, METER, NUMBERS, Job, JobDevice, JobMeter, JobOther
from hht.work.van import VanDevice
from hht.work.view import NO_PHOTO, NOT_MEASURED, Question, QuestionKind

Known = Callable[[str], VanDevice | None]  # Device ID -> what is known of the device
_NAMES: Final = {
    "communications-hub": "hub-1",
    METER: "esme-1",
    "gas-meter": "gsme-1",
    "in-home-display": "ihd-1",
    "prepayment-interface": "ppmid-1",
    "consumer-access-device": "cad-1",
}
_GENERATION: Final = "generation-meter"
_VARIANTS: Final = {"single": "A", "twin": "B", "polyphase": "C"}
# model and firmware where nothing is known of the device
_USUAL: Final = {
    METER: ("SMETS2-1E", "00020131"),
    "gas-meter": ("SMETS2-G4", "00040007"),
    "communications-hub": ("TRAINER-CH2", "00030105"),
    "in-home-display": ("TRAINER-IHD", "00000021"),
    "prepayment-interface": ("TRAINER-PPMID", "00010011"),
    "consumer-access-device": ("TRAINER-CAD", "00000007"),
    _GENERATION: ("TRAINER-1E", "0002012F"),
}


@dataclass(frozen=True, slots=True)
class Likely:
    """Something that may go wrong. `fault`: as links have it, with its device; `kind`: its name alone."""

    fault: str
    kind: str
    why: str
    source: str
    verified: bool

    @property
    def words(self) -> str:
        """Why it is tried, with its standing."""
        return self.why if self.verified else _("{why} (unverified)").format(why=self.why)


@cache
def _table() -> Mapping[str, Any]:
    return tomllib.loads(resource_text("catalogue", "rehearsal.toml"))


def likely_faults(job: Job, known: Known, table: Mapping[str, Any] | None = None) -> tuple[Likely, ...]:
    """What is to be tried for this job, in the order of the table."""
    table = table or _table()
    hub = job.device("communications-hub")
    told = known(str(hub.device_id)) if hub is not None else None
    model = "none" if hub is None else told.model if told is not None else ""
    found = (_likely(row) for row in table["likely"] if _fits(row, job, model))
    return tuple(found)[: table["most"]]


def _fits(row: Mapping[str, Any], job: Job, model: str) -> bool:
    here = row["building"] == ["*"] or job.building in row["building"]
    hub = row["hub"] == model or (row["hub"] == "*" and model != "none")
    return here and hub and (not row["at"] or job.device(row["at"]) is not None)


def _likely(row: Mapping[str, Any]) -> Likely:
    fault = f"{row['fault']}@{_NAMES[row['at']]}" if row["at"] else row["fault"]
    return Likely(fault, row["fault"].partition("=")[0], _(row["why"]), row["source"], row["verified"])


def left_out(job: Job) -> tuple[str, ...]:
    """Devices of the job that the premises cannot have, in words."""
    return tuple(device_kind(one.type) for one in job.devices if one.type not in (*_NAMES, _GENERATION))


def premises_of(job: Job, known: Known) -> str:
    """The premises, as text."""
    hub = job.device("communications-hub") is not None
    lines = [f"title = {_text('Rehearsal')}", ""]
    if job.meter.variant == "polyphase":
        lines += ["[mains]", "phases = 3", ""]
    if hub:
        lines += ["[wan]", f"region = {_text(_region(job))}", "search_s = 30", ""]
        lines += ["[centre]", 'regime = "mass-roll-out"', ""]
        for name, role in (("Supplier", "IS"), ("Gas supplier", "GS"), ("Networks", "ED"), ("Pipes", "GT")):
            lines += ["[[party]]", f"name = {_text(name)}", f"role = {_text(role)}", ""]
    if job.building:
        shell = _table()["shell"][job.building]
        lines += ["[house]", f"shell = {_text(shell)}", "", "[[house.room]]", 'name = "hall"', "at = [0, 0, 3, 4]", ""]
        lines += ["[[house.room]]", 'name = "back"', "at = [3, 0, 7, 4]", f"walls = {_text(shell)}", ""]
        lines += ["[radio]", "perfect = false", "option = 3", ""]
    order = ("communications-hub", METER)  # the hub first, then its meter
    devices = sorted(job.devices, key=lambda one: order.index(one.type) if one.type in order else len(order))
    for device in devices:
        lines += [*_device(device, known(str(device.device_id)), hub=hub, han=_han(job, device))]
        lines += _place(device) if job.building else ()
    return "\n".join(lines) + "\n"


def _region(job: Job) -> str:
    return job.region or rules().usual_region.get(str(job.meter.mpan)[:2], "central")


_NOT_ON_IT_YET = (METER_EXCHANGE, GAS_FIRST, LATER)  # besides installations: none of the devices has joined


def _han(job: Job, device: JobDevice) -> str:
    """How a device stands to the HAN before the visit: only an installation finds none of them on it, and a device of
    the customer's that is to be paired looks for it."""
    if job.walkthrough.startswith("install") or job.walkthrough in _NOT_ON_IT_YET:
        return ""
    return "looks = true" if device.type == CAD and job.walkthrough.startswith("pair") else "joined = true"


def _device(device: JobDevice, known: VanDevice | None, *, hub: bool, han: str) -> list[str]:
    if device.type not in (*_NAMES, _GENERATION):
        return []
    model, firmware = _USUAL[_GENERATION if device.type == METER and not hub else device.type]
    maker = "HHT Training"
    if known is not None and known.model:
        model, firmware, maker = known.model, known.firmware or firmware, known.manufacturer or maker
    said = {
        "id": _NAMES.get(device.type, "solar-1"),
        "kind": METER if device.type == _GENERATION else device.type,
        "device_id": str(device.device_id),
        "manufacturer": maker[:15],
        "model": model[:15],
        "firmware": firmware,
        "smets_version": "CHTS V1.7" if device.type == "communications-hub" else "SMETS V5.0",
        "gbcs_version": "4.2",
    }
    said |= _of_its_own(device, "read" if hub or model.upper().startswith("SMETS2") else "installer")
    lines = ["[[device]]", *(f"{name} = {_text(value)}" for name, value in said.items())]
    if device.type == _GENERATION:
        lines.append("generation = true")
    if device.type == "communications-hub" or not hub:
        return [*lines, ""]
    code = hashlib.sha256(b"rehearsal" + device.device_id.to_bytes()).hexdigest()[:32].upper()
    return [*lines, "[device.han]", f"install_code = {_text(code)}", han, ""]


def _place(device: JobDevice) -> list[str]:
    """Where it is: hub and electricity meter in the hall, the gas meter outside behind, the rest in the back room."""
    if device.type not in (*_NAMES, _GENERATION):
        return []
    places = {"communications-hub": (0.5, 1.0), METER: (0.5, 0.7), "gas-meter": (10.4, 3.5)}
    x, y = places.get(device.type, (6.0, 2.0))
    return ["[device.at]", f"x = {x}", f"y = {y}", ""]


def _of_its_own(device: JobDevice, access: str) -> dict[str, str]:
    """What only a device of this type has; `access`: what a meter's optical port lets people do."""
    if isinstance(device, JobMeter):
        return {"maker": "HHT", "local_access": access, "variant": _VARIANTS[device.variant]}
    if device.type == _GENERATION:
        return {"maker": "HHT", "local_access": access}
    if device.type == "consumer-access-device":
        return {"sort": "pc-dongle"}
    gpf_id = device.gpf_id if isinstance(device, JobOther) else None
    return {"gpf_id": str(gpf_id)} if gpf_id is not None else {}


def _text(text: str) -> str:
    """A TOML text: JSON's escapes are all among TOML's."""
    return json.dumps(text, ensure_ascii=True)


def rehearsal_job(text: str, reference: str, link: str, seed: bytes) -> str:
    """The job file as the rehearsal plays it: for training, at the link of the premises made from it. A live job goes
    in without what tells whose it is: `seed` draws other MPANs and another MPRN with right check digits."""
    plain: dict[str, Any] = json.loads(text)
    if not plain["training"]:
        plain = _nobodys(plain, Pseudonyms(seed))
    plain = {name: value for name, value in plain.items() if name != "training_kit"}  # a rehearsal has its own
    played = {"training": True, "rehearsal": True, "reference": reference, "link": link}
    if "old_meters" in plain:  # the premises has what is fitted, not what was there before
        old = [{name: value for name, value in one.items() if name != "device_id"} for one in plain["old_meters"]]
        played |= {"old_meters": old}
    return json.dumps(plain | played, ensure_ascii=False)


# What a live job's rehearsal needs. By name, so that whatever a job comes to hold in later versions stays out of it.
_WORK = (
    *("format", "reference", "walkthrough", "training", "appointment", "payment_mode", "domestic", "tariff"),
    *("calorific_value", "conversion_factor", "without_wan", "switches", "competences", "supplier"),
)
_SUPPLIES = tuple(name for name in NUMBERS if name not in ("device_id", "gpf_id"))


def _nobodys(plain: dict[str, Any], drawn: Pseudonyms) -> dict[str, Any]:
    """Without names, numbers, places and needs of people; devices, their ids and all that is to be done stay."""
    kept = {name: plain[name] for name in _WORK if name in plain}
    place = {"address": ["Rehearsal"], "postcode": "ZZ9 9ZZ"}
    place |= {name: plain["premises"][name] for name in ("region", "building") if name in plain["premises"]}
    devices = [
        device | {name: drawn.digits(_digits(device[name])) for name in _SUPPLIES if name in device}
        for device in plain["devices"]
    ]
    told = [{name: one[name] for name in one if name != "reading"} for one in plain.get("old_meters", ())]
    old = [one | {"serial": f"OLD-{number}"} for number, one in enumerate(told, 1)]
    return kept | {"premises": place, "devices": devices} | ({"old_meters": old} if old else {})


def _digits(text: str) -> str:
    """An MPAN's core, or an MPRN, in digits alone."""
    return "".join(text.split())[-13:]


def good_answer(question: Question, job: Job) -> str:
    """What a person answers where all is well: to every question of a walkthrough one that lets it go on."""
    if question.suggestion and question.kind is QuestionKind.DEVICE_ID:
        return question.suggestion
    if question.kind is QuestionKind.CHOICE:
        return {"hub-time/status": "reliable"}.get(question.id, question.choices[0])
    if question.kind is QuestionKind.CHECKLIST:
        return ",".join(question.choices)
    if question.kind is QuestionKind.MEASURE:
        numbers = [word for word in question.limits.split() if word.replace(".", "").isdigit()]
        return numbers[0] if numbers else "1"
    if question.kind is QuestionKind.SERIAL and question.suggestion:
        return question.suggestion
    if question.kind is QuestionKind.SERIAL:
        return f"REHEARSAL-{question.id}"[:60]  # each seal has its own
    usual = {
        QuestionKind.CONFIRM: "no" if question.id.endswith("?") else "yes",
        QuestionKind.DATE: "2099-12-31",
        QuestionKind.INSTALL_CODE: NOT_MEASURED,  # the desk has it from the device's maker
        QuestionKind.UTRN: NOT_MEASURED,
        QuestionKind.COUNTER: NOT_MEASURED,
        QuestionKind.PHOTO: f"{NO_PHOTO} rehearsal",
        QuestionKind.MPAN: str(job.meter.mpan),
        QuestionKind.MPRN: str(getattr(job.device("gas-meter"), "mprn", "") or ""),
        QuestionKind.SECONDS: str(job.meter.randomised_offset_limit_s),
        QuestionKind.SIGNATURE: "Rehearsal",
        QuestionKind.READING: "08214",
        QuestionKind.TEXT: "Rehearsal" if question.person else "08214",
    }
    return usual.get(question.kind, "REHEARSAL-1")
