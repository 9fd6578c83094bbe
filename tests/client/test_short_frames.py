"""A meter that damages long frames is found out, and read in short ones; a line that is merely noisy is not."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Callable
from dataclasses import replace

import pytest

from drivers.in_process import InProcessLink
from hht.client.api import Listeners, MeterError
from hht.client.association import Association
from hht.client.meter_session import MeterSession
from hht.client.remarks import Remark
from hht.emulation.port_server import PortServer
from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance
from hht.protocol.hdlc import Control, HdlcLinkError, HdlcParameters
from tests.support.counted_read import CLOCK, KEYS, whole_meter
from tests.support.damaging_meter import Damage, DamagingMeter, every, octet_errors, wrong_length
from tests.support.timed_read import timed_read
from tests.support.virtual_time import in_virtual_time

DAYS = 15
LOW = Association(client_sap=17, security="low", password=b"Gurux", opening="hdlc")
GMAC = Association(client_sap=1, security="gmac", keys=KEYS, opening="hdlc")


class Reader:
    """A session with a damaging meter, and what it remarked."""

    def __init__(self, damage: Damage, association: Association = LOW, days: int = DAYS) -> None:
        self.meter = DamagingMeter(PortServer(whole_meter(days)), damage)
        self.remarks: list[Remark] = []
        self.session = MeterSession(
            lambda: InProcessLink(self.meter, clock=CLOCK),
            association,
            clock=CLOCK,
            random_bytes=secrets.token_bytes,
            on_remark=self.remarks.append,
        )

    @property
    def connections(self) -> list[HdlcParameters]:
        """What was proposed in each SNRM."""
        return [HdlcParameters.parse(frame.info) for frame in self.meter.heard if frame.control is Control.SNRM]


def both(association: Association, damage: Damage, days: int = DAYS) -> tuple[list[object], Reader]:
    """The rows as they arrived, in virtual time; they must be those of a sound meter."""
    rows: list[object] = []

    async def main() -> Reader:
        sound = Reader(lambda octets, _number: octets, association, days)
        await sound.session.open()
        wanted = await sound.session.read_profile()
        await sound.session.close()
        reader = Reader(damage, association, days)
        await reader.session.open()
        assert await reader.session.read_profile(listeners=Listeners(rows.extend)) == wanted
        assert rows == wanted
        await reader.session.close()
        return reader

    return rows, in_virtual_time(main())


@pytest.mark.parametrize("association", [LOW, GMAC], ids=["low", "gmac"])
@pytest.mark.parametrize("window", [1, 7])
@pytest.mark.parametrize("longest", [1024, 512, 255])
def test_a_wrong_length_is_got_around(association: Association, window: int, longest: int) -> None:
    offered = replace(association, proposed=HdlcParameters(2030, 2030, window, window))
    rows, reader = both(offered, wrong_length(longest))
    assert len(rows) == DAYS * 48
    assert [proposal.max_info_rx for proposal in reader.connections] == [2030, 128]
    assert reader.connections[1].window_rx == window
    assert [remark.code for remark in reader.remarks] == ["short-frames"]
    assert "128" in reader.remarks[0].text
    assert reader.meter.damaged <= 2 * window  # the same turn twice is proof enough
    assert reader.meter.heard[-1].control is Control.DISC


def only_late(damage: Damage, from_number: int) -> Damage:
    """The fault shows itself when rows have already arrived."""
    return lambda octets, number: damage(octets, number) if number >= from_number else octets


@pytest.mark.parametrize("association", [LOW, GMAC], ids=["low", "gmac"])
@pytest.mark.parametrize("profiles", ["plain", "null", "compact"])
def test_a_read_goes_on_where_it_stopped(association: Association, profiles: str) -> None:
    days = 250 if profiles == "compact" else 100  # its rows go into few frames

    async def main() -> None:
        reader = Reader(only_late(wrong_length(512), 30), association)
        reader.meter._port = PortServer(whole_meter(days, profiles))
        rows: list[object] = []
        done: list[int] = []
        rows_before: list[int] = []
        reader.session._on_remark = lambda _remark: rows_before.append(len(rows))
        await reader.session.open()
        every_row = await reader.session.read_profile(
            listeners=Listeners(rows.extend, lambda progress: done.append(progress.done))
        )
        assert rows == every_row
        assert len({row.time for row in every_row}) == len(rows) == days * 48
        before = rows_before[0]
        assert before > 0
        if profiles == "plain":  # those rows did not travel twice
            again = sum(len(octets) for octets in reader.meter.sent if len(octets) < 140)
            assert again < (len(rows) - before) * 26 * 1.1 + 3_000
        assert done == sorted(done)
        assert [proposal.max_info_rx for proposal in reader.connections] == [2030, 128]
        await reader.session.close()

    in_virtual_time(main())


def test_a_meter_that_cannot_select_is_read_again_and_no_row_is_told_twice() -> None:
    async def main() -> None:
        cannot = replace(LOW, conformance=FIRST_LIGHT & ~Conformance.SELECTIVE_ACCESS)
        reader = Reader(only_late(wrong_length(512), 30), cannot, 60)
        rows: list[object] = []
        await reader.session.open()
        assert await reader.session.read_profile(listeners=Listeners(rows.extend)) == rows
        assert len(rows) == 60 * 48
        await reader.session.close()

    in_virtual_time(main())


def test_it_is_remembered_for_the_session() -> None:
    async def main() -> None:
        reader = Reader(wrong_length(1024))
        for _visit in range(2):
            await reader.session.open()
            assert len(await reader.session.read_profile()) == DAYS * 48
            await reader.session.close()
        assert [proposal.max_info_rx for proposal in reader.connections] == [2030, 128, 128]
        assert len(reader.remarks) == 1

    in_virtual_time(main())


def test_after_a_sign_on_the_line_is_signed_on_again() -> None:
    async def main() -> None:
        reader = Reader(wrong_length(1024), replace(LOW, opening="iec"))
        await reader.session.open()
        assert len(await reader.session.read_profile()) == DAYS * 48
        await reader.session.close()
        assert [proposal.max_info_rx for proposal in reader.connections] == [2030, 128]

    in_virtual_time(main())


@pytest.mark.sampled(one_in=2)
@pytest.mark.parametrize("at", [-4, 2, 4], ids=["information", "length", "header"])
@pytest.mark.parametrize("count", [50, 20])
@pytest.mark.parametrize(("info", "window"), [(2030, 7), (2030, 1), (128, 7)])
def test_noise_renegotiates_nothing(info: int, window: int, count: int, at: int) -> None:
    offered = replace(LOW, proposed=HdlcParameters(info, info, window, window))
    _rows, reader = both(offered, every(count, at), 170 if (info, count) == (2030, 50) else 60)
    assert reader.meter.damaged >= 2
    assert len(reader.connections) == 1
    assert reader.remarks == []


@pytest.mark.parametrize("association", [LOW, GMAC], ids=["low", "gmac"])
def test_a_line_that_wastes_much_is_read_in_small_turns(association: Association) -> None:
    """One long frame in five is damaged: with seven of them in a turn, half of all would be sent again."""
    rows, reader = both(association, octet_errors(1.1e-4), 100)
    assert len(rows) == 100 * 48
    assert [(proposal.max_info_rx, proposal.window_rx) for proposal in reader.connections] == [(2030, 7), (508, 2)]
    assert [remark.code for remark in reader.remarks] == ["small-turns"]


def test_turns_of_which_nothing_can_be_used_are_not_taken_for_nothing_to_say() -> None:
    """The first frame of three long turns in a row is damaged, each time in another way: 40 s without progress."""
    hit: list[bytes] = []

    def first_of_turns(octets: bytes, number: int) -> bytes:
        if number == 36:
            hit.append(octets[8:])
        if not hit or octets[8:] != hit[0] or len(hit) > 4:
            return octets
        hit.append(b"")
        return octets[: 100 * len(hit)] + b"?" + octets[100 * len(hit) + 1 :]

    read = timed_read(120, 2030, 7, first_of_turns)
    assert read.counted.rows == 120 * 48
    assert read.damaged == 4


def test_a_meter_of_which_nothing_can_be_used_is_given_up() -> None:
    """The first frame of each turn is damaged, each time in another way, however short they are."""
    chance = random.Random(5)

    async def main() -> None:
        def damage(octets: bytes, _number: int) -> bytes:
            place = chance.randrange(10, len(octets) - 3)
            spoilt = octets[:place] + bytes((octets[place] ^ 0x55,)) + octets[place + 1 :]
            return spoilt if len(octets) > 100 else octets

        reader = Reader(damage)
        await reader.session.open()
        with pytest.raises(HdlcLinkError) as caught:
            await reader.session.read_profile()
        assert caught.value.code == "hdlc-damaged"
        await reader.session.close()

    in_virtual_time(main())


def test_small_turns_pay() -> None:
    clean = timed_read(120, 2030, 7).seconds
    adapted = timed_read(120, 2030, 7, octet_errors(1.1e-4)).seconds
    small = timed_read(120, 508, 2, octet_errors(1.1e-4)).seconds
    assert adapted < 1.45 * clean
    assert adapted - small < 60  # what it took to find out, and to connect anew


def test_a_meter_that_damages_short_frames_too_is_told_once() -> None:
    async def main() -> None:
        reader = Reader(lambda octets, _number: octets[:-3] + b"\x00\x00\x7e" if len(octets) > 100 else octets)
        await reader.session.open()
        with pytest.raises(HdlcLinkError) as caught:
            await reader.session.read_profile()
        assert caught.value.code == "hdlc-damaged"
        assert len(reader.connections) == 2
        await reader.session.close()

    in_virtual_time(main())


def test_a_write_whose_answer_is_damaged_is_not_repeated() -> None:
    """Only reads are asked again; the writer reads back to see what became of it."""

    async def main() -> None:
        reader = Reader(lambda octets, _number: octets)
        await reader.session.open()
        await reader.session.identify()
        await reader.session.read_randomised_offset()
        writing = DamageAnswersToSet(reader)
        with pytest.raises((HdlcLinkError, MeterError)):
            await reader.session.set_randomised_offset_limit(600)
        assert writing.sets == 1
        await reader.session.close()

    in_virtual_time(main())


class DamageAnswersToSet:
    """From the first set on, every answer is long and damaged."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        reader.meter._damage = self.damage

    @property
    def sets(self) -> int:
        """How many set requests came, whatever their frames' numbers."""
        seen = {
            (frame.send_number, frame.info) for frame in self.reader.meter.heard if b"\xe6\xe6\x00\xc1" in frame.info
        }
        return len(seen)

    def damage(self, octets: bytes, _number: int) -> bytes:
        return octets[:-3] + bytes(200) + b"\x7e" if self.sets else octets


def test_the_wait_for_a_damaged_turn_is_short() -> None:
    """Found out and got around within seconds on a line of 9600 baud would be: here the waits are counted."""

    async def seconds(damage: Callable[[bytes, int], bytes]) -> float:
        reader = Reader(damage)
        await reader.session.open()
        began = asyncio.get_running_loop().time()
        await reader.session.read_profile()
        took = asyncio.get_running_loop().time() - began
        await reader.session.close()
        return took

    assert in_virtual_time(seconds(wrong_length(1024))) < 1.5
