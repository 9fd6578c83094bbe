"""What can be told of a message: its fields, its tree, what became of its checks. For command line and window alike."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.cosem.datetime import decode_datetime
from hht.protocol.cosem.errors import CosemError
from hht.protocol.frames import Node
from hht.protocol.gbcs.blocks import Reassembly, is_block, parse_block
from hht.protocol.gbcs.dissect import message_tree, title
from hht.protocol.gbcs.envelope import Envelope, id_text, parse
from hht.protocol.gbcs.errors import GbcsError, KeyMissing
from hht.protocol.gbcs.keys import KeyRing
from hht.protocol.gbcs.messages import use_case
from hht.protocol.gbcs.protection import Check, Verdict, check, mac_parties
from hht.protocol.gbcs.segments import opened, segments
from hht.protocol.gbcs.tree_blocks import block_tree


@dataclass(frozen=True, slots=True)
class MessageReport:
    """`kind`: "message", or "block" of one that is not whole yet. `fields` as the command line prints them; `words` for
    people; `problem`: why it is refused, None where nothing speaks against it."""

    kind: str
    title: str
    fields: dict[str, Any]
    tree: Node | None = None
    words: tuple[str, ...] = ()
    problem: HhtError | None = None


@dataclass(slots=True)
class MessageReader:
    """Reads messages, and blocks of them in order, with the keys at hand.

    `strict`: a message that cannot be checked because one of its parties is a stranger is refused.
    """

    keys: KeyRing
    strict: bool = False
    _blocks: Reassembly = field(default_factory=Reassembly)

    @property
    def unfinished(self) -> bool:
        """Blocks of a message are here, and others are missing."""
        return self._blocks.received > 0

    def read(self, octets: bytes) -> MessageReport:
        """Tell what can be told of one item. Raises MalformedMessage."""
        if not is_block(octets):
            return self._message(parse(octets))
        tree = block_tree(parse_block(octets))
        try:
            whole = self._blocks.feed(octets)
        except GbcsError:
            self._blocks = Reassembly()
            raise
        if whole is None:
            fields = {"block": self._blocks.received, "tree": tree.as_dict()}
            return MessageReport("block", tree.value, fields, tree)
        self._blocks = Reassembly()
        return self._message(whole)

    def _message(self, message: Envelope) -> MessageReport:
        verdict = check(message, self.keys)
        found = segments(message)
        shown: bytes | None = None
        problem: HhtError | None = None
        try:
            shown = opened(message, self.keys, found) if found else None
        except KeyMissing:
            pass
        except GbcsError as error:
            problem = error
        tree = message_tree(message, verdict, shown)
        problem = _wrong(verdict) or problem or _in_payload(tree) or self._stranger(message, verdict)
        fields = _fields(message, verdict) | {"encrypted_values": len(found), "decrypted": shown is not None}
        if problem is not None:
            fields["verified"] = False
        return MessageReport(
            "message", title(message), fields | {"tree": tree.as_dict()}, tree, _words(verdict), problem
        )

    def _stranger(self, message: Envelope, verdict: Verdict) -> HhtError | None:
        if not self.strict or verdict.vouched:
            return None
        parties: list[bytes] = []
        if verdict.mac is Check.UNCHECKED:
            parties += mac_parties(message, self.keys.acb)
        if verdict.signature is Check.UNCHECKED:
            parties.append(message.originator)
        unknown = [party for party in parties if not self.keys.knows(party)]
        if not unknown:
            return None
        names = ", ".join(id_text(party) if party else _("the access control broker") for party in unknown)
        return GbcsError(
            _("Nobody vouches for this message: no key of {names} is held.").format(names=names),
            remedy=_("Give their certificates with --keys; name the access control broker with --acb."),
            code="gbcs-unknown-party",
        )


def _wrong(verdict: Verdict) -> HhtError | None:
    if verdict.mac is Check.INVALID:
        return GbcsError(_("The MAC does not fit: the message was changed, or made with other keys."), code="gbcs-mac")
    if verdict.signature is Check.INVALID:
        return GbcsError(
            _("The signature does not fit: the message was changed, or somebody else made it."), code="gbcs-signature"
        )
    return None


def _in_payload(tree: Node) -> HhtError | None:
    wrong = next((node for node in tree.errors() if node.code), None)
    return None if wrong is None else GbcsError(wrong.error, code=wrong.code)


def _words(verdict: Verdict) -> tuple[str, ...]:
    words = {
        Check.VALID: _("valid"),
        Check.INVALID: _("invalid"),
        Check.NONE: _("none"),
        Check.UNCHECKED: _("not verifiable here"),
    }
    return (_("MAC: {mac}; signature: {signature}").format(mac=words[verdict.mac], signature=words[verdict.signature]),)


def _fields(message: Envelope, verdict: Verdict) -> dict[str, Any]:
    found = use_case(message.message_code)
    fields: dict[str, Any] = {
        "kind": message.kind.name.lower(),
        "precommand": message.precommand,
        "message_code": f"{message.message_code:04X}",
        "use_case": found.name if found else "",
        "title": found.title if found else "",
        "category": found.category.value if found else "",
        "originator": id_text(message.originator),
        "recipient": id_text(message.target),
        "originator_counter": message.counter,
        "mac": verdict.mac.value,
        "signature": verdict.signature.value,
        "verified": verdict.vouched,
        "bytes": len(message.raw),
    }
    if message.date_time:
        fields["date_time"] = _time(message.date_time)
    asked = message.supplementary
    if asked.party:
        fields["supplementary_remote_party"] = id_text(asked.party)
    if asked.counter is not None:
        fields["supplementary_remote_party_counter"] = asked.counter
    if asked.originator_counter is not None:
        fields["supplementary_originator_counter"] = asked.originator_counter
    return fields


def _time(octets: bytes) -> str:
    """ISO 8601 in UTC; the octets where they are no time."""
    try:
        found = decode_datetime(octets).time
    except CosemError:
        found = None
    return octets.hex().upper() if found is None else found.strftime("%Y-%m-%dT%H:%M:%SZ")
