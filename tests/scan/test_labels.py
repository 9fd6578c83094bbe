"""What labels say: every format of the table by its samples; every value checked; nothing mended."""

from __future__ import annotations

import random
import tomllib
from dataclasses import replace

import pytest

from hht.identifiers import IdentifierError, Mpan, Mprn, Utrn, mprn_check_digits, utrn_check_digit
from hht.identifiers.utrn import PPTD_BASE
from hht.resources import resource_text
from hht.scan.formats import FORMAT, FormatsError, LabelFormat, built_in, parse_formats
from hht.scan.labels import Scan, read_label, try_sample
from hht.scan.values import Field, value_of

CODE = "83FED3407A939723A5C639B26916D505C3B5"
DEVICE = "00DB1234567890A0"


@pytest.mark.parametrize("each", built_in(), ids=lambda each: each.name)
def test_every_format_reads_its_samples(each: LabelFormat) -> None:
    for sample in each.samples:
        assert try_sample(each, sample), sample.text
        scan = read_label(sample.text)
        got = {(value.kind, value.typed) for value in scan.labels[0].values}
        assert set(sample.values) <= got | {(value.kind, value.typed) for value in scan.values(*Field)}, scan.labels


def test_the_table_passes_its_own_rules_and_says_where_each_format_comes_from() -> None:
    text = resource_text("catalogue", "label_formats.toml")
    assert parse_formats(text, "label_formats.toml") == built_in()
    for each in built_in():
        assert each.verified != ("unverified" in each.source), each.name
    wanted = {Field.DEVICE_ID, Field.CHF_ID, Field.GPF_ID, Field.INSTALL_CODE, Field.MPAN, Field.MPRN, Field.UTRN}
    told = {kind for each in built_in() for sample in each.samples for kind, _value in sample.values}
    assert wanted | {Field.SERIAL, Field.GTIN} <= told


def read(text: str) -> dict[Field, str]:
    return {value.kind: value.typed for value in read_label(text).labels[0].values}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("]C1240" + DEVICE + "\x1d21SN 9\r\n", {Field.DEVICE_ID: DEVICE, Field.SERIAL: "SN 9"}),
        ("URN:DEV:MAC:" + DEVICE, {Field.DEVICE_ID: DEVICE}),
        ("z:" + DEVICE + "$i:" + CODE, {Field.DEVICE_ID: DEVICE, Field.INSTALL_CODE: CODE}),
        ("]Q1" + DEVICE, {Field.DEVICE_ID: DEVICE}),
        ("*" + DEVICE + "*", {Field.DEVICE_ID: DEVICE}),
        ("CHF:" + DEVICE + " GPF:00DB1234567890A1", {Field.CHF_ID: DEVICE, Field.GPF_ID: "00DB1234567890A1"}),
        (
            "CHF ID\t" + DEVICE + "\r\nGPF ID\t00DB1234567890A1\r\n",
            {Field.CHF_ID: DEVICE, Field.GPF_ID: "00DB1234567890A1"},
        ),
        (
            "GPF ID\n00-DB-12-34-56-78-90-A1\nCHF ID\r\n" + DEVICE,
            {Field.GPF_ID: "00-DB-12-34-56-78-90-A1", Field.CHF_ID: DEVICE},
        ),
        ("]E05012345678900", {Field.GTIN: "5012345678900"}),
        ("S01 801 100 12 0002 3305 967", {Field.SERIAL: "S01 801 100 12 0002 3305 967"}),
    ],
)
def test_labels_are_read_with_what_stands_around_them(text: str, found: dict[Field, str]) -> None:
    assert read(text) == found


@pytest.mark.parametrize("text", ["", "   ", "\x1d", "?", "https://example.org/a?b=c&d", "x" * 5000, "\ud800", "ſ:1|"])
def test_an_unknown_label_is_none_and_its_text_is_kept(text: str) -> None:
    assert read_label(text) == Scan(text, ())


def test_a_number_that_may_be_two_things_is_both() -> None:
    scan = read_label("3938424403")
    assert {value.kind for value in scan.values(*Field)} == {Field.MPRN, Field.SERIAL}
    assert [value.typed for value in scan.values(Field.MPRN)] == ["3938424403"]


@pytest.mark.parametrize(
    ("text", "kind", "code"),
    [
        ("1200023305968", Field.MPAN, "mpan-check-digit"),
        ("3938424404", Field.MPRN, "mprn-check-digit"),
        (CODE[:-1] + "6", Field.INSTALL_CODE, "install-code-crc"),
        ("73943333457189043314", Field.UTRN, "utrn-check-digit"),
        ("GUID: 00DB12345678O0A0", Field.DEVICE_ID, "device-id-character"),
        ("(01)05012345678901", Field.GTIN, "gtin-check-digit"),
        ("0000000000000000", Field.DEVICE_ID, "device-id-void"),
        ("urn:dev:mac:00db12345678", Field.DEVICE_ID, "device-id-length"),
    ],
)
def test_what_is_wrong_is_said_and_stays_as_it_was_read(text: str, kind: Field, code: str) -> None:
    (value,) = read_label(text).values(kind)
    assert value.error is not None
    assert value.error.code == code
    assert value.typed in text
    assert value.secret or value.shown == value.typed


