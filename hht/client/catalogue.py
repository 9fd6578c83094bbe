"""The COSEM objects that the terminal asks a meter for, by their names in the trade (factbook 6.1, command line notes).

Data, not law: a meter that shows the same thing under another name is found through its association view.
"""

from __future__ import annotations

from hht.i18n import _

CLOCK = "0-0:1.0.0"
LOGICAL_DEVICE_NAME = "0-0:42.0.0"
DEVICE_ID = "0-0:96.1.1"
VARIANT = "0-0:96.1.2"
MODEL = "0-0:96.1.4"
MANUFACTURER = "0-0:96.1.6"
FIRMWARE = "0-0:0.2.1"
LOCAL_ACCESS = "0-0:96.128.0"  # of training and SMETS1-class models; its absence means: read only
CONTACT_TELEPHONE = "0-0:96.13.0"
CONTACT_NAME = "0-0:96.13.1"
CONTACTS = {"contact-name": CONTACT_NAME, "contact-telephone": CONTACT_TELEPHONE}
IMPORT_MPAN = "0-0:94.44.34.11"  # as the factbook writes it: groups C.D.E.F
RANDOMISED_OFFSET = "0-0:94.44.0.0"
RANDOMISED_OFFSET_LIMIT = "0-0:94.44.0.1"
RANDOMISED_OFFSET_NUMBER = "0-0:94.44.0.2"
SUPPLY_SWITCH = "0-0:96.3.10"
EVENT_LOG = "0-0:99.98.0"
SECURITY_LOG = "0-0:99.98.1"
LOGS = {"event": EVENT_LOG, "security": SECURITY_LOG, "power": "0-0:99.98.4", "switch": "0-17:99.98.2"}
PROFILES = ("0-0:99.1.0", "1-0:99.1.0")  # GB's half-hourly import profile, then generic COSEM's

CLASS_DATA, CLASS_REGISTER, CLASS_PROFILE, CLASS_CLOCK, CLASS_DISCONNECT = 1, 3, 7, 8, 70

CLASS_ACCOUNT, CLASS_CREDIT, ACCOUNT = 111, 112, "0-0:19.0.0"

# Classes whose numbers have a scaler and a unit: in which attribute these stand, and for which they are said (Blue Book
# 4.3.2 to 4.3.4: register, extended register, demand register)
SCALE_ATTRIBUTE = {CLASS_REGISTER: 3, 4: 3, 5: 4}
SCALED_ATTRIBUTES = {CLASS_REGISTER: (2,), 4: (2,), 5: (2, 3)}

# The supplier's authority that a change on an `installer` port uses (factbook 4.3: nobody else changes it)
AUTHORITY = {
    "clock": "Import Supplier (IS), as service request 6.11 Synchronise Clock",
    "mpan": "Import Supplier (IS), as service request 6.20.1 Set Import MPxN",
    "contact-name": "Import Supplier (IS), as service request 3.4",
    "contact-telephone": "Import Supplier (IS), as service request 3.4",
    "randomised-offset-limit": "Import Supplier (IS), as service request 7.12 Randomised Offset Limit",
}


def register_label(obis: str) -> str:
    """A register's name in words; "" where the terminal knows none."""
    labels = {
        "1-0:1.8.0": _("Active energy import"),
        "1-0:2.8.0": _("Active energy export"),
        "1-0:3.8.0": _("Reactive energy import"),
        "1-0:4.8.0": _("Reactive energy export"),
        "1-0:1.7.0": _("Power now"),
        "1-0:32.7.0": _("Voltage"),
        "1-0:52.7.0": _("Voltage phase 2"),
        "1-0:72.7.0": _("Voltage phase 3"),
        "1-0:31.7.0": _("Current"),
        "1-0:51.7.0": _("Current phase 2"),
        "1-0:71.7.0": _("Current phase 3"),
        "1-0:0.4.2": _("Current transformers, primary"),
        "1-0:0.4.5": _("Current transformers, secondary"),
    }
    return labels.get(obis, "")


# COSEM unit code -> text (Blue Book, table of units); what is not listed is shown as "unit N"
UNITS = {
    7: "s", 9: "°C", 27: "W", 28: "VA", 29: "var", 30: "Wh", 31: "VAh", 32: "varh", 33: "A", 35: "V", 44: "Hz",
    13: "m³", 56: "%", 255: "",
}  # fmt: skip


_PRICES = ("0-0:94.44.1.7", "0-0:94.44.1.8")  # ActiveTariffPrice of either element


def unit_text(code: int, obis: str = "") -> str:
    """The unit's symbol, or its name. 10 is the local currency: GBCS counts money and prices in 10^-5 pounds (ours in
    thousandths of a penny, which is the same). 254, another unit, is for GBCS that of the object `obis`."""
    if code in UNITS:
        return UNITS[code]
    words = {10: _("pounds"), 254: _("pounds per kWh") if obis in _PRICES else _("(a unit without a name)")}
    return words.get(code) or _("unit {code}").format(code=code)
