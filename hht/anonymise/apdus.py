"""APDUs of one conversation, in the order in which they went over the line: what they carry becomes something else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from hht.anonymise.errors import FixtureRefused, not_done
from hht.anonymise.located import Located
from hht.anonymise.pseudonyms import Pseudonyms
from hht.anonymise.resealing import Resealing
from hht.anonymise.values import About, change_value
from hht.errors import HhtError
from hht.i18n import _
from hht.protocol.cosem import access, action, get, put
from hht.protocol.cosem.acse import Aare, Aarq, Rlre, Rlrq
from hht.protocol.cosem.apdu import apdu_names, parse_apdu
from hht.protocol.cosem.ciphered import Ciphered
from hht.protocol.cosem.codes import Mechanism
from hht.protocol.cosem.cursor import Cursor
from hht.protocol.cosem.fields import read_attribute, read_method
from hht.protocol.cosem.general_block import GeneralBlock
from hht.protocol.cosem.initiate import ConfirmedServiceError, ExceptionResponse, InitiateRequest, InitiateResponse
from hht.protocol.cosem.notifications import DataNotification, DataNotificationConfirm, EventNotification
from hht.protocol.cosem.security import SecurityMaterial

_HEAD: Final = 3  # tag, kind, invoke-id
_DONE: Final = (Mechanism.NONE, Mechanism.LOW, Mechanism.GMAC, Mechanism.HIGH_SHA256)
_AS_THEY_ARE: Final = frozenset(
    {ExceptionResponse.TAG, ConfirmedServiceError.TAG, InitiateResponse.TAG, DataNotificationConfirm.TAG, put.RESPONSE}
)


class Apdus:
    """Give `change` each whole APDU in order; at the end `seal` what was ciphered."""

    def __init__(
        self, stands_for: Pseudonyms, keys: Sequence[SecurityMaterial], own: SecurityMaterial | None, secret: bytes
    ) -> None:
        """As `anonymised` has them."""
        self._stands_for = stands_for
        self._sealing = Resealing(stands_for, keys, own, secret)
        self._asked: list[About] = []
        self._blocks: dict[bool, Located] = {True: Located(), False: Located()}  # general ones
        self._pieces: dict[bool, Located] = {True: Located(), False: Located()}  # of one value

    def seal(self) -> None:
        """Everything has been changed: cipher again what was ciphered."""
        self._sealing.seal()

    def change(self, located: Located, *, sent: bool) -> None:
        """One APDU, of the client where it was `sent`. Raises FixtureRefused."""
        octets = bytes(located)
        try:
            self._change(octets, located, sent=sent)
        except FixtureRefused:
            raise
        except HhtError as error:
            raise not_done(error.message) from error

    def _change(self, octets: bytes, located: Located, *, sent: bool) -> None:
        if not octets or octets[0] in _AS_THEY_ARE:
            return
        handler = self._handlers().get(octets[0])
        if octets[0] in Ciphered.TAGS:
            plain = self._sealing.open(octets, located, sent=sent)
            self._change(bytes(plain), Located.of(plain), sent=sent)
        elif handler is None:
            raise not_done(apdu_names().get(octets[0], f"{octets[0]:02X}"))
        else:
            handler(octets, located, sent)

    def _handlers(self) -> dict[int, Callable[[bytes, Located, bool], None]]:
        return {
            Aarq.TAG: self._opening,
            Aare.TAG: self._opening,
            Rlrq.TAG: self._release,
            Rlre.TAG: self._release,
            InitiateRequest.TAG: self._proposal,
            GeneralBlock.TAG: self._general_block,
            get.REQUEST: self._get,
            get.RESPONSE: self._got,
            put.REQUEST: self._set,
            action.REQUEST: self._act,
            action.RESPONSE: self._acted,
            access.AccessRequest.TAG: self._access,
            access.AccessResponse.TAG: self._accessed,
            DataNotification.TAG: self._notified,
            EventNotification.TAG: self._happened,
        }

    # ------------------------------------------------------------------ associations

    def _opening(self, octets: bytes, located: Located, sent: bool) -> None:
        message = parse_apdu(octets)
        assert isinstance(message, Aarq | Aare)
        mechanism = message.mechanism or Mechanism.NONE
        if mechanism is Mechanism.HIGH_ECDSA:
            raise not_done(_("an association that proves itself by signatures: nobody can send the same again"))
        if mechanism not in _DONE:
            raise not_done(_("an association that proves itself by other means than GMAC and SHA-256"))
        title = message.client_title if isinstance(message, Aarq) else message.server_title
        secret = message.authentication or b""
        if isinstance(message, Aarq):
            self._sealing.begin()
        self._sealing.associating(title or b"", secret, mechanism, sent=sent)
        if title:
            _replace(located, octets, title, self._sealing.new_title(title))
        if sent and mechanism is Mechanism.LOW and secret:
            _replace(located, octets, secret, self._stands_for.secret(secret))
        self._inside(octets, located, message.user_information, sent)

    def _release(self, octets: bytes, located: Located, sent: bool) -> None:
        message = parse_apdu(octets)
        assert isinstance(message, Rlrq | Rlre)
        self._inside(octets, located, message.user_information, sent)

    def _inside(self, octets: bytes, located: Located, information: bytes, sent: bool) -> None:
        if information:
            at = octets.rindex(information)
            self._change(information, located.part(at, at + len(information)), sent=sent)

    def _proposal(self, octets: bytes, located: Located, _sent: bool) -> None:
        message = parse_apdu(octets)
        assert isinstance(message, InitiateRequest)
        if message.dedicated_key:
            new = self._stands_for.material(message.dedicated_key)
            self._sealing.dedicated(message.dedicated_key, new)
            _replace(located, octets, message.dedicated_key, new)

    def _general_block(self, octets: bytes, located: Located, sent: bool) -> None:
        block = parse_apdu(octets)
        assert isinstance(block, GeneralBlock)
        if not block.raw:
            return
        before = Located() if block.number == 1 else self._blocks[sent]
        joined = before + located.part(len(octets) - len(block.raw))
        self._blocks[sent] = Located() if block.last else joined
        if block.last:
            self._change(bytes(joined), joined, sent=sent)

    # ------------------------------------------------------------------ services of the client

    def _selected(self, cursor: Cursor, located: Located) -> About:
        attribute = read_attribute(cursor)
        about = About(attribute.class_id, attribute.obis, attribute.attribute)
        if cursor.flag():
            cursor.octet()
            cursor.at += change_value(located.part(cursor.at), About(), self._stands_for)
        return about

    def _method(self, cursor: Cursor) -> About:
        method = read_method(cursor)
        return About(method.class_id, method.obis, method.method, method=True)

    def _get(self, octets: bytes, located: Located, _sent: bool) -> None:
        cursor, kind = Cursor(octets, _HEAD), octets[1]
        if kind == get.GetRequestNormal.KIND:
            self._asked = [self._selected(cursor, located)]
        elif kind == get.GetRequestWithList.KIND:
            self._asked = [self._selected(cursor, located) for _index in range(cursor.count())]

    def _set(self, octets: bytes, located: Located, sent: bool) -> None:
        cursor, kind = Cursor(octets, _HEAD), octets[1]
        if kind in (1, 2):
            self._asked = [self._selected(cursor, located)]
        elif kind in (4, 5):
            self._asked = [self._selected(cursor, located) for _index in range(cursor.count())]
        if kind == 1:
            self._value(located.part(cursor.at), self._about(0))
        elif kind == 4:
            self._values(cursor, located)
        else:
            self._block(cursor, located, sent, listed=len(self._asked) > 1)

    def _act(self, octets: bytes, located: Located, sent: bool) -> None:
        cursor, kind = Cursor(octets, _HEAD), octets[1]
        if kind == 2:
            return
        if kind in (1, 4):
            self._asked = [self._method(cursor)]
        elif kind in (3, 5):
            self._asked = [self._method(cursor) for _index in range(cursor.count())]
        if kind == 1:
            if cursor.flag():
                self._parameters(located.part(cursor.at), sent=sent)
        elif kind == 3:
            self._values(cursor, located)
        else:
            self._block(cursor, located, sent, listed=len(self._asked) > 1)

    def _access(self, octets: bytes, located: Located, _sent: bool) -> None:
        cursor = Cursor(octets, 5)
        self._moment(cursor, located)
        self._asked = [self._specification(cursor, located) for _index in range(cursor.count())]
        self._values(cursor, located)

    def _specification(self, cursor: Cursor, located: Located) -> About:
        kind = cursor.octet()
        if kind == access.ACTION:
            return self._method(cursor)
        attribute = read_attribute(cursor)
        if kind in (access.GET_SELECTED, access.SET_SELECTED):
            cursor.octet()
            cursor.at += change_value(located.part(cursor.at), About(), self._stands_for)
        return About(attribute.class_id, attribute.obis, attribute.attribute)

    # ------------------------------------------------------------------ answers

    def _got(self, octets: bytes, located: Located, sent: bool) -> None:
        cursor, kind = Cursor(octets, _HEAD), octets[1]
        if kind == get.GetResponseNormal.KIND:
            if not cursor.flag():
                self._value(located.part(cursor.at), self._about(0))
        elif kind == get.GetResponseWithList.KIND:
            self._results(cursor, located)
        else:
            last = cursor.flag()
            cursor.u32()
            if not cursor.flag():
                self._piece(cursor, located, sent, last=last, listed=len(self._asked) > 1)

    def _acted(self, octets: bytes, located: Located, sent: bool) -> None:
        cursor, kind = Cursor(octets, _HEAD), octets[1]
        if kind == 1:
            cursor.octet()
            if cursor.flag() and not cursor.flag():
                self._parameters(located.part(cursor.at), sent=sent)
        elif kind == 2:
            self._block(cursor, located, sent, listed=False)
        elif kind == 3:
            raise not_done(_("the outcomes of several methods at once"))

    def _accessed(self, octets: bytes, located: Located, _sent: bool) -> None:
        cursor = Cursor(octets, 5)
        self._moment(cursor, located)
        if cursor.flag():
            for _index in range(cursor.count()):
                self._specification(cursor, located)
        self._values(cursor, located)

    def _notified(self, octets: bytes, located: Located, _sent: bool) -> None:
        cursor = Cursor(octets, 5)
        if octets[5:6] == b"\x09":
            cursor.octet()
        self._moment(cursor, located)
        self._value(located.part(cursor.at), About(7))

    def _happened(self, octets: bytes, located: Located, _sent: bool) -> None:
        cursor = Cursor(octets, 1)
        if cursor.flag():
            self._moment(cursor, located)
        attribute = read_attribute(cursor)
        self._value(located.part(cursor.at), About(attribute.class_id, attribute.obis, attribute.attribute))

    # ------------------------------------------------------------------ values

    def _about(self, index: int) -> About:
        return self._asked[index] if index < len(self._asked) else About()

    def _value(self, located: Located, about: About) -> int:
        return change_value(located, about, self._stands_for)

    def _values(self, cursor: Cursor, located: Located) -> None:
        for index in range(cursor.count()):
            cursor.at += self._value(located.part(cursor.at), self._about(index))

    def _results(self, cursor: Cursor, located: Located) -> None:
        for index in range(cursor.count()):
            if cursor.flag():
                cursor.octet()
            else:
                cursor.at += self._value(located.part(cursor.at), self._about(index))

    def _parameters(self, located: Located, *, sent: bool) -> None:
        """What goes to a method or comes from it; the proofs of an association are made anew."""
        if not self._sealing.proof(located, sent=sent):
            self._value(located, self._about(0))

    def _moment(self, cursor: Cursor, located: Located) -> None:
        """A counted time, which may be empty."""
        size = cursor.count()
        if size:
            from hht.anonymise.values import moved

            located.part(cursor.at, cursor.at + size).write(moved(cursor.take(size), self._stands_for))

    def _block(self, cursor: Cursor, located: Located, sent: bool, *, listed: bool) -> None:
        last = cursor.flag()
        cursor.u32()
        self._piece(cursor, located, sent, last=last, listed=listed)

    def _piece(self, cursor: Cursor, located: Located, sent: bool, *, last: bool, listed: bool) -> None:
        """A piece of a value, which is changed when the last one has come."""
        size = cursor.count()
        joined = self._pieces[sent] + located.part(cursor.at, cursor.at + size)
        self._pieces[sent] = Located() if last else joined
        if not last:
            return
        if not listed:
            self._value(joined, self._about(0))
        elif sent:
            self._values(Cursor(bytes(joined)), joined)
        else:
            self._results(Cursor(bytes(joined)), joined)


def _replace(located: Located, octets: bytes, old: bytes, new: bytes) -> None:
    at = octets.index(old)
    located.part(at, at + len(old)).write(new)
