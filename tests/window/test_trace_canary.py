"""Planted secrets of every kind, over a whole session of live work: none is seen in any file, line, window or log."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import cache
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from hht.errors import HhtError
from hht.link import TraceEvent, TraceKind
from hht.protocol.cosem.action import ActionRequestNormal
from hht.protocol.cosem.ciphered import GLOBAL_TAG
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.get import GetRequestNext, GetRequestNormal, GetResponseNormal, GetResponseWithDatablock
from hht.protocol.cosem.obis import Obis
from hht.protocol.cosem.put import SetRequestNormal
from hht.protocol.cosem.security import Protection, SecurityMaterial, seal
from hht.protocol.cosem.values import Data, DataType, octets
from hht.protocol.iec62056_21 import even_parity
from hht.protocol.iec62056_21.characters import block_check
from hht.protocol.iec62056_21.programming import Password, password_command
from hht.store.trace_export import header_event
from hht.store.trace_store import TraceReader, TraceRecorder
from tests.cli.test_trace_answers import CIN, JOIN, TOKEN, came, iec, sent
from tests.cli.test_trace_masking import aarq, frame
from tests.window import samples
from tests.window.keys import MakeStage, press
from ui.cli.main import main
from ui.kept_keys import keep_keys
from ui.services import TraceLine, TreeNode
from ui.stores import store_path
from ui.terminal import Terminal
from ui.trace_files import write_trace_file
from ui.trace_lines import tree_of
from ui.window.trace_drawer import TraceDrawer
from ui.window.trace_model import hex_text, row_of_line, strip_words

PHRASE = "correct horse battery staple"
LINK = "optical:/dev/ttyUSB0"
KEYS = '{"ek": "000102030405060708090A0B0C0D0E0F", "ak": "D0D1D2D3D4D5D6D7D8D9DADBDCDDDEDF"}'
MATERIAL = SecurityMaterial(
    bytes(range(16)), bytes(range(0xD0, 0xE0)), system_title=b"HHTMETR1", client_title=b"HHTCLNT1"
)
SECRETS = {
    "LLS password": b"LLSq7Wx9",
    "P1 password": b"84736251",
    "P2 password": b"A1B2C3D4E5F60718",
    "new LLS secret": b"NeWseCr3",
    "transferred key": bytes.fromhex("9F8E7D6C5B4A39281706F5E4D3C2B1A0C7D6E5F4A3B2C1D0"),
    "install code": bytes.fromhex("83FED3407A939723A5C639B26916D505"),
    "UTRN entered": b"73943333457189043313",
    "UTRN in a readout": b"73947252416745201637",
    "UTRN in blocks": b"73946144332040217315",
    "CIN written": b"5931",
    "CIN read": b"8264",
    "CIN in plain text": b"4907",
    "CIN under keys": b"3175",
    "password of the local port": b"portPassw0rd",
}
ACCOUNT = CosemAttribute(15, Obis.parse("0-0:40.0.0"), 7)
PORT = CosemAttribute(19, Obis.parse("0-0:20.0.0"), 7)
TRANSFER = CosemMethod(64, Obis.parse("0-0:43.0.0"), 2)
DISPLAY = CosemAttribute(1, Obis.parse("0-0:96.13.0"), 2)


def got(value: Data) -> bytes:
    return GetResponseNormal(0xC1, value).encode()


def asked(attribute: CosemAttribute) -> bytes:
    return GetRequestNormal(0xC1, attribute).encode()


def under_keys(apdu: bytes, *, by_client: bool) -> bytes:
    title = MATERIAL.client_title if by_client else MATERIAL.system_title
    return seal(apdu, GLOBAL_TAG[apdu[0]], MATERIAL, title, Protection.AUTHENTICATED_ENCRYPTED)


def turns() -> Iterator[tuple[bytes, bytes]]:
    """What the terminal says, and what it hears upon that; the optical probe echoes some of it."""
    s = SECRETS
    p1 = password_command(Password(s["P1 password"].decode()))
    told = b"\x01P2\x02(" + s["P2 password"] + b")\x03"  # as a maker's own program says it
    p2 = told + bytes((block_check(told[1:]),))
    yield b"/?!\r\n", b"/?!\r\n/HHT5\\2METER\r\n"
    yield even_parity(p1), even_parity(p1) + b"\x06"
    yield p2, p2[:9]
    yield p2, b"\x06"
    command = b"\x01W1\x020-0:19.40.0(" + s["UTRN entered"] + b")\x03"
    yield command + bytes((block_check(command[1:]),)), b"\x06"
    cin, token = s["CIN in plain text"], s["UTRN in a readout"]
    readout = b"1.8.0(001234.5*kWh)\r\n0-3:96.13.1(" + cin + b")\r\nC.70(" + token + b")\r\n!\r\n"
    yield b"\x06050\r\n", iec(readout, parity=True)
    low = frame(b"\xe6\xe6\x00" + aarq(Mechanism.LOW, s["LLS password"]))
    yield low, low + came(b"\x61\x00")
    yield sent(SetRequestNormal(0xC1, ACCOUNT, octets(s["new LLS secret"])).encode()), came(b"\xc5\x01\xc1\x00")
    keys = Data(DataType.ARRAY, (Data(DataType.STRUCTURE, (Data(DataType.ENUM, 0), octets(s["transferred key"]))),))
    yield sent(ActionRequestNormal(0xC1, TRANSFER, keys).encode()), came(b"\xc7\x01\xc1\x00\x00")
    device = Data(DataType.STRUCTURE, (octets(bytes(range(8))), Data(DataType.ENUM, 1), octets(s["install code"])))
    yield sent(ActionRequestNormal(0xC1, JOIN, device).encode()), came(b"\xc7\x01\xc1\x00\x00")
    enter = CosemMethod(115, TOKEN.obis, 1)
    yield sent(ActionRequestNormal(0xC1, enter, octets(s["UTRN entered"])).encode()), came(b"\xc7\x01\xc1\x00\x00")
    yield sent(SetRequestNormal(0xC1, CIN, octets(s["CIN written"])).encode()), came(b"\xc5\x01\xc1\x00")
    yield sent(asked(CIN)), came(got(octets(s["CIN read"])), 5)
    yield sent(asked(PORT)), came(got(octets(s["password of the local port"])))
    value = bytes((9, 26)) + b"token " + s["UTRN in blocks"]
    pieces = [value[at : at + 11] for at in range(0, len(value), 11)]
    for number, piece in enumerate(pieces, 1):
        ask = asked(DISPLAY) if number == 1 else GetRequestNext(0xC1, number - 1).encode()
        yield sent(ask), came(GetResponseWithDatablock(0xC1, number == len(pieces), number, piece).encode())


def ciphered() -> Iterator[tuple[bytes, bytes]]:
    """Under keys that the store has: deciphered for the screen."""
    from hht.protocol.cosem.acse import Aare, Aarq
    from hht.protocol.cosem.codes import ApplicationContext

    context = ApplicationContext.LN_CIPHERED
    yield (
        sent(Aarq(context, b"", Mechanism.GMAC, bytes(16), MATERIAL.client_title).encode()),
        came(Aare(context, server_title=MATERIAL.system_title).encode()),
    )
    yield (
        sent(under_keys(asked(CIN), by_client=True)),
        came(under_keys(got(octets(SECRETS["CIN under keys"])), by_client=False)),
    )
    enter = ActionRequestNormal(0xC1, CosemMethod(115, TOKEN.obis, 1), octets(SECRETS["UTRN entered"])).encode()
    yield sent(under_keys(enter, by_client=True)), came(under_keys(b"\xc7\x01\xc1\x00\x00", by_client=False))


@cache  # counters rise: made once
def session() -> list[TraceEvent]:
    now, events = samples.NOW, [header_event(samples.NOW, 0.0, LINK, {"training": False, "opening": "iec"})]
    for number, (request, answer) in enumerate([*turns(), *ciphered()], 1):
        for at in range(0, len(request), 40):
            events.append(TraceEvent(now, number, LINK, TraceKind.TX, request[at : at + 40]))
        for at in range(0, len(answer), 7):
            events.append(TraceEvent(now, number + 0.5, LINK, TraceKind.RX, answer[at : at + 7]))
    return [*events, TraceEvent(now, 99.0, LINK, TraceKind.STATE, note="closed")]


def seen_in(text: str | bytes) -> set[str]:
    """The secrets that stand in `text`, in any of the ways in which octets are shown."""
    raw = text if isinstance(text, bytes) else text.encode()
    seven = bytes(byte & 0x7F for byte in raw)
    packed = b"".join(raw.lower().split())
    return {
        name
        for name, secret in SECRETS.items()
        if secret in raw or secret in seven or (len(secret) > 3 and secret.hex().encode() in packed)
    }


def words_of(node: TreeNode) -> Iterator[str]:
    yield f"{node.label} {node.value} {node.error}"
    for child in node.children:
        yield from words_of(child)


def told_by(lines: Iterable[TraceLine]) -> str:
    """All that may be shown of these lines."""
    parts: list[str] = []
    for line in lines:
        parts += [
            *row_of_line(line),
            strip_words(line),
            hex_text(line.event.data),
            *words_of(tree_of(line)),
            repr(line),
        ]
    return "\n".join(parts)


def test_the_session_holds_them_all() -> None:
    wire = b"".join(event.data for event in session())
    hidden = {"CIN under keys", "CIN read", "UTRN in blocks", "transferred key"}  # ciphered, or over frames
    assert seen_in(wire) >= set(SECRETS) - hidden


async def test_no_planted_secret_is_seen(
    tmp_path: Path, make_stage: MakeStage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    terminal, lines = Terminal(data_dir=tmp_path / "live", training=False), list[TraceLine]()
    await terminal.unlock(PHRASE)
    store = terminal._opened()
    keep_keys(store, "00-DB-12-34-56-78-90-A0", KEYS)
    terminal.subscribe_trace(lines.append)
    recorder = TraceRecorder(store, "session", chunk_events=10, interval_s=0)
    for event in session():
        recorder(event)
        terminal._trace.hear(event)
    recorder.flush()
    assert sum(bool(line.opened) for line in lines) >= 3  # deciphered for the screen
    assert [event.data for event in TraceReader(store, "session")] == [event.data for event in session()]
    assert seen_in(told_by(lines)) == set()
    masked = [line for line in lines if line.event.masked]
    assert len(masked) >= 12
    for name in ("t.jsonl", "t.txt", "t.pcapng"):
        write_trace_file(tmp_path / name, TraceReader(store, "session"), reveal=False)
        await terminal.export_trace(tmp_path / f"live-{name}")
        for path in (tmp_path / name, tmp_path / f"live-{name}"):
            assert seen_in(path.read_bytes()) == set(), path.name
    for path in (tmp_path / "live").rglob("*"):  # the database, its write-ahead log, what stands beside it
        if path.is_file():
            assert seen_in(path.read_bytes()) == set(), path.name
    revealed = await terminal.reveal_trace(masked[0], "fault 4711")
    assert seen_in(revealed.event.data)
    with pytest.raises(HhtError) as refused:
        await terminal.reveal_trace(masked[0], " ")
    assert refused.value.code == "reveal-reason"
    (noted,) = store.log_entries("trace-revealed")
    assert noted[2]["why"] == "fault 4711"
    await terminal.close()
    assert store_path(tmp_path / "live", training=False).exists()
    assert seen_in(caplog.text) == set()
    look_through_the_drawer(make_stage, lines)


def look_through_the_drawer(make_stage: MakeStage, lines: list[TraceLine]) -> None:
    stage = make_stage()
    press(Qt.Key.Key_F12)
    drawer = stage.shell.sheet()
    assert isinstance(drawer, TraceDrawer)
    before = drawer.items.rowCount()
    for line in lines:
        stage.services.listeners[0](line)
    stage.wait(lambda: drawer.items.rowCount() == before + len(lines))
    shown = [str(drawer.items.data(drawer.items.index(row, 3))) for row in range(before, drawer.items.rowCount())]
    for line in lines:
        drawer._show_frame(line)
        shown.append(drawer.hex.toPlainText())
    assert seen_in("\n".join(shown)) == set()
    masked = next(line for line in lines if line.event.masked)
    drawer._show_frame(lines[0])
    assert drawer._reveal_row.isHidden()
    drawer._show_frame(masked)
    assert not drawer._reveal_row.isHidden()
    drawer.reveal_button.click()
    stage.wait(lambda: "only for a reason" in drawer._said.text())
    drawer.reason.setText("fault 4711")
    drawer.reveal_button.click()
    stage.wait(lambda: stage.services.revealed == ["fault 4711"])
    stage.wait(drawer._reveal_row.isHidden)
    assert drawer.hex.toPlainText().startswith("0000  73 65 63 72 65 74")


@pytest.mark.parametrize("options", [["--json"], ["--tree"], ["--json", "--tree"], []])
def test_nor_on_the_command_line(tmp_path: Path, options: list[str]) -> None:
    raw = tmp_path / "raw.jsonl"
    write_trace_file(raw, session(), reveal=True)
    assert seen_in(raw.read_bytes())
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        (tmp_path / "keys.json").write_text(KEYS)
        assert main(["trace", "show", str(raw), "--keys", str(tmp_path / "keys.json"), *options]) == 0
    assert seen_in(out.getvalue() + err.getvalue()) == set()
    if "--json" in options:
        kinds = [json.loads(line).get("deciphered") for line in out.getvalue().splitlines()]
        assert sum(kind is not None for kind in kinds) >= 3
