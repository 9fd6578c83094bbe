"""Where secrets stand in answers: an answer does not say of what it is, the request before it does (Green Book 9.3)."""

from __future__ import annotations

from typing import Final

from hht.errors import HhtError
from hht.protocol.cosem import access, action, get
from hht.protocol.cosem.apdu import parse_apdu
from hht.protocol.cosem.axdr import decode_at
from hht.protocol.cosem.descriptors import CosemAttribute, CosemMethod
from hht.protocol.cosem.errors import MalformedValue
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.lengths import decode_length
from hht.protocol.cosem.secret_members import is_secret_attribute, is_secret_method
from hht.protocol.cosem.value_contents import Range, contents

_HEAD: Final = 3  # tag, kind, invoke-id
_ANSWERS: Final = frozenset({get.RESPONSE, action.RESPONSE, access.AccessResponse.TAG, GeneralBlock.TAG})
_GO_ON: Final = (get.GetRequestNext, action.ActionRequestNextPblock, action.ActionRequestWithPblock, GeneralBlock)


class SecretAnswers:
    """Tell it each whole APDU of the client in clear (`asked`); it says where secrets stand in what comes back."""

    def __init__(self) -> None:
        self._secret: tuple[bool, ...] = ()  # of each attribute or method that was asked for

    @property
    def expected(self) -> bool:
        """Whether a secret may come next."""
        return any(self._secret)

    def asked(self, apdu: bytes) -> None:
        """The client said `apdu`. Never raises; what it cannot read changes nothing."""
        try:
            request = parse_apdu(apdu)
        except HhtError:
            return
        if not isinstance(request, _GO_ON):
            self._secret = tuple(map(_is_secret, _members(request)))

    def ranges(self, apdu: bytes) -> list[Range]:
        """Where secrets stand in the answer `apdu`, or in as much of it as there is. Never raises."""
        if not self.expected or not apdu or apdu[0] not in _ANSWERS:
            return []
        if apdu[0] == GeneralBlock.TAG:
            return _behind(apdu, 6)  # control, number, acknowledged number, length
        if apdu[0] == access.AccessResponse.TAG:
            return _behind(apdu, 5)
        if apdu[0] == action.RESPONSE:
            return self._of_action(apdu)
        kind = apdu[1] if len(apdu) > 1 else 0
        if kind == get.GetResponseNormal.KIND:
            return contents(apdu, _HEAD + 1) if apdu[_HEAD : _HEAD + 1] == b"\x00" else []
        if kind == get.GetResponseWithDatablock.KIND:
            return _behind(apdu, 9)  # last, number, choice
        return self._of_list(apdu)

    def _of_action(self, apdu: bytes) -> list[Range]:
        if apdu[1:2] == b"\x01":
            found = apdu[_HEAD + 1 : _HEAD + 3] == b"\x01\x00"  # with a return value, which is data
            return contents(apdu, _HEAD + 3) if found else []
        return _behind(apdu, 8) if apdu[1:2] == b"\x02" else _behind(apdu, _HEAD + 1)

    def _of_list(self, apdu: bytes) -> list[Range]:
        """Of the results that were asked for in one request only the secret ones, as far as that can be told."""
        found: list[Range] = []
        try:
            count, at = decode_length(apdu, _HEAD)
            for index in range(count):
                if apdu[at] != 0:
                    at += 2
                    continue
                end = decode_at(apdu, at + 1)[1]
                if index >= len(self._secret) or self._secret[index]:
                    found += contents(apdu, at + 1)
                at = end
        except (MalformedValue, IndexError):
            return _behind(apdu, _HEAD + 1)
        return found


def _members(request: object) -> list[CosemAttribute | CosemMethod]:
    match request:
        case get.GetRequestNormal(attribute=attribute):
            return [attribute]
        case get.GetRequestWithList(items=items):
            return [attribute for attribute, _selection in items]
        case action.ActionRequestNormal(method=method) | action.ActionRequestWithFirstPblock(method=method):
            return [method]
        case (
            action.ActionRequestWithList(methods=methods) | action.ActionRequestWithListAndFirstPblock(methods=methods)
        ):
            return list(methods)
        case access.AccessRequest(items=specifications):
            return [item.method if isinstance(item, access.AccessAction) else item.attribute for item in specifications]
    return []


def _is_secret(member: CosemAttribute | CosemMethod) -> bool:
    if isinstance(member, CosemMethod):
        return is_secret_method(member.class_id, member.obis, member.method)
    return is_secret_attribute(member.class_id, member.obis, member.attribute)


def _behind(apdu: bytes, at: int) -> list[Range]:
    """All of `apdu` from the length at `at` on, but for that length."""
    try:
        start = decode_length(apdu, at)[1]
    except MalformedValue:
        return []  # nothing has come behind it yet
    return [(start, len(apdu))] if start < len(apdu) else []
