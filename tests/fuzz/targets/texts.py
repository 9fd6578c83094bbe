"""Text and files from outside: identifiers, link URLs, jobs, premises, traces, keys; recordings; an emulated meter."""

from __future__ import annotations

import atexit
import json
from collections.abc import Callable, Hashable
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any, Final

from hht.anonymise.errors import FixtureRefused
from hht.anonymise.trace import anonymised
from hht.client.recorded_opening import recorded_opening
from hht.clock import ManualClock
from hht.display_texts import DisplayTextError, look_up
from hht.identifiers.device_id import DeviceId
from hht.identifiers.errors import IdentifierError
from hht.identifiers.install_code import InstallCode
from hht.identifiers.mpan import Mpan
from hht.identifiers.mprn import Mprn
from hht.identifiers.small import Cin, FirmwareHash, FirmwareVersion
from hht.identifiers.utrn import Utrn
from hht.link import TraceEvent, TraceKind
from hht.link_url import LinkUrlError, parse_link_url
from hht.model.plan_file import PremisesError
from hht.model.premises import bring_to_life
from hht.model.premises_plan import parse_premises
from hht.packs.envelope import open_unverified
from hht.packs.errors import EnvelopeError, PackFileError
from hht.packs.pack import parse_pack
from hht.protocol.duis.bodies import OtherBody
from hht.protocol.duis.errors import DuisError
from hht.protocol.duis.request import Request, read_request, request_of
from hht.protocol.duis.response import response_of
from hht.protocol.duis.tree import read_xml
from hht.resources import resource_text
from hht.store.errors import StoreError
from hht.store.throttle import LONGEST_WAIT_S, parse_vault_row, wait_after
from hht.store.trace_capture import parse_capture, write_capture
from hht.store.trace_export import TraceFileError, as_json, parse_json_lines
from hht.store.trace_text import parse_text
from hht.work.job import JobError, parse_job
from hht.work.walkthrough import WalkthroughError, parse_walkthrough, part_text
from tests.fuzz.meaning import spoil_json, spoil_toml
from tests.fuzz.mutation import Messages
from tests.fuzz.target import MEBIBYTE, Target
from tests.fuzz.targets.frames import repair_hdlc
from ui.cli.answers import read_answers
from ui.cli.common import UsageProblem
from ui.cli.pasted import UndecodableInput, parse_item
from ui.meter_keys import AssociationError, _parse, parse_entry
from ui.recordings import RecordingRefused, read_recording
from ui.trace_keys import materials
from ui.trace_lines import FrameAssembler

START: Final = datetime(2026, 11, 21, 10, 12, 33, tzinfo=UTC)


def text_of(messages: Messages) -> str:
    """As the command line hands it over: octets that are no UTF-8 stand as half surrogates."""
    return b"".join(messages).decode("utf-8", "surrogateescape")


def _identifier(parse: Callable[[str], Any]) -> Callable[[Messages], Hashable]:
    """What is read is written so that it reads again, and is the same."""

    def run(messages: Messages) -> Hashable:
        found = parse(text_of(messages))
        shown = found.reveal() if hasattr(found, "reveal") else str(found)
        assert shown.isascii()
        assert shown.isprintable()
        again = parse(shown)
        assert (again.reveal() if hasattr(again, "reveal") else str(again)) == shown
        return len(shown)

    return run


def _secret(parse: Callable[[str], Any]) -> Callable[[Messages], Hashable]:
    """As `_identifier`; no error and no `repr` quotes it."""
    checked = _identifier(parse)

    def run(messages: Messages) -> Hashable:
        try:
            return checked(messages)
        except IdentifierError as error:
            digits = "".join(character for character in text_of(messages) if character.isalnum())
            told = f"{error.message} {error.remedy} {error.details}"
            assert len(digits) < 12 or not any(digits[at : at + 6] in told for at in range(len(digits) - 5))
            raise

    return run


def _utrn(text: str) -> Utrn:
    token = Utrn.parse(text)
    assert token.contents.amount_pence is not None
    return token


