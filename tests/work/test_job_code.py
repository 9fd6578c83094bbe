"""A job as QR codes: every part checked, in any order, damaged in every way."""

from __future__ import annotations

import json
import random

import pytest

from hht.errors import HhtError
from hht.resources import resource_text
from hht.work.job_code import MARK, JobCodeError, is_job_code, job_parts, joined, missing, parse_part

JOB = resource_text("jobs", "install-dual-fuel.json")


def whole(texts: list[str]) -> bytes:
    """The job of these codes, in the order in which they come."""
    parts = {part.number: part for part in map(parse_part, texts)}
    assert missing(parts.values()) == ()
    return joined(parts)


@pytest.mark.parametrize("piece", [60, 200, 640, 4000])
def test_a_job_comes_out_as_it_went_in_whatever_its_parts_and_their_order(piece: int) -> None:
    codes = (
        list(job_parts(JOB, piece=piece))
        if piece > 60
        else list(job_parts(resource_text("jobs", "demo.json"), piece=60))
    )
    wanted = JOB if piece > 60 else resource_text("jobs", "demo.json")
    random.Random(piece).shuffle(codes)
    assert json.loads(whole([code.lower() for code in codes])) == json.loads(wanted)
    assert all(len(code) < piece + 45 for code in codes)
    assert all(set(code) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.") for code in codes)
    assert missing([parse_part(codes[0])]) == tuple(sorted({*range(1, len(codes) + 1)} - {parse_part(codes[0]).number}))


def test_every_changed_character_of_a_code_is_noticed() -> None:
    (code,) = job_parts(resource_text("jobs", "demo.json"), piece=4000)
    sample = random.Random(7)
    for at in (*range(45), *sample.sample(range(45, len(code)), 60)):
        for other in sample.sample([c for c in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789." if c != code[at]], 3):
            spoilt = code[:at] + other + code[at + 1 :]
            with pytest.raises(HhtError) as refused:
                joined({1: parse_part(spoilt)})
            assert refused.value.code in ("job-code-form", "job-code-damaged")
            assert refused.value.remedy
    for cut in (0, 5, 20, len(code) - 1):
        with pytest.raises(JobCodeError):
            parse_part(code[:cut])


def test_parts_that_are_right_and_come_to_no_job_are_refused() -> None:
    first, second, *_rest = [parse_part(code) for code in job_parts(JOB, piece=100)]
    with pytest.raises(JobCodeError) as refused:
        joined({1: first, 2: second})
    assert refused.value.code == "job-code-damaged"


def test_a_job_that_is_too_long_for_codes_goes_as_a_file() -> None:
    with pytest.raises(JobCodeError) as refused:
        job_parts(JOB, piece=20)
    assert refused.value.code == "job-code-long"
    assert is_job_code(f" {MARK.lower()}1")
    assert not is_job_code("00-DB-12")


def test_a_bomb_is_bounded() -> None:
    huge = json.loads(JOB) | {"notes": "x" * 3_000_000}
    parts = {part.number: part for part in map(parse_part, job_parts(json.dumps(huge), piece=4000))}
    with pytest.raises(JobCodeError):
        joined(parts)
