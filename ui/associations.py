"""How to associate with the meter at a link: what was said, what a recording did, what training keys are for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from hht.client.counters import CounterBook, CountersInMemory
from hht.i18n import _
from hht.link_url import LinkUrl
from ui.association_options import AssociationOptions, with_entry
from ui.meter_keys import (
    WITH_KEYS,
    WITH_PASSWORD,
    AssociationError,
    default_sap,
    is_secret,
    parse_entry,
    read_keys,
    read_password,
    read_secret,
)
from ui.replays import Replays

if TYPE_CHECKING:
    from hht.client.meter_session import Association
    from hht.client.sign_on import Opening
    from ui.recordings import Recording

GENERAL_BLOCKS = 8  # blocks in one stream, where a link's URL asks for general blocks


class Associations:
    """Makes the `Association` for a link. `replays` knows the recordings, `counters` is as in `Composer`."""

    def __init__(self, replays: Replays, counters: CounterBook | None, *, training: bool) -> None:
        self._replays, self._counters, self._training = replays, counters, training
        self._in_memory = CountersInMemory()

    def of(self, url: LinkUrl, options: AssociationOptions) -> Association:
        """How to associate over `url`: what was said, else as a recording did, else training keys where they may be,
        else without security."""
        from hht.client.meter_session import Association

        recording = self._replays.recording(url)
        if recording is not None and recording.opening is not None:
            return _as_recorded(url, options, recording)
        if options.keys_file:
            options = with_entry(options, parse_entry(read_secret(options.keys_file), options.suite))
        training = options.training or url.scheme == "emulated"
        security = options.security or _default_security(url, options, training)
        keys = _keys(options, security, training)
        password = _password(options, security, training)
        suite = keys["suite"] if keys else 0
        sap = default_sap(security, suite) if options.client is None else options.client
        return Association(
            client_sap=_in_range(sap, "client", 127),
            **_server(options),
            opening=_opening(url),
            sign_on=sign_on_of(url),
            baud=int(url.option("baud", "9600")),
            security=security,
            password=password,
            keys=keys,
            secret=self._training and is_secret(password, keys),
            suite=suite,
            protection=options.protection,
            envelope=options.envelope,
            signed=options.signed,
            window=_window(url),
            counters=self._counters if self._counters and url.scheme != "emulated" else self._in_memory,
            # Training meters start anew, because their keys are everybody's; one that may not is held to it.
            remembers=not (training or self._training) or url.option("counters", "") == "strict",
            accept_reset=options.accept_counter_reset,
        )


def _window(url: LinkUrl) -> int:
    return GENERAL_BLOCKS if url.option("blocks", "own") == "general" else 0


def _keys(options: AssociationOptions, security: str, training: bool) -> dict[str, Any] | None:
    if security not in WITH_KEYS:
        return None
    return read_keys(options.keys_file, security, options.suite, training=training, kept=options.kept)


def _password(options: AssociationOptions, security: str, training: bool) -> bytes:
    if security not in WITH_PASSWORD:
        return b""
    return read_password(options.password_file, security, training=training, kept=options.kept)


def _as_recorded(url: LinkUrl, options: AssociationOptions, recording: Recording) -> Association:
    """The association of the recording, where nothing else was said: the bytes sent must be the same."""
    from hht.client.association import MAX_PDU, SECURITY, Association
    from hht.protocol.cosem.codes import FIRST_LIGHT, Conformance
    from ui.recordings import SameCounters, take_from_recording

    recorded, header = recording.opening, recording.header
    assert recorded is not None
    training = options.training or bool(header.get("training"))  # it says so of itself: its keys are everybody's
    names = {mechanism: name for name, mechanism in SECURITY.items()}
    security = options.security or (names.get(recorded.mechanism, "none") if recorded.mechanism else "none")
    if security == "low" and not options.password_file and options.kept is None:
        password = recorded.authentication
    else:
        password = _password(options, security, training)
    suite = options.suite if options.suite is not None else header.get("suite")
    keys = _keys(replace(options, suite=suite), security, training)
    if keys is not None:
        take_from_recording(keys, recorded, SECURITY[security], strict=url.option("strict", "yes") == "yes")
    client = options.client if options.client is not None else recorded.client_sap
    server = options.server if options.server is not None else recorded.server
    physical = options.physical if options.physical is not None else recorded.physical
    address_bytes = options.address_bytes if options.address_bytes is not None else recorded.address_size
    return Association(
        client_sap=_in_range(client if client is not None else 16, "client", 127),
        **_server(replace(options, server=server, physical=physical, address_bytes=address_bytes)),
        opening=_opening(url) if "opening" in url.options else recorded.opening,
        sign_on=sign_on_of(url, header),
        security=security,
        password=password,
        keys=keys,
        proposed=recorded.parameters,
        suite=keys["suite"] if keys else 0,
        protection=header.get("protection", options.protection),
        envelope=header.get("envelope", options.envelope),
        signed=options.signed,
        max_pdu=header.get("max_pdu", MAX_PDU),
        window=_window(url) if "blocks" in url.options else header.get("window", 0),
        conformance=Conformance(int(header["conformance"], 16)) if "conformance" in header else FIRST_LIGHT,
        counters=SameCounters(recording.events),
    )


def _opening(url: LinkUrl) -> str:
    """ "iec" (sign-on, then HDLC), "hdlc" at once, or "wrapper"."""
    if url.scheme == "tcp":
        return url.option("framing", "hdlc")
    default = "direct" if url.scheme == "recorded" else "iec"  # a recording without bytes: nothing to go by
    return {"iec": "iec", "direct": "hdlc", "wrapper": "wrapper"}[url.option("opening", default)]


def sign_on_of(url: LinkUrl, header: Mapping[str, Any] | None = None) -> Opening:
    """The sign-on that the URL asks for, else that of a recording's header; ``baud`` is then the fastest speed to
    agree on."""
    from hht.client.sign_on import FASTEST, Opening

    said = header or {}
    return Opening(
        address=url.option("address", said.get("address", "")),
        fastest=int(url.option("baud", str(said.get("fastest", FASTEST)))),
        wake=url.option("wake", "on" if said.get("wake") else "off") == "on",
    )


def _default_security(url: LinkUrl, options: AssociationOptions, training: bool) -> str:
    if options.password_file:
        return "low"
    return "gmac" if training and url.scheme != "recorded" else "none"


def _server(options: AssociationOptions) -> dict[str, Any]:
    """The server's address, as `Association` takes it. Raises FrameError where HDLC has no such address."""
    from hht.protocol.hdlc.frame import server_address

    server = _in_range(options.server if options.server is not None else 1, "server", 16383)
    server_address(server, options.physical, options.address_bytes).check_answers()
    return {"server": server, "physical": options.physical, "address_size": options.address_bytes}


def _in_range(value: int, what: str, most: int) -> int:
    if not 1 <= value <= most:
        raise AssociationError(
            _("{value} is no {what} address.").format(value=value, what=what),
            remedy=_("Use 1 to {most}.").format(most=most),
        )
    return value
