"""Seeds for what is small: a probe's echo, files of the command line, the clear row of a store."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from drivers.bridge_session import BridgeEnd, Records, TerminalEnd
from hht.identifiers.device_id import DeviceId
from hht.packs.envelope import close
from hht.protocol.duis.bodies import HubReturn, ReturnLocalCommandResponse, SignedPreCommand
from hht.protocol.duis.request import Request
from hht.protocol.duis.response import GbcsPayload, LocalCommand, PreCommand, Response
from hht.protocol.duis.services import CommandVariant
from hht.protocol.duis.values import RequestId
from hht.protocol.iec62056_21 import acknowledge, request_message
from hht.protocol.znp.messages import frame_of
from hht.protocol.znp.sys import Ping, PingRsp, ResetInd, ResetReq, VersionRsp
from hht.releases.making import TRAINING_EXPIRES, make_root, make_targets, signed, training_root
from hht.releases.training import public_of, training_maintainer
from hht.resources import resource_text
from hht.work.job_code import job_parts
from tests.fuzz.mutation import Messages
from tests.packs.making import desk_key, pack
from tests.plugins.making import archive_of, rezipped, sample
from tests.protocol.gbcs_vectors import training_key
from tests.work.signing import live_job
from tests.work.signing import signed as signed_job


def echoes() -> Iterator[Messages]:
    """What is sent, what comes, and waiting that ends, in each mode."""
    request, answer, confirmed = request_message(), b"/HHT5\\2HT100\r\n", acknowledge("5")
    for mode in (b"\x00", b"\x01", b"\x02"):
        yield mode, request, request + answer, b"", confirmed, confirmed, b"\x00"
        yield mode, request, answer, b"", confirmed, confirmed * 2, b""
        yield (
            mode,
            request,
            request[:3],
            b"",
            b"",
            request[3:] + answer,
            b"\x00",
            confirmed,
            b"\xff" + confirmed,
            b"\x00",
        )


def answers_files() -> Iterator[Messages]:
    """Answers of a visit."""
    yield (b'{"scan-meter": "00-DB-12-34-56-78-90-AB", "hand-over": "yes"}',)
    yield (b'\xef\xbb\xbf{"a": ""}',)


def product_lists() -> Iterator[Messages]:
    """The fictional list, whole and short."""
    plain = json.loads(resource_text("samples", "products.json"))
    yield (
        json.dumps(plain | {"products": plain["products"][:3], "specifications": plain["specifications"][:2]}).encode(),
    )
    yield (json.dumps(plain | {"products": plain["products"][6:7], "training": False}, indent=1).encode(),)


def release_roots() -> Iterator[Messages]:
    """The root of training; one not signed yet."""
    yield (training_root(),)
    yield (make_root(2, TRAINING_EXPIRES, [public_of(training_maintainer(number)) for number in (4, 5)]),)


def releases() -> Iterator[Messages]:
    """A release of two files that one maintainer has signed; one of a single file."""
    made = make_targets(7, TRAINING_EXPIRES, "0.2.0", {"hht-0.2.0.whl": b"a wheel", "SHA256SUMS": b""}, training=True)
    yield (signed(made, training_maintainer(1)),)
    yield (make_targets(1, TRAINING_EXPIRES, "10.0", {"a": b""}),)


def signed_jobs() -> Iterator[Messages]:
    """A job that a desk signed, one that another signed, and one without a signature."""
    yield (signed_job(),)
    yield (signed_job(key=training_key(2), version=7),)
    yield (live_job("L-8").encode(),)


def bridge_records() -> Iterator[Messages]:
    """What both ends of a session say: hello, proof, sealed bytes."""
    terminal = TerminalEnd(random.Random(1).randbytes)
    bridge = BridgeEnd(Ed25519PrivateKey.from_private_bytes(b"i" * 32), random.Random(2).randbytes)
    hello = terminal.hello()
    ((kind, body),) = Records().feed(hello)
    proof = bridge.heard(kind, body)[0]
    ((kind, body),) = Records().feed(proof)
    terminal.proved(kind, body)
    yield (hello,)
    yield (proof,)
    yield (hello, terminal.data(b"/?!\r\n"), terminal.line(9600))
    yield (proof, bridge.data(b"/HHT5HT100\r\n"))


def delivery_notes() -> Iterator[Messages]:
    """Some devices, and one."""
    plain = json.loads(resource_text("samples", "van.json"))
    yield (json.dumps(plain | {"devices": plain["devices"][4:7]}).encode(),)
    yield (json.dumps(plain | {"devices": plain["devices"][-1:]}).encode(),)


def job_codes() -> Iterator[Messages]:
    """A job in one code and in several."""
    for piece in (200, 400, 4000):
        yield tuple(code.encode() for code in job_parts(resource_text("jobs", "demo.json"), piece=piece))


def vault_rows() -> Iterator[Messages]:
    """Rows as JSON; octets in hex behind "x:"."""
    row = {"id": 1, "training": 0, "salt": "x:" + "5a" * 16, "wrapped_key": "x:" + "a5" * 40, "memory_kib": 65536}
    row |= {"iterations": 3, "lanes": 4, "failed": 0, "failed_at": ""}
    yield (json.dumps(row).encode(),)
    yield (json.dumps(row | {"failed": 7, "failed_at": "2026-11-21T10:12:33Z"}).encode(),)
    yield (json.dumps(row | {"training": 1, "lanes": None, "salt": 5}).encode(),)


def duis() -> Iterator[Messages]:
    """Requests and responses."""
    supplier, meter = DeviceId("90B3D51F30010000"), DeviceId("00DB1234567890A0")
    name, time = RequestId(supplier, meter, 1000), datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    returned = HubReturn(meter, "Lost or Stolen Hub", time, "job 7", None, "from the van")
    yield (Request(name, CommandVariant.NON_DEVICE, "8.14.4", returned, first=True).to_xml(),)
    answer = ReturnLocalCommandResponse(name, b"\xdd\x00")
    yield (Request(name, CommandVariant.NON_DEVICE, "8.13", answer, after=name.answer()).to_xml(),)
    yield (Request(name, CommandVariant.SIGNED_LOCAL, "8.1.1", SignedPreCommand(time, b"\xdf\x09")).to_xml(),)
    for content in (LocalCommand(b"\xdd\x00"), GbcsPayload(b"\xdd"), PreCommand("4.3", b"\xdf\x09")):
        yield (Response("I0", time, content, "6.20.1", name, name.answer()).to_xml(),)


def znp() -> Iterator[Messages]:
    """Frames of a radio dongle: asked, answered, noise between."""
    asked, answered = frame_of(Ping()).encode(), frame_of(PingRsp(0x0179)).encode()
    yield (asked,)
    yield answered, frame_of(ResetReq(1)).encode()
    yield asked[:3], asked[3:] + b"\x00\xfe" + answered, b""
    yield (
        frame_of(VersionRsp(2, 1, 2, 7, 1, 20_210_708, 0, 0)).encode() + frame_of(ResetInd(0, 2, 1, 2, 7, 1)).encode(),
    )


def packs() -> Iterator[Messages]:
    """A command pack, in its envelope and without."""
    payload = pack().payload()
    yield (payload,)
    yield (close(payload, desk_key()),)


def plugin_archives() -> Iterator[Messages]:
    """A small plug-in, and one with folders."""
    yield (archive_of({"plugin.py": "def register(to):\n    pass\n"}),)
    yield (archive_of({"plugin.py": "", "tables/codes.toml": "a = 1\n"}, training=False),)


def plugin_manifests() -> Iterator[Messages]:
    """What they say of themselves."""
    for octets in (sample(), *(messages[0] for messages in plugin_archives())):
        yield (rezipped(octets)[0][1],)
