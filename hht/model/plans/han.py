"""The HAN end of a device as a premises file says it: ``[device.han]``."""

from __future__ import annotations

from dataclasses import dataclass, field

from hht.i18n import _
from hht.identifiers import InstallCode
from hht.identifiers.errors import IdentifierError
from hht.model.device import Device
from hht.model.han.node import CONSUMERS, HanNode
from hht.model.han.profiles import default_profile, profiles
from hht.model.plan_file import Section

TRUSTS = ("production", "test")
BANDS = ("169", "433", "868", "2400", "wired")


@dataclass(frozen=True, slots=True)
class HanPlan:
    """`joined`: it has been on the premises' HAN from the start, with every partner that the join matrix allows.
    `looks`: it is plugged in, and looks for a network that lets it join. `hub`: whose HAN that is; "" for the first
    hub's. `bands`: none where it names none, and then it has those of the file's radio option."""

    install_code: InstallCode
    joined: bool = False
    looks: bool = False
    hub: str = ""
    trust: str = "production"
    bands: frozenset[str] = frozenset()
    profile: str = field(default_factory=default_profile)

    def node(self, device: Device, *, sleepy: bool = False) -> HanNode:
        """The device's end of the HAN."""
        type_1 = device.kind not in CONSUMERS
        node = HanNode(
            device,
            self.install_code,
            trust=self.trust,
            sleepy=sleepy,
            type_1=type_1,
            bands=self.bands,
            profile=self.profile,
        )
        if self.looks and not self.joined:
            node.locate()
        return node


def read_han(section: Section) -> HanPlan | None:
    """``[device.han]`` of a device's table; None where it is left out: a device without a radio."""
    table = section.optional("han")
    if table is None:
        return None
    plan = HanPlan(
        install_code=InstallCode.parse(table.text("install_code", check=_install_code)),
        joined=table.yes_no("joined", False),
        looks=table.yes_no("looks", False),
        hub=table.text("hub", ""),
        trust=table.choice("trust", TRUSTS, TRUSTS[0]),
        profile=table.choice("profile", tuple(profiles()), default_profile()),
        bands=table.choices("bands", BANDS),
    )
    table.done()
    return plan


def _install_code(value: str) -> str:
    try:
        InstallCode.parse(value)
    except IdentifierError as error:
        return _("it is no install code: {problem}").format(problem=error.message)
    return ""
