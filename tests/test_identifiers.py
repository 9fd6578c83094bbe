"""Identifiers: the trade's algorithms against every good and bad value of the fact book, and against anything else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.identifiers import (
    Cin,
    DeviceId,
    FirmwareHash,
    FirmwareVersion,
    IdentifierError,
    InstallCode,
    Mpan,
    Mprn,
    Utrn,
    mpan_check_digit,
    mprn_check_digits,
)

GOOD_MPANS = [
    "1200023305967", "2000000000015", "1234567890126", "1012345678903",
    "1312345678118", "1312345678224", "1312345678330", "1000000000040",
]  # fmt: skip
BAD_MPANS = [("1312345678111", "8"), ("1012345678901", "3"), ("1312345678222", "4"), ("1312345678333", "0")]
GOOD_MPRNS = ["3938424403", "1234567810", "1000999809", "9876543209", "7412345608", "123409"]
KINDS: list[Callable[[str], object]] = [
    Mpan.parse, Mprn.parse, DeviceId.parse, InstallCode.parse, Utrn.parse,
    Cin.parse, FirmwareVersion.parse, FirmwareHash.parse,
]  # fmt: skip


def refused(parse: Callable[..., object], text: str, **options: object) -> IdentifierError:
    with pytest.raises(IdentifierError) as caught:
        parse(text, **options)
    assert caught.value.message
    assert caught.value.remedy
    return caught.value


# ---------------------------------------------------------------------- MPAN


def core(first_twelve: str) -> str:
    return first_twelve + str(mpan_check_digit(first_twelve))


@pytest.mark.parametrize("text", GOOD_MPANS)
def test_good_mpans(text: str) -> None:
    assert str(Mpan.parse(f" {text[:2]} {text[2:6]} {text[6:]} ")) == text


def test_worked_example_and_remainder_ten() -> None:
    assert mpan_check_digit("120002330596") == 7
    assert mpan_check_digit("100000000004") == 0  # sum 175, remainder 10 becomes 0


@pytest.mark.parametrize(("text", "expected"), BAD_MPANS)
def test_bad_mpans_name_the_expected_digit(text: str, expected: str) -> None:
    error = refused(Mpan.parse, text)
    assert error.code == "mpan-check-digit"
    assert error.details["expected"] == expected
    assert f"check digit is {expected}, you typed {text[-1]}" in error.message


def test_full_mpan_keeps_its_top_line() -> None:
    mpan = Mpan.parse("01 801 10A 12 0002 3305 967")
    assert (mpan.core, mpan.profile_class, mpan.timeswitch_class) == ("1200023305967", "01", "801")
    assert mpan.line_loss_factor_class == "10A"
    assert Mpan.parse("01801ABC1200023305967").line_loss_factor_class == "ABC"
    assert "no distributor 09" in refused(Mpan.parse, "0900023305967").message
    assert refused(Mpan.parse, "0X80110A1200023305967").code == "mpan-character"
    assert Mpan.parse("0180110a1200023305967").line_loss_factor_class == "10A"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "mpan-length"),
        ("120002330596", "mpan-length"),
        ("12000233059670", "mpan-length"),
        ("12000233O5967", "mpan-character"),
        ("1200023305९67", "mpan-character"),
        ("１２０００２３３０５９６７", "mpan-character"),
        ("120002330596²", "mpan-character"),
        ("0900023305967", "mpan-distributor"),
    ],
)
def test_what_is_no_mpan(text: str, code: str) -> None:
    assert refused(Mpan.parse, text).code == code


@pytest.mark.parametrize("text", ["0180110A120002330596", "01 801 10A 12 0002 3305 967 0", "0180110A123456"])
def test_a_full_mpan_with_a_digit_missing_is_too_short_and_not_blamed_on_its_letters(text: str) -> None:
    error = refused(Mpan.parse, text)
    assert error.code == "mpan-length"
    assert f"you typed {len(text.replace(' ', ''))}" in error.message


def test_error_names_the_character_and_its_place() -> None:
    error = refused(Mpan.parse, "12000233O5967")
    assert error.details["position"] == 9
    assert "character 9 is “O”" in error.message


@pytest.mark.parametrize(
    ("parse", "text", "place"),
    [
        (Mpan.parse, "  12 00023 3O5967", 13),
        (Mpan.parse, "01 801 10A 12 0002 33O5 967", 22),
        (Mpan.parse, "01 80X 10A 12 0002 3305 967", 6),
        (Mpan.parse, "01 801 1-A 12 0002 3305 967", 9),
        (Mprn.parse, "39\u00a0384x4403", 7),
        (DeviceId.parse, "EUI-64: 00-DB-12-34-56-78-90-AG", 31),
        (DeviceId.parse, "0x00DB1234567890Ag", 18),
        (InstallCode.parse, " 83FE D340 7A93 9723 A5C6 39B2 6916 D50O", 40),
        (Utrn.parse, " 7394-333x", 10),
        (Cin.parse, " 71 6", 4),
    ],
)
def test_the_place_is_that_in_what_was_typed(parse: Callable[[str], object], text: str, place: int) -> None:
    error = refused(parse, text)
    assert error.details["position"] == place
    assert f"character {place} is " in error.message


@pytest.mark.parametrize(
    ("digit", "name", "plain"),
    [
        ("\u0663", "arabic-indic digit three", "3"),
        ("\uff13", "fullwidth digit three", "3"),
        ("\u00b3", "superscript three", "3"),
    ],
)
@pytest.mark.parametrize("parse", [*KINDS])
def test_digits_of_other_scripts_are_named_and_not_taken(
    parse: Callable[[str], object], digit: str, name: str, plain: str
) -> None:
    error = refused(parse, "12" + digit)
    assert error.code.endswith("-character")
    assert f"character 3 is {name}" in error.message
    assert f"looks like a {plain}" in error.remedy


def test_what_cannot_be_seen_is_named() -> None:
    assert "character 3 is U+0000" in refused(Cin.parse, "71\x00").message
    assert "character 3 is right-to-left override" in refused(Cin.parse, "71\u202e").message
    surrogate = refused(Mpan.parse, "01801\udcff\udcff\udcff1200023305967")
    assert "character 6 is U+DCFF" in surrogate.message
    assert surrogate.message.encode()  # it can be printed


def test_override_is_explicit_logged_and_marked() -> None:
    logged: list[str] = []
    mpan = Mpan.parse("1312345678111", allow_test=True, log=logged.append)
    assert mpan.test_data
    assert logged == ["Test data: MPAN 1312345678111 accepted, its check digit should be 8."]
    assert not Mpan.parse("1200023305967", allow_test=True, log=logged.append).test_data
    assert len(logged) == 1
    assert Mpan.parse("1312345678111", allow_test=True).test_data  # marked, even where the caller logs it himself
    assert Mprn.parse("1234567890", allow_test=True).test_data
    assert not Mprn.parse("3938424403", allow_test=True, confirm_short=True, log=logged.append).test_data
    assert len(logged) == 1


def test_unknown_distributor_is_a_warning_only() -> None:
    assert Mpan.parse("1200023305967").warnings == ()
    assert "99" in Mpan.parse(core("990000000001")).warnings[0]


@given(st.text("0123456789", min_size=10, max_size=10), st.integers(10, 99), st.integers(0, 12), st.integers(1, 9))
def test_single_digit_errors_of_an_mpan(unique: str, distributor: int, place: int, add: int) -> None:
    good = core(f"{distributor}{unique}")
    assert Mpan.parse(good).core == good
    bad = good[:place] + str((int(good[place]) + add) % 10) + good[place + 1 :]
    # Remainder 10 becomes 0, so a few slips cannot be seen: exactly those whose check digit is the same
    if mpan_check_digit(bad[:12]) != int(bad[12]):
        refused(Mpan.parse, bad)
    else:
        assert place < 12


@pytest.mark.parametrize("text", GOOD_MPANS)
def test_the_check_digit_takes_no_other(text: str) -> None:
    for digit in set("0123456789") - {text[12]}:
        assert refused(Mpan.parse, text[:12] + digit).details["expected"] == text[12]


# ---------------------------------------------------------------------- MPRN


@pytest.mark.parametrize("text", GOOD_MPRNS)
def test_good_mprns(text: str) -> None:
    assert str(Mprn.parse(text)) == text
    assert mprn_check_digits(text[:-2]) == text[-2:]


@pytest.mark.parametrize(("text", "expected"), [("1234567890", "10"), ("1000999888", "09"), ("3938424404", "03")])
def test_bad_mprns(text: str, expected: str) -> None:
    error = refused(Mprn.parse, text)
    assert error.code == "mprn-check-digit"
    assert error.details["expected"] == expected


def test_short_mprn_can_be_confirmed_and_nothing_else() -> None:
    assert refused(Mprn.parse, "123400").code == "mprn-confirm"
    assert "should be 09, you typed 00" in refused(Mprn.parse, "123400").message
    assert Mprn.parse("123400", confirm_short=True).confirmed_short
    assert not Mprn.parse("123409", confirm_short=True).confirmed_short
    both = Mprn.parse("1234567890", confirm_short=True, allow_test=True)
    assert (both.test_data, both.confirmed_short) == (True, False)
    assert refused(Mprn.parse, "1234567890", confirm_short=True).code == "mprn-check-digit"
    logged: list[str] = []
    assert Mprn.parse("1234567890", allow_test=True, log=logged.append).test_data
    assert len(logged) == 1


@pytest.mark.parametrize("text", ["", "12345", "12345678901", "12345a"])
def test_what_is_no_mprn(text: str) -> None:
    assert refused(Mprn.parse, text).code in ("mprn-length", "mprn-character")


@pytest.mark.parametrize("text", GOOD_MPRNS)
def test_every_slip_in_an_mprn_is_caught(text: str) -> None:
    for place in range(len(text)):
        for digit in set("0123456789") - {text[place]}:
            refused(Mprn.parse, text[:place] + digit + text[place + 1 :])


@given(st.text("0123456789", min_size=4, max_size=8))
def test_mprn_round_trip(base: str) -> None:
    text = base + mprn_check_digits(base)
    if base.strip("0"):
        assert Mprn.parse(text).value == text
    else:
        assert refused(Mprn.parse, text).code == "mprn-void"


# ---------------------------------------------------------------------- Device ID


@pytest.mark.parametrize(
    "text",
    [
        "00-DB-12-34-56-78-90-A0", "00:db:12:34:56:78:90:a0", "00 DB 12 34 56 78 90 A0", "00DB1234567890A0",
        "0x00db1234567890a0", "00db.1234.5678.90a0", "EUI-64: 00DB1234567890A0", "GUID:00-DB-12-34-56-78-90-A0",
        "\x1d00DB1234567890A0\r\n", "]C100DB1234567890A0", "*00DB1234567890A0*", "Device ID 00DB1234567890A0",
        "\ufeff00DB1234567890A0", '"00DB1234567890A0";', "<00-DB-12-34-56-78-90-A0>", "“00DB1234567890A0”",
        "00\u2013DB\u201312\u201334\u201356\u201378\u201390\u2013A0", "Device-ID: {00DB1234567890A0}",
    ],
)  # fmt: skip
def test_spellings_of_a_device_id(text: str) -> None:
    device_id = DeviceId.parse(text)
    assert str(device_id) == "00-DB-12-34-56-78-90-A0"
    assert device_id.to_bytes().hex() == "00db1234567890a0"


@pytest.mark.parametrize(
    "text",
    [
        "(240)00DB1234567890A0", "(240) 00-DB-12-34-56-78-90-A0", "]C1(240)00DB1234567890A0\r\n",
        "*(240)00DB1234567890A0*",
        "(01)05012345678900(240)00DB1234567890A0", "(240)00DB1234567890A0(21)SN 0042",
        "(01) 05012345678900 (21) 0042 (240) 00DB1234567890A0", "Device ID: (240)00DB1234567890A0",
        "]C124000DB1234567890A0", "]d224000db1234567890a0", "]Q3010501234567890024000DB1234567890A0",
        "]C1\x1d24000DB1234567890A0", "]C121SN0042\x1d24000DB1234567890A0", "\ufeff]C124000DB1234567890A0\x1d21SN0042",
        "]d20105012345678900210042\x1d24000DB1234567890A0\r",
        "urn:dev:mac:00db1234567890a0", "URN:DEV:MAC:00DB1234567890A0", "]Q1urn:dev:mac:00db1234567890a0\n",
    ],
)  # fmt: skip
def test_labels_of_a_device_id(text: str) -> None:
    assert DeviceId.parse(text).value == "00DB1234567890A0"


def test_a_device_id_that_begins_like_an_element_is_read_as_it_stands() -> None:
    assert DeviceId.parse("]C1240DB1234567890A").value == "240DB1234567890A"
    assert DeviceId.parse("2400DB1234567890").value == "2400DB1234567890"


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("(24)00DB1234567890A0", "device-id-label", 1),  # another element
        ("(2400)DB1234567890A0", "device-id-label", 1),
        ("]C1(241)00DB1234567890A0", "device-id-label", 4),
        ("(01)05012345678900(21)0042", "device-id-label", 1),
        ("]C121SN0042", "device-id-label", 4),
        ("(240)00DB1234567890A0(240)00DB1234567890A1", "device-id-label", 22),
        ("(240)00DB1234567890A0)", "device-id-label", 22),
        ("(240)00DB1234567890A0(x)1", "device-id-label", 22),
        ("]C124000DB1234567890A0\x1d77", "device-id-label", 24),
        ("(240)00DB1234567890AG", "device-id-character", 21),
        ("]C124000DB1234567890AO", "device-id-character", 22),
        ("240)00DB1234567890A0", "device-id-character", 4),
        ("(240 00DB1234567890A0", "device-id-length", None),
        ("24000DB1234567890A0", "device-id-length", None),  # nothing says that it is GS1
        ("(240)00DB1234567890A", "device-id-length", None),
        ("(240)", "device-id-length", None),
        ("(240)FFFFFFFFFFFFFFFF", "device-id-void", None),
        ("urn:dev:mac:00db1234567890", "device-id-length", None),  # an EUI-48 and a bit
        ("urn:dev:mac:00db1234567890a0_1", "device-id-character", 29),  # a part of the device
        ("urn:dev:ops:00db1234567890a0", "device-id-character", 1),
        ("urn:dev:mac:", "device-id-length", None),
    ],
)
def test_near_misses_of_labels_are_refused_where_they_miss(text: str, code: str, place: int | None) -> None:
    error = refused(DeviceId.parse, text)
    assert (error.code, error.details.get("position")) == (code, place)
    if place is not None and code == "device-id-character":
        assert f"character {place} is" in error.message


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("00DB1234567890A", "device-id-length"),
        ("00DB1234567890A000", "device-id-length"),
        ("0" * 16, "device-id-void"),
        ("F" * 16, "device-id-void"),
        ("O0DB1234567890A0", "device-id-character"),
        ("", "device-id-length"),
    ],
)
def test_what_is_no_device_id(text: str, code: str) -> None:
    assert refused(DeviceId.parse, text).code == code


def test_a_letter_that_looks_like_a_digit_is_said_and_not_corrected() -> None:
    assert "may be the digit 0" in refused(DeviceId.parse, "O0DB1234567890A0").remedy


@given(st.binary(min_size=8, max_size=8))
def test_device_id_round_trip(octets: bytes) -> None:
    if octets in (bytes(8), b"\xff" * 8):
        refused(DeviceId.parse, octets.hex())
    else:
        assert DeviceId.parse(str(DeviceId.parse(octets.hex()))).to_bytes() == octets


# ---------------------------------------------------------------------- short codes, and all of them


def test_short_codes() -> None:
    assert str(Cin.parse("7116")) == "7116"
    assert str(FirmwareVersion.parse("0123abcd")) == "0123ABCD"
    assert str(FirmwareHash.parse("ab" * 32)) == "AB" * 32
    assert refused(Cin.parse, "711").code == "cin-length"
    assert refused(Cin.parse, "71 6").code == "cin-character"
    assert refused(FirmwareVersion.parse, "0123ABC").code == "firmware-version-length"
    assert refused(FirmwareHash.parse, "ab" * 31).code == "firmware-hash-length"


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda: Mpan("garbage"), "mpan-form"),
        (lambda: Mpan("1200023305967\n"), "mpan-form"),
        (lambda: Mpan("1312345678111"), "mpan-check-digit"),
        (lambda: Mpan("0900023305967"), "mpan-distributor"),
        (lambda: Mpan("1200023305967", "01"), "mpan-form"),
        (lambda: Mpan("1200023305967", "01", "801", "10a"), "mpan-form"),
        (lambda: Mprn("12345"), "mprn-form"),
        (lambda: Mprn("1234567890"), "mprn-check-digit"),
        (lambda: Mprn("1234567890", confirmed_short=True), "mprn-check-digit"),
        (lambda: Mprn("0000000000"), "mprn-void"),
        (lambda: DeviceId("00-DB-12-34-56-78-90-A0"), "device-id-form"),
        (lambda: DeviceId("F" * 16), "device-id-void"),
        (lambda: InstallCode("83fed3407a939723a5c639b26916d505"), "install-code-form"),
        (lambda: Utrn("7394"), "utrn-form"),
        (lambda: Utrn("0" * 20), "utrn-range"),
        (lambda: Utrn("73943333457189043314"), "utrn-check-digit"),
        (lambda: Utrn("74301825837596672005"), "utrn-value-class"),
        (lambda: Cin("12a4"), "cin-form"),
        (lambda: FirmwareVersion("0123abcd"), "firmware-version-form"),
        (lambda: FirmwareHash("AB"), "firmware-hash-form"),
    ],
)
def test_no_value_is_made_that_parsing_would_refuse(make: Callable[[], object], code: str) -> None:
    assert refused(lambda _text: make(), "").code == code


def test_marked_values_are_made_as_they_are() -> None:
    assert Mpan("1312345678111", test_data=True).test_data
    assert Mprn("123400", confirmed_short=True).confirmed_short
    assert Mprn("1234567890", test_data=True).test_data


@given(st.text(max_size=80), st.sampled_from(KINDS))
def test_any_text_is_a_value_or_an_identifier_error(text: str, parse: Callable[[str], object]) -> None:
    try:
        parse(text)
    except IdentifierError as error:
        assert error.message  # noqa: PT017 - which of the two happens is what hypothesis explores
        assert error.remedy  # noqa: PT017
        assert f"{error.message}{error.remedy}".encode()  # noqa: PT017 - nothing that a screen cannot show
