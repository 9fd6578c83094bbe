"""A question of the walkthrough: the prompt, and the way to answer that fits its kind."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QFocusEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QVBoxLayout, QWidget

from hht.errors import HhtError
from hht.i18n import _
from hht.work.questions import no_photo_reasons
from hht.work.view import NO_PHOTO, NOT_MEASURED, Question, QuestionKind
from ui.window.question_model import SCANNED, TYPED, check, first_value, here, place_of, remark
from ui.window.safe_text import safe_text
from ui.window.sheet import give_keyboard
from ui.window.theme import THEME
from ui.window.widgets import Button, Choice, Entry, Icon, Text, Tick, drop, row_of, set_property

_MAY_BE_NONE = (
    QuestionKind.MEASURE,
    QuestionKind.INSTALL_CODE,
    QuestionKind.UTRN,
    QuestionKind.COUNTER,
)


class QuestionBox(QFrame):
    """Shows one question at a time. `answered` carries (question id, value) when a person has answered."""

    answered = Signal(str, str)
    photo_wanted = Signal()
    signature_wanted = Signal()
    label_wanted = Signal()  # a photo of it

    def __init__(self) -> None:
        super().__init__()
        self._question: Question | None = None
        self._entry: Entry | None = None
        self._choices: QButtonGroup | None = None
        self._warned: list[str] | None = None  # what was ticked when it was said that something is not
        self._remark = Text("", "small")
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 8, 0, 0)
        self._column.setSpacing(THEME.sizes.gap)
        self.hide()

    @property
    def question(self) -> Question | None:
        """The question that is asked; None when nothing is."""
        return self._question

    @property
    def answer_place(self) -> QWidget:
        """Where an answer is typed; all of it where it is chosen."""
        return self._entry if self._entry is not None else self

    def tighten(self, tight: bool) -> None:
        """Stand close to what is above."""
        self._column.setContentsMargins(0, 0 if tight else 8, 0, 0)
        self._column.setSpacing(4 if tight else THEME.sizes.gap)

    @property
    def scannable(self) -> bool:
        """True while a scan can answer the question."""
        return self._entry is not None and self.isVisible()

    def ask(self, question: Question | None) -> None:
        """Ask `question`. The same question again changes nothing: what was typed stays."""
        if question == self._question:
            return
        self._question = question
        self.hide()  # what is added to a visible box is shown, and can have the keyboard, only later
        self._empty()
        if question is None:
            return
        self._column.addWidget(Text(safe_text(question.prompt, 600), "strong"))
        if question.safety:
            words = Text(_("A safety value: what is not good here is a hard stop."), "small")
            self._column.addLayout(row_of(Icon("shield", "accent", 26), words, spacing=10))
        if question.kind in TYPED:
            self._ask_typed(question)
        elif question.kind is QuestionKind.CONFIRM:
            self._ask_confirm(question)
        elif question.kind is QuestionKind.CHECKLIST:
            self._ask_checklist(question)
        else:
            self._ask_choice(question)
        self.show()

    def _empty(self) -> None:
        self._entry, self._choices, self._warned = None, None, None
        self._remark = Text("", "small")
        while (item := self._column.takeAt(0)) is not None:
            self._drop(item.widget())
            layout = item.layout()
            while layout is not None and (inner := layout.takeAt(0)) is not None:
                self._drop(inner.widget())

    @staticmethod
    def _drop(widget: QWidget | None) -> None:
        if widget is not None:
            widget.hide()
            drop(widget)

    def _ask_typed(self, question: Question) -> None:
        entry = Entry(question.prompt, role="entry")
        entry.setText(first_value(question))
        if question.kind is QuestionKind.PHOTO:
            entry.setPlaceholderText(_("Another reason why there is no photo"))
        entry.setMaxLength(120)
        entry.textChanged.connect(self._typed)
        entry.returnPressed.connect(self.submit)
        entry.installEventFilter(self)
        self._entry = entry
        parts: list[QWidget | int] = [entry]
        if question.kind in SCANNED:
            parts.insert(0, Icon("scan", "ink", 36))
            photo = Button(_("Photo…"), icon="camera", pressed=self.label_wanted.emit)
            photo.setAccessibleName(_("Read it off a photo of the label"))
            parts.append(photo)
        if question.unit:
            parts.append(Text(safe_text(question.unit), "strong", wrap=False))
        self._column.addLayout(row_of(*parts))
        self._column.addWidget(self._remark)
        if question.limits:
            self._column.addWidget(Text(_("Limit: {limits}").format(limits=safe_text(question.limits)), "small"))
        if question.kind is QuestionKind.PHOTO:
            self._ask_photo(question)
        elif question.kind in _MAY_BE_NONE:
            words = {
                QuestionKind.MEASURE: _("Cannot be measured"),
                QuestionKind.INSTALL_CODE: _("Not on the label"),
                QuestionKind.UTRN: _("There is no token"),
                QuestionKind.COUNTER: _("Not known"),
            }[question.kind]
            none = Button(words, icon="cross", pressed=lambda: self._answer(NOT_MEASURED))
            self._column.addLayout(row_of(none, 1))
        if question.kind is QuestionKind.SIGNATURE:
            sign = Button(_("Sign on the screen…"), icon="pen", pressed=self.signature_wanted.emit)
            self._column.addLayout(row_of(sign, 1))
        if question.filled:
            words = _("From your wallet. Look whether it is so; scan or type another where it is not.")
            self._column.addWidget(Text(words, "small"))
        if question.suggestion and question.kind is QuestionKind.SIGNATURE:
            self._column.addWidget(Text(_("From the job. Type another name where somebody else signs."), "small"))
        if question.suggestion and question.kind in SCANNED:
            words = _("The job says {value}. Read it off the meter all the same.")
            self._column.addWidget(Text(words.format(value=safe_text(question.suggestion)), "small"))
        self._typed(entry.text())

    def _ask_photo(self, question: Question) -> None:
        """The picture itself, or why there is none: a usual reason by one press, another one in words (above)."""
        add = Button(_("Add the photo…"), icon="camera", pressed=self.photo_wanted.emit)
        self._column.addLayout(row_of(add, 1))
        self._column.addWidget(Text(_("No photo, because…"), "small"))
        reasons = {why: f"{NO_PHOTO} {why}" for why in no_photo_reasons()}
        if question.optional:
            reasons[_("None is needed")] = NOT_MEASURED
        for why, answer in reasons.items():
            button = Button(why, icon="cross", pressed=lambda answer=answer: self._answer(answer))  # type: ignore[misc]
            self._column.addLayout(row_of(button, 1))

    def _ask_confirm(self, question: Question) -> None:
        buttons: list[QWidget | int] = []
        for value, text, icon in (("yes", _("Yes"), "check"), ("no", _("No"), "cross")):
            button = Button(text, "big", icon, pressed=lambda value=value: self._answer(value))  # type: ignore[misc]
            button.setMinimumWidth(170)
            buttons.append(button)
        self._column.addLayout(row_of(*buttons, 1))

    def _ask_choice(self, question: Question) -> None:
        self._choices = QButtonGroup(self)
        for choice, label in zip(question.choices, question.labels or question.choices, strict=True):
            button = Choice(safe_text(label))
            button.setProperty("value", choice)
            button.setChecked(choice == question.suggestion)
            self._choices.addButton(button)
            self._column.addWidget(button)
        if question.labels and not question.safety:  # one press answers; a safety value takes Continue as well
            self._choices.buttonClicked.connect(lambda _button: self.submit())

    def _ask_checklist(self, question: Question) -> None:
        self._choices = QButtonGroup(self)
        self._choices.setExclusive(False)
        for choice, label in zip(question.choices, question.labels or question.choices, strict=True):
            button = Tick(safe_text(label))
            button.setProperty("value", choice)
            self._choices.addButton(button)
            self._column.addWidget(button)
        if not question.safety:
            every = Button(_("All of these"), icon="check", pressed=lambda: self._answer(",".join(question.choices)))
            self._column.addLayout(row_of(every, 1))
        self._column.addWidget(self._remark)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.FocusOut and watched is self._entry and isinstance(event, QFocusEvent):
            self._left()
        return super().eventFilter(watched, event)

    def _typed(self, text: str) -> None:
        if self._question is None:
            return
        said = remark(self._question.kind, text)
        self._say(safe_text(said.text), said.tone)

    def _left(self) -> None:
        if self._question is None or self._entry is None:
            return
        error = check(self._question.kind, self._entry.text())
        if error is not None:
            self._complain(error, "warn")

    def _say(self, text: str, tone: str) -> None:
        self._remark.setText(text)
        set_property(self._remark, "tone", "" if tone == "plain" else tone)
        if self._entry is not None:
            set_property(self._entry, "tone", tone)

    def focus_answer(self) -> bool:
        """Give the keyboard to where the answer is typed or chosen; False when there is no such place."""
        if self._entry is not None:
            give_keyboard(self._entry)
            self._entry.selectAll()
            return True
        buttons = self.findChildren(Button)
        if buttons:
            checked = [button for button in buttons if button.isChecked()]
            give_keyboard((checked or buttons)[0])
        return bool(buttons)

    def scanned(self, text: str, *, sure: bool = True) -> None:
        """A scan answers the question; one that is not `sure` waits for the person to compare it. What stood in the
        field before is an undo away."""
        if self._entry is None:
            return
        self._entry.selectAll()
        self._entry.insert(text)
        if sure:
            self.submit()
        else:
            words = _("This kind of code has no check of its own: compare it with the label, then press Continue.")
            self._say(words, "warn")
            give_keyboard(self._entry)

    def refused(self, error: HhtError) -> None:
        """The answer was not taken: say why and mark where; what was typed stays."""
        self._complain(error, "bad")
        self.focus_answer()
        place = place_of(error, self._entry.text()) if self._entry is not None else 0
        if place and self._entry is not None:
            self._entry.setSelection(place - 1, 1)

    def _complain(self, error: HhtError, tone: str) -> None:
        text = self._entry.text() if self._entry is not None else ""
        parts = (safe_text(error.message), safe_text(error.remedy), here(error, text))
        self._say(" ".join(filter(None, parts)), tone)

    def submit(self) -> None:
        """Answer with what is typed or chosen."""
        if self._question is None:
            return
        if self._entry is not None:
            if self._entry.text().strip():
                self._answer(self._in_full(self._entry.text().strip()))
            else:
                self._say(_("Nothing is typed yet. Scan or type the answer, or press “Can't do this…”."), "warn")
                give_keyboard(self._entry)
        elif self._choices is not None and not self._choices.exclusive():
            self._submit_ticked(self._choices)
        elif self._choices is not None:
            button = self._choices.checkedButton()
            if button is not None:
                self._answer(str(button.property("value")))
            else:
                self.focus_answer()
        else:
            self.focus_answer()

    def _in_full(self, typed: str) -> str:
        """What is typed; in the place of a photo it is the reason why there is none."""
        photo = self._question is not None and self._question.kind is QuestionKind.PHOTO
        return f"{NO_PHOTO} {typed}" if photo and not typed.lower().startswith(NOT_MEASURED) else typed

    def _submit_ticked(self, group: QButtonGroup) -> None:
        """What is ticked; where something is not, only at the second press in a row."""
        ticked = [str(button.property("value")) for button in group.buttons() if button.isChecked()]
        left = len(group.buttons()) - len(ticked)
        if left and self._warned != ticked:
            self._warned = ticked
            words = _("Not ticked: {count}. Press Continue again if that is how it is.")
            self._say(words.format(count=left), "warn")
            return
        self._answer(",".join(ticked))

    def _answer(self, value: str) -> None:
        if self._question is not None:
            self.answered.emit(self._question.id, value)