def display_text(messages: Messages) -> Hashable:
    """What stands on a display, as a person types it."""
    return tuple((one.entry.kind, one.fit) for one in look_up(text_of(messages)))


def link_url(messages: Messages) -> Hashable:
    found = parse_link_url(text_of(messages))
    assert parse_link_url(str(found)) == found, "its text is another link"
    if found.scheme == "tcp":
        host, port = found.host_and_port()
        assert host
        assert 0 < port < 65536
    return found.scheme, tuple(sorted(found.options))


def job(messages: Messages) -> Hashable:
    octets = b"".join(messages)
    found = parse_job(octets, "job.json")
    assert found.meter in found.devices
    return len(found.devices), found.training


def duis(messages: Messages) -> Hashable:
    """A request or a response; what can be written again is read as the same."""
    root = read_xml(b"".join(messages))
    found = response_of(root) if root.name == "Response" else request_of(root)
    if isinstance(found, Request):
        assert replace(read_request(found.to_xml()), signed=found.signed) == found or isinstance(found.body, OtherBody)
    return type(found), found.service


def pack(messages: Messages) -> Hashable:
    """A pack in its envelope, whoever signed it; and what is no envelope, as a pack."""
    octets = b"".join(messages)
    payload = open_unverified(octets) if b"payloadType" in octets[:40] else octets
    found = parse_pack(payload, "fuzz.pack")
    assert parse_pack(found.payload(), "again") == found
    return len(found.entries), found.training


def premises(messages: Messages) -> Hashable:
    plan = parse_premises(text_of(messages), name="fuzz", file="fuzz.toml")
    bring_to_life(plan, clock=ManualClock(START), days=1)
    return len(plan.devices)


def walkthrough(messages: Messages) -> Hashable:
    """A walkthrough, or one of its parts."""
    name, text = "commission-electricity", text_of(messages)
    if "hht-walkthrough/" in text:
        return len(parse_walkthrough(text, name).steps)
    head = resource_text("walkthroughs", f"{name}.toml")
    own = {"commission": text}
    return len(parse_walkthrough(head, name, lambda part: own.get(part) or part_text(part)).steps)


def trace_file(messages: Messages) -> Hashable:
    """A trace of JSON lines, read, shown line by line, and its opening found."""
    text = b"".join(messages).decode("utf-8", "replace")
    events = list(parse_json_lines(text.split("\n")))
    again = list(parse_json_lines(map(_json, events)))
    assert again == [replace(event, monotonic_s=round(event.monotonic_s, 6)) for event in events]
    return _shown(events)


def capture(messages: Messages) -> Hashable:
    """A trace as pcapng, read, written again and read again, and shown line by line."""
    events = parse_capture(BytesIO(b"".join(messages)))
    assert sum(len(event.data) for event in events) <= sum(map(len, messages))
    file = BytesIO()
    write_capture(events, file)
    assert parse_capture(BytesIO(file.getvalue())) == [
        replace(event, monotonic_s=round(event.monotonic_s, 6)) for event in events
    ]
    return _shown(events)


def trace_text(messages: Messages) -> Hashable:
    """A trace as text, read back, and shown line by line."""
    return _shown(list(parse_text(b"".join(messages).decode("utf-8", "replace").split("\n"))))


def fixture(messages: Messages) -> Hashable:
    """A trace of which a fixture is to be made: octets that come and go."""
    link = "optical:probe"
    events = [
        TraceEvent(START, float(number), link, TraceKind.RX if number % 2 else TraceKind.TX, data)
        for number, data in enumerate(messages)
    ]
    made = anonymised(events, bytes(32))
    assert [len(event.data) for event in made] == [len(event.data) for event in events]
    return len(made)


def _json(event: TraceEvent) -> str:
    return json.dumps(as_json(event))


def recording(messages: Messages) -> Hashable:
    """Bytes in both directions, as a link's trace brings them."""
    kinds = (TraceKind.RX, TraceKind.TX)
    return _shown([TraceEvent(START, at / 10, "x", kinds[at % 2], data) for at, data in enumerate(messages)])


