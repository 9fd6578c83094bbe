"""The bundle of a visit: whole it verifies, also with less in it; every other change is named."""

from __future__ import annotations

import base64
import hashlib
import json
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import hht.evidence
from hht.evidence import LOG, check_bundle, item_hash, key_print, line_of, main, signed_octets, verify
from hht.report.bundle_lines import BundleError, EvidenceKey, Item, redacted, without_photos, write_bundle

AT = datetime(2026, 11, 21, 15, 0, tzinfo=UTC)
KEY, OTHER = EvidenceKey(b"k" * 32), EvidenceKey(b"o" * 32)
PHOTOS = (b"\xff\xd8first\xff\xd9", b"\xff\xd8second\xff\xd9")
SECRET = "PSR-12"


def items() -> list[Item]:
    return [
        Item("visit", {"training": True, "address": "1 High Street", "outcome": "complete"}),
        Item("sealed", {"question": "occupants/medical", "code": SECRET}),
        *(
            Item("journal", {"at": f"t{n}", "step": f"s{n}", "kind": "done", "payload.data": {"n": n}})
            for n in range(4)
        ),
        *(Item("photo", {"step": "s1", "sha256": hashlib.sha256(one).hexdigest()}) for one in PHOTOS),
    ]


def bundle(key: EvidenceKey = KEY) -> bytes:
    return write_bundle("v1", items(), PHOTOS, key, AT)


def ended(lines: list[bytes]) -> bytes:
    """With the file's own hash made to fit, as whoever alters it would."""
    end = json.loads(lines[-1])["end"]
    before = b"\n".join(lines[:-1]) + b"\n"
    return before + line_of({"end": {**end, "sha256": hashlib.sha256(before).hexdigest()}}) + b"\n"


def chained(lines: list[bytes]) -> list[bytes]:
    """With numbers, hashes, count and head made to fit: all but the signature."""
    head, number, out = hashlib.sha256(lines[0]).hexdigest(), 0, [lines[0]]
    for line in lines[1:]:
        value = json.loads(line)
        if "item" in value:
            number += 1
            made = {n: hht.evidence.commitment(n, f["salt"], f["value"]) for n, f in value["fields"].items()}
            head = item_hash(head, number, value["kind"], made)
            value |= {"item": number, "hash": head}
        elif "seal" in value:
            value["seal"] |= {"count": number, "head": head}
        out.append(line_of(value))
    return out


def swap(lines: list[bytes]) -> list[bytes]:
    return [*lines[:3], lines[4], lines[3], *lines[5:]]


def forged(lines: list[bytes]) -> list[bytes]:
    return [line.replace(b"1 High Street", b"2 High Street") for line in lines]


def other_photo(lines: list[bytes]) -> list[bytes]:
    value = json.loads(lines[-2])
    return [*lines[:-2], line_of({**value, "data": base64.b64encode(b"another").decode()}), lines[-1]]


def unbound_photo(lines: list[bytes]) -> list[bytes]:
    data = b"not of this visit"
    named = hashlib.sha256(data).hexdigest()
    return [*lines[:-2], line_of({"photo": named, "data": base64.b64encode(data).decode()}), lines[-1]]


CHANGES: list[tuple[str, str, Callable[[list[bytes]], list[bytes]]]] = [
    ("deleted", "item 3 is missing", lambda lines: [*lines[:3], *lines[4:]]),
    ("reordered", "in the place of item 3 stands item 4", swap),
    ("altered", "item 1 is not as", forged),
    ("altered", "not those that the seal is for", lambda lines: chained(forged(lines))[:9] + lines[9:]),
    ("signature", "not that of the key", lambda lines: chained(forged(lines))),
    ("signature", "not that of the key", lambda lines: chained([*lines[:3], *lines[4:]])),
    ("truncated", "8 items, and 7", lambda lines: [*lines[:8], *lines[9:]]),
    ("truncated", "not all photos", lambda lines: [*lines[:-2], lines[-1]]),
    ("foreign-photo", "is another", other_photo),
    ("foreign-photo", "bound to no item", unbound_photo),
    ("reordered", "stands elsewhere", lambda lines: [*lines[:9], lines[10], lines[9], *lines[11:]]),
]


