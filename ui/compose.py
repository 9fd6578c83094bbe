"""The one place where links (by URL), sessions and emulated premises are put together."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any

from hht.client.counters import CounterBook
from hht.client.remarks import OnRemark, Remark, unheard
from hht.clock import Clock
from hht.i18n import _
from hht.link import Link, TraceSink
from hht.link_url import LinkUrl, LinkUrlError, parse_link_url, reaches_desk, reaches_han
from ui.association_options import AssociationOptions, association_from_options, with_entry
from ui.associations import Associations, sign_on_of
from ui.living import LivingPremises
from ui.meter_keys import (
    AssociationError,
    read_password,
)
from ui.replays import Replays
from ui.wired_links import WIRED, OnPort, desk_link, dongle_link

if TYPE_CHECKING:
    from drivers.ble_radio import BridgeTrust
    from hht.client.far_end import FarEnd
    from hht.client.meter_session import Association, MeterSession
    from hht.client.notices import Notice
    from hht.client.plain_text_session import PlainTextSession
    from hht.client.radio.dongle import Dongle
    from hht.client.recorded_answers import Answer
    from hht.protocol.iec62056_21.programming import Password
    from ui.known_ports import Opened
    from ui.recordings import Recording

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
        bridges: BridgeTrust | None = None,
    ) -> None:
        """`random_bytes`: all that is drawn by chance in what it composes, so that a session can be played again;
        `counters` keeps how far each key was used at meters that outlive this process; None: only in memory.
        `on_notice` is told what a meter says unasked, `on_remark` and `on_stopping` as in `MeterSession`, `on_note`
        what the person should know of a replay, `on_port` (in a thread) which serial adapter was opened.
        `bridges`: which BLE bridges are used; None: as the usual data folder says."""
        self._on_notice, self._on_remark, self._on_stopping = on_notice, on_remark, on_stopping
        self._on_note, self._on_port, self._bridges = on_note, on_port, bridges
        self._proofs: dict[str, str] = {}
        self._clock = clock
        self._training = training
        self.random_bytes = random_bytes
        self.living = LivingPremises(clock)
        self.replays = Replays()
        self._associations = Associations(self.replays, counters, training=training)

    def link(self, text: str, sink: TraceSink | None) -> Link:
        """The link that `text` names, not opened. Raises LinkUrlError or another HhtError with a remedy."""
        url = parse_link_url(text)
        _refuse_dongle(url)
        if url.scheme in WIRED:
            return WIRED[url.scheme](url, sink, self._clock, self._opened_port, self._trusted(text))
        makers: dict[str, Callable[[LinkUrl, TraceSink | None], Link]] = {
            "emulated": self._emulated,
            "recorded": self._recorded,
        }
        return makers[url.scheme](url, sink)

    def proof(self, text: str) -> str:
        """What the bridge of the link `text` proved when it was opened last, in a few words; "" for what is none."""
        return self._proofs.get(f"ble:{parse_link_url(text).target}", "")

    def _opened_port(self, port: Opened) -> None:
        self._proofs[port.url] = getattr(port, "proof", "")  # of a serial adapter there is none
        if self._on_port is not None:
            self._on_port(port)

    def _trusted(self, text: str) -> BridgeTrust | None:
        """Which bridges are used; only where the link leads to one."""
        if "ble:" in text and self._bridges is None:
            from ui.bridge_trust import known_bridges_of
            from ui.stores import data_folder

            self._bridges = known_bridges_of(data_folder(None), self._clock, training=self._training)
        return self._bridges

    def meter(
        self, text: str, options: AssociationOptions, sink: TraceSink | None, on_remark: OnRemark = unheard
    ) -> MeterSession:
        """A session with the meter at the link `text`, not opened; `on_remark` is told beside this composer's own.
        Raises AssociationError for a link that is to be read in plain text (``?mode=c``): such a meter has no
        association."""
        _refuse_plain_text(parse_link_url(text))
        return self._session(text, self.association(parse_link_url(text), options), sink, on_remark)

    def _session(
        self, text: str, association: Association, sink: TraceSink | None, on_remark: OnRemark = unheard
    ) -> MeterSession:
        from hht.client.meter_session import MeterSession

        url = parse_link_url(text)
        recording, replay = self.replays.recording(url), self.replays.begin(url)
        random_bytes, answers = self.random_bytes, None
        if recording is not None and replay is not None and recording.opening is not None:
            random_bytes = replay.random_bytes(random_bytes)
            if "strict" not in url.options:
                answers = partial(self._answers_of, recording, association)

        def told(remark: Remark) -> None:
            self._on_remark(remark)
            on_remark(remark)

        far_end = self._far_end(url, recording)
        asked = {} if far_end.work is None else {"device_asked": far_end.work.value}
        return MeterSession(
            self._dial(text, {**association.facts(), **asked}, sink),
            association,
            clock=self.living.time_at(url) if url.scheme == "emulated" else self._clock,
            random_bytes=random_bytes,
            on_notice=self._on_notice,
            on_remark=told,
            on_stopping=self._on_stopping,
            recording=answers,
            far_end=far_end,
        )

    def _far_end(self, url: LinkUrl, recording: Recording | None = None) -> FarEnd:
        """Who may be at the other end: nobody is asked where all is emulated, and of a recording as was asked then."""
        from hht.client.far_end import ANYBODY, FarEnd, Work

        if recording is not None:
            asked = recording.header.get("device_asked")
            return ANYBODY if asked is None else FarEnd(Work(asked), str(url), refuses=False)
        if url.scheme == "emulated":
            return ANYBODY
        return FarEnd(Work.TRAINING if self._training else Work.LIVE, str(url))

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
            sign_on = sign_on_of(url, recording.header if recording is not None else None)
            facts = {"replays": True, "opening": "iec", "mode": wanted, **asdict(sign_on)}
            far_end = self._far_end(url, recording)
            plain = PlainTextSession(
                self._dial(text, facts, sink), sign_on, mode=mode, far_end=far_end, **self._hearing
            )
            await plain.open()
            return plain
        association = self.association(url, options)
        meter = self._session(text, association, sink)
        if wanted == "auto" and association.opening == "iec":
            dial = self._dial(text, association.facts(), sink)
            far_end = self._far_end(url, recording)
            plain = PlainTextSession(dial, association.sign_on, far_end=far_end, **self._hearing)
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
        return Dongle(lambda: self._dongle_link(url, sink), far_end=self._far_end(url))

    def clock_at(self, text: str) -> Clock:
        """The time where the link `text` leads: an emulated premises has its own."""
        with contextlib.suppress(LinkUrlError):
            url = parse_link_url(text)
            if url.scheme == "emulated":
                return self.living.time_at(url)
        return self._clock

    def _dongle_link(self, url: LinkUrl, sink: TraceSink | None) -> Link:
        if url.scheme == "dongle":
            return dongle_link(url, sink, self._clock, self._trusted(str(url)))
        from drivers.in_process import InProcessLink

        port = self.living.dongle(url)
        return InProcessLink(port, name=str(url), clock=self._clock, sink=sink, line_control=False)

    def desk(self, text: str, home: str = "") -> Link:
        """The way to the desk at the link `text`, not open. An emulated one is that of the premises at the link `home`,
        unless `text` names another. Nothing of it is traced: asks may hold install codes.

        Raises LinkUrlError where there is no desk at such a link, or none that is reached by a line.
        """
        url = parse_link_url(text)
        if not reaches_desk(url) or not url.target.startswith(("emulated", "tcp://")):
            raise LinkUrlError(
                _("At the link “{text}” is no desk that could be spoken to.").format(text=text),
                remedy=_("Name one: desk:emulated or desk:tcp://host:port. A folder takes part by hht desk export."),
                code="link-not-a-desk",
            )
        if url.target != "emulated":
            return desk_link(url, None, self._clock)
        from drivers.in_process import InProcessLink

        port = self.living.desk(url, home)
        return InProcessLink(port, name=str(url), clock=self._clock, line_control=False)

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
        """As `Associations.of`."""
        return self._associations.of(url, options)


def _refuse_dongle(url: LinkUrl) -> None:
    if reaches_desk(url):
        raise LinkUrlError(
            _("At the link “{text}” is the supplier's desk, and no meter's port.").format(text=url),
            remedy=_("Name a meter's port, for example optical:/dev/ttyUSB0; a desk is asked by hht desk ask."),
            code="link-not-a-meter",
        )
    if reaches_han(url):
        raise LinkUrlError(
            _("At the link “{text}” is a radio dongle, and no meter's port.").format(text=url),
            remedy=_("Name a meter's port, for example optical:/dev/ttyUSB0; what a dongle hears shows hht survey."),
            code="link-not-a-meter",
        )
    if "kind" in url.options:
        from ui.plugin_devices import only_a_plug_in_knows

        raise only_a_plug_in_knows(url)


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
