"""Files that go home over the line to the desk."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable

import pytest

from hht.desk.errors import DeskLost, MessageRefused
from hht.desk.message import Message
from hht.desk.parcels import PART, Parcels, PutPart, Stored, send_parcel

FILE = b"".join(number.to_bytes(4, "big") for number in range(PART))  # four parts
SHA256 = hashlib.sha256(FILE).hexdigest()


async def sent(take: Callable[[PutPart], Stored], breaks_at: int = 0) -> list[int]:
    """Send FILE to a desk; where each part began. The line breaks before the `breaks_at`-th part."""
    places: list[int] = []
    answers: list[Stored] = []

    async def say(message: Message) -> None:
        assert isinstance(message, PutPart)
        places.append(message.place)
        if len(places) == breaks_at:
            raise DeskLost("gone", remedy="-")
        answers.append(take(message))

    async def hear(sha256: str) -> Stored:
        assert sha256 == SHA256
        return answers.pop()

    await send_parcel("v-1.hhtb", FILE, say, hear)
    return places


async def test_a_file_comes_whole_and_once() -> None:
    desk = Parcels()
    assert await sent(desk.take) == [0, PART, 2 * PART, 3 * PART]
    assert desk.whole == {SHA256: ("v-1.hhtb", FILE)}
    assert await sent(desk.take) == [0], "it has it already"


async def test_one_that_broke_off_goes_on_where_it_was() -> None:
    desk = Parcels()
    with pytest.raises(DeskLost):
        await sent(desk.take, breaks_at=4)
    assert not desk.whole
    assert await sent(desk.take) == [0, 3 * PART]
    assert desk.whole[SHA256][1] == FILE


async def test_a_desk_that_takes_nothing_is_left() -> None:
    for size in (0, len(FILE), 7):
        with pytest.raises(MessageRefused) as refused:
            await sent(lambda part, size=size: Stored(part.sha256, size, False))  # type: ignore[misc]
        assert refused.value.code == "desk-parcel"


def test_what_is_another_file_is_forgotten() -> None:
    desk = Parcels()
    part = PutPart(SHA256, "x", 3, 0, base64.b64encode(b"abc").decode())
    assert desk.take(part) == Stored(SHA256, 0, False)
    assert desk.take(PutPart(SHA256, "x", 3, 0, "?")) == Stored(SHA256, 0, False)
    assert desk.take(PutPart(SHA256, "x", 3, 2, "YQ==")) == Stored(SHA256, 0, False), "out of its place"
    assert not desk.whole
