"""Every premises that comes along opens for training, and every device of it can be looked at."""

from __future__ import annotations

import pytest

from hht.clock import ManualClock
from hht.model.premises import available_premises, read_premises
from tests.window import samples
from ui.compose import LivingPremises
from ui.training_ground import TrainingGround


@pytest.mark.parametrize("name", available_premises())
async def test_each_opens_and_each_device_is_looked_at(name: str) -> None:
    ground = TrainingGround(LivingPremises(ManualClock(samples.NOW)), lambda: "")
    try:
        await ground.open(f"emulated:{name}?days=1")
        for device in read_premises(name).devices:
            ground.look_at(device.name)
        assert ground.lines(0)
    finally:
        await ground.close()
