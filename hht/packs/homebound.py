"""What goes home: a pack's records as they were hashed, and each device's answer octet for octet, in one JSON file.

``{"format": "hht-answers/1", "envelope": SHA-256 of the pack's envelope, "records": [{"record": text, "hash": hex}...],
"head": the last hash, "count": n, "answers": [{"entry", "request", "device", "record", "response"}...]}``

A record's hash is the SHA-256 of the hash before it (the first: the envelope's), a line feed, and the record's text. So
whoever has the pack checks that nothing was altered, left out or moved, without this program. What no chain tells is
whether its end was cut off together with its head: the head is compared with what the terminal says (`expected`).
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hht.i18n import _
from hht.packs.delivery import keys_of
from hht.packs.errors import PackError
from hht.packs.pack import Pack
from hht.packs.records import Record, RecordKind, first_hash
from hht.protocol.duis.bodies import ReturnLocalCommandResponse
from hht.protocol.duis.request import Request
from hht.protocol.duis.services import CommandVariant
from hht.protocol.duis.tree import element
from hht.protocol.duis.values import RequestId, request_id
from hht.protocol.gbcs.answers import AnswerRefused, read_answer
from hht.protocol.gbcs.messages import Role
from hht.work.positions import JsonSyntaxError, LocatedJson

FORMAT: Final = "hht-answers/1"
MAX_OCTETS: Final = 16 * 1024 * 1024
_KEYS: Final = {"format", "pack", "edition", "job", "training", "envelope", "records", "head", "count", "answers"}
_RETURN: Final = "8.13"


class AnswersBroken(PackError):
    """A file of answers that is not as the terminal wrote it; `record`: the first one that is wrong, from 1."""

    default_code = "answers"


@dataclass(frozen=True, slots=True)
class DeviceAnswer:
    """What a device answered. `record`: the number of the record that says so."""

    entry: str
    request: str
    device: str
    record: int
    response: bytes


def answers_of(pack: Pack, records: Sequence[Record]) -> tuple[DeviceAnswer, ...]:
    """The devices' answers among the records."""
    return tuple(_answers(pack, ((record.number, _plain(record)) for record in records)))


def write_answers(pack: Pack, envelope: bytes, records: Sequence[Record]) -> bytes:
    """The file."""
    whole = {
        "format": FORMAT,
        "pack": pack.name,
        "edition": pack.edition,
        "job": pack.job,
        "training": pack.training,
        "envelope": first_hash(envelope),
        "records": [{"record": record.octets().decode("ascii"), "hash": record.hash} for record in records],
        "head": records[-1].hash if records else first_hash(envelope),
        "count": len(records),
        "answers": [_told(answer) for answer in answers_of(pack, records)],
    }
    return json.dumps(whole, indent=1).encode("ascii") + b"\n"


def check_answers(octets: bytes, envelope: bytes, pack: Pack, expected: str = "") -> tuple[DeviceAnswer, ...]:
    """The answers in a file, held against the pack that they belong to; `expected`: the head as the terminal says it.

    Raises AnswersBroken: ``answers-file`` (it is none), ``answers-other-pack``, ``answers-altered``,
    ``answers-missing``, ``answers-order``, ``answers-cut``, ``answers-not-the-devices``, each with the record's number.
    """
    whole = _read(octets)
    named = tuple(whole[name] for name in ("pack", "edition", "job", "training"))
    if whole["envelope"] != first_hash(envelope) or named != (pack.name, pack.edition, pack.job, pack.training):
        raise _broken("answers-other-pack", 0, _("These answers belong to another pack."))
    plain = _chained(whole, first_hash(envelope))
    if expected and whole["head"] != expected:
        raise _cut(len(plain), _("the terminal says that its last record is {hash}").format(hash=expected[:16]))
    try:
        found = tuple(_answers(pack, enumerate(plain, 1)))
    except (KeyError, ValueError, TypeError):
        raise _no_file(_("a record says something that this program does not know")) from None
    if whole["answers"] != [_told(answer) for answer in found]:
        raise _broken("answers-altered", 0, _("The list of answers is not what the records say."))
    _require_devices(pack, plain, found)
    return found


def duis_requests(
    pack: Pack, answers: Sequence[DeviceAnswer], acb: bytes, first_counter: int
) -> Iterator[tuple[DeviceAnswer, bytes]]:
    """For each answer the service request 8.13 (Return Local Command Response) that brings it to the DCC, unsigned: the
    supplier's system signs it. `acb`: the access control broker's identifier (8 octets), whom they are addressed to;
    `first_counter`: the first of the supplier's counters that is free, one is used for each. Raises DuisError."""
    for number, answer in enumerate(answers):
        asked = request_id(element("request", answer.request))
        name = RequestId(asked.originator, type(asked.target)(acb.hex().upper()), first_counter + number)
        body = ReturnLocalCommandResponse(asked, answer.response)
        yield answer, Request(name, CommandVariant.NON_DEVICE, _RETURN, body).to_xml()


