"""Files and texts that a person brings, what stands unsealed beside the store, and what a desk's answers say."""

from __future__ import annotations

import atexit
import json
from collections.abc import Callable, Hashable
from contextlib import suppress
from functools import cache, lru_cache
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import mkdtemp
from types import SimpleNamespace
from typing import Any, Final

from drivers.broker import BrokerUrlError, broker_address
from hht.clock import ManualClock
from hht.desk.kinds import AskKind
from hht.errors import HhtError
from hht.evidence import check_bundle, verify
from hht.model.electricity_meter.image_port import image_file, image_in
from hht.packs.envelope import open_unverified
from hht.packs.errors import EnvelopeError, PackFileError
from hht.packs.homebound import AnswersBroken, check_answers
from hht.packs.pack import Pack, parse_pack
from hht.plugins.errors import PlugInError
from hht.plugins.keys import read_private, read_public
from hht.protocol.gbcs.key_files import read_key_files
from hht.releases.metadata import ReleaseRefused
from hht.releases.trust import memory_name
from hht.report.bundle_lines import BundleError, redacted
from hht.store.log_memory import LogMemory
from hht.work.actions.first_generation import diagnostics_told
from hht.work.actions.gas_supply import last_flow
from hht.work.actions.supplier import _hops, _inventory
from hht.work.device_logs import rows_of, told_of
from hht.work.enrolment import record_of
from tests.fuzz.meaning import spoil_json
from tests.fuzz.mutation import Messages
from tests.fuzz.target import Target
from tests.fuzz.targets.texts import START
from tests.packs.test_homebound import _rehashed
from tests.report.test_bundle_lines import bundle
from ui.bridge_trust import KnownBridges
from ui.cli.common import UsageProblem
from ui.cli.diagnose import _answers
from ui.cli.dictionary import _keys
from ui.desk_memory import DESK_MEMORY, forget_hubs
from ui.hub_work import copy_told
from ui.known_ports import KnownPorts
from ui.log_words import read_log_file
from ui.terminal_key import public_key
from ui.updates import Updates

_WHOLE: Final = bundle()
_CLOCK: Final = ManualClock(START)
_JSON: Final = (b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"1e999", b"-0", b'"\\ud800"', b"NaN", b"[" * 5000)


def evidence(messages: Messages) -> Hashable:
    """Nobody's changes pass: what is found to be as it was signed is what was signed, octet for octet."""
    octets = b"".join(messages)
    verdict = check_bundle(octets)
    assert verdict.problem or octets == _WHOLE
    verify(octets)
    with suppress(BundleError):
        assert not check_bundle(redacted(octets, "customer")).problem
    return verdict.code, min(verdict.item, 9)


def keys(messages: Messages) -> Hashable:
    """A file of a key, as each kind of file that it could be."""
    octets = b"".join(messages)
    taken = []
    for read in (read_public, read_private, public_key):
        with suppress(PlugInError, HhtError):
            taken.append(bool(read(octets)))
    names = (f"90B3D51F30010000-{kind}.pem" for kind in ("ds", "ka", "ka-pp", "ds.key"))
    _ring, remarks = read_key_files([(name, octets) for name in names])
    return tuple(taken), len(remarks)


def beside(messages: Messages) -> Hashable:
    """What this program keeps unsealed in its folder, where others may write too."""
    which, octets = (messages[0] if messages else b"\x00")[:1] or b"\x00", b"".join(messages[1:])
    return _BESIDE[which[0] % len(_BESIDE)](octets)


def _log(octets: bytes) -> Hashable:
    return LogMemory(_file("log.json", octets))._read() is None


def _bridges(octets: bytes) -> Hashable:
    known = KnownBridges(_file("bridges.json", octets), _CLOCK, training=True)
    assert all(one.words for one in known.known())
    return len(known.known())


def _ports(octets: bytes) -> Hashable:
    return len(KnownPorts(_file("ports.json", octets), _CLOCK).read())


def _updates(octets: bytes) -> Hashable:
    path = _file(memory_name(True), octets)
    return Updates(path.parent, _CLOCK, training=True).remembered.version


def _hubs(octets: bytes) -> Hashable:
    path = _file(DESK_MEMORY, octets)
    forget_hubs(path.parent, ["00-DB-12-34-56-78-90-A2"])
    return path.exists()


