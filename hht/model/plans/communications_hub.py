"""A communications hub as a premises file says it."""

from __future__ import annotations

import re
from datetime import date

from hht.i18n import _
from hht.model.communications_hub import HubConfiguration
from hht.model.communications_hub.apart import ApartPlan
from hht.model.communications_hub.modules import ModulesPlan, ModuleUnit, Slot
from hht.model.communications_hub.outage import OutageDetection
from hht.model.communications_hub.pairing import PairingMode
from hht.model.communications_hub.power import USUAL_RESERVE_S, Mounting
from hht.model.device import DeviceIdentity
from hht.model.han.device_log import USUAL_CAPACITY
from hht.model.han.profiles import default_profile, profiles
from hht.model.plan_file import Section
from hht.model.plans.checks import device_name, eight_hex, eui_64, short
from hht.model.plans.gas_account import read_account
from hht.model.plans.port import read_module_port
from hht.model.radio.bands import BANDS


def read_identity(section: Section) -> DeviceIdentity:
    """Who a device is: the same fields for every kind."""
    return DeviceIdentity(
        device_id=section.text("device_id", check=eui_64),
        manufacturer=section.text("manufacturer", check=short),
        model=section.text("model", check=short),
        firmware=section.text("firmware", check=eight_hex),
        smets_version=section.text("smets_version", "", check=short),
        gbcs_version=section.text("gbcs_version", "", check=short),
        hardware=section.text("hardware", "", check=short),
    )


def read_communications_hub(section: Section) -> HubConfiguration:
    """The hub in one ``[[device]]`` table; ``device_id`` is the CHF's, ``gpf_id`` the GPF's."""
    configuration = HubConfiguration(
        name=section.text("id", check=device_name),
        identity=read_identity(section),
        gpf_id=section.text("gpf_id", check=eui_64),
        dual_band=section.yes_no("dual_band", True),
        mounting=Mounting(section.choice("mounting", tuple(Mounting), Mounting.HOT_SHOE)),
        port=read_module_port(section),
        fitted=section.yes_no("fitted", True),
        outage_detection=OutageDetection(section.choice("outage_detection", tuple(OutageDetection), "hub")),
        profile=section.choice("profile", tuple(profiles()), default_profile()),
        reserve_s=section.whole("reserve_s", USUAL_RESERVE_S, low=0, high=3600),
        pairing=PairingMode(section.choice("pairing", tuple(PairingMode), PairingMode.REMOTE)),
        passkey=section.text("passkey", "", check=_passkey),
        capacity=section.whole("device_log", USUAL_CAPACITY, low=1, high=64),
        account=read_account(section),
        delivered=section.day("delivered"),
        installable=_period(section),
        apart=_apart(section),
        modules=_modules(section),
    )
    section.done()
    return configuration


def _apart(section: Section) -> ApartPlan | None:
    """``[device.networks]``: a network for the meters and one for consumers' devices."""
    table = section.optional("networks")
    if table is None:
        return None
    plan = ApartPlan(
        consumer_id=table.text("consumer_id", check=eui_64),
        gas=table.choice("gas", tuple(BANDS), "868"),
        consumer=table.choice("consumer", tuple(BANDS), "2400"),
        capacity=table.whole("consumer_log", USUAL_CAPACITY, low=1, high=64),
        cad_id=table.text("cad_id", "", check=eui_64),
    )
    table.done()
    return plan


def _modules(section: Section) -> ModulesPlan | None:
    """``[device.modules]`` with ``[device.modules.han]`` and ``[device.modules.wan]``: units of their own."""
    table = section.optional("modules")
    if table is None:
        return None
    plan = ModulesPlan(_unit(table, Slot.HAN), _unit(table, Slot.WAN), filters=table.yes_no("filters", False))
    table.done()
    return plan


def _unit(table: Section, slot: Slot) -> ModuleUnit:
    unit = table.section(slot.value)
    found = ModuleUnit(
        slot,
        manufacturer=unit.text("manufacturer", check=short),
        model=unit.text("model", check=short),
        serial=unit.text("serial", check=short),
        firmware=unit.text("firmware", check=eight_hex),
        interface=unit.text("interface", check=_version),
    )
    unit.done()
    return found


def _version(value: str) -> str:
    return "" if re.fullmatch(r"[0-9]{1,2}\.[0-9]{1,2}", value) else _("write major and minor, like 2.1")


def _period(section: Section) -> tuple[date, date] | None:
    """``installable = [2026-01-01, 2026-12-31]``: the Installation Validity Period."""
    days = section.dates("installable")
    if days and (len(days) != 2 or days[0] > days[1]):
        raise section.error("installable", _("write its first and its last day"))
    return (days[0], days[1]) if days else None


def _passkey(value: str) -> str:
    return "" if re.fullmatch(r"[0-9]{10}", value) else _("write ten digits")