def _shown(events: list[TraceEvent]) -> Hashable:
    opening = recorded_opening(events)
    assembler = FrameAssembler(lambda facts: materials({"training": True, "security": "gmac", **facts}, ()))
    lines = [line for event in events for line in assembler.feed(event)] + assembler.flush()
    heard = b"".join(event.data for event in events)
    assert b"".join(line.event.data for line in lines) == heard or len({event.kind for event in events}) > 1
    assert sum(len(line.event.data) for line in lines) == len(heard), "bytes are lost"
    return opening.opening if opening else None, min(len(lines), 9)


def decoded_line(messages: Messages) -> Hashable:
    return min(len(parse_item(text_of(messages))), 40)


def keys_file(messages: Messages) -> Hashable:
    return tuple(sorted(_parse(text_of(messages), None, 0)))


def recording_file(messages: Messages) -> Hashable:
    """A trace file that is to be replayed: its header, its events, how it was opened."""
    path = _scratch_file()
    path.write_bytes(b"".join(messages))
    found = read_recording(path)
    return found.opening is None, tuple(sorted(found.header))


def keys_entry(messages: Messages) -> Hashable:
    """A file of ``hht vault put --keys``."""
    return tuple(sorted(parse_entry(text_of(messages))))


def answers_file(messages: Messages) -> Hashable:
    """The answers of ``hht visit run --answers``."""
    path = _scratch_file()
    path.write_bytes(b"".join(messages))
    found = read_answers(str(path))
    assert all(type(answer) is str for answer in found.values())
    return min(len(found), 9)


def vault_row(messages: Messages) -> Hashable:
    """The clear row of a store: any of SQLite's types in any column ("x:" begins octets in hex)."""
    try:
        row = json.loads(b"".join(messages))
        assert isinstance(row, dict)
        typed = {name: _column(value) for name, value in row.items()}
    except (AssertionError, ValueError, RecursionError, OverflowError):
        return None  # no row of SQLite's
    found = parse_vault_row(typed)
    assert 0 <= wait_after(found.failed) <= LONGEST_WAIT_S
    return found.header.training, found.failed_at is None, min(found.failed, 20)


def _column(value: object) -> object:
    if isinstance(value, bool | list | dict):
        raise ValueError("no type of SQLite's")
    if isinstance(value, int) and not -(2**63) <= value < 2**63:
        raise ValueError("no number of SQLite's")
    return bytes.fromhex(value[2:]) if isinstance(value, str) and value.startswith("x:") else value


