"""Mix-ups that no check digit sees: each is told what it is, whose, and what to do next; nothing is put right."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from hht.errors import HhtError
from hht.identifiers import DeviceId, Mpan, Mprn
from hht.resources import resource_text
from hht.scan.hub_pair import pair_hint, relations
from hht.scan.values import Field
from hht.work.asking import Asking
from hht.work.job import Job, OldMeter, parse_job
from hht.work.scanned import JobKnowledge, Mixup, difference, things_of
from hht.work.show import Transient
from hht.work.view import Question, QuestionKind

CHF, GPF = "00-DB-12-34-56-79-0A-A2", "00-DB-12-34-56-79-0A-A3"
METER, GAS = "00-DB-12-34-56-79-0A-A0", "00-DB-12-34-56-79-0A-A1"
CODE = "83FED3407A939723A5C639B26916D505C3B5"


def job() -> Job:
    return parse_job(resource_text("jobs", "install-dual-fuel.json"), "install-dual-fuel.json")


def other() -> Job:
    plain = json.loads(resource_text("jobs", "install-electricity.json"))
    return parse_job(json.dumps(plain), "install-electricity.json")


@pytest.fixture
def knowledge() -> JobKnowledge:
    return JobKnowledge(job(), lambda: [other()])


def asked(kind: QuestionKind, suggestion: str = "") -> Question:
    return Question("step", kind, "?", suggestion=suggestion)


def answer(knowledge: JobKnowledge, question: Question, text: str) -> str:
    """As the visit takes an answer."""
    return Asking(None, Transient(), knowledge, unattended=False)._checked(question, text)


def refusal(knowledge: JobKnowledge, question: Question, text: str) -> HhtError:
    with pytest.raises(HhtError) as refused:
        answer(knowledge, question, text)
    assert refused.value.remedy
    return refused.value


def test_every_number_of_a_job_is_found_to_be_its_own(knowledge: JobKnowledge) -> None:
    for one in things_of(job()):
        found = knowledge.whose(one.value)
        assert found is not None
        assert (found.kind, found.of, found.job.reference) == (one.kind, one.of, "J-1044")
    assert len(list(things_of(job()))) >= 9


def test_the_second_element_s_mpan_is_the_job_s_own() -> None:
    twin = parse_job(resource_text("jobs", "install-twin.json"), "install-twin.json")
    second = twin.meter.secondary_mpan
    assert second is not None
    found = JobKnowledge(twin, lambda: [other()]).whose(second.core)
    assert found is not None
    assert (found.kind, found.job.reference) == (Field.MPAN, twin.reference)


@pytest.mark.parametrize(
    ("scanned", "code", "words"),
    [
        (GPF, "gpf-not-chf", "This is the GPF ID; the CHF ID is needed here."),
        (GAS, "other-device", "the Device ID of the gas meter; that of the communications hub is needed here"),
        (METER, "other-device", "the Device ID of the electricity meter"),
    ],
)
def test_another_number_of_this_job(knowledge: JobKnowledge, scanned: str, code: str, words: str) -> None:
    hub = job().device("communications-hub")
    assert hub is not None
    mixup = knowledge.wrong_device(hub, scanned)
    assert mixup is not None
    assert mixup.code == code
    assert words in mixup.message
    assert knowledge.wrong_device(hub, CHF) is None
    assert knowledge.wrong_device(hub, "00-00-00-00-00-00-00-01") is None


def test_the_chf_where_the_gas_meter_belongs(knowledge: JobKnowledge) -> None:
    gas = job().device("gas-meter")
    assert gas is not None
    mixup = knowledge.wrong_device(gas, CHF)
    assert mixup is not None
    assert "the CHF ID of the communications hub" in mixup.message


def test_the_device_of_another_job(knowledge: JobKnowledge) -> None:
    mixup = knowledge.wrong_device(job().meter, str(other().meter.device_id))
    assert mixup is not None
    assert mixup.code == "other-job"
    assert other().reference in mixup.message
    assert other().address_lines[0] not in mixup.message + mixup.remedy, "it stands in this job's report"


def test_a_label_that_names_both_gives_the_one_that_is_asked_for(knowledge: JobKnowledge) -> None:
    both = f"GPF ID: {GPF}\nCHF ID: {CHF}"
    assert answer(knowledge, asked(QuestionKind.DEVICE_ID, CHF), both) == CHF
    assert answer(knowledge, asked(QuestionKind.DEVICE_ID, GPF), both) == GPF
    assert answer(knowledge, asked(QuestionKind.DEVICE_ID, METER), f"Z:{METER.replace('-', '')}$I:{CODE}") == METER
    assert answer(knowledge, asked(QuestionKind.MPAN, "1012345678903"), "MPAN: 1012345678903") == "1012345678903"


def test_a_label_that_calls_it_the_other_one(knowledge: JobKnowledge) -> None:
    told = refusal(knowledge, asked(QuestionKind.DEVICE_ID, CHF), f"GPF ID: {GPF}")
    assert (told.code, told.message) == (
        "gpf-id-not-chf-id",
        "The label calls this the GPF ID; the CHF ID is needed here.",
    )


def test_a_label_against_the_job(knowledge: JobKnowledge) -> None:
    """The two swapped in the job itself: only the label can tell."""
    told = refusal(knowledge, asked(QuestionKind.DEVICE_ID, CHF), f"GPF: {CHF}")
    assert told.code == "label-against-job"
    assert CHF in told.message


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("S79B 54321", "old-meter", "the old electricity meter, which comes off; needed here is: Device ID"),
        ("s79b54321", "old-meter", "the old electricity meter"),
        ("G4 0012345", "old-meter", "the old gas meter"),
        ("1012345678903", "other-kind", "the MPAN of the supply"),
        ("3938424403", "other-kind", "the MPRN of the supply"),
        ("1234567890126", "other-kind", "an MPAN"),
        ("1200023305967", "other-job", "the MPAN of the supply of job J-"),
        (CODE, "other-kind", "an Install code"),
        ("]E05012345678900", "other-kind", "Product number"),
        ("hello", "device-id-character", ""),
        ("00DB12345679OAA0", "device-id-character", "character 13"),
        ("00DB1234567", "device-id-length", ""),
    ],
)
def test_what_is_scanned_in_place_of_a_device_id(knowledge: JobKnowledge, text: str, code: str, words: str) -> None:
    told = refusal(knowledge, asked(QuestionKind.DEVICE_ID, METER), text)
    assert told.code == code
    assert words in told.message
    assert CODE[:8] not in told.message


@pytest.mark.requirement("HHT-02")
def test_the_supply_of_a_neighbour(knowledge: JobKnowledge) -> None:
    told = refusal(knowledge, asked(QuestionKind.MPAN), "1234567890126")
    assert told.code == "neighbours-supply"
    elsewhere = replace(other(), devices=(replace(other().meter, mpan=Mpan.parse("1200023305967")),))
    told = refusal(JobKnowledge(job(), lambda: [elsewhere]), asked(QuestionKind.MPAN), "1200023305967")
    assert told.code == "other-job"
    assert elsewhere.reference in told.message
    told = refusal(knowledge, asked(QuestionKind.MPRN), str(Mprn.parse("9876543209")))
    assert told.code == "neighbours-supply"
    assert answer(knowledge, asked(QuestionKind.MPAN), "1012345678903") == "1012345678903"
    assert answer(knowledge, asked(QuestionKind.MPRN), "3938424403") == "3938424403"


def test_the_last_two_digits_of_an_mpan_swapped_are_caught_by_the_job(knowledge: JobKnowledge) -> None:
    """Its own rule cannot see that: see tests/scan/test_labels.py."""
    assert str(Mpan.parse("1012345678930")) == "1012345678930"
    assert refusal(knowledge, asked(QuestionKind.MPAN), "1012345678930").code == "neighbours-supply"


def test_a_number_of_the_job_is_no_seal(knowledge: JobKnowledge) -> None:
    for number in (METER, "1012345678903", "3938424403"):
        assert refusal(knowledge, asked(QuestionKind.SERIAL), number).code == "other-kind"
    assert answer(knowledge, asked(QuestionKind.SERIAL), "SEAL-0042") == "SEAL-0042"
    compact = replace(job(), old_meters=(OldMeter("electricity", "S79B54321"), OldMeter("gas", "G40012345")))
    told = refusal(JobKnowledge(compact), asked(QuestionKind.SERIAL, "S79B54321"), "G40012345")
    assert told.code == "old-meter"
    assert "old gas meter" in told.message
    assert answer(JobKnowledge(compact), asked(QuestionKind.SERIAL, "S79B54321"), "S79B54321") == "S79B54321"
    assert answer(JobKnowledge(compact), asked(QuestionKind.SERIAL), "S79B54321") == "S79B54321"


def test_other_questions_are_left_alone(knowledge: JobKnowledge) -> None:
    assert answer(knowledge, asked(QuestionKind.TEXT), f"GPF: {GPF}") == f"GPF: {GPF}"
    assert answer(knowledge, asked(QuestionKind.SECONDS), "600") == "600"


@pytest.mark.parametrize(
    ("scanned", "words"),
    [
        ("00-DB-12-34-56-79-0A-A1", "They differ in digit 16 alone."),
        ("00-DB-12-34-65-79-0A-A0", "Digits 9 and 10 stand the other way round."),
        ("00-DB-12-34-66-79-0A-B0", "They differ in digits 9 and 15 alone."),
        ("90-B3-D5-1F-30-01-00-00", ""),
        (METER, ""),
        ("junk", ""),
    ],
)
def test_where_two_ids_differ_is_said(scanned: str, words: str) -> None:
    assert difference(scanned, METER) == words


def test_every_swap_and_slip_in_a_device_id_is_caught_by_the_job(knowledge: JobKnowledge) -> None:
    """A Device ID has no check digit: the job is its check."""
    number, meter = METER.replace("-", ""), job().meter
    slips = {number[:at] + digit + number[at + 1 :] for at in range(16) for digit in "0123456789ABCDEF"}
    slips |= {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(15)}
    slips -= {number}
    assert len(slips) > 240
    for slip in slips:
        mixup = knowledge.wrong_device(meter, slip)
        assert DeviceId(slip) != meter.device_id
        assert mixup is not None or difference(slip, METER), "where it is wrong is said"


def test_a_mixup_is_a_sentence(knowledge: JobKnowledge) -> None:
    thing = knowledge.whose(CHF)
    assert thing is not None
    told = knowledge.of_another_job(thing)
    assert isinstance(told, Mixup)
    assert told.as_dict()["job"] == "J-1044"


def test_ids_that_look_swapped_are_hinted_at() -> None:
    chf, gpf = DeviceId.parse(CHF), DeviceId.parse(GPF)
    assert pair_hint(chf, gpf) == ""
    assert "swapped" in pair_hint(gpf, chf)
    assert pair_hint(DeviceId.parse(METER), gpf) == ""
    assert all(relation.first in ("chf", "gpf") and relation.gpf_minus_chf for relation in relations())
