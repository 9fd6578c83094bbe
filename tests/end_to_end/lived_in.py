"""A terminal that was used for a day of live work, with a planted secret of every kind: what `test_copied_folder` looks
through. Homes, temporary files and all else that a program may write stand in one folder, so nothing is missed."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import tempfile
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from PIL import Image  # noqa: TID253 - a test draws

from hht.resources import resource_text
from hht.store.trace_store import TraceRecorder
from hht.store.vault import Vault
from tests.conftest import ROOT
from tests.support.canary import found_in
from tests.support.command import Done
from tests.support.memory_key_store import permit
from tests.support.real_ids import as_real
from tests.window.test_trace_canary import SECRETS as ON_THE_WIRE
from tests.window.test_trace_canary import session
from tests.work import signing
from ui.cli.main import main
from ui.stores import open_store
from ui.system import SystemClock

PHRASE = "wistful otter granite lantern"
NAME, SIGNED, ENGINEER = "Perpetua Quillfeather", "Barnaby Thistlewood", "Ottoline Greywether"
STREET, TOWN, POSTCODE, PHONE = "47 Gossamer Crescent", "Little Wexborough", "ZZ47 8QX", "01632 960477"
METER, HUB, IHD = map(as_real, ("00-DB-12-34-56-78-90-A0", "00-DB-12-34-56-78-90-A2", "00-DB-12-34-56-79-01-A4"))
SECRETS: dict[str, bytes] = {
    "pass phrase": PHRASE.encode(),
    "name": NAME.encode(),
    "name that signed": SIGNED.encode(),
    "engineer": ENGINEER.encode(),
    "address": STREET.encode(),
    "town": TOWN.encode(),
    "postcode": POSTCODE.encode(),
    "telephone": PHONE.encode(),
    "note on how to get in": b"Key safe 8842 by the porch",
    "MPAN": b"1200023305967",
    "MPRN": b"3938424403",
    "Device ID": METER.encode(),
    "job": b"J-77341",
    "other job": b"J-77342",
    "old meter": b"Q41X 88213",
    "reading by eye": b"739164",
    "key": b"5F1C9E0A7B3D8246E1F0A9B8C7D6E5F4",
    "authentication key": b"A0B1C2D3E4F5061728394A5B6C7D8E9F",
    "name of keys": b"the meter under Thornbury stairs",
    "install code": b"83FED3407A939723A5C639B26916D505",
    "vulnerability": b"PSR-QUX-77",
    "answer on vulnerability": b"hearing-sight",
    "unsafe situation": b"Flue hangs loose behind the boiler",
    "who was told": b"Marigold Fenwicke",
    "notice": b"N-58813",
    "registration": b"REG-665218",
    "instrument": b"LOOP-90417",
    "who agreed": b"Cornelius Ashgrove",
    **{f"{name} on the line": secret for name, secret in ON_THE_WIRE.items() if len(secret) > 4},
}


def photo() -> bytes:
    """A picture that is like no other, with where it was taken."""
    noise = bytes(number * number * 31 % 251 for number in range(120 * 90 * 3))
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "PLANTED at Gossamer"
    Image.frombytes("RGB", (120, 90), noise).save(out, "JPEG", quality=85, exif=exif)
    return out.getvalue()


def job(sample: str, reference: str, **more: Any) -> str:
    """A live job of somebody who can be known by it."""
    plain: dict[str, Any] = json.loads(resource_text("jobs", sample))
    for of_training in ("link", "training_kit"):
        plain.pop(of_training, None)
    plain |= {
        "training": False,
        "reference": reference,
        "customer": {"name": NAME, "phone": PHONE},
        "premises": {
            "address": [STREET, TOWN], "postcode": POSTCODE, "notes": SECRETS["note on how to get in"].decode(),
        },
        "vulnerability": [SECRETS["vulnerability"].decode()],
    }  # fmt: skip
    return as_real(json.dumps(plain | more))


class Computer:
    """`folder`: all that the program may write by itself; `asked`: what somebody had it write, or gave it."""

    def __init__(self, above: Path, patch: pytest.MonkeyPatch, meter: str) -> None:
        self.folder, self.asked, self.meter = above / "computer", above / "asked", meter
        self.data = self.folder / "data"
        self._trusting = False
        for name in ("home", "tmp", "here", "config", "cache", "state", "share"):
            (self.folder / name).mkdir(parents=True)
        self.asked.mkdir()
        for variable, name in {
            "HOME": "home", "TMPDIR": "tmp", "XDG_CONFIG_HOME": "config", "XDG_CACHE_HOME": "cache",
            "XDG_STATE_HOME": "state", "XDG_DATA_HOME": "share", "HHT_HOME": "data",
        }.items():  # fmt: skip
            patch.setenv(variable, str(self.folder / name))
        patch.setattr(tempfile, "tempdir", str(above / "no such folder"))  # whoever made a temporary file would fail
        patch.chdir(self.folder / "here")
        self._patch = patch
        self.secrets = dict(SECRETS)
        self.sealed: list[bytes] = []  # all that went into the store
        seal = Vault.seal

        def remember(vault: Vault, value: bytes, *, table: str, column: str, key: str) -> bytes:
            self.sealed.append(value)
            return seal(vault, value, table=table, column=column, key=key)

        patch.setattr(Vault, "seal", remember)
        self.store = ["--pass-phrase-file", self.given("phrase", PHRASE)]
        self.at_meter = ["--client", "17", "--security", "low", "--password-file", self.given("password", "Gurux")]

    def given(self, name: str, text: str | bytes) -> str:
        """A file that somebody gives to the program; its path."""
        (self.asked / name).write_bytes(text.encode() if isinstance(text, str) else text)
        return str(self.asked / name)

    def signed(self, name: str, text: str) -> str:
        """A job as the desk hands it out, which this computer trusts; its path."""
        desk = self.given("desk.pem", signing.pem(signing.desk_key()))
        if not self._trusting:
            self.hht("pack", "trust", "--live", "--add", desk, "--supplier", signing.SUPPLIER)
        self._trusting = True
        return self.given(name, signing.signed(text, issued=SystemClock().now().replace(microsecond=0)))

    def hht(self, *words: str, stdin: str = "") -> Done:
        """A command on the live store, that ends well."""
        out, errors = io.StringIO(), io.StringIO()
        self._patch.setattr("sys.stdin", io.StringIO(stdin))
        with redirect_stdout(out), redirect_stderr(errors):
            status = main([*words, *self.store, "--json"])
        done = Done(status, [json.loads(line) for line in out.getvalue().splitlines()], errors.getvalue())
        assert done.status == 0, (words, done.lines[-1:], done.errors)
        return done

    def work(self) -> None:
        """A day's work by the command line."""
        keys = {"ek": SECRETS["key"].decode(), "ak": SECRETS["authentication key"].decode()}
        self.hht("vault", "put", SECRETS["name of keys"].decode(), "--keys", self.given("keys", json.dumps(keys)))
        self.hht("wallet", "add", "registration", "REG-665218", "--for", "electricity", "--until", "2099-03-31")
        self.hht("wallet", "add", "instrument", "LOOP-90417", "--kind", "loop", "--until", "2099-03-31")
        self._key_store()
        self._visit()
        self._beside_the_visit()
        code = f"{SECRETS['install code'].decode()}\n"
        ask = ["desk", "ask", "whitelist", HUB, "--job", "J-77341", "--set", f"other={IHD}", "--way", "later"]
        self.hht(*ask, "--set", "other_type=IHD", "--set", "install_code=-", stdin=code)
        self.hht(
            "read", self.meter, "clock", "registers", "profile", "--csv", str(self.asked / "p.csv"), *self.at_meter
        )
        self.hht("history", self.meter, "--by", "day", "--agreed", "Cornelius Ashgrove", *self.at_meter)
        self.hht("set", self.meter, "mpan", "1200023305967", *self.at_meter)
        self._trace_with_secrets()
        self._take_home()

    def _key_store(self) -> None:
        """The computer's key store opens the store from now on, besides: what it has for that is looked for, too."""
        keys = permit(self._patch)
        self.hht("people", "key-store", "on")
        (secret,) = keys.kept.values()
        self.secrets["secret in the key store"] = bytes.fromhex(secret)
        phrase, self.store = self.store, []
        self.hht("people", "list")
        self.store = phrase

    def _visit(self) -> None:
        old = [{"fuel": "electricity", "serial": "Q41X 88213"}]
        path = self.signed("job.json", job("install-electricity.json", "J-77341", old_meters=old))
        answers = json.loads(as_real(resource_text("samples", "install-electricity-answers.json"))) | {
            "occupants/needs": "hearing-sight",
            "old-electricity/serial": "Q41X 88213",
            "old-electricity/reading": "739164",
            "old-electricity/photo": self.given("label.jpg", photo()),
            "seals/off": "739164",
            "duties/signature": NAME,
        }
        told = self.given("answers.json", json.dumps(answers))
        self.hht("people", "name", "--name", ENGINEER)
        words = ["--link", self.meter, "--answers", told, *self.at_meter]
        done = self.hht("visit", "run", path, *words)
        assert done.last["outcome"] == "complete", done.last

    def _beside_the_visit(self) -> None:
        of = ["J-77341"]
        self.hht("visit", "photo", *of, self.given("meter.jpg", photo()))
        self.hht("visit", "sign", *of, "--name", SIGNED, "--about", "work-done", "--declared")
        self.hht(
            "visit", "unsafe", *of, "--category", "at-risk", "--found", "Flue hangs loose behind the boiler",
            "--done", "labelled", "--told", "Marigold Fenwicke", "--rung", "desk", "--notice", "N-58813",
            "--receipt", "refused",
        )  # fmt: skip
        self.hht("visit", "call", *of, "--result", f"ring {NAME} on {PHONE}")
        self.hht("job", "import", self.signed("next.json", job("install-dual-fuel.json", "J-77342")))
        self.hht("job", "list", "--search", "Quillfeather")

    def _trace_with_secrets(self) -> None:
        """What no emulated meter of the visit says: passwords, tokens, keys and a CIN over the line."""
        with open_store(self.data, PHRASE, training=False, clock=SystemClock()) as store:
            recorder = TraceRecorder(store, "planted", chunk_events=10, interval_s=0)
            for event in session():
                recorder(event)
            recorder.flush()

    def _take_home(self) -> None:
        """Report, trace and outbox, where somebody said. What is in them is looked for too."""
        self.hht("visit", "report", "J-77341", "--out", str(self.asked / "report"))
        self.hht("trace", "export", "J-77341", "--out", str(self.asked / "trace.jsonl"))
        sent = self.hht("outbox", "export", "--out", str(self.asked / "home"))
        pictures = [self.asked / "home" / name for name in sent.last["files"] if name.endswith((".jpg", ".jpeg"))]
        assert pictures
        octets = pictures[0].read_bytes()
        for number, at in enumerate((len(octets) // 3, len(octets) // 2, len(octets) - 64)):
            self.secrets[f"photo, piece {number}"] = octets[at : at + 24]
        report = json.loads((self.asked / "report" / "report.json").read_text())
        self.hht("diagnostics", str(self.asked / "diagnostics.json"), "--with-trace", "J-77341")
        values = {one["value"] for one in report["readings"]["before"]["registers"] if len(one["value"]) > 6}
        assert values
        self.secrets |= {f"reading {value}": value.encode() for value in values}

    def never_sealed(self) -> set[str]:
        """The secrets that nobody ever gave to the store: of these it shows nothing that they are not found."""
        return (
            set(self.secrets)
            - found_in(b"\n".join(self.sealed), self.secrets)
            - {"pass phrase", "secret in the key store"}
        )

    def fall_over(self) -> str:
        """A command meets a bug that quotes what it worked on; what stands on standard error then."""
        texts = [text.decode() for text in SECRETS.values() if text.isascii()]
        code = (
            "import json, sys, logging, ui.cli.glossary as g\n"
            "said = json.load(sys.stdin)\n"
            "def bug(args):\n"
            "    logging.getLogger('asyncio').error('lost\\n%s', said, exc_info=KeyError(*said))\n"
            "    logging.getLogger('asyncio').error(f'Task exception was never retrieved: {said}')\n"
            "    raise ValueError(f'cannot convert {said}')\n"
            "g.run = bug\n"
            "from ui.__main__ import main\n"
            "main(['glossary', 'HHD'])\n"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], cwd=self.folder / "here", input=json.dumps(texts), capture_output=True,
            text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        (self.folder / "home" / "stderr.log").write_text(done.stderr)
        return done.stderr
