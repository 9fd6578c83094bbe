"""The van: the devices that are on it, each as its box and delivery note say, and what became of them.

A device is scanned in, taken out by a visit that scans it at the wall, and put back by a person where it was not
fitted. Identifiers stay out of `repr`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from hht.errors import HhtError
from hht.i18n import _
from hht.identifiers import DeviceId
from hht.work.devices import device_kind, same_device, shown

if TYPE_CHECKING:
    from hht.store.store import Store
    from hht.work.products import Product

SETTING: Final = "van-stock"
MOST: Final = 500  # devices on one van
TYPES: Final = (
    "electricity-meter", "gas-meter", "communications-hub", "in-home-display", "prepayment-interface",
    "load-control-switch", "consumer-access-device", "generation-meter",
)  # fmt: skip
VARIANTS: Final = {
    "electricity-meter": ("single", "twin", "polyphase"),
    "communications-hub": ("cellular", "cellular-and-mesh", "long-range-radio"),
}


class VanError(HhtError):
    """What cannot be on the van, or is not."""

    default_code = "van"


@dataclass(frozen=True, slots=True)
class VanDevice:
    """A device on the van. What nobody said of it is ""; `certificate_until`: of its own certificates."""

    type: str
    device_id: DeviceId = field(repr=False)
    manufacturer: str = ""
    model: str = ""
    firmware: str = ""  # 8 hex digits
    firmware_hash: str = ""
    hardware: str = ""
    variant: str = ""
    certificate_until: date | None = None
    taken_by: str = ""  # the reference of the job whose visit took it out; "" while it is on the van

    @property
    def words(self) -> str:
        """What it is, for people."""
        what = device_kind(self.type) + (f" ({variant_words(self.variant)})" if self.variant else "")
        model = f"{shown(self.manufacturer)} {shown(self.model)}".strip()
        return f"{what}, {model}" if model else what

    def as_plain(self) -> dict[str, Any]:
        """As JSON."""
        until = self.certificate_until.isoformat() if self.certificate_until else ""
        names = ("type", "manufacturer", "model", "firmware", "firmware_hash", "hardware", "variant", "taken_by")
        return {name: getattr(self, name) for name in names} | {
            "device_id": str(self.device_id),
            "certificate_until": until,
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> VanDevice:
        """From JSON that `as_plain` made."""
        until = date.fromisoformat(plain["certificate_until"]) if plain["certificate_until"] else None
        rest = {name: value for name, value in plain.items() if name not in ("device_id", "certificate_until")}
        return cls(device_id=DeviceId.parse(plain["device_id"]), certificate_until=until, **rest)


def variant_words(variant: str) -> str:
    """A variant in words."""
    words = {
        "single": _("one element"),
        "twin": _("two elements"),
        "polyphase": _("three phases"),
        "cellular": _("cellular"),
        "cellular-and-mesh": _("cellular and mesh"),
        "long-range-radio": _("long-range radio"),
    }
    return words.get(variant, variant)


def van_device(type_name: str, device_id: str, **said: str) -> VanDevice:
    """A device as a person says it; `said` may hold manufacturer, model, firmware, firmware_hash, hardware, variant and
    certificate_until (a day). Raises VanError, and IdentifierError for the Device ID."""
    if type_name not in TYPES:
        raise VanError(
            _("“{type}” is no type of device.").format(type=shown(type_name)),
            remedy=_("Say one of: {types}.").format(types=", ".join(TYPES)),
            code="van-type",
        )
    texts = {name: _line(name, said.get(name, "")) for name in ("manufacturer", "model", "hardware")}
    for name, digits in (("firmware", 8), ("firmware_hash", 64)):
        texts[name] = _hex(name, said.get(name, ""), digits)
    variant = said.get("variant", "")
    if variant and variant not in VARIANTS.get(type_name, ()):
        raise VanError(
            _("“{variant}” is no variant of a device of this type.").format(variant=shown(variant)),
            remedy=_("Say one of: {variants}.").format(variants=", ".join(VARIANTS.get(type_name, ())) or "-"),
            code="van-variant",
        )
    until = _day(said.get("certificate_until", ""))
    return VanDevice(type_name, DeviceId.parse(device_id), variant=variant, certificate_until=until, **texts)


def of_product(product: Product, device_id: str, certificate_until: str = "") -> VanDevice:
    """A device of a model on the product list."""
    return van_device(
        product.type,
        device_id,
        manufacturer=product.manufacturer,
        model=product.model,
        firmware=product.firmware,
        firmware_hash=product.firmware_hash,
        hardware=product.hardware,
        variant=product.variant,
        certificate_until=certificate_until,
    )


class VanStock:
    """The van in the store. Every method raises StoreError where the store fails."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def all(self) -> tuple[VanDevice, ...]:
        """Everything that is kept: what is on the van, and what visits took out."""
        return tuple(VanDevice.from_plain(one) for one in self._store.setting(SETTING) or ())

    def on_van(self) -> tuple[VanDevice, ...]:
        """What is on the van now, by type, model and Device ID."""
        return tuple(sorted((one for one in self.all() if not one.taken_by), key=_order))

    def find(self, device_id: str) -> VanDevice | None:
        """The device with this Device ID, taken out or not; None where nothing is known of it."""
        return next((one for one in self.all() if same_device(str(one.device_id), device_id)), None)

    def add(self, devices: Iterable[VanDevice]) -> int:
        """Put devices onto the van, all or none; one that is known is known as said now, and back on the van. How many
        were not there before. Raises VanError ``van-full``."""
        with self._store.transaction():
            kept = {str(one.device_id): one for one in self.all()}
            here = sum(not one.taken_by for one in kept.values())
            for one in devices:
                kept[str(one.device_id)] = one
            if len(kept) > MOST:
                raise VanError(
                    _("That would be more than {most} devices.").format(most=MOST),
                    remedy=_("Take out what is not on the van any more: hht van remove."),
                    code="van-full",
                )
            self._save(kept.values())
            return sum(not one.taken_by for one in kept.values()) - here

    def take(self, device_id: str, reference: str) -> bool:
        """A visit takes the device out; whether it was on the van until now."""
        with self._store.transaction():
            found = self.find(device_id)
            if found is None or found.taken_by:
                return False
            self._save(replace(one, taken_by=reference) if one == found else one for one in self.all())
            return True

    def forget_taken(self, reference: str) -> None:
        """Forget what visits of that job took out: of the job nothing is to be left here."""
        with self._store.transaction():
            self._save(one for one in self.all() if one.taken_by != reference)

    def put_back(self, device_id: str) -> None:
        """What a visit took out and did not fit is on the van again. Raises VanError ``van-unknown``."""
        self._change(device_id, keep=True)

    def remove(self, device_id: str) -> None:
        """Forget the device. Raises VanError ``van-unknown``."""
        self._change(device_id, keep=False)

    def _change(self, device_id: str, *, keep: bool) -> None:
        with self._store.transaction():
            found = self.find(device_id)
            if found is None:
                raise VanError(
                    _("No device {device_id} is on the van.").format(device_id=shown(device_id)),
                    remedy=_("See what there is: hht van list"),
                    code="van-unknown",
                )
            rest = [one for one in self.all() if one != found]
            self._save([*rest, replace(found, taken_by="")] if keep else rest)

    def _save(self, devices: Iterable[VanDevice]) -> None:
        self._store.save_setting(SETTING, [one.as_plain() for one in devices])


