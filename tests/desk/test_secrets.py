"""What is secret in an ask is kept as long as the ask needs it, and erased then (requirement HHT-11)."""

from __future__ import annotations

from pathlib import Path

import pytest

from hht.desk.course import AskState
from hht.desk.kept import AskBook
from hht.desk.kinds import AskKind
from hht.emulation.gbcs.ends import GbcsEnds
from tests.desk.house import HUB, IHD, URL, House, house
from tests.desk.test_relay import Direct
from tests.support.virtual_time import virtual
from ui.desks import Way

CODE = "00112233445566778899AABBCCDD0103"
DETAILS = {"other": IHD, "other_type": "IHD", "install_code": CODE}


def sealed(h: House, reference: str) -> list[bytes]:
    """What stands in the store of an ask: pieces of its records."""
    rows = h.store.rows("desk_records", "reference = ?", (reference,), order="number")
    return [bytes(row["record_sealed"])[40:64] for row in rows]


def found(h: House, piece: bytes) -> bool:
    """Whether a piece stands in any of the store's files."""
    return any(piece in file.read_bytes() for file in h.store.path.parent.glob(f"{h.store.path.name}*"))


@pytest.mark.requirement("HHT-11")
@pytest.mark.parametrize("way", [Way.WAN, Way.RELAY])
def test_an_install_code_goes_when_the_device_is_let_in(tmp_path: Path, way: Way) -> None:
    @virtual
    async def story() -> None:
        async with house(tmp_path) as h:
            removed = h.desks.new("J-1", AskKind.REMOVE, HUB, "CHF", {"other": IHD})
            assert (await h.desks.ask(h.url, removed.ask.reference)).state is AskState.DONE
            asked = h.desks.new("J-1", AskKind.WHITELIST, HUB, "CHF", DETAILS)
            reference = asked.ask.reference
            (first,) = sealed(h, reference)
            assert found(h, first), "the search would find it"
            done = await h.desks.ask(h.url, reference, way=way, carrier=Direct(h.premises, GbcsEnds()))
            assert done.state is AskState.DONE, done.why
            assert dict(done.ask.details) == {"other": IHD, "other_type": "IHD"}
            assert done.secrets_erased
            assert not found(h, first)
            for command in done.commands:
                assert command.response == ""
            assert [lit for _name, lit in done.lamps][:2] == [True, True], "all else is as it was"
            assert await h.desks.ask(h.url, reference) == done

    story()


@virtual
async def test_an_ask_that_failed_keeps_it_until_it_is_asked_anew(tmp_path: Path) -> None:
    async with house(tmp_path, URL + "&fault=wan-lost") as h:
        first = h.desks.new("J-1", AskKind.WHITELIST, HUB, "CHF", DETAILS).ask.reference
        failed = await h.desks.ask(h.url, first)
        assert failed.state is AskState.UNDELIVERED
        assert failed.ask.details["install_code"] == CODE
        anew = h.desks.again(first)
        assert anew.ask.details["install_code"] == CODE
        assert "install_code" not in h.desks.report(first).ask.details


@virtual
async def test_without_a_secret_nothing_is_rewritten(tmp_path: Path) -> None:
    async with house(tmp_path) as h:
        asked = h.desks.new("J-1", AskKind.REMOVE, HUB, "CHF", {"other": IHD})
        before = sealed(h, asked.ask.reference)
        found_ = await h.desks.ask(h.url, asked.ask.reference)
        assert not found_.secrets_erased
        assert sealed(h, asked.ask.reference)[:1] == before
        assert not AskBook(h.store).erase_secrets(asked.ask.reference)