def test_o_and_0_i_and_1_are_never_taken_for_one_another() -> None:
    for typed in (DEVICE.replace("0", "O"), "l" + DEVICE[1:], "I" + DEVICE[1:], DEVICE[1:], DEVICE[2:]):
        assert not [value for value in read_label(typed).values(Field.DEVICE_ID) if value.error is None]
    for typed in ("12OOO233O5967", "1200023305967 ".replace("1", "I"), "200023305967", "01200023305967"):
        assert not [value for value in read_label(typed).values(Field.MPAN) if value.error is None]


def slips(number: str, letters: str) -> list[str]:
    """The number with one character wrong, with two that stand side by side changed, and with one missing."""
    found = {number[:at] + other + number[at + 1 :] for at in range(len(number)) for other in letters}
    found |= {number[:at] + number[at + 1] + number[at] + number[at + 2 :] for at in range(len(number) - 1)}
    return sorted(found - {number})


def taken(kind: Field, number: str, letters: str) -> list[str]:
    return [slip for slip in slips(number, letters) if value_of(kind, slip).error is None]


def test_every_slip_in_an_install_code_and_a_utrn_is_caught() -> None:
    """A CRC and Verhoeff's scheme see each wrong digit and each swap."""
    assert taken(Field.INSTALL_CODE, CODE, "0123456789ABCDEF") == []
    for token in ("73943333457189043313", "73947252416745201637", "73946144332040217315"):
        assert taken(Field.UTRN, token, "0123456789") == []


def test_of_an_mpan_only_what_its_rule_cannot_see_slips_through() -> None:
    """A remainder of 10 is written 0 (factbook 1.1): 0 and 10 look alike. And the twelfth weight is 43, 10 modulo 11:
    its digit changed with the check digit is always right again. Nothing else passes; the job is what catches these."""
    primes = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
    remainder = lambda core: sum(int(d) * p for d, p in zip(core, primes, strict=False)) % 11  # noqa: E731
    tried = 0
    for core in ("1200023305967", "2000000000015", "1234567890126", "1012345678903", "1000000000040"):
        last_two = core[:11] + core[12] + core[11]
        for missed in taken(Field.MPAN, core, "0123456789"):
            assert missed == last_two or {remainder(core), remainder(missed)} == {0, 10}, (core, missed)
        tried += len(slips(core, "0123456789"))
        assert remainder(core) == 10 or value_of(Field.MPAN, last_two).error is None
    assert tried > 5 * 13 * 9


def test_of_an_mprn_only_one_swap_slips_through() -> None:
    """Its check is two digits wide, up to 10: behind 0 it says 10, behind 1 it says 00. Nothing else passes."""
    rand = random.Random(11)
    bases = ["".join(rand.choice("0123456789") for _digit in range(8)) for _number in range(40)] + [
        "10000010",
        "10000011",
    ]
    numbers = [base + mprn_check_digits(base) for base in bases]
    for number in numbers:
        swapped = number[:7] + number[8] + number[7] + number[9]
        hidden = number[7:] == "010" or number[7:] == "100"
        assert taken(Field.MPRN, number, "0123456789") == ([swapped] if hidden else [])


def test_every_slip_in_a_token_is_caught_whatever_the_token() -> None:
    """Each digit wrong and each swap, in tokens drawn by seed."""
    rand = random.Random(5)
    for _token in range(20):
        ptut = rand.randrange(1 << 10) << 47 | rand.randrange(2) << 45 | rand.randrange(1 << 45)
        nineteen = str(PPTD_BASE + ptut)
        assert taken(Field.UTRN, nineteen + str(utrn_check_digit(nineteen)), "0123456789") == []


def test_a_device_id_has_no_check_and_is_never_sure_without_one() -> None:
    assert taken(Field.DEVICE_ID, DEVICE, "0123456789ABCDEF"), "which is why it is held against the job"
    assert value_of(Field.DEVICE_ID, DEVICE).sure
    assert not value_of(Field.DEVICE_ID, DEVICE, checked=False).sure
    assert not value_of(Field.SERIAL, "21E5", checked=False).sure
    assert not value_of(Field.INSTALL_CODE, CODE[:32], checked=False).sure
    assert value_of(Field.INSTALL_CODE, CODE, checked=False).sure
    assert value_of(Field.MPAN, "1200023305967", checked=False).sure