def test_a_whole_bundle_says_who_signed_it_and_is_always_the_same() -> None:
    made = bundle()
    assert made == bundle()
    verdict = check_bundle(made)
    assert (verdict.code, verdict.problem, verdict.count, verdict.level) == ("", "", 8, "supplier")
    assert (verdict.key, verdict.signed_at) == (KEY.public, "2026-11-21T15:00:00Z")
    assert (verdict.photos, verdict.photos_apart, verdict.withheld) == (2, 0, {})
    assert verify(made) == ""


@pytest.mark.parametrize(("code", "words", "change"), CHANGES)
def test_every_change_is_named(code: str, words: str, change: Callable[[list[bytes]], list[bytes]]) -> None:
    verdict = check_bundle(ended(change(bundle().splitlines())))
    assert verdict.code == code
    assert words in verdict.problem


def test_a_file_that_breaks_off_is_truncated() -> None:
    lines = bundle().splitlines(keepends=True)
    for count in (1, 4, 9, 10, 11):
        assert check_bundle(b"".join(lines[:count])).code == "truncated"
    assert check_bundle(b"".join(lines)[:-1]).problem


@pytest.mark.parametrize("more", [b"\n", b'{"item":9}\n', b"anything", bundle().splitlines(keepends=True)[3]])
def test_what_was_added_after_the_end_is_told_as_that(more: bytes) -> None:
    """What stands before it is as it was signed, and only then is that said."""
    verdict = check_bundle(bundle() + more)
    assert (verdict.code, verdict.problem) == (
        "appended",
        f"added to: behind the end stands more (octets: {len(more)}); what stands before it is unaltered",
    )
    lines = bundle().splitlines(keepends=True)
    assert check_bundle(b"".join([*lines[:3], *lines[4:]]) + more).code not in ("", "appended")
    assert check_bundle(b"".join([*lines[:4], lines[-1], *lines[4:-1]])).code == "truncated"


def test_who_signs_anew_is_known_by_the_key() -> None:
    mine = key_print(KEY.public)
    assert check_bundle(bundle(), mine).code == check_bundle(bundle(), mine.replace("-", " ").upper()).code == ""
    verdict = check_bundle(bundle(OTHER), mine)
    assert verdict.code == "other-key"
    assert key_print(OTHER.public) in verdict.problem


def test_no_flipped_bit_passes_and_none_makes_the_check_fall_over() -> None:
    chance = random.Random(7)
    for whole in (bundle(), redacted(bundle(), "customer")):
        for at in chance.sample(range(len(whole)), 250):
            broken = bytearray(whole)
            broken[at] ^= 1 << chance.randrange(8)
            assert verify(bytes(broken)), at


@pytest.mark.parametrize(
    "line", [b"[]", b"{}", b"1", b'{"end":1}', b'{"item":[],"kind":1,"fields":2,"hash":3}', b"\xff"]
)
def test_what_is_no_bundle_is_refused(line: bytes) -> None:
    start = line_of({"format": "hht-bundle/1", "visit": "v"})
    assert check_bundle(start + b"\n" + line + b"\n").problem
    assert check_bundle(line + b"\n").problem
    assert check_bundle(b"[" * 100_000 + b"\n").problem
    assert check_bundle(line_of({"format": "hht-bundle/2", "visit": "v"}) + b"\n").code == "not-a-bundle"


def test_beside_a_report_only_what_was_answered_under_seal_is_left_out() -> None:
    verdict = check_bundle(redacted(bundle(), "report"))
    assert (verdict.code, verdict.withheld, verdict.photos_apart) == ("", {"sealed": ["code", "question"]}, 0)


@pytest.mark.parametrize("level", ["customer", "public"])
def test_with_less_in_it_the_bundle_still_verifies_and_says_what_is_left_out(level: str) -> None:
    less = redacted(bundle(), level)
    verdict = check_bundle(less, key_print(KEY.public))
    assert (verdict.code, verdict.level) == ("", level)
    assert SECRET.encode() not in less
    assert verdict.withheld["sealed"] == ["code", "question"]
    assert verdict.withheld["journal"] == {"customer": ["payload.data"], "public": ["at", "payload.data"]}[level]
    assert (b"1 High Street" in less) == (level == "customer")
    assert verdict.photos_apart == 0
    assert (base64.b64encode(PHOTOS[0]) in less) == (level == "customer")