def broker_of(pack: Pack) -> bytes:
    """The access control broker's identifier (8 octets) by the pack's certificates. Raises PackError
    ``pack-no-broker``."""
    for certificate in pack.certificates:
        if certificate.role is Role.ACCESS_CONTROL_BROKER:
            return certificate.entity
    raise PackError(
        _("The pack does not say who the access control broker is."),
        remedy=_("Name it with --acb ID; the desk knows it."),
        code="pack-no-broker",
    )


# --- inside


def _plain(record: Record) -> dict[str, Any]:
    return {"kind": str(record.kind), "entry": record.entry, "payload": record.payload}


def _answers(
    pack: Pack, records: Iterator[tuple[int, dict[str, Any]]] | enumerate[dict[str, Any]]
) -> Iterator[DeviceAnswer]:
    for number, record in records:
        if record["kind"] == RecordKind.ANSWER:
            entry = pack.entry(record["entry"])
            response = base64.b64decode(record["payload"]["response"], validate=True)
            yield DeviceAnswer(entry.name, entry.request, str(entry.device), number, response)


def _told(answer: DeviceAnswer) -> dict[str, Any]:
    return {
        "entry": answer.entry,
        "request": answer.request,
        "device": answer.device,
        "record": answer.record,
        "response": base64.b64encode(answer.response).decode("ascii"),
    }


def _read(octets: bytes) -> dict[str, Any]:
    if len(octets) > MAX_OCTETS:
        raise _no_file(_("it has {count} octets").format(count=len(octets)))
    try:
        whole = LocatedJson(octets.decode("utf-8")).root.value
    except UnicodeDecodeError:
        raise _no_file(_("it is not UTF-8 text")) from None
    except JsonSyntaxError as error:
        raise _no_file(str(error.problem)) from None
    if not isinstance(whole, dict) or whole.keys() != _KEYS or whole["format"] != FORMAT:
        raise _no_file(_("it has other fields than answers have"))
    records = whole["records"]
    if not isinstance(records, list) or not all(map(_is_record, records)):
        raise _no_file(_("its records are none"))
    return whole


def _is_record(one: object) -> bool:
    return isinstance(one, dict) and one.keys() == {"record", "hash"} and all(isinstance(v, str) for v in one.values())


def _chained(whole: dict[str, Any], before: str) -> list[dict[str, Any]]:
    """The records, each following the one before it."""
    plain: list[dict[str, Any]] = []
    for number, one in enumerate(whole["records"], 1):
        record = _record(one["record"], number)
        if record["number"] != number:
            _refuse_number(int(record["number"]), number)
        before = hashlib.sha256(before.encode() + b"\n" + one["record"].encode()).hexdigest()
        if one["hash"] != before:
            raise _broken("answers-altered", number, _("Record {number} is not as the terminal wrote it."))
        plain.append(record)
    if (whole["count"], whole["head"]) != (len(plain), before):
        raise _cut(len(plain), _("{count} were written").format(count=whole["count"]))
    return plain


def _record(text: str, number: int) -> dict[str, Any]:
    try:
        found = json.loads(text)
        if isinstance(found, dict) and isinstance(found["payload"], dict) and type(found["number"]) is int:
            return found
    except (ValueError, KeyError, RecursionError):
        pass
    raise _broken("answers-altered", number, _("Record {number} is not as the terminal wrote it."))


def _refuse_number(found: int, number: int) -> None:
    if found > number:
        raise _broken("answers-missing", number, _("Record {number} is missing."))
    raise _broken("answers-order", number, _("In the place of record {number} stands another one."))


def _require_devices(pack: Pack, plain: Sequence[dict[str, Any]], found: Sequence[DeviceAnswer]) -> None:
    """Each answer is its device's, as far as the pack's keys tell; and "vouched" stands where they do."""
    keys = keys_of(pack)
    for answer in found:
        try:
            verdict = read_answer(answer.response, pack.entry(answer.entry).message, keys).verdict
        except AnswerRefused as error:
            said = _("Record {number} holds no answer of the device: {why}")
            raise _broken("answers-not-the-devices", answer.record, said, why=error.message) from None
        if plain[answer.record - 1]["payload"].get("vouched") is not verdict.vouched:
            said = _("Record {number} says another thing of the device's signature than the pack's keys do.")
            raise _broken("answers-not-the-devices", answer.record, said)


def _broken(code: str, record: int, said: str, **words: object) -> AnswersBroken:
    return AnswersBroken(
        said.format(number=record, **words),
        remedy=_("Do not use it. Export the answers again on the terminal that delivered the pack."),
        code=code,
        record=record,
    )


def _cut(count: int, why: str) -> AnswersBroken:
    said = _("The file ends with record {number}, and {why}: its end is missing.")
    return _broken("answers-cut", count, said, why=why)


def _no_file(why: str) -> AnswersBroken:
    return AnswersBroken(
        _("This is no file of answers: {why}.").format(why=why),
        remedy=_("Choose a file that hht pack export has written."),
        code="answers-file",
        record=0,
    )