def counted(devices: Iterable[VanDevice]) -> dict[str, int]:
    """How many there are of each type and variant, in words."""
    found = Counter((one.type, one.variant) for one in devices)
    told: dict[str, int] = {}
    for type_name, variant in sorted(found, key=lambda one: (TYPES.index(one[0]), one[1])):
        words = device_kind(type_name) + (f" ({variant_words(variant)})" if variant else "")
        told[words] = found[type_name, variant]
    return told


def _order(device: VanDevice) -> tuple[int, str, str, str]:
    return TYPES.index(device.type), device.variant, device.model, str(device.device_id)


def _line(name: str, text: str) -> str:
    line = text.strip()
    if len(line) > 80 or not line.isprintable():
        raise VanError(
            _("What is said of {name} is too long, or holds control characters.").format(name=name),
            remedy=_("Use at most 80 letters."),
            code="van-text",
        )
    return line


def _hex(name: str, text: str, digits: int) -> str:
    value = text.strip().upper()
    if value and (len(value) != digits or set(value) - set("0123456789ABCDEF")):
        raise VanError(
            _("{name} has {digits} hex digits.").format(name=name, digits=digits),
            remedy=_("Look at the box, or at the delivery note."),
            code="van-text",
        )
    return value


def _day(text: str) -> date | None:
    if not text.strip():
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise VanError(
            _("“{text}” is no day.").format(text=shown(text)),
            remedy=_("Write year, month, day: 2027-03-31."),
            code="van-day",
        ) from None
