"""``hht premises NAME --access``: who may ask what of which device, by the one policy of the centre."""

from __future__ import annotations

from hht.i18n import _
from ui.cli.common import DONE, Output, UsageProblem
from ui.system import SystemClock


def access(name: str | None, output: Output) -> int:
    """One line for each party, service request and device that it is for. Raises UsageProblem."""
    from hht.model.premises import load_premises
    from hht.model.wan.access import serves, services

    if name is None:
        raise UsageProblem(_("Rights are of one premises."), remedy=_("Give a premises or a TOML file."))
    premises = load_premises(name, clock=SystemClock(), days=1)
    if premises.centre is None:
        raise UsageProblem(_("No centre serves this premises."), remedy=_("Choose one with a [centre]."))
    control, allowed, denied = premises.centre.access, 0, 0
    for user in control.users.values():
        for code, service in services().items():
            for device in (one for one in premises.devices if serves(code, one.kind)):
                found = control.policy(user.party, code, device.kind, device.name)
                allowed, denied = allowed + (found is None), denied + (found is not None)
                said = _("may") if found is None else f"{found[0].value}: {found[1]}"
                critical = _(" (critical)") if service.critical else ""
                text = f"{user.party}  {code} {service.name}{critical}  {device.name}: {said}"
                output.emit(
                    "right",
                    text,
                    party=user.party.name,
                    role=user.party.role.value,
                    service=code,
                    critical=service.critical,
                    device=device.name,
                    may=found is None,
                    code="" if found is None else found[0].value,
                )
    words = _("{allowed} may, {denied} may not; a desk answers what may not with the code that stands here")
    output.emit("result", words.format(allowed=allowed, denied=denied), ok=True, allowed=allowed, denied=denied)
    return DONE
