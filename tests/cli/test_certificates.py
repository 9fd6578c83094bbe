"""``hht certificates``: which each device holds, for which role, issued by whom, until when, and what renews it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from hht.emulation.gbcs.ends import ends_of
from hht.emulation.gbcs.pki import organisation_certificate
from hht.model.premises import load_premises
from hht.protocol.gbcs.certificates import KeyUsage
from hht.protocol.gbcs.certification import device_names, key_usage
from hht.protocol.gbcs.messages import Role
from hht.protocol.gbcs.training_trust import training_key
from hht.protocol.gbcs.trust_anchors import CELLS, Cell
from tests.cli.conftest import Run
from ui.certificates import certificates_of
from ui.system import SystemClock

NOW = datetime(2026, 11, 22, tzinfo=UTC)
ENTITY = bytes.fromhex("00DB1234567890A0")


def certificate(until: datetime) -> bytes:
    key = training_key(ENTITY, KeyUsage.DIGITAL_SIGNATURE)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Specimen authority")]))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(until)
        .add_extension(device_names(ENTITY), critical=True)
        .add_extension(key_usage(KeyUsage.DIGITAL_SIGNATURE), critical=True)
    )
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.mark.requirement("SEC-19")
def test_each_device_of_a_premises_tells_its_own_and_whom_it_trusts(run: Run) -> None:
    done = run("certificates", "dual-fuel")
    rows = done.of("certificate")
    assert [one["device"] for one in done.of("device")] == sorted({row["device"] for row in rows}, key=[
        one["device"] for one in done.of("device")].index)  # fmt: skip
    meter = [row for row in rows if row["device"] == "esme-1"]
    cells = [cell.role.value for cell in CELLS["ESME"]]
    assert [row["role"] for row in meter] == ["device", "device", *cells], "its own two, then each trust anchor cell"
    for row in rows:
        assert row["issuer"] == "HHT training"
        assert row["training"] is True
        assert row["standing"] == "valid"
        assert row["renewed"]
        assert row["source"]
    supplier = next(row for row in meter if row["role"] == "supplier")
    assert supplier["services"] == ["6.15.1", "6.23"]
    assert next(row for row in meter if row["role"] == "device")["services"] == ["6.17", "6.15.2"]
    alone = run("certificates", "dual-fuel", "--device", "esme-1")
    assert {row["device"] for row in alone.of("certificate")} == {"esme-1"}


@pytest.mark.requirement("SEC-19")
def test_what_a_device_holds_now_is_told_after_its_supplier_changed() -> None:
    premises = load_premises("dual-fuel", clock=SystemClock(), days=1)
    meter = premises.find("esme-1")
    incoming = bytes.fromhex("90B3D51F30018888")
    anchors = ends_of(premises).end_of(meter).anchors
    usage = KeyUsage.DIGITAL_SIGNATURE
    anchors.put(Cell(Role.SUPPLIER, usage), organisation_certificate(Role.SUPPLIER, usage, incoming))
    held = [one for one in certificates_of(premises, NOW) if (one.device, one.role) == ("esme-1", "supplier")]
    assert [one.entity for one in held if one.usage == "signing"] == ["90-B3-D5-1F-30-01-88-88"]


def test_smets1_devices_hold_none(run: Run) -> None:
    assert run("certificates", "smets1").of("certificate") == []


@pytest.mark.requirement("SEC-19")
def test_a_certificate_in_a_file_says_when_it_ends_and_one_that_ended_fails(run: Run, tmp_path: Path) -> None:
    now = SystemClock().now()
    for days, standing, status in ((400, "valid", 0), (5, "ends-soon", 0), (-5, "ended", 1)):
        file = tmp_path / "one.der"
        until = (now + timedelta(days=days)).replace(microsecond=0)
        file.write_bytes(certificate(until))
        done = run("certificates", str(file))
        (row,) = done.of("certificate")
        assert (row["standing"], done.status) == (standing, status)
        assert row["until"][:10] == f"{until:%Y-%m-%d}"
        assert (row["issuer"], row["training"]) == ("Specimen authority", False)
    file.write_bytes(b"no certificate")
    assert run("certificates", str(file)).status == 1
