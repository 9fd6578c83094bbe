"""Makes the corpus: what our own encoders say. ``python -m tests.fuzz --seeds`` writes it anew."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

from hht.identifiers.mpan import mpan_check_digit
from hht.identifiers.mprn import mprn_check_digits
from hht.identifiers.utrn import PPTD_BASE, utrn_check_digit
from hht.link import TraceEvent, TraceKind
from hht.protocol.cosem import codes, get, initiate, notifications
from hht.protocol.cosem.axdr import encode
from hht.protocol.cosem.channel import Channel
from hht.protocol.cosem.data import (
    CompactArray,
    Data,
    DataType,
    TypeDescription,
    array,
    double_long_unsigned,
    integer,
    long_unsigned,
    octets,
    structure,
    unsigned,
    utf8,
    visible,
)
from hht.protocol.cosem.datetime import NEVER, NOW, encode_datetime
from hht.protocol.cosem.profile import RangeSelection, selective_access
from hht.protocol.cosem.security import Protection
from hht.protocol.hdlc import HdlcClient, HdlcServer, Received
from hht.protocol.hdlc.station import LLC_COMMAND
from hht.protocol.iec62056_21 import acknowledge, even_parity, request_message
from hht.protocol.iec62056_21.messages import command, data_message
from hht.protocol.wrapper import wrap
from hht.resources import resource_text
from hht.store.trace_capture import write_capture
from hht.store.trace_export import as_json, header_event, write_text
from hht.work.walkthrough import part_text
from tests.fuzz import conversations, corpus, desk_seeds, file_seeds, gbcs_seeds, radio_seeds, scan_seeds, small_seeds
from tests.fuzz.mutation import Messages
from tests.fuzz.targets.frames import REQUEST, WANTED, SmallMeter
from tests.fuzz.targets.sessions import ASKED, WAYS
from tests.protocol.cosem_pair import NAME, Pair
from tests.protocol.secured_pair import MODES, materials

_WHEN: Final = datetime(2026, 11, 21, 3, 8, 42, tzinfo=UTC)
_TIMES: Final = [encode_datetime(_WHEN + timedelta(minutes=30 * step)) for step in range(6)]


def make() -> None:
    """Every corpus file."""
    texts = {"texts": _texts, "links": _links, "jobs": _jobs, "premises": _premises, "walkthroughs": _walkthroughs}
    for name, lines in texts.items():
        corpus.save(name, [(line.encode("utf-8", "surrogateescape"),) for line in lines()])
    inputs: dict[str, Callable[[], Iterator[Messages]]] = {
        "values": _values, "profiles": _profiles, "date-times": _date_times, "apdus": _apdus, "blocks": _blocks,
        "envelopes": _envelopes, "cosem-answers": _answers, "cosem-requests": _requests, "wrapper": _wrapper,
        "hdlc-answers": _hdlc_answers, "hdlc-requests": _hdlc_requests, "hdlc-parameters": _parameters,
        "iec-answers": _iec_answers, "iec-requests": _iec_requests, "iec-data": _iec_data, "traces": _traces,
        "trace-texts": _trace_texts,
        "captures": _captures, "keys": _keys, "ports": _ports, "meter-requests": conversations.meter_requests,
        "echoes": small_seeds.echoes, "answers": small_seeds.answers_files, "vault-rows": small_seeds.vault_rows,
        "products": small_seeds.product_lists, "vans": small_seeds.delivery_notes, "job-codes": small_seeds.job_codes,
        "signed-jobs": small_seeds.signed_jobs, "bridge-records": small_seeds.bridge_records,
        "duis": small_seeds.duis, "znp": small_seeds.znp, "dongle-requests": radio_seeds.requests,
        "dongle-answers": radio_seeds.answers, "tunnels": radio_seeds.tunnels, "packs": small_seeds.packs,
        "gbcs": gbcs_seeds.messages, "gbcs-blocks": gbcs_seeds.blocks, "gbcs-certificates": gbcs_seeds.certificates,
        "gbcs-requests": gbcs_seeds.requests, "gbcs-block-flows": gbcs_seeds.block_flows,
        "gbcs-alerts": gbcs_seeds.alerts,
        "desk-lines": desk_seeds.lines, "desk-answers": desk_seeds.answers, "desk-asks": desk_seeds.asks,
        "desk-readouts": desk_seeds.readouts, "desk-references": desk_seeds.references,
        "labels": scan_seeds.labels, "label-formats": scan_seeds.tables, "pictures": scan_seeds.pictures,
        "plugin-archives": small_seeds.plugin_archives, "plugin-manifests": small_seeds.plugin_manifests,
        "release-roots": small_seeds.release_roots, "releases": small_seeds.releases,
        "terminal-values": conversations.values, "terminal-lines": conversations.lines,
        "bundles": file_seeds.bundles, "homebound": file_seeds.homebound,
        "key-files": file_seeds.key_files, "beside": file_seeds.beside,
        "lists": file_seeds.lists, "brokers": file_seeds.brokers, "images": file_seeds.images,
        "desk-told": file_seeds.desk_told,
    }  # fmt: skip
    for name, found in inputs.items():
        corpus.save(name, list(found()))


# --- COSEM


def _some_values() -> Iterator[Data]:
    yield structure(octets(_TIMES[0]), unsigned(0), double_long_unsigned(123456), double_long_unsigned(7))
    yield array([structure(octets(time), double_long_unsigned(number)) for number, time in enumerate(_TIMES)])
    yield structure(integer(-3), Data(DataType.ENUM, 30))
    yield visible("HHT5HT100")
    yield utf8("zähler")
    yield octets(bytes(range(20)))
    yield Data(DataType.BIT_STRING, "0101001")
    yield from (Data(tag, 1) for tag in DataType if tag.name.startswith(("DELTA", "LONG", "DOUBLE", "INTEGER", "BCD")))
    yield from (Data(DataType.BOOLEAN, True), Data(DataType.FLOAT32, 1.5), Data(DataType.FLOAT64, -2.25))
    yield from (Data(DataType.DATE_TIME, _TIMES[0]), Data(DataType.DATE, _TIMES[0][:5]), Data(DataType.TIME, bytes(4)))
    yield from (Data(DataType.NULL), Data(DataType.DONT_CARE))
    rights = structure(array([structure(integer(2), Data(DataType.ENUM, 1), Data(DataType.NULL))]), array([]))
    yield array([structure(long_unsigned(3), unsigned(0), octets(bytes((1, 0, 1, 8, 0, 255))), rights)])
    access = selective_access(RangeSelection(octets(_TIMES[0]), octets(_TIMES[1])))
    assert access is not None
    yield access.parameters
    yield _compact()
    deep = unsigned(1)
    for _level in range(14):
        deep = structure(deep)
    yield deep


def _compact() -> Data:
    number, moment = TypeDescription(DataType.DOUBLE_LONG_UNSIGNED), TypeDescription(DataType.OCTET_STRING)
    flags = TypeDescription(DataType.ARRAY, element=TypeDescription(DataType.UNSIGNED), count=2)
    row = TypeDescription(DataType.STRUCTURE, (moment, number, TypeDescription(DataType.NULL), flags))
    items = [
        structure(octets(time), double_long_unsigned(step), Data(DataType.NULL), array([unsigned(1), unsigned(2)]))
        for step, time in enumerate(_TIMES)
    ]
    return Data(DataType.COMPACT_ARRAY, CompactArray(row, tuple(items)))


def _values() -> Iterator[Messages]:
    for value in _some_values():
        yield (encode(value),)
        yield encode(value), encode(structure(integer(-3), Data(DataType.ENUM, 30)))


def _profiles() -> Iterator[Messages]:
    for left_out in (b"\x00", b"\x01", b"\x02"):
        yield from ((head + left_out, *pieces) for head, *pieces in _buffers())


def _buffers() -> Iterator[Messages]:
    rows = [structure(octets(time), unsigned(0), double_long_unsigned(step)) for step, time in enumerate(_TIMES)]
    whole = encode(array(rows * 10))
    yield b"\x03", whole
    yield b"\x03", *(whole[at : at + 50] for at in range(0, len(whole), 50))
    regular = [structure(Data(DataType.NULL), unsigned(0), double_long_unsigned(step)) for step in range(40)]
    yield b"\x03", encode(array([rows[0], *regular, rows[1], *regular]))
    compact = encode(_compact())
    yield b"\x04", compact
    yield b"\x04", compact[:30], compact[30:]
    deltas = [structure(Data(DataType.NULL), Data(DataType.DELTA_LONG, step)) for step in range(20)]
    yield b"\x02", encode(array(deltas))


def _date_times() -> Iterator[Messages]:
    yield from ((time,) for time in (*_TIMES[:2], NOW, NEVER, encode_datetime(_WHEN, deviation=None)))
    yield (_TIMES[0][:9] + b"\xff\xc4\x80",)
    yield (b"\x00\x01\x01\x01\xff\x00\x00\x00\x00\x03\x48\x00",)
    yield (b"\x27\x0f\x0c\x1f\xff\x17\x3b\x3b\x63\xfc\xb8\x00",)


def _apdus() -> Iterator[Messages]:
    for conversation in (*_requests(), *_answers()):
        yield from ((wire,) for wire in conversation[1:])
    yield from ((get.GetResponseNormal(0xC1, value).encode(),) for value in _some_values())
    yield (notifications.EventNotification(bytes(12), NAME, visible("x")).encode(),)
    yield (notifications.DataNotification(0x40000007, bytes(12), visible("x")).encode(),)
    yield (initiate.ExceptionResponse(codes.StateError(1), codes.ServiceError(6), 5).encode(),)
    yield (initiate.ConfirmedServiceError(1, 6, 3).encode(),)
    yield from ((wire,) for messages in _envelopes() for wire in messages[1:])


def _conversations() -> Iterator[tuple[int, int, Pair, int]]:
    """Each association with each thing that may be asked: the way, what is asked, both ends after it."""
    for way, begin in enumerate(WAYS):
        for number, ask in enumerate(ASKED):
            if way >= 6 and number not in (0, 1, 4, 10, 13):
                continue
            both = begin()
            both.run(both.client.associate())
            opening = len(both.to_client)
            try:
                both.run(ask(both.client))
            except Exception:  # noqa: BLE001 - a public client may not write: no conversation
                continue
            yield way, number, both, opening


def _answers() -> Iterator[Messages]:
    for way, number, both, opening in _conversations():
        yield bytes((way, 0, number)), *both.to_client[opening:]
        if not both.client._request.material:
            yield bytes((way, 1, number)), *both.to_client[opening:]
            plain = both.to_client[opening:]
            yield from ((bytes((sealed, 1, number)), *plain) for sealed in (4, 6, 9) if way == 1)


def _requests() -> Iterator[Messages]:
    for way, _number, both, _opening in _conversations():
        yield bytes((way, 0, 1)), *both.to_server
        opening = 2 if len(both.to_server) > 2 and way > 2 else 1
        yield bytes((way, 0, 0)), *both.to_server[opening:]
        if way == 1:
            yield from ((bytes((sealed, 1, 2)), *both.to_server[1:]) for sealed in (4, 6, 9))


def _blocks() -> Iterator[Messages]:
    for messages in _answers():
        wires = tuple(wire for wire in messages[1:] if wire[:1] == b"\xe0")
        if wires:
            yield wires


def _envelopes() -> Iterator[Messages]:
    plain = get.GetResponseNormal(0xC1, visible("a meter")).encode()
    for suite, envelope, signed in MODES:
        _ours, theirs = materials(suite)
        channel = Channel(theirs, b"GRX12345", b"ABCDEFGH", Protection.AUTHENTICATED_ENCRYPTED, random_bytes=_counting)
        channel.use_dedicated_key(b"D" * len(theirs.ek))
        channel.envelope, channel.signed, channel._answers_in_kind = envelope, signed, True
        channel._transaction = b"\x00"  # taken up from a request that did not come
        yield bytes((suite,)), *(channel.seal(plain) for _time in range(2))


def _counting(count: int) -> bytes:
    return bytes(range(1, count + 1))


# --- lines


def _talk() -> tuple[list[bytes], list[bytes]]:
    """What goes both ways when a terminal connects, asks thrice, and disconnects."""
    client, server = HdlcClient(16, 1, proposed=WANTED), HdlcServer(1, WANTED)
    asked: list[bytes] = []
    answered: list[bytes] = []
    client.connect()
    for turn in range(12):
        asked.append(client.data_to_send())
        for event in server.receive(asked[-1]):
            if isinstance(event, Received):
                server.send(b"re:" + event.apdu)
        answered.append(server.data_to_send())
        events = client.receive(answered[-1])
        if client.connected and not client.awaiting and turn < 9:
            client.send(REQUEST)
        elif any(isinstance(event, Received) for event in events):
            client.disconnect()
    return asked, answered


def _hdlc_answers() -> Iterator[Messages]:
    yield tuple(_talk()[1])
    yield (b"".join(_talk()[1]),)


def _hdlc_requests() -> Iterator[Messages]:
    asked, answered = _talk()
    yield tuple(asked)
    yield tuple(message for turn in zip(answered, asked, strict=True) for message in turn)
    for messages in list(_requests())[:12:3]:
        client, server = HdlcClient(16, 1, proposed=WANTED), HdlcServer(1, WANTED)
        client.connect()
        wires = [client.data_to_send()]
        server.receive(wires[0])
        client.receive(server.data_to_send())
        for apdu in messages[1:]:
            client.send(apdu)
            wires.append(client.data_to_send())
            server.receive(wires[-1])
            server.send(b"\xc4")
            client.receive(server.data_to_send())
        yield tuple(wires)


def _parameters() -> Iterator[Messages]:
    yield from ((found.encode(),) for found in (WANTED, replace(WANTED, window_tx=7)))
    yield (b"",)


def _wrapper() -> Iterator[Messages]:
    for messages in list(_requests())[:20:4]:
        yield tuple(wrap(16, 1, apdu) for apdu in messages[1:])


_LINES: Final = (
    b"F.F(00000000)\r\n0.9.1(2030842)\r\n0.9.2(2261121)\r\n1-0:1.8.0*255(001234.567*kWh)\r\n1.8.0&01(1.5*kWh)(2)\r\n",
    b"P.01(2261121000000)(00)(30)(2)(1.5)(kW)(2.5)(kW)\r\n(1.0)(2.0)\r\n(1.1)(2.1)\r\n",
    b"(ER07)\r\n", b"C.1.0(12345678)(abc*x)\r\n", b"!\r\n",
)  # fmt: skip


def _iec_data() -> Iterator[Messages]:
    yield from ((line,) for line in _LINES)
    yield _LINES


def _iec_answers() -> Iterator[Messages]:
    opening = b"/HHT5\\2HT100\r\n"
    yield opening, data_message(_LINES[0] + b"!\r\n")
    yield even_parity(request_message() + opening), even_parity(data_message(_LINES[1] + b"!\r\n"))
    yield opening, command("P0", "(1234)"), b"\x06", data_message(b"1.8.0(1*kWh)"), b"\x15", data_message(b"(ER03)")
    yield opening, data_message(_LINES[0], more=True), data_message(_LINES[1])
    yield b"/ABcZ9x\r\n", _LINES[0] + b"!\r\n"


def _iec_requests() -> Iterator[Messages]:
    asks = [command(name, "1.8.0()") for name in ("R1", "R5", "R6", "E2")]
    for opening in (request_message() + acknowledge("5", protocol=0, mode=1), acknowledge("5")):
        yield opening, *asks, b"\x06", b"\x15", command("B0")
        yield opening, command("P1", "(Gurux)"), command("W1", "0.9.1(030842)"), b"\x06", command("B0")
        yield (
            opening,
            command("P1", "(wrong)"),
            command("W1", "1(", more=True),
            command("W1", "2)"),
            command("P2", "()"),
        )
    assert SmallMeter().readout()
    yield even_parity(request_message("12345678")), even_parity(acknowledge("5", protocol=0, mode=0))


def _ports() -> Iterator[Messages]:
    for premises, messages in enumerate([*_iec_requests(), *list(_hdlc_requests())[2:], *_wrapper()]):
        yield bytes((premises,)), *messages
    asked = request_message() + acknowledge("5", protocol=2, mode=2)
    for messages in list(_hdlc_requests())[2:]:
        yield b"\x00", asked, *messages


# --- text and files


def _texts() -> Iterator[str]:
    core, gas, token = "101234567890", "12345678", str(PPTD_BASE + 5 * 2**47 + 1500 * 2**32 + 77)
    mpan = f"{core}{mpan_check_digit(core)}"
    yield from (mpan, f"03 801 902 {mpan}", f"{gas}{mprn_check_digits(gas)}", "1234567890", "7400", "123456")
    yield from (f"{token}{utrn_check_digit(token)}", f"{token[:4]}-{token[4:]}{utrn_check_digit(token)}")
    yield from ("00-DB-12-34-56-78-90-AB", "00db1234567890ab", "0123", "01000203", "AB" * 32)
    yield from ("83FED3407A939723A5C639B26916D505C3B5", "83FE D340 7A93 9723 A5C6 39B2 6916 D505 C3B5")
    yield from ("1234 5678 9012 3456 7890", "63849502-6173-8495-0261", "0-0:1.0.0", "1-0:99.1.0.255", "1.0.1.8.0.255")
    yield from (LLC_COMMAND.hex(" "), "0x7e,0xa0", "fqAHAwIhk", "/HHT5\\2HT100", "Gurux", "")


def _links() -> Iterator[str]:
    yield from (
        "optical:/dev/ttyUSB0?baud=9600&parity=soft",
        "tcp://192.0.2.1:4059?framing=wrapper",
        "tcp://[::1]:4059",
    )
    yield from (
        "emulated:single-element?seed=3&days=5&mode=c",
        "recorded:trace.jsonl?pace=fast&strict=no",
        "ble:AA",
        "optical:COM3",
    )


def _jobs() -> Iterator[str]:
    demo = resource_text("jobs", "demo.json")
    yield demo
    yield json.dumps(json.loads(demo))


def _premises() -> Iterator[str]:
    names = (
        "single-element",
        "clock-adrift",
        "next-door",
        "dual-fuel",
        "prepayment-flat",
        "storage-heaters",
        "bad-day",
    )
    yield from (resource_text("premises", f"{name}.toml") for name in names)  # every table is in one of them


def _walkthroughs() -> Iterator[str]:
    yield resource_text("walkthroughs", "commission-electricity.toml")
    yield part_text("commission")


def _moments() -> list[TraceEvent]:
    asked, answered = _talk()
    return [
        TraceEvent(_WHEN + timedelta(seconds=at), at / 1, "probe", kind, data)
        for at, turn in enumerate(zip(asked, answered, strict=True))
        for kind, data in zip((TraceKind.TX, TraceKind.RX), turn, strict=True)
    ]


def _captures() -> Iterator[Messages]:
    moments = _moments()
    facts = header_event(_WHEN, 0.0, "probe", {"replays": True, "mode": "e"})
    for events in (moments[:6], [facts, *moments[:4]], [replace(moments[0], masked=True, note="x", link="y")]):
        file = io.BytesIO()
        write_capture(events, file, "for a fuzzer")
        yield (file.getvalue(),)


def _trace_texts() -> Iterator[Messages]:
    moments = _moments()
    facts = header_event(_WHEN, 0.0, "probe", {"replays": True, "mode": "e"})
    for events in (moments[:6], [facts, *moments[:4]], [replace(moments[0], note="x", link="y")]):
        file = io.StringIO()
        write_text(events, file)
        yield (file.getvalue().encode(),)


def _traces() -> Iterator[Messages]:
    moments = _moments()
    lines = [json.dumps(as_json(event)).encode() + b"\n" for event in moments]
    yield tuple(lines[:6])
    yield (b"".join(lines),)
    facts = {"replays": True, "security": "gmac", "suite": 0, "conformance": "00181f", "mode": "e", "max_pdu": 1024}
    header = json.dumps(as_json(header_event(_WHEN, 0.0, "probe", facts))).encode() + b"\n"
    yield header, *lines[:8]
    yield (json.dumps(as_json(replace(moments[0], kind=TraceKind.LINE, data=b"", note="up 9600 8N1 []"))).encode(),)


def _keys() -> Iterator[Messages]:
    keys = {"ek": bytes(range(16)).hex(), "ak": bytes(range(16)).hex(), "client_title": "4142434445464748"}
    yield (json.dumps(keys).encode(),)
    yield (json.dumps(keys | {"suite": 2, "invocation_counter": 7, "ek": "11" * 32, "ak": "22" * 32}).encode(),)
    yield (json.dumps(keys | {"signing_key": "-----BEGIN PRIVATE KEY-----\nMIGH\n-----END PRIVATE KEY-----"}).encode(),)
