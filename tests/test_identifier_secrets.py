"""Install code and UTRN: the fact book's vectors, every slip, and that no error or text shows a piece of them."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hht.identifiers import (
    IdentifierError,
    InstallCode,
    Secret,
    Utrn,
    derive_link_key,
    install_code_crc,
    utrn_check_digit,
)
from hht.identifiers.install_code import crc16_x25
from tests.test_identifiers import refused

GOOD_UTRNS = [
    ("73943333457189043313", 1, 1, 100, 10000),
    ("73947252416745201637", 4, 0, 1234, 1234),
    ("73946144332040217315", 3, 1, 10, 1000),
]
INSTALL_CODES = [
    ("83FED3407A939723A5C639B26916D505", "C3B5", "66B6900981E1EE3CA4206B6B861C02BB"),
    ("1122334455667788", "4AF7", "41618FC0C83B0E14A589954B16E31466"),
    ("7A939723A5C639B269161802", "819B", "F93903721685FD329D26849B90F2959A"),
    ("83FED3407A939723A5C639B269161802", "AEBB", "333C23686079468EB27BA24BD9C7E564"),
    ("30313233343536373839414243444546", "F596", "17E92CAAA342C367E8EDDC58EEBA69ED"),
    ("015156FD96159409C973701EC28703EB", "81D1", "30BF379EA76992F3CA4678D11874251B"),
    ("00112233445566778899AABBCCDDEEFF", "528F", "9AA467C78F4543F1BCA6CA03C3D73B31"),
]


# ---------------------------------------------------------------------- install code


def test_crc_check_value() -> None:
    assert crc16_x25(b"123456789") == 0x906E


@pytest.mark.parametrize(("code", "crc", "key"), INSTALL_CODES)
def test_install_code_vectors(code: str, crc: str, key: str) -> None:
    octets = bytes.fromhex(code)
    assert install_code_crc(octets).hex().upper() == crc
    assert derive_link_key(octets).hex().upper() == key
    if len(code) == 32:
        for text in (code, code.lower(), code + crc, f"{code[:16]}-{code[16:]} {crc}"):
            parsed = InstallCode.parse(text)
            assert parsed.reveal() == code
            assert parsed.crc == crc
            assert parsed.link_key().hex().upper() == key


def test_the_hash_without_the_crc_is_another_key() -> None:
    from hht.identifiers.install_code import _mmo

    code = bytes.fromhex("83FED3407A939723A5C639B26916D505")
    assert _mmo(code).hex().upper() == "6360EAEC72A8205E7ADE379FEFDBE897"
    assert derive_link_key(code) != _mmo(code)


def test_wrong_crc_is_named_and_the_code_never() -> None:
    error = refused(InstallCode.parse, "30313233343536373839414243444546" + "F569")
    assert error.code == "install-code-crc"
    assert error.details["expected"] == "F596"
    assert "F569" in error.message
    assert "3031" not in error.message + error.remedy


@pytest.mark.parametrize("octets", range(6, 16))
def test_short_install_codes_of_the_schema_are_refused_with_that_reason(octets: int) -> None:
    error = refused(InstallCode.parse, "1A" * octets)
    assert error.code == "install-code-length"
    assert "devices in Great Britain have 16 bytes" in error.message


@pytest.mark.parametrize("text", ["", "00" * 17, "0" * 31, "0" * 10, "00" * 19])
def test_other_lengths_are_no_install_code(text: str) -> None:
    error = refused(InstallCode.parse, text)
    assert error.code == "install-code-length"
    assert f"there are {len(text)}" in error.message


def test_letters_are_no_install_code() -> None:
    assert refused(InstallCode.parse, "zz" * 16).code == "install-code-character"


@given(st.binary(min_size=16, max_size=16), st.integers(0, 35), st.integers(1, 15))
def test_every_slip_in_an_install_code_with_its_crc_is_caught(octets: bytes, place: int, add: int) -> None:
    text = octets.hex().upper() + install_code_crc(octets).hex().upper()
    assert InstallCode.parse(text).reveal() == text[:32]
    bad = text[:place] + f"{(int(text[place], 16) + add) % 16:X}" + text[place + 1 :]
    assert refused(InstallCode.parse, bad).code == "install-code-crc"


# ---------------------------------------------------------------------- UTRN


@pytest.mark.parametrize(("text", "counter", "value_class", "value", "pence"), GOOD_UTRNS)
def test_utrn_vectors(text: str, counter: int, value_class: int, value: int, pence: int) -> None:
    for spelling in (text, " ".join(text[i : i + 4] for i in range(0, 20, 4)), text[:10] + "-" + text[10:]):
        contents = Utrn.parse(spelling).contents
        assert (contents.truncated_counter, contents.value_class, contents.value) == (counter, value_class, value)
        assert contents.amount_pence == pence


def test_check_digit_and_plausibility_are_separate_verdicts() -> None:
    assert utrn_check_digit("7430182583759667200") == 5
    assert refused(Utrn.parse, "74301825837596672005").code == "utrn-value-class"
    assert refused(Utrn.parse, "12345678901234567890").code == "utrn-range"
    assert refused(Utrn.parse, "73943333457189043314").code == "utrn-check-digit"
    assert utrn_check_digit("7394614433204021731") == 5  # the textbook's Verhoeff says 9


@pytest.mark.parametrize("text", [u[0] for u in GOOD_UTRNS])
def test_every_slip_and_swap_in_a_utrn_is_caught(text: str) -> None:
    for place in range(20):
        for digit in "0123456789":
            if digit != text[place]:
                refused(Utrn.parse, text[:place] + digit + text[place + 1 :])
        swapped = text[:place] + text[place : place + 2][::-1] + text[place + 2 :]
        if swapped != text:
            refused(Utrn.parse, swapped)


def test_outside_utrns(vectors: Callable[[str], Any]) -> None:
    loaded = vectors("gbcs.json")["vectors"]
    checks = [v for v in loaded if v["kind"] == "utrn_check_digit"]
    tokens = [v for v in loaded if v["kind"] == "utrn"]
    assert checks
    assert tokens
    for item in checks:
        assert utrn_check_digit(str(item["digits"])) == int(item["check_digit"])
    for item in tokens:
        contents = Utrn.parse(str(item["utrn"])).contents
        assert contents.value == int(item["value"])
        assert contents.value_class == ["pennies", "pounds"].index(item["value_class"])
        assert contents.truncated_counter == int(item["counter"]) >> 32 & 0x3FF
        assert utrn_check_digit(str(item["pptd"])) == int(str(item["utrn"])[19])


PTUT_BASE = 7394156990786306048


@given(st.integers(0, 0x3FF), st.integers(0, 3), st.integers(0, 0x1FFF), st.integers(0, 0xFFFFFFFF))
def test_utrn_round_trip(counter: int, value_class: int, value: int, mac: int) -> None:
    digits = str(PTUT_BASE + (counter << 47 | value_class << 45 | value << 32 | mac))
    text = digits + str(utrn_check_digit(digits))
    if value_class > 1:
        assert refused(Utrn.parse, text).code == "utrn-value-class"
        return
    contents = Utrn.parse(text).contents
    assert (contents.truncated_counter, contents.value_class, contents.value) == (counter, value_class, value)
    assert contents.amount_pence == (value * 100 if value_class else value)


def test_the_range_of_a_utrn_ends_where_the_numbers_end() -> None:
    for digits in (PTUT_BASE, 7538272178862161919):
        text = f"{digits}{utrn_check_digit(str(digits))}"
        if digits == PTUT_BASE:
            assert Utrn.parse(text).contents.value == 0
        else:
            assert refused(Utrn.parse, text).code == "utrn-value-class"
    for digits in (PTUT_BASE - 1, 7538272178862161920):
        assert refused(Utrn.parse, f"{digits}{utrn_check_digit(str(digits))}").code == "utrn-range"


@pytest.mark.parametrize(("text", "count"), [("7394333345718904331", 19), ("739433334571890433130", 21), ("", 0)])
def test_a_utrn_of_another_length_says_how_many(text: str, count: int) -> None:
    error = refused(Utrn.parse, text)
    assert error.code == "utrn-length"
    assert f"you typed {count}" in error.message


# ---------------------------------------------------------------------- both


@pytest.mark.parametrize("secret", [InstallCode.parse(INSTALL_CODES[0][0]), Utrn.parse(GOOD_UTRNS[0][0])])
def test_secrets_are_never_shown(secret: Secret) -> None:
    assert secret.reveal() not in f"{secret!r} {secret} {[secret]}"
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    assert secret == type(secret)(secret.reveal())
    assert secret != secret.reveal()
    other = InstallCode.parse(INSTALL_CODES[4][0]) if isinstance(secret, InstallCode) else Utrn.parse(GOOD_UTRNS[1][0])
    assert secret != other
    with pytest.raises(AttributeError):
        secret._secret = "0"
    assert len({secret, type(secret)(secret.reveal())}) == 1


def test_the_check_digit_that_would_fit_is_named_and_nobody_is_led_to_just_change_the_last() -> None:
    error = refused(Utrn.parse, "73943333457189043314")
    assert error.details["expected"] == "3"
    assert "the check digit is 3" in error.message
    assert "do not just change the last" in error.remedy


@pytest.mark.parametrize("text", ["75399999999999999999", "73900000000000000000", "12345678901234567890"])
def test_the_reason_why_a_number_is_no_utrn_is_true_of_it(text: str) -> None:
    error = refused(Utrn.parse, text)
    assert error.code == "utrn-range"
    assert "between 7394 1569 9078 6306 048 and 7538 2721 7886 2161 919" in error.message


def shown(error: IdentifierError) -> str:
    return "".join(c for c in f"{error!r} {error} {error.as_dict()} {error.__cause__!r}" if c.isalnum()).upper()


@given(st.sampled_from([c[0] for c in INSTALL_CODES if len(c[0]) == 32]), st.integers(0, 40), st.text(max_size=6))
def test_no_error_holds_a_piece_of_an_install_code(code: str, place: int, noise: str) -> None:
    with_crc = code + "0000"
    for secret in (code[:place] + noise + code[place:], with_crc[:place] + noise + with_crc[place:]):
        try:
            assert code not in f"{InstallCode.parse(secret)!r}"
        except IdentifierError as error:
            assert not any(code[i : i + 6] in shown(error) for i in range(27))  # noqa: PT017


@given(st.sampled_from([u[0] for u in GOOD_UTRNS]), st.integers(0, 20), st.text(max_size=3))
def test_no_error_holds_a_piece_of_a_utrn(token: str, place: int, noise: str) -> None:
    try:
        assert token not in f"{Utrn.parse(token[:place] + noise + token[place:])!r}"
    except IdentifierError as error:
        assert not any(token[i : i + 5] in shown(error) for i in range(16))  # noqa: PT017
