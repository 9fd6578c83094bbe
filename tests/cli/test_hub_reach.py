"""Work at an emulated hub with an emulated desk: both are at one home, which lives once and ends with the command."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from hht.link_url import parse_link_url
from ui.cli.common import Output
from ui.cli.hub_reach import hub_at_work
from ui.cli.main import build_parser
from ui.compose import Composer
from ui.living import LivingPremises

LINK, DESK = "emulated:dual-fuel?via=han&hub=fresh&days=1", "desk:emulated"
HUB = ("--hub", "00-DB-12-34-56-78-90-A3", "--chf", "00-DB-12-34-56-78-90-A2")


def test_dongle_and_desk_are_at_one_home_that_ends_with_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HHT_HOME", str(tmp_path / "home"))
    made: list[Composer] = []
    begin: Any = Composer.__init__

    def counted(self: Composer, *given: Any, **named: Any) -> None:
        made.append(self)
        begin(self, *given, **named)

    ended: list[LivingPremises] = []
    end = LivingPremises.close

    async def closed(self: LivingPremises) -> None:
        ended.append(self)
        await end(self)

    monkeypatch.setattr(Composer, "__init__", counted)
    monkeypatch.setattr(LivingPremises, "close", closed)
    args = build_parser().parse_args(["han", "log", LINK, *HUB, "--desk", DESK, "--training"])

    async def story(fails: bool) -> None:
        async with hub_at_work(args, Output(as_json=True)) as (service, _store):
            (composer,) = made
            line: Any = service._line
            assert line.desks._composer is composer
            desk = composer.living.desk(parse_link_url(line.url), line.home).desk
            assert desk.premises is composer.living.premises(parse_link_url(LINK))
            assert (len(composer.living.known), ended) == (1, [])
            if fails:
                raise KeyError

    asyncio.run(story(fails=False))
    assert ended == [made[0].living]
    made.clear()
    ended.clear()
    with pytest.raises(KeyError):
        asyncio.run(story(fails=True))
    assert ended == [made[0].living]
