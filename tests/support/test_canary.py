"""The search for planted secrets finds them in every form in which they are looked for."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas  # noqa: TID253 - a test draws

from tests.support.canary import found_in, found_under

SECRETS = {
    "name": b"Perpetua Quillfeather",
    "MPAN": b"1200023305967",
    "key": bytes.fromhex("9f8e7d6c5b4a39281706f5e4d3c2b1a0"),
    "welsh": "Siân Tŷ'n-y-Graig".encode(),
}


def pdf(text: str) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pageCompression=1)
    canvas.drawString(72, 72, text)
    canvas.save()
    return out.getvalue()


def zipped(octets: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("in.txt", octets * 3)
    return out.getvalue()


FORMS: dict[str, Callable[[bytes], bytes]] = {
    "as it is": lambda s: s,
    "in capitals": lambda s: s.upper() if s.isascii() else s,
    "UTF-16, little end first": lambda s: s.decode("utf-8", "replace").encode("utf-16-le") if _text(s) else s,
    "UTF-16, big end first": lambda s: s.decode("utf-8", "replace").encode("utf-16-be") if _text(s) else s,
    "hexadecimals": lambda s: s.hex().encode(),
    "hexadecimals in capitals and pairs": lambda s: s.hex("-").upper().encode(),
    "base64": base64.b64encode,
    "base64 within other base64": lambda s: base64.b64encode(b"x" + s + b"yz"),
    "base64 for addresses": lambda s: base64.urlsafe_b64encode(b"xx" + s).rstrip(b"="),
    "zlib": zlib.compress,
    "gzip": gzip.compress,
    "zip": zipped,
    "zlib in base64 in JSON": lambda s: json.dumps({"x": base64.b64encode(zlib.compress(s * 2)).decode()}).encode(),
    "ASCII 85": lambda s: b"stream\n" + base64.a85encode(zlib.compress(s + b" and more of it")) + b"~>",
    "JSON": lambda s: json.dumps(s.decode()).encode() if _text(s) else s,
}


def _text(octets: bytes) -> bool:
    try:
        octets.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("form", FORMS)
def test_each_form_is_found_amid_other_octets(form: str) -> None:
    for name, secret in SECRETS.items():
        made = FORMS[form](secret)
        assert found_in(made, SECRETS) == {name}, name
        if form != "zip":
            assert found_in(b"\x01\xffbefore " + made + b" behind\x00\x02", SECRETS) == {name}, name


def test_a_number_in_groups_and_the_text_of_a_page_are_found(tmp_path: Path) -> None:
    assert found_in(b"MPAN 12 0002 3305 967", SECRETS) == {"MPAN"}
    (tmp_path / "Perpetua Quillfeather.pdf").write_bytes(pdf("of 1200023305967"))
    (tmp_path / "other").write_bytes(b"nothing of it")
    assert found_under(tmp_path, SECRETS) == {"Perpetua Quillfeather.pdf": {"name", "MPAN"}}