_BESIDE: Final[tuple[Callable[[bytes], Hashable], ...]] = (_log, _bridges, _ports, _updates, _hubs)


def lists(messages: Messages) -> Hashable:
    """Files of the command line: a log, a claim of objects, answers to a diagnosis."""
    octets = b"".join(messages)
    found = []
    for read in (read_log_file, _keys, _answers):
        with suppress(UsageProblem, HhtError):
            found.append(min(len(read(_file("list", octets))), 9))
    return tuple(found)


def broker(messages: Messages) -> Hashable:
    found = broker_address(b"".join(messages).decode("utf-8", "surrogateescape"))
    assert found.host
    assert 0 < found.port < 65536
    return found.port == 1883


def image(messages: Messages) -> Hashable:
    octets = b"".join(messages)
    found = image_in(octets)
    assert found is None or image_file(found) == octets
    return found is None


def answer(messages: Messages) -> Hashable:
    """A desk's answer to whatever was asked: text that nothing has looked at yet."""
    text = b"".join(messages).decode("utf-8", "replace")
    found: list[Hashable] = [rows_of(text) is None]
    for read in (copy_told, record_of, diagnostics_told, lambda said: last_flow(told_of(said))):
        with suppress(HhtError):
            found.append(bool(read(text)))
    for kind, told in ((AskKind.READ_INVENTORY, _told_inventory), (AskKind.PAIR_DEVICE, _hops)):
        report: Any = SimpleNamespace(ask=SimpleNamespace(kind=kind), answer=text)
        found.append(min(len(told(report)), 3))
    return tuple(found)


def _told_inventory(report: Any) -> list[Any]:
    ctx: Any = SimpleNamespace(spec=SimpleNamespace(request=""))
    return [*_inventory(ctx, report)]


def homebound(messages: Messages) -> Hashable:
    """What a terminal says that devices have answered, held against the pack that the desk has: the first message."""
    closed, octets = (messages or (b"",))[0], b"".join(messages[1:])
    return len(check_answers(octets, closed, _pack_in(closed)))


@lru_cache(maxsize=4)
def _pack_in(closed: bytes) -> Pack:
    return parse_pack(open_unverified(closed), "fuzz.pack")


def repair_chain(octets: bytes, _random: Random) -> bytes:
    """Every hash made to fit, as whoever alters the file would."""
    try:
        whole = json.loads(octets)
        _rehashed(whole)
        return json.dumps(whole, indent=1).encode()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return octets


def spoil_line(whole: bytes, random: Random) -> bytes:
    """A line of JSON says something else, in the one form in which it may be written."""
    return spoil_json(whole, random).replace(b": ", b":").replace(b", ", b",")


@cache
def _folder() -> Path:
    folder = Path(mkdtemp(prefix="fuzz-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


def _file(name: str, octets: bytes) -> Path:
    path = _folder() / name
    path.write_bytes(octets)
    return path


_PEM: Final = (
    b"-----BEGIN PUBLIC KEY-----\n", b"-----END PUBLIC KEY-----\n", b"-----BEGIN PRIVATE KEY-----\n", b"ENCRYPTED ",
    b"EC ", b"MCowBQYDK2VwAyEA", b"MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE", b"=", b"\n",
)  # fmt: skip

TARGETS: Final = [
    Target("evidence", evidence, "bundles", (), _JSON, sample=60, meaning=spoil_line),
    Target("homebound", homebound, "homebound", (AnswersBroken, PackFileError, EnvelopeError), _JSON, repair_chain, 1,
           sample=60, meaning=spoil_json),
    Target("key-file", keys, "key-files", (), _PEM, sample=300),
    Target("beside-store", beside, "beside", (ReleaseRefused,), _JSON, fixed=1, sample=300, meaning=spoil_json),
    Target("list-file", lists, "lists", (), (*_JSON, b"time,log,code", b'"""', b"\r", b"0x8154"), sample=200,
           meaning=spoil_json),
    Target("broker", broker, "brokers", (BrokerUrlError,), (b"mqtt://", b"mqtts://", b"@", b":", b"[::1]", b"/", b"%00",
           b"\xe2\x84\x80", b"99999")),
    Target("firmware-image", image, "images", (), (*_JSON, b"\xff\xff"), sample=300, meaning=spoil_json),
    Target("desk-told", answer, "desk-told", (), _JSON, sample=300, meaning=spoil_json),
]  # fmt: skip