def test_what_is_left_out_cannot_be_guessed_and_nothing_else_put_in_its_place() -> None:
    less = redacted(bundle(), "customer").splitlines()
    item: dict[str, Any] = json.loads(less[2])
    guesses = {hht.evidence.commitment("code", salt, SECRET) for salt in ("", "0" * 32)}
    assert item["fields"]["code"]["withheld"] not in guesses
    item["fields"]["code"] = {"salt": "0" * 32, "value": "none"}
    assert check_bundle(ended([*less[:2], line_of(item), *less[3:]])).code == "altered"


def test_a_bundle_that_leaves_something_out_is_not_taken_for_the_whole() -> None:
    less = redacted(bundle(), "public")
    with pytest.raises(BundleError, match="left out of it already"):
        redacted(less, "customer")
    with pytest.raises(BundleError, match="no level"):
        redacted(bundle(), "friends")
    with pytest.raises(BundleError, match="altered"):
        redacted(bundle().replace(b"High", b"Low_"), "customer")
    renamed = [line.replace(b'"level":"public"', b'"level":"supplier"') for line in less.splitlines()]
    assert "left out does not fit the level" in check_bundle(ended(renamed)).problem


def test_photos_may_go_in_a_file_of_their_own() -> None:
    small = without_photos(bundle())
    verdict = check_bundle(small)
    assert (verdict.code, verdict.photos, verdict.photos_apart) == ("", 2, 2)
    assert len(small) < len(bundle())


def test_the_signature_is_over_head_count_and_time() -> None:
    seal = json.loads(bundle().splitlines()[9])["seal"]
    assert KEY.sign(signed_octets(seal["head"], 8, seal["at"])) == seal["signature"]
    assert seal["signature"] != KEY.sign(signed_octets(seal["head"], 7, seal["at"]))
    assert "kkkk" not in repr(KEY)
    with pytest.raises(ValueError, match="32 octets"):
        EvidenceKey(b"short")


def test_the_verifier_copied_alone_needs_nothing_of_this_program(tmp_path: Path) -> None:
    shutil.copy(hht.evidence.__file__, tmp_path / "evidence.py")
    (tmp_path / "v.hhtb").write_bytes(bundle())
    (tmp_path / "bad.hhtb").write_bytes(bundle().replace(b"High", b"Low_"))
    alone = (
        "import runpy, sys; sys.modules['hht'] = None; del sys.argv[0]; runpy.run_path(sys.argv[0], None, '__main__')"
    )

    def told(*words: str) -> tuple[int, str]:
        command = [sys.executable, "-I", "-c", alone, "evidence.py", "verify", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
        return done.returncode, done.stdout + done.stderr

    status, words = told("v.hhtb", "--key", key_print(KEY.public))
    assert (status, words.splitlines()[0]) == (0, "v.hhtb: unaltered"), words
    assert f"signed 2026-11-21T15:00:00Z by the terminal with the key {key_print(KEY.public)}" in words
    assert told("bad.hhtb")[1].startswith("bad.hhtb: altered: item 1 ")
    for name, count in (("old.hhtb", 3), ("new.hhtb", 2)):
        items = [Item("log-entry", {"number": number}) for number in range(count)]
        (tmp_path / name).write_bytes(write_bundle(LOG, items, [], KEY, AT))
    assert "goes on as it should" in told("old.hhtb", "--after", "new.hhtb")[1]
    assert told("new.hhtb", "--after", "old.hhtb")[0] == 1


def test_what_the_command_says_of_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "v.hhtb"
    path.write_bytes(without_photos(redacted(bundle(), "customer")))
    assert main(["verify", "--key", key_print(KEY.public), str(path)]) == 0
    told = capsys.readouterr().out
    for words in (
        "level: customer",
        "left out of sealed: code, question",
        "photos that are bound to it and not in this file: 2",
    ):
        assert words in told, words
    assert main(["verify", str(path), "--key", "00"]) == 1
    assert "another key" in capsys.readouterr().out
