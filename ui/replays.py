"""`recorded:FILE` as a link: a conversation that was opened several times in a row is replayed opening by opening."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from hht.client.remarks import OnRemark, Remark, unheard
from hht.clock import Clock
from hht.i18n import _
from hht.link import TraceEvent, TraceSink
from hht.link_url import LinkUrl
from ui.recordings import Recording, read_recording
from ui.trace_masking import masked_events

if TYPE_CHECKING:
    from drivers.recorded import RecordedLink


class Replay:
    """Makes the links of one session: each takes up the next opening of the recording, where the one before has been
    replayed to its end; else, and after the last, it begins anew."""

    def __init__(self, recording: Recording) -> None:
        from drivers.recorded import openings

        self._openings: Sequence[Sequence[TraceEvent]] = openings(recording.events) or (recording.events,)
        self._at = 0
        self._link: RecordedLink | None = None
        self._has_differed = False

    def link(self, url: LinkUrl, clock: Clock, sink: TraceSink | None, on_remark: OnRemark = unheard) -> RecordedLink:
        """The link `url`, not opened. `on_remark` is told, once, where a lenient replay begins to differ."""
        from drivers.recorded import RecordedLink

        if self._link is not None:
            ended = self._link.tx_left == 0 and self._at + 1 < len(self._openings)
            self._at = self._at + 1 if ended else 0
        self._link = RecordedLink(
            self._openings[self._at],
            clock=clock,
            sink=sink,
            strict=url.option("strict", "yes") == "yes",
            pace=url.option("pace", "fast"),
            masked=masked_events,
            on_difference=partial(self._told_once, on_remark),
        )
        return self._link

    def _told_once(self, on_remark: OnRemark, offset: int) -> None:
        if not self._has_differed:
            self._has_differed = True
            text = _(
                "From byte {offset} on this is not what was recorded: what is shown answers what was asked then, and "
                "not what is asked now."
            )
            on_remark(Remark("recording-differs", text.format(offset=offset)))

    @property
    def current(self) -> RecordedLink | None:
        """The link that was made last."""
        return self._link

    def random_bytes(self, otherwise: Callable[[int], bytes]) -> Callable[[int], bytes]:
        """The challenge of the opening that is replayed: the meter's answer proves itself for that and no other."""

        def drawn(count: int) -> bytes:
            from hht.client.recorded_opening import recorded_opening

            opening = recorded_opening(self._openings[self._at])
            return (otherwise if opening is None else opening.random_bytes(otherwise))(count)

        return drawn


class Replays:
    """The recordings that this process replays, each read once."""

    def __init__(self) -> None:
        self._recordings: dict[str, Recording] = {}
        self._under_way: dict[str, Replay] = {}

    def recording(self, url: LinkUrl) -> Recording | None:
        """The recording that `url` names; None for another link. Raises TraceFileError, RecordingRefused."""
        if url.scheme != "recorded":
            return None
        if url.target not in self._recordings:
            self._recordings[url.target] = read_recording(Path(url.target))
        return self._recordings[url.target]

    def put(self, name: str, recording: Recording) -> None:
        """From here on ``recorded:NAME`` is `recording`, which no file holds."""
        self._recordings[name] = recording

    def left(self, name: str) -> tuple[int, int]:
        """Of the replay of ``recorded:NAME``: octets that were recorded and not sent yet, and differences so far."""
        replay = self._under_way.get(name)
        return (
            (0, 0) if replay is None or replay.current is None else (replay.current.tx_left, replay.current.mismatches)
        )

    def begin(self, url: LinkUrl) -> Replay | None:
        """A session at `url` begins, and with it the recording; None for another link."""
        recording = self.recording(url)
        if recording is None:
            return None
        self._under_way[url.target] = Replay(recording)
        return self._under_way[url.target]

    def link(self, url: LinkUrl, clock: Clock, sink: TraceSink | None, on_remark: OnRemark = unheard) -> RecordedLink:
        """The link `url`, not opened. `on_remark` is told, once, where a lenient replay begins to differ."""
        replay = self._under_way.get(url.target) or self.begin(url)
        assert replay is not None
        return replay.link(url, clock, sink, on_remark)
