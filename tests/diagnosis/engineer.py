"""Somebody at the premises: looks at faces, LEDs and labels, presses what can be pressed, remembers what was seen. What
is wrong is not known here either: everything comes from what devices show or do."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from datetime import datetime

from hht.diagnosis.knowledge import Reading
from hht.errors import HhtError
from hht.identifiers import InstallCode
from hht.identifiers.errors import IdentifierError
from hht.model.communications_hub import CommunicationsHub
from hht.model.consumer import ApplianceShape
from hht.model.device import Device
from hht.model.electricity_meter import ElectricityMeter
from hht.model.features.display import OUT_OF_REACH
from hht.model.gas_meter import GasMeter
from hht.model.han.node import JoinFailure
from hht.model.parties import Party, UserRole
from hht.model.premises import Premises
from hht.model.prepayment.commands import ApplyTopUp
from hht.model.training.panel import DevicePanel, panel_of
from hht.work.looks.probe import LOAD_W

_PATTERNS = {"off": "dark", "slow": "slow", "fast": "fast", "solid": "solid"}
_FAILURES = {
    JoinFailure.BAD_KEY: "keys",
    JoinFailure.UNKNOWN_ISSUER: "certificate",
    JoinFailure.NOT_LISTED: "not-listed",
}
_SAID = (
    ("used before", "used"),
    ("more than the meter takes", "too-much"),
    ("highest that the meter keeps", "full"),
    ("suspended", "suspended"),
    ("Credit mode", "credit-mode"),
    ("not authentic", "not-authentic"),
    ("digits", "incomplete"),
    ("incomplete", "incomplete"),
)
SUPPLIER = Party("Example Energy", UserRole.IMPORT_SUPPLIER, "90-B3-D5-1F-30-00-00-01")
_DEAD = frozenset({"dead-buttons", "worn-out"})  # a press does nothing: nothing else shows it
BURNER_L_H = 3000


class Customer:
    """What the people at home saw before the visit, and did."""

    def __init__(self, premises: Premises) -> None:
        self.premises = premises
        self.seen: dict[str, set[str]] = {}
        self.topup = ""
        self.receipt = ""
        self.sent = "arrived"
        self.flickers = 0

    def look(self) -> None:
        """One look around."""
        for name, value in faces(self.premises).items():
            if value is not None:
                self.seen.setdefault(name, set()).add(value)

    def changed(self, name: str, *values: str) -> str:
        """Whether a face was now this, now something else."""
        seen = self.seen.get(name, set())
        return "changing" if seen & set(values) and seen - set(values) else "steady"

    def top_up(self, first_only: bool) -> None:
        """Buy credit, type it; then have some sent."""
        meter = self.premises.device()
        vend = meter.prepayment.top_ups.vend
        for _again in range(1 if first_only else 2):
            receipt = vend.mint(1000)
            self.receipt = "this" if receipt.target == meter.identity.device_id else "other"
            self.topup = _typed(meter, receipt.utrn.reveal())
        receipt = vend.mint(500)
        try:
            meter.execute(ApplyTopUp(receipt.utrn, receipt.counter, receipt.target), SUPPLIER)
        except HhtError:
            self.sent = "missing"


def _typed(meter: ElectricityMeter, digits: str) -> str:
    try:
        meter.prepayment.top_ups.typed(digits)
    except HhtError as error:
        return next((value for words, value in _SAID if words in error.message), "incomplete")
    return "taken"


def faces(premises: Premises) -> dict[str, str | None]:
    """What faces show now, by reading."""
    found: dict[str, str | None] = {}
    panels = {one.name: panel_of(premises, one.name) for one in premises.devices}
    hub, meter = premises.of(CommunicationsHub)[0], premises.device()
    for lamp in panels[hub.name].lamps:
        found[f"led.{lamp.label.lower()}"] = _PATTERNS[lamp.pattern]
    found["face.esme"] = _face(panels[meter.name], meter)
    for gas in premises.of(GasMeter):
        found["face.gsme"] = _face(panels[gas.name], gas)
        found["clock.gsme"] = _clock(panels[gas.name], premises.site.clock.now())
    if "ihd-1" in panels:
        found |= _ihd(panels["ihd-1"])
    if "cad-1" in panels:
        lines = [line for page in panels["cad-1"].pages for line in page.lines]
        joined = panels["cad-1"].state.words == "joined"
        found["face.cad"] = "off-han" if not joined else "nothing" if lines == ["nothing is read"] else "readings"
    lit = any(meter.consumer.supplied)
    found["home.power"] = "on" if lit else "no-home" if meter.powered else "no-mains"
    return found


def _face(panel: DevicePanel, device: Device) -> str | None:
    if device.faults & OUT_OF_REACH:
        return None
    if not panel.pages:
        return "dark"
    return "version" if len(panel.pages) == 1 and panel.pages[0].title.startswith("V0") else "pages"


def _clock(panel: DevicePanel, now: datetime) -> str | None:
    for page in panel.pages:
        for line in page.lines:
            told = re.search(r"\((\d\d):(\d\d) UTC\)", line)
            day = re.match(r"\d{4}-\d\d-\d\d", line)
            if told and day:
                shown = datetime.fromisoformat(f"{day[0]}T{told[1]}:{told[2]}:00+00:00")
                off = abs((shown - now).total_seconds())
                return "right" if off < 180 else "wrong"
    return None


def _ihd(panel: DevicePanel) -> dict[str, str | None]:
    titles = {page.title for page in panel.pages}
    lines = " ".join(line for page in panel.pages for line in page.lines)
    power, gas = "Electricity now" in titles, "Gas" in titles
    age = re.search(r"(\d+) min old", lines)
    old = None if age is None else "old" if int(age[1]) > 60 else "fresh"
    if not panel.pages:
        return {"face.ihd": "dark", "face.ihd-gas": None}
    if power or gas:
        return {"face.ihd": "both" if power and gas else "no-gas" if power else "no-electricity", "face.ihd-gas": old}
    return {"face.ihd": "off-han" if "not on a home area network" in lines else "waiting", "face.ihd-gas": None}


class Engineer:
    """A person of the looks (`hht.work.looks.ways.Person`)."""

    def __init__(self, premises: Premises, customer: Customer) -> None:
        self.premises = premises
        self.customer = customer
        self._before: dict[str, str] = {}
        self._loads = 0

    async def tell(self, reading: Reading) -> str | None:
        """One reading."""
        self.premises.site.catch_up()
        special: dict[str, Callable[[], str | None]] = {
            "site.access": self._access,
            "buttons.esme": self._buttons,
            "label.code": self._label,
            "receipt.meter": lambda: self.customer.receipt or None,
            "topup.said": lambda: self.customer.topup or None,
            "topup.sent": lambda: self.customer.sent,
            "join.device": lambda: self._off() or "none",
            "load.socket": self._socket,
            "load.ihd": lambda: self._follows("ihd-1"),
            "load.cad": lambda: self._follows("cad-1"),
            "past.wan": lambda: self.customer.changed("led.wan", "slow"),
            "past.display": lambda: self.customer.changed("face.ihd", "both", "no-gas"),
            "past.gas": lambda: self.customer.changed("face.ihd-gas", "fresh"),
            "past.cad": lambda: self.customer.changed("face.cad", "readings"),
            "past.power": lambda: "changing" if self.customer.flickers > 1 else "steady",
        }
        if reading.name == "join.result":
            return await self._join()
        if reading.name == "restart.cures":
            return await self._restart()
        if reading.name == "burner.step":
            return await self._burner()
        if reading.name in special:
            return special[reading.name]()
        return faces(self.premises).get(reading.name)

    async def do(self, deed: str) -> bool:
        """Do something."""
        self.premises.site.catch_up()
        meter = self.premises.device()
        if deed == "load-on":
            self._loads += 1
            self._before = {name: self._watts(name) for name in ("ihd-1", "cad-1")}
            meter.consumer.plug(ApplianceShape(f"kettle-{self._loads}", LOAD_W))
        elif deed == "load-off":
            meter.consumer.use(f"kettle-{self._loads}", False)
        elif deed == "wake-gas":
            for gas in self.premises.of(GasMeter):
                if gas.faults & OUT_OF_REACH:
                    return False
                gas.wake()
        return True

    # --- looks -----------------------------------------------------------------------------------------------------

    def _access(self) -> str:
        faults = {fault for one in self.premises.devices for fault in one.faults}
        return "locked" if "box-locked" in faults else "high" if "too-high" in faults else "free"

    def _buttons(self) -> str | None:
        faults = self.premises.device().faults
        return None if faults & OUT_OF_REACH else "dead" if faults & _DEAD else "work"

    def _label(self) -> str:
        for device in self.premises.devices:
            if device.node is not None and device.node.label is not None:
                try:
                    InstallCode.parse(device.node.label.reveal())
                except IdentifierError:
                    return "wrong"
        return "fits"

    def _off(self) -> str | None:
        for name in ("esme-1", "gsme-1", "ihd-1", "cad-1"):
            device = next((one for one in self.premises.devices if one.name == name), None)
            if device is not None and device.node is not None and not device.node.joined and name != "ihd-1":
                return name.removesuffix("-1")
            if device is not None and name == "ihd-1" and faces(self.premises)["face.ihd"] == "off-han":
                return "ihd"
        return None

    async def _join(self) -> str:
        name = self._off()
        if name is None:
            return "none"
        node = self.premises.find(f"{name}-1").node
        assert node is not None
        node.locate()
        left = False
        for _half in range(10):
            await asyncio.sleep(15)
            self.premises.site.catch_up()
            left = left or (not node.joined and node.failure is None and _half >= 1)
            if node.joined and _half >= 3:
                return "rejoined" if left else "joined"
        if node.joined:
            return "rejoined" if left else "joined"
        return _FAILURES.get(node.failure, "no-network") if node.failure is not None else "no-network"

    def _missing(self) -> set[str]:
        shown = faces(self.premises)
        return {
            name
            for name in ("face.ihd", "face.cad", "face.ihd-gas")
            if shown.get(name) not in (None, "both", "readings", "fresh")
        }

    async def _restart(self) -> str:
        missing = self._missing()
        hub = self.premises.of(CommunicationsHub)[0]
        if not hub.power.fitted:
            return "no"
        hub.power.remove()
        await asyncio.sleep(20)
        self.premises.site.catch_up()
        hub.power.fit()
        await asyncio.sleep(60)
        await self.do("wake-gas")
        await asyncio.sleep(150)
        self.premises.site.catch_up()
        if not missing:
            return "nothing-missing"
        return "no" if missing & self._missing() else "yes"

    async def _burner(self) -> str | None:
        gas = self.premises.of(GasMeter)[0]
        before = await self._rise(gas)
        flowing = round(gas.extra_flow * 3_600_000 / 1_000_000_000)
        gas.open_tap(flowing + BURNER_L_H)
        during = await self._rise(gas)
        gas.open_tap(flowing)
        if before is None or during is None:
            return None
        share = (during - before) / (BURNER_L_H / 15)
        return "none" if share < 0.1 else "third" if share < 0.6 else "as-burner" if share < 1.4 else "too-much"

    async def _rise(self, gas: GasMeter) -> float | None:
        """Litres by the display in four minutes."""
        first = self._litres(gas)
        await asyncio.sleep(240)
        self.premises.site.catch_up()
        last = self._litres(gas)
        return None if first is None or last is None else last - first

    def _litres(self, gas: GasMeter) -> float | None:
        lines = [line for page in panel_of(self.premises, gas.name).pages for line in page.lines]
        return next((1000 * float(told[1]) for line in lines if (told := re.match(r"([\d.]+) m3", line))), None)

    # --- loads -----------------------------------------------------------------------------------------------------

    def _socket(self) -> str:
        return "runs" if any(self.premises.device().consumer.supplied) else "dead"

    def _watts(self, name: str) -> str:
        if all(one.name != name for one in self.premises.devices):
            return ""
        lines = [line for page in panel_of(self.premises, name).pages for line in page.lines]
        return next((told[0] for line in lines if (told := re.search(r"-?\d+ W", line))), "")

    def _follows(self, name: str) -> str | None:
        if name not in {one.name for one in self.premises.devices}:
            return None
        now, before = self._watts(name), self._before.get(name, "")
        if not now:
            return "nothing"
        off = abs(float(now.removesuffix(" W")) - float((before or "0 W").removesuffix(" W")))
        return "same" if off < 0.1 * LOAD_W else "follows"


__all__ = ["Customer", "Engineer", "faces"]