def test_a_secret_stands_in_no_repr_and_is_shown_to_nobody() -> None:
    for text in (CODE, "Z:" + DEVICE + "$I:" + CODE, "73943333457189043313"):
        scan = read_label(text)
        assert scan.secret
        told = repr(scan) + " ".join(value.shown for value in scan.values(*Field))
        assert CODE[:8] not in told
        assert "73943333" not in told
    (value,) = read_label(CODE).values(Field.INSTALL_CODE)
    assert value.shown == "36 characters, CRC C3B5"


def test_the_identifiers_agree_with_the_values() -> None:
    rand = random.Random(7)
    for kind, cls in ((Field.MPAN, Mpan), (Field.MPRN, Mprn), (Field.UTRN, Utrn)):
        for _number in range(40):
            text = "".join(rand.choice("0123456789") for _digit in range(rand.choice((10, 13, 20))))
            try:
                cls.parse(text)
                good = True
            except IdentifierError:
                good = False
            assert (value_of(kind, text).error is None) == good


OWN = f"""
format = "{FORMAT}"
[[label]]
name = "mine"
title = "Mine"
kind = "template"
template = "MK1;{{serial}};{{device-id:16}}{{install-code}}"
source = "photo"
verified = false
[[label.sample]]
text = "MK1;A1;{DEVICE}{CODE}"
values = {{ serial = "A1", device-id = "{DEVICE}", install-code = "{CODE}" }}
"""


def test_an_engineers_own_format_is_read_beside_the_others() -> None:
    own = parse_formats(OWN, "mine.toml")
    scan = read_label(f"MK1;ZZ 7;00DB1234567890A9{CODE}", own)
    assert [(value.kind, value.typed) for value in scan.labels[0].values] == [
        (Field.SERIAL, "ZZ 7"), (Field.DEVICE_ID, "00DB1234567890A9"), (Field.INSTALL_CODE, CODE),
    ]  # fmt: skip
    assert scan.labels[0].format.title == "Mine"
    assert read_label(DEVICE, own).values(Field.DEVICE_ID)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("format = ", "format_ = ", "format ="),
        (FORMAT, "hht-label-formats/9", FORMAT),
        ('name = "mine"', 'name = "Mine!"', "format 1 has no name"),
        ('kind = "template"', 'kind = "regex"', "its kind is one of"),
        ('title = "Mine"', 'title = "Mine"\ncode = "import os"', "look at code"),
        ('source = "photo"\n', "", "look at source"),
        ("verified = false", 'verified = "no"', "verified is true or false"),
        ("{device-id:16}", "{device-id}", "says its length"),
        ("{serial}", "{colour}", "none of"),
        ("{serial}", "{serial", "values in braces"),
        (f'device-id = "{DEVICE}"', 'device-id = "00DB1234567890A1"', "does not read its own sample"),
        ("MK1;A1;", "MK2;A1;", "does not read its own sample"),
        ("[[label.sample]]", "[[label.other]]", "look at other"),
        ("values = ", "valves = ", "label.sample"),
        ("[[label]]", "[[label]", "no TOML"),
    ],
)  # fmt: skip
def test_a_table_that_is_not_as_it_should_be_is_refused_in_words(old: str, new: str, said: str) -> None:
    assert old in OWN
    with pytest.raises(FormatsError) as refused:
        parse_formats(OWN.replace(old, new), "mine.toml")
    assert said in refused.value.message
    assert "mine.toml" in refused.value.message


def test_two_formats_of_one_name_are_refused() -> None:
    twice = OWN + OWN[OWN.index("[[label]]") :]
    with pytest.raises(FormatsError, match="two formats are called mine"):
        parse_formats(twice, "mine.toml")


def test_captions_and_identifiers_of_a_table_are_held_to_rules() -> None:
    def table(kind: str, own: str) -> str:
        rest = 'title = "T"\nsource = "s"\nverified = false\n[[label.sample]]\ntext = "x"\nvalues = { serial = "x" }\n'
        return f'format = "{FORMAT}"\n[[label]]\nname = "n"\nkind = "{kind}"\n{own}\n{rest}'

    for kind, own in (
        ("gs1", 'elements = { "2A" = "serial" }'),
        ("gs1", "elements = {}"),
        ("captions", 'captions = { "  " = "serial" }'),
        ("captions", 'captions = { "SN:" = "serial" }'),
        ("plain", 'value = "colour"'),
        ("template", 'template = "no value"'),
        ("template", "template = 5"),
    ):
        with pytest.raises(FormatsError):
            parse_formats(table(kind, own), "t.toml")
        assert tomllib.loads(table(kind, own))


def test_a_label_of_a_format_with_a_mark_is_nothing_else() -> None:
    """The device id in it is not offered a second time as a serial number."""
    scan = read_label("Z:" + DEVICE + "$I:" + CODE)
    assert [label.format.name for label in scan.labels] == ["zigbee-z-i"]
    assert replace(scan, text="") == replace(read_label("Z:" + DEVICE + "$I:" + CODE + "\n"), text="")
