"""Faults of a hub as the centre's diagnostics name them, whoever owns it."""

from __future__ import annotations

import pytest

from hht.model.wan.self_service import Handler, SelfService
from tests.model.faults.table_wan import centre
from tests.model.faults.worlds import SUPPLIER, World


@pytest.mark.requirement("CH-13")
@pytest.mark.parametrize(("ownership", "handler"), [("csp", Handler.CSP), ("supplier", Handler.SUPPLIER)])
def test_a_defect_is_seen_remotely_and_goes_to_the_owner(ownership: str, handler: Handler) -> None:
    world = World("dual-fuel", top=f'[wan]\nsearch_s = 60\nownership = "{ownership}"\n[centre]\n')
    seen = SelfService(centre(world))
    assert seen.diagnostics(world.hub).parts["functions"].startswith("CHF and GPF run")
    for name, part in (("han-radio-defect", "han"), ("hub-defect", "functions")):
        world.home.faults.on(name)
        diagnostics = seen.diagnostics(world.hub)
        assert diagnostics.fresh
        assert diagnostics.parts[part].startswith("fault")
        assert seen.raise_incident(SUPPLIER, world.hub, name).handler is handler
        world.home.faults.off(name)
    assert "fault" not in str(seen.diagnostics(world.hub).parts)


def test_a_defect_of_the_wan_module_is_seen_as_the_last_that_was_heard() -> None:
    world = World("dual-fuel", top="[wan]\nsearch_s = 60\n[centre]\n")
    seen = SelfService(centre(world))
    before = seen.diagnostics(world.hub)
    world.home.faults.on("wan-module-defect")
    world.wait(600)
    stale = seen.diagnostics(world.hub)
    assert (stale.fresh, stale.taken_ms) == (False, before.taken_ms)
