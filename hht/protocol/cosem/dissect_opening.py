"""AARQ, AARE, RLRQ, RLRE and the initiate services as trees. Passwords, challenges and keys are masked."""

from __future__ import annotations

from collections.abc import Callable

from hht.i18n import _
from hht.protocol.cosem.codes import (
    ApplicationContext,
    AssociationResult,
    Conformance,
    Mechanism,
    OpenEnum,
    ServiceError,
    StateError,
    UserDiagnostic,
)
from hht.protocol.cosem.walk import Walk, as_number, in_hex, masked, masked_challenge, words

Inside = Callable[[Walk], None]


def _last_arc(kind: type[OpenEnum]) -> Callable[[bytes], str]:
    return lambda octets: f"{in_hex(octets)} = {kind(octets[-1]).name}" if octets else ""


def _title(octets: bytes) -> str:
    text = octets.decode("ascii", "replace") if octets.isascii() and octets.decode("ascii").isprintable() else ""
    return f"{octets.hex().upper()} “{text}”" if text else octets.hex().upper()


def _wrapped(label: str, show: Callable[[bytes], str]) -> Inside:
    def inside(walk: Walk) -> None:
        walk.octet(_("kind"), lambda octet: f"{octet:02X}")
        walk.counted(label, show)

    return inside


def _bare(label: str, show: Callable[[bytes], str]) -> Inside:
    return lambda walk: void(walk.take(label, walk.left, show))


def void(_octets: object) -> None:
    """Nothing more to do with what was taken."""


def _diagnostic(walk: Walk) -> None:
    walk.octet(_("source"), lambda octet: _("service user") if octet == 0xA1 else _("service provider"))
    with walk.within(walk.checked_length()):
        _wrapped(_("reason"), lambda o: words(UserDiagnostic)(o[-1]) if o else "")(walk)


def _number(kind: type[OpenEnum]) -> Callable[[bytes], str]:
    return lambda octets: words(kind)(octets[-1]) if octets else ""


def _information(nested: Inside) -> Inside:
    def inside(walk: Walk) -> None:
        walk.octet(_("kind"), lambda octet: f"{octet:02X}")
        with walk.within(walk.checked_length()):
            nested(walk)

    return inside


def _fields(walk: Walk, known: dict[int, tuple[str, Inside]]) -> None:
    with walk.within(walk.checked_length()):
        while walk.left:
            label, inside = known.get(walk.peek(), (_("field"), _bare(_("contents"), masked)))
            with walk.group(label):
                walk.octet(_("field"), lambda octet: f"{octet:02X}")
                with walk.within(walk.checked_length()):
                    inside(walk)


def _mechanism(noted: list[int]) -> Callable[[bytes], str]:
    def show(octets: bytes) -> str:
        noted.extend(octets[-1:])
        return _last_arc(Mechanism)(octets)

    return show


def aarq(walk: Walk, nested: Inside) -> None:
    """After the tag. `nested` dissects the user information. Raises MalformedValue."""
    mechanism: list[int] = []

    def authentication(inner: Walk) -> None:
        """A challenge is no secret; a password is, and so is what nobody said the meaning of."""
        challenge = mechanism and mechanism[-1] > Mechanism.LOW
        _wrapped(_("value"), masked_challenge if challenge else masked)(inner)

    _fields(
        walk,
        {
            0xA1: (_("application context"), _wrapped(_("name"), _last_arc(ApplicationContext))),
            0xA6: (_("client's system title"), _wrapped(_("title"), _title)),
            0xA7: (_("calling AE qualifier"), _wrapped(_("qualifier"), in_hex)),
            0x8A: (_("authentication is used"), _bare(_("requirements"), in_hex)),
            0x8B: (_("authentication mechanism"), _bare(_("name"), _mechanism(mechanism))),
            0xAC: (_("password or challenge"), authentication),
            0xBE: (_("user information"), _information(nested)),
        },
    )


def aare(walk: Walk, nested: Inside) -> None:
    """After the tag. Raises MalformedValue."""
    _fields(
        walk,
        {
            0xA1: (_("application context"), _wrapped(_("name"), _last_arc(ApplicationContext))),
            0xA2: (_("result"), _wrapped(_("result"), _number(AssociationResult))),
            0xA3: (_("diagnostic"), _diagnostic),
            0xA4: (_("meter's system title"), _wrapped(_("title"), _title)),
            0xA5: (_("responding AE qualifier"), _wrapped(_("qualifier"), in_hex)),
            0x88: (_("authentication is used"), _bare(_("requirements"), in_hex)),
            0x89: (_("authentication mechanism"), _bare(_("name"), _last_arc(Mechanism))),
            0xAA: (_("challenge"), _wrapped(_("value"), masked_challenge)),
            0xBE: (_("user information"), _information(nested)),
        },
    )


def release(walk: Walk, nested: Inside) -> None:
    """RLRQ or RLRE after the tag. Raises MalformedValue."""
    _fields(
        walk,
        {
            0x80: (_("reason"), _bare(_("reason"), as_number)),
            0xBE: (_("user information"), _information(nested)),
        },
    )


def _present(octet: int) -> str:
    return _("present") if octet else _("absent")


def _conformance_words(octets: bytes) -> str:
    block = Conformance(int.from_bytes(octets, "big"))
    names = [str(flag.name).lower().replace("_", "-") for flag in Conformance if flag and flag in block]
    return f"{octets.hex().upper()}: {', '.join(reversed(names))}"


def _negotiated(walk: Walk) -> None:
    walk.octet(_("DLMS version"))
    with walk.group(_("conformance")):
        walk.octet(_("tag"), lambda octet: f"{octet:02X}")
        if walk.peek() == 0x1F:
            walk.octet(_("tag, continued"), lambda octet: f"{octet:02X}")
        with walk.within(walk.checked_length()):
            walk.octet(_("unused bits"))
            walk.take(_("services"), walk.left, _conformance_words)
    walk.take(_("longest message taken"), 2, as_number)


def initiate_request(walk: Walk) -> None:
    """After the tag. Raises MalformedValue."""
    if walk.octet(_("dedicated key"), _present):
        walk.counted(_("key"), masked)
    if walk.octet(_("response allowed"), _present):
        walk.octet(_("allowed"))
    if walk.octet(_("quality of service"), _present):
        walk.octet(_("quality"))
    _negotiated(walk)


def initiate_response(walk: Walk) -> None:
    """After the tag. Raises MalformedValue."""
    if walk.octet(_("quality of service"), _present):
        walk.octet(_("quality"))
    _negotiated(walk)
    walk.take(_("VAA name"), 2, in_hex)


def service_error(walk: Walk) -> None:
    """ConfirmedServiceError after the tag."""
    walk.octet(_("service"))
    walk.octet(_("kind of error"))
    walk.octet(_("error"))


def exception(walk: Walk) -> None:
    """ExceptionResponse after the tag."""
    walk.octet(_("state"), words(StateError))
    error = walk.octet(_("service"), words(ServiceError))
    if error == ServiceError.INVOCATION_COUNTER_ERROR and walk.left:
        walk.take(_("invocation counter"), 4, as_number)