@cache
def _scratch_file() -> Path:
    folder = Path(mkdtemp(prefix="fuzz-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder / "trace.jsonl"


_TEXTS: Final = (
    b" ", b"-", b"0", b"9", b"\n", b"\x00", b"\xd9\xa3", b"\xef\xbc\x91", b"\xc2\xb2", b"\xe2\x80\xae", b"\xff",
    b"\xf0\x9f\x94\x91", b":",
    b"?", b"&", b"=", b"%00", b"[::1]", b"//", b"@", b"tcp://", b"optical:", b"emulated:", b"recorded:", b"baud=",
    b"\xe2\x80\xa8",
)  # fmt: skip
_JSON_WORDS: Final = (
    b"{", b"}", b"[", b"]", b'"', b",", b":", b"null", b"true", b"1e999", b"-0", b"1" * 400, b'"\\ud800"',
    b"\\u0000", b"NaN", b'{"a":', b"[[[[", b"0.1", b"1e-999", b"\xff", b"\xef\xbb\xbf",
    b'"2026-02-30T25:61:00Z"', b'"0001-01-01T00:00:00+14:00"',
)  # fmt: skip
_TOML_WORDS: Final = (
    b"[", b"]", b"[[device]]", b'"', b"'''", b"=", b"\n", b"#", b"inf", b"nan", b"-1", b"9" * 400, b"true", b"{",
    b"}", b".", b"1e400", b"2026-02-30", b"\\u0000", b"[[a]]\n", b"a.b.c.d = 1\n",
)  # fmt: skip
_IDENTIFIERS: Final[dict[str, Callable[[str], Any]]] = {
    "mpan": Mpan.parse,
    "mpan-test": lambda text: Mpan.parse(text, allow_test=True),
    "mprn": Mprn.parse,
    "device-id": DeviceId.parse,
    "cin": Cin.parse,
    "firmware": FirmwareVersion.parse,
    "firmware-hash": FirmwareHash.parse,
}

_XML_WORDS: Final = (
    b"<", b">", b"</", b"/>", b'"', b"&", b"&amp;", b"&#0;", b"&#x10FFFF;", b"&a;", b"<![CDATA[", b"]]>", b"<!--",
    b"-->", b"<!DOCTYPE a [", b"<?a b?>", b"xmlns=", b"xmlns:sr=", b"sr:", b"\xef\xbb\xbf", b"\xff", b"\x00", b"\r\n",
    b"99999999999999999999", b"0000-00-00T24:00:60+99:99", b"9999-12-31T23:59:59-14:00", b"\xd9\xa1", b"=",
)  # fmt: skip

TARGETS: Final = [
    *(Target(name, _identifier(parse), "texts", (IdentifierError,), _TEXTS) for name, parse in _IDENTIFIERS.items()),
    Target("install-code", _secret(InstallCode.parse), "texts", (IdentifierError,), _TEXTS),
    Target("utrn", _secret(_utrn), "texts", (IdentifierError,), _TEXTS),
    Target("display-text", display_text, "texts", (DisplayTextError,), _TEXTS, sample=100),
    Target("link-url", link_url, "links", (LinkUrlError,), _TEXTS),
    Target("job", job, "jobs", (JobError,), _JSON_WORDS, sample=500, meaning=spoil_json),
    Target("duis", duis, "duis", (DuisError,), _XML_WORDS, sample=500, longest=MEBIBYTE),
    Target("pack", pack, "packs", (PackFileError, EnvelopeError), _JSON_WORDS, sample=300, meaning=spoil_json),
    Target("premises", premises, "premises", (PremisesError,), _TOML_WORDS, sample=400, meaning=spoil_toml),
    Target(
        "walkthrough", walkthrough, "walkthroughs", (WalkthroughError,), _TOML_WORDS, sample=400, meaning=spoil_toml
    ),
    Target("trace-file", trace_file, "traces", (TraceFileError,), _JSON_WORDS, sample=300, meaning=spoil_json),
    Target("trace-text", trace_text, "trace-texts", (TraceFileError,), (b"# day ", b"\n12:00:00.123 "), sample=150),
    Target("fixture", fixture, "hdlc-requests", (FixtureRefused,), (b"\x7e\xa0", b"\xe6\xe7\x00\xc4\x01"), sample=150),
    Target(
        "capture",
        capture,
        "captures",
        (TraceFileError,),
        (b"\xfa\0\0\0", b"\x0a\x0d\x0d\x0a"),
        sample=500,
        longest=MEBIBYTE,
    ),
    Target(
        "recording",
        recording,
        "hdlc-requests",
        (),
        (b"\x7e", b"/?!\r\n", b"\x00\x01"),
        repair_hdlc,
        sample=300,
        longest=MEBIBYTE,
        stream=True,
    ),
    Target("decoded-line", decoded_line, "texts", (UndecodableInput,), _TEXTS),
    Target("keys-file", keys_file, "keys", (AssociationError,), _JSON_WORDS, sample=300, meaning=spoil_json),
    Target("keys-entry", keys_entry, "keys", (AssociationError,), _JSON_WORDS, sample=300, meaning=spoil_json),
    Target("answers-file", answers_file, "answers", (UsageProblem,), _JSON_WORDS, sample=300, meaning=spoil_json),
    Target("vault-row", vault_row, "vault-rows", (StoreError,), _JSON_WORDS, sample=500, meaning=spoil_json),
    Target(
        "recording-file",
        recording_file,
        "traces",
        (TraceFileError, RecordingRefused),
        _JSON_WORDS,
        sample=300,
        meaning=spoil_json,
    ),
]
