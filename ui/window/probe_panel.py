"""What the probe sees while a connection is tried, live: the picture of what to do, the word, the sentence."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from hht.client.probe_sense import Sight
from hht.link_remedies import Way, way_of
from ui.probe_words import BY_CODE, sight_words
from ui.window.parts import LOW
from ui.window.probe_picture import HIGH, WIDE, ProbePicture
from ui.window.widgets import Text, set_property

_SMALL, _SMALLEST, _TIGHTEST = 0.72, 0.55, 0.4  # of its size, where the window is low
_TONES = {Sight.TALKING: "good", Sight.GONE: "bad"}
_TELLS = frozenset(sight for sight in Sight if sight.is_trouble) | {Sight.ASKING, Sight.TALKING}


class ProbePanel(QFrame):
    """Hidden while there is nothing to tell."""

    def __init__(self, *, tight: bool = False) -> None:
        """`tight`: in a low window it makes do with two lines."""
        super().__init__()
        self._tight = tight
        self.setProperty("role", "box")
        self.picture = ProbePicture()
        self._word = Text("", "head", wrap=False)
        self._told = Text("", "strong")
        self._todo = Text("")
        words = QVBoxLayout()
        words.setSpacing(4)
        words.addStretch(1)
        for part in (self._word, self._told, self._todo):
            words.addWidget(part)
        words.addStretch(1)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 6, 14, 6)
        row.setSpacing(16)
        row.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addLayout(words, 1)
        self.hide()

    @property
    def sight(self) -> Sight | None:
        """What it shows; None while it is hidden."""
        return None if self.isHidden() else self.picture.sight

    def show_sight(self, sight: Sight | None, link: str = "", *, brief: bool = False) -> None:
        """Show that, as it is seen on `link`; None hides it. `brief`: what to do is said elsewhere, and only the
        picture and its word stand."""
        if sight is None or sight not in _TELLS:
            self.hide()
            return
        words = sight_words(sight, link)
        tone = _TONES.get(sight, "warn" if sight.is_trouble else "plain")
        low = self.window().height() < LOW
        one_line = self._tight and low
        self._fit(_SMALLEST if low and brief else _SMALL if low else 1.0, one_line=one_line)
        self.picture.show_sight(sight)
        self._word.setText(words.word)
        set_property(self._word, "tone", "" if tone == "plain" else tone)
        set_property(self, "tone", tone)
        self._told.setText(words.told)
        self._word.setVisible(not one_line)
        self._told.setVisible(not brief and not one_line)
        self._todo.setText(f"{words.word}: {words.todo or words.told}" if one_line else words.todo)
        self._todo.setVisible(one_line or (bool(words.todo) and not brief))
        self.setAccessibleName(f"{words.word}. {words.told} {words.todo}".strip())
        self.show()

    def _fit(self, factor: float, *, one_line: bool) -> None:
        factor = _TIGHTEST if one_line else factor
        size = QSize(round(WIDE * factor), round(HIGH * factor))
        if self.picture.size() != size:
            self.picture.setFixedSize(size)


def has_probe(link: str) -> bool:
    """Whether a probe, or what is trained with in its place, is at the end of that link: what is wrong with an emulated
    meter's port was put there by somebody."""
    return bool(link) and way_of(link) in (Way.OPTICAL, Way.BRIDGE, Way.EMULATED)


def has_adapter(link: str) -> bool:
    """Whether it can be pulled out of this computer and plugged in again."""
    return link.startswith("optical:")


def seen_by_failure(link: str, code: str) -> Sight | None:
    """What the probe saw when something failed with that code; None where that is not what it says."""
    sight = BY_CODE.get(code) if has_probe(link) else None
    return None if sight is Sight.GONE and not has_adapter(link) else sight


def seen_live(link: str, sight: Sight) -> Sight | None:
    """What there is to show of `sight` while `link` is in use; None without a probe, and where a radio link ended: no
    adapter was pulled out then."""
    if not has_probe(link) or (sight is Sight.GONE and way_of(link) is Way.BRIDGE):
        return None
    return sight
