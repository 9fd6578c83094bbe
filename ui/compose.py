"""The one place where links (by URL), sessions and emulated premises are put together."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from hht.client.counters import CounterBook, CountersInMemory
from hht.client.remarks import OnRemark, Remark, unheard
from hht.clock import Clock
from hht.i18n import _
from hht.link import Link, TraceSink
from hht.link_url import LinkUrl, LinkUrlError, parse_link_url, reaches_han
from ui.association_options import AssociationOptions, association_from_options, with_entry
from ui.living import LivingPremises
from ui.meter_keys import (
    WITH_KEYS,
    WITH_PASSWORD,
    AssociationError,
    default_sap,
    parse_entry,
    read_keys,
    read_password,
    read_secret,
)
from ui.replays import Replays
from ui.wired_links import WIRED, OnPort, dongle_link

if TYPE_CHECKING:
    from hht.client.meter_session import Association, MeterSession
    from hht.client.notices import Notice
    from hht.client.plain_text_session import PlainTextSession
    from hht.client.radio.dongle import Dongle
    from hht.client.recorded_answers import Answer
    from hht.client.sign_on import Opening
    from hht.protocol.iec62056_21.programming import Password
    from ui.recordings import Recording

GENERAL_BLOCKS = 8  # blocks in one stream, where a link's URL asks for general blocks
PLAIN_MODES = ("a", "b", "c", "d")


class Composer:
    """Makes links and sessions. Holds this process's emulated premises, so that a meter remembers between links."""

    def __init__(
        self,
        clock: Clock,
        *,
        training: bool,
        random_bytes: Callable[[int], bytes] = secrets.token_bytes,
        counters: CounterBook | None = None,
        on_notice: Callable[[Notice], None] | None = None,
        on_stopping: Callable[[float], None] | None = None,
        on_note: Callable[[str], None] | None = None,
        on_remark: OnRemark = unheard,
        on_port: OnPort | None = None,
    ) -> None:
        """`counters` keeps how far each key was used at meters that outlive this process; None: only in memory.
        `on_notice` is told what a meter says unasked, `on_remark` and `on_stopping` as in `MeterSession`, `on_note`
        what the person should know of a replay, `on_port` (in a thread) which serial adapter was opened."""
        self._on_notice, self._on_remark, self._on_stopping = on_notice, on_remark, on_stopping
        self._on_note, self._on_port = on_note, on_port
        self._clock = clock
        self._counters = counters
        self._in_memory = CountersInMemory()
        self._training = training
        self._random_bytes = random_bytes
        self.living = LivingPremises(clock)
        self.replays = Replays()

    def link(self, text: str, sink: TraceSink | None) -> Link:
        """The link that `text` names, not opened. Raises LinkUrlError or another HhtError with a remedy."""
        url = parse_link_url(text)
        _refuse_dongle(url)
        if url.scheme in WIRED:
            return WIRED[url.scheme](url, sink, self._clock, self._on_port)
        makers: dict[str, Callable[[LinkUrl, TraceSink | None], Link]] = {
            "emulated": self._emulated,
            "recorded": self._recorded,
        }
        return makers[url.scheme](url, sink)

    def meter(
        self, text: str, options: AssociationOptions, sink: TraceSink | None, on_remark: OnRemark = unheard
    ) -> MeterSession:
        """A session with the meter at the link `text`, not opened; `on_remark` is told beside this composer's own.
        Raises AssociationError for a link that is to be
        read in plain text (``?mode=c``): such a meter has no association."""
        _refuse_plain_text(parse_link_url(text))
        return self._session(text, self.association(parse_link_url(text), options), sink, on_remark)

    def _session(
        self, text: str, association: Association, sink: TraceSink | None, on_remark: OnRemark = unheard
    ) -> MeterSession:
        from hht.client.meter_session import MeterSession

        url = parse_link_url(text)
        recording, replay = self.replays.recording(url), self.replays.begin(url)
        random_bytes, answers = self._random_bytes, None
        if recording is not None and replay is not None and recording.opening is not None:
            random_bytes = replay.random_bytes(random_bytes)
            if "strict" not in url.options:
                answers = partial(self._answers_of, recording, association)

        def told(remark: Remark) -> None:
            self._on_remark(remark)
            on_remark(remark)

        return MeterSession(
            self._dial(text, association.facts(), sink),
            association,
            clock=self.living.time_at(url) if url.scheme == "emulated" else self._clock,
            random_bytes=random_bytes,
            on_notice=self._on_notice,
            on_remark=told,
            on_stopping=self._on_stopping,
            recording=answers,
        )

    def _answers_of(self, recording: Recording, association: Association) -> Mapping[bytes, Answer]:
        from hht.client.association import security_material
        from hht.client.recorded_answers import recorded_answers

        if self._on_note is not None:
            self._on_note(
                _("Something else was asked when this was recorded: from here on the latest answer to what is asked.")
            )
        keys = () if association.keys is None else (security_material(association.keys, association.suite),)
        return recorded_answers(recording.events, keys)

    def _dial(self, text: str, facts: Mapping[str, object], sink: TraceSink | None) -> Callable[[], Link]:
        """Makes the link `text`, and has its trace begin with how the conversation is opened."""

        def dial() -> Link:
            link = self.link(text, sink)
            if sink is not None:
                from hht.store.trace_export import header_event

                told = {"training": self._training, "masked": False, **facts}
                sink(header_event(self._clock.now(), self._clock.monotonic(), link.name, told))
            return link

        return dial

    async def either(
        self, text: str, options: AssociationOptions, sink: TraceSink | None
    ) -> MeterSession | PlainTextSession:
        """The meter at the link `text`, open: associated in COSEM, or signed on in plain text where the URL or the
        meter's identification says so."""
        from hht.client.opening import open_either
        from hht.client.plain_text_session import PlainTextSession
        from hht.protocol.iec62056_21 import ProtocolMode

        url = parse_link_url(text)
        recording = self.replays.recording(url)
        # A meter of mode D cannot be asked what it is: in process it is known, and of a recording.
        known = recording.header.get("mode", "auto") if recording is not None else "auto"
        wanted = url.option("mode", "d" if url.option("offers", "") == "d" else known)
        mode = ProtocolMode(wanted.upper()) if wanted in PLAIN_MODES else None
        if mode is not None:
            sign_on = _sign_on(url, recording.header if recording is not None else None)
            facts = {"replays": True, "opening": "iec", "mode": wanted, **asdict(sign_on)}
            plain = PlainTextSession(self._dial(text, facts, sink), sign_on, mode=mode, **self._hearing)
            await plain.open()
            return plain
        association = self.association(url, options)
        meter = self._session(text, association, sink)
        if wanted == "auto" and association.opening == "iec":
            dial = self._dial(text, association.facts(), sink)
            plain = PlainTextSession(dial, association.sign_on, **self._hearing)
            return await open_either(dial, meter, plain, association.sign_on)
        await meter.open()
        return meter

    @property
    def _hearing(self) -> dict[str, Any]:
        """What a plain-text session is given of the terminal."""
        return {"on_remark": self._on_remark, "on_stopping": self._on_stopping, "clock": self._clock}

    def dongle(self, text: str, sink: TraceSink | None = None) -> Dongle:
        """The radio dongle at the link `text`, not open. Raises LinkUrlError where there is none at such a link."""
        from hht.client.radio.dongle import Dongle

        url = parse_link_url(text)
        if not reaches_han(url):
            raise LinkUrlError(
                _("At the link “{text}” is a meter's port, and no radio dongle.").format(text=text),
                remedy=_("Name a dongle: dongle:/dev/ttyACM0, dongle:tcp://host:port, or emulated:NAME?via=han."),
                code="link-not-a-dongle",
            )
        return Dongle(lambda: self._dongle_link(url, sink))

    def _dongle_link(self, url: LinkUrl, sink: TraceSink | None) -> Link:
        if url.scheme == "dongle":
            return dongle_link(url, sink, self._clock)
        from drivers.in_process import InProcessLink

        port = self.living.dongle(url)
        return InProcessLink(port, name=str(url), clock=self._clock, sink=sink, line_control=False)

    async def close(self) -> None:
        """Stop the emulated premises."""
        await self.living.close()

    # ------------------------------------------------------------------ links

    def _recorded(self, url: LinkUrl, sink: TraceSink | None) -> Link:
        return self.replays.link(url, self._clock, sink, self._on_remark)

    def _emulated(self, url: LinkUrl, sink: TraceSink | None) -> Link:
        from drivers.in_process import InProcessLink

        port, faults = self.living.port(url), self.living.premises(url).faults
        return InProcessLink(port, name=str(url), clock=self._clock, sink=sink, faulty=lambda: bool(faults.active()))

    # ------------------------------------------------------------------ associations

    def association(self, url: LinkUrl, options: AssociationOptions) -> Association:
        """How to associate over `url`: what was said, else as a recording did, else training keys where they may be,
        else without security."""
        from hht.client.meter_session import Association

        recording = self.replays.recording(url)
        if recording is not None and recording.opening is not None:
            return _as_recorded(url, options, recording)
        if options.keys_file:
            options = with_entry(options, parse_entry(read_secret(options.keys_file), options.suite))
        training = options.training or url.scheme == "emulated"
        security = options.security or _default_security(url, options, training)
        keys = _keys(options, security, training)
        suite = keys["suite"] if keys else 0
        sap = default_sap(security, suite) if options.client is None else options.client
        return Association(
            client_sap=_in_range(sap, "client", 127),
            **_server(options),
            opening=_opening(url),
            sign_on=_sign_on(url),
            baud=int(url.option("baud", "9600")),
            security=security,
            password=_password(options, security, training),
            keys=keys,
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


def _refuse_dongle(url: LinkUrl) -> None:
    if reaches_han(url):
        raise LinkUrlError(
            _("At the link “{text}” is a radio dongle, and no meter's port.").format(text=url),
            remedy=_("Name a meter's port, for example optical:/dev/ttyUSB0; what a dongle hears shows hht survey."),
            code="link-not-a-meter",
        )


def _refuse_plain_text(url: LinkUrl) -> None:
    if (mode := url.option("mode", "auto")) in PLAIN_MODES:
        raise AssociationError(
            _("The link asks for plain text (mode {mode}), and a meter in plain text has no COSEM objects.").format(
                mode=mode.upper()
            ),
            remedy=_(
                "See what its readout has: hht read {link} objects. If it speaks COSEM too, leave mode={mode} out."
            ).format(link=url, mode=mode),
            code="plain-text-only",
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
        sign_on=_sign_on(url, header),
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


def _sign_on(url: LinkUrl, header: Mapping[str, Any] | None = None) -> Opening:
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


def plain_text_password(options: AssociationOptions, url: LinkUrl) -> Password | None:
    """The password of programming mode: what was given, the training one where low security is asked for, else None."""
    from hht.protocol.iec62056_21.programming import Password

    if options.password_file is None and options.security != "low" and "password" not in (options.kept or {}):
        return None
    training = options.training or url.scheme == "emulated"
    return Password(read_password(options.password_file, "low", training=training, kept=options.kept).decode())


__all__ = [
    "AssociationOptions",
    "Composer",
    "LinkUrlError",
    "association_from_options",
    "plain_text_password",
    "with_entry",
]
