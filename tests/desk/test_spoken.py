"""The phone: what is read out, and the desk's reference typed in."""

from __future__ import annotations

import random

import pytest

from hht.desk.asks import Ask
from hht.desk.errors import AskRefused, DeskError, SpokenRefused
from hht.desk.kinds import AskKind
from hht.desk.messages import Outcome
from hht.desk.spoken import checks, desk_reference, hear, read_out, typed_reference
from hht.protocol.gbcs.device_types import DuisDeviceType as Type
from tests.desk.making import ESME, HUB, OTHER, REFERENCE, an_ask

WHITELIST = an_ask(AskKind.WHITELIST, other=str(ESME), other_type="ESME", mpxn="1012345678903")
PLACED = Ask(
    REFERENCE,
    "J-1042",
    AskKind.HUB_INSTALLED_NO_WAN,
    HUB,
    Type.CHF,
    {
        "install_type": "CHF Install - no SM WAN",
        "mpxn": "1012345678903",
        "aerial": "no",
        "location": "Deep indoors",
        "premises": "Detached / Semi Detached",
        "metal_checked": "yes",
        "connectivity_checked": "yes",
        "shared_checked": "no",
    },
)


@pytest.mark.parametrize("ask", [an_ask(), WHITELIST, PLACED], ids=["mpan", "whitelist", "no-wan"])
def test_what_is_read_out_is_heard(ask: Ask) -> None:
    said = read_out(ask)
    assert hear(said.text) == ask
    assert hear("  " + said.text.lower().replace(" ", "  ") + "\n").digest == ask.digest, "nobody hears capitals"
    assert said.lines[-1].startswith("CHECK ")
    assert {ask.job, str(ask.device), ask.reference} <= {line.partition(" ")[2] for line in said.lines}


def test_a_slip_of_the_ear_is_noticed() -> None:
    text, chance = read_out(WHITELIST).text, random.Random(1)
    places = [place for place, symbol in enumerate(text) if symbol.isalnum()]
    for _slip in range(300):
        place, other = chance.choice(places), chance.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ")
        if text[place].upper() != other:
            with pytest.raises(DeskError):
                hear(text[:place] + other + text[place + 1 :])
        one, two = sorted(chance.sample(places, 2))
        if text[one].upper() != text[two].upper():
            turned = text[:one] + text[two] + text[one + 1 : two] + text[one] + text[two + 1 :]
            with pytest.raises(DeskError):
                hear(turned)


@pytest.mark.parametrize(
    "text", ["", "//", "CHECK 0000", "CHECK", "ASK 1 // CHECK 1234", f"ASK X // CHECK {checks('ASK X')}"]
)
def test_nothing_said_is_nothing_heard(text: str) -> None:
    with pytest.raises(SpokenRefused):
        hear(text)


def test_no_secret_is_read_out() -> None:
    secret = an_ask(
        AskKind.WHITELIST, other=str(ESME), other_type="ESME", install_code="00112233445566778899AABBCCDD0101"
    )
    with pytest.raises(AskRefused) as refused:
        read_out(secret)
    assert refused.value.code == "desk-secret"


@pytest.mark.parametrize("outcome", [None, Outcome.DONE, Outcome.REFUSED, Outcome.FAILED, Outcome.UNDELIVERED])
def test_a_reference_says_what_the_desk_did(outcome: Outcome | None) -> None:
    said = desk_reference(WHITELIST, 1234, outcome)
    assert typed_reference(WHITELIST, said).outcome is outcome
    assert typed_reference(WHITELIST, f" {said.lower().replace('-', ' ')} ").text == said
    assert typed_reference(WHITELIST, said.replace("0", "o").replace("1", "l")).text == said


def test_a_mistyped_reference_is_none() -> None:
    said = desk_reference(WHITELIST, 1234, None)
    letters = said.replace("-", "")
    for place in range(len(letters)):
        for other in "0123456789ABCDEFGHJKMNPQRSTVWXYZ":
            if other != letters[place]:
                with pytest.raises(SpokenRefused) as refused:
                    typed_reference(WHITELIST, letters[:place] + other + letters[place + 1 :])
                assert refused.value.code == "desk-reference"
    for place in range(len(letters) - 1):
        if letters[place] != letters[place + 1]:
            with pytest.raises(SpokenRefused):
                typed_reference(WHITELIST, letters[:place] + letters[place + 1] + letters[place] + letters[place + 2 :])


def test_a_reference_of_another_ask_is_none() -> None:
    said = desk_reference(an_ask(reference=OTHER), 1, None)
    with pytest.raises(SpokenRefused, match=r"other|ask"):
        typed_reference(an_ask(), said)
    with pytest.raises(SpokenRefused):
        typed_reference(an_ask(mpan="1012345678912"), desk_reference(an_ask(), 1, None))
