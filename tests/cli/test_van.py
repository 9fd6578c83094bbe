"""``hht van``: what is on it, the product list, the check before leaving the depot."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from hht.clock import ManualClock
from hht.resources import resource_path
from tests.cli.conftest import Run
from ui.system import SystemClock
from ui.van import signed_list, training_list

T = "--training"
TODAY = SystemClock().now().astimezone().date()


def test_what_the_van_lacks_is_said_before_leaving_and_put_right(run: Run, tmp_path: Path) -> None:
    plain = json.loads(resource_path("jobs", "install-electricity.json").read_text())
    plain["appointment"] = {"start": f"{TODAY}T12:00:00Z", "end": f"{TODAY}T14:00:00Z"}
    path = tmp_path / "job.json"
    path.write_text(json.dumps(plain))
    assert run("visit", "new", str(path), T).status == 0
    missing = run("van", "check", T)
    assert (missing.status, missing.last["not_ready"]) == (1, 1)
    (line,) = missing.of("needed")
    assert (line["place"], line["ready"]) == ("missing", False)
    assert run("van", "add", "--file", str(resource_path("samples", "van.json")), T).last["added"] > 10
    unlisted = run("van", "check", T).of("needed")[0]
    assert (unlisted["ready"], unlisted["reasons"]) == (True, ["no-list"])
    listed = tmp_path / "products.signed"
    listed.write_bytes(training_list(TODAY))
    kept = run("van", "products", str(listed), T).last
    assert (kept["age_days"], kept["signed_by"], kept["products"] > 10) == (0, "training desk", True)
    ready = run("van", "check", T)
    assert (ready.status, ready.of("needed")[0]["reasons"]) == (0, ["fits"])
    assert run("van", "check", "--day", "2020-01-01", T).last["devices"] == 0
    told = run("van", "list", T)
    assert told.last["counts"]["communications hub (cellular)"] == 6
    assert len(told.of("device")) == told.last["devices"]


def test_a_device_is_scanned_on_and_forgotten_and_bad_words_are_refused(run: Run, tmp_path: Path) -> None:
    said = ["--type", "gas-meter", "--manufacturer", "Vale Gas Meters", "--model", "VG-4", "--firmware", "00040007"]
    assert run("van", "add", "00DB123456790AA1", *said, T).last["added"] == 1
    assert run("van", "list", T).of("device")[0]["device_id"] == "00-DB-12-34-56-79-0A-A1"
    assert run("van", "put-back", "00-DB-12-34-56-79-0A-A1", T).status == 0
    assert run("van", "remove", "00-DB-12-34-56-79-0A-A1", T).status == 0
    assert run("van", "remove", "00-DB-12-34-56-79-0A-A1", T).last["code"] == "van-unknown"
    assert run("van", "add", T).status == 2
    assert run("van", "add", "00DB123456790AA1", T).last["code"] == "usage"
    assert run("van", "add", "00DB123456790AA", *said, T).last["code"].startswith("device-id")
    assert run("van", "products", T).last["products"] == 0
    (tmp_path / "list").write_text("{}")
    assert run("van", "products", str(tmp_path / "list"), T).last["code"] == "products-envelope"
    assert run("van", "check", "--day", "soon", T).last["code"] == "usage"


def test_a_list_is_signed_by_a_desk_that_has_to_be_trusted(run: Run, tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    private, public = tmp_path / "desk.key.pem", tmp_path / "desk.pem"
    private.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    public.write_bytes(key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    sample, out = str(resource_path("samples", "products.json")), str(tmp_path / "out.signed")
    assert run("van", "sign", sample, "--out", out).status == 0
    assert run("van", "products", out, T).last["signed_by"] == "training desk"
    later = json.loads(Path(sample).read_text()) | {"number": 2}
    (tmp_path / "later.json").write_text(json.dumps(later))
    assert run("van", "sign", str(tmp_path / "later.json"), "--key", str(private), "--out", out).last["number"] == 2
    assert run("van", "products", out, T).last["code"] == "products-desk-unknown"
    assert run("pack", "trust", "--add", str(public), "--name", "Depot", T).status == 0
    assert run("van", "products", out, T).last["signed_by"] == "Depot"
    assert run("van", "products", out, "--forget", "2", T).status == 2
    assert run("van", "products", "--forget", "1", T).last["code"] == "products-not-kept"
    assert run("van", "products", "--forget", "2", T).last["forgotten"] == 2
    assert run("van", "products", T).last["products"] == 0
    assert run("van", "sign", sample, "--key", str(public), "--out", out).last["code"] == "desk-key"
    live = tmp_path / "live.json"
    live.write_text(json.dumps(later | {"training": False}))
    assert run("van", "sign", str(live), "--out", out).status == 2


def test_a_list_that_is_over_is_not_signed_not_taken_in_and_a_kept_one_is_called_so_wherever_it_is_asked(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = SystemClock().now().date()
    plain = json.loads(resource_path("samples", "products.json").read_text())
    path, out = tmp_path / "list.json", tmp_path / "list.signed"

    def write(until: date) -> None:
        days = {"issued": str(today - timedelta(days=2)), "good_until": str(until)}
        path.write_text(json.dumps(plain | days))

    write(today - timedelta(days=1))
    unsigned = run("van", "sign", str(path), "--out", str(out))
    assert unsigned.last["code"] == "products-expired"
    assert not out.exists()
    out.write_bytes(signed_list(path.read_bytes()))
    refused = run("van", "products", str(out), T)
    assert (refused.status, refused.last["code"]) == (1, "products-expired")
    until = today + timedelta(days=1)
    write(until)
    assert run("van", "sign", str(path), "--out", str(out)).last["good_until"] == str(until)
    kept = run("van", "products", str(out), T)
    assert (kept.last["good_until"], kept.last["over"], kept.of("list")) == (str(until), False, [])
    later = ManualClock(SystemClock().now() + timedelta(days=3))
    for clock in (later, SystemClock()):  # and set back: the log has noted it
        monkeypatch.setattr("ui.cli.van.SystemClock", lambda clock=clock: clock)
        asked = [run("van", *words, T) for words in (("products",), ("record", "NH-CH2"), ("tested",))]
        for told in asked:
            assert told.status == 0
            (said,) = told.of("list")
            assert (said["code"], said["standing"]) == ("list-over", "care")
        assert asked[0].last["over"]
