"""How an ask stands, read from its records alone, and what a message of the desk's adds to them.

asked -> sent -> acknowledged -> result, as far as the desk has told; beside it, and only from what the terminal itself
read, the fact at the device. A lost line makes what the desk has done since unknown, until it is asked again under the
same reference. The first result stands; a desk that says another thing later contradicts itself, and that is shown.
Where that result is that nobody knows, a read of the device itself, made afterwards, settles it, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from hht.desk.asks import ask_of
from hht.desk.errors import MessageRefused
from hht.desk.messages import (
    Acknowledged,
    Message,
    Outcome,
    Refused,
    RelayCommand,
    Result,
    Returned,
    Sent,
    Taken,
    Way,
    octets_of,
)
from hht.desk.records import Record, RecordKind
from hht.desk.standing import AskReport, AskState, Carried, CommandState, Fact
from hht.i18n import _

News = tuple[RecordKind, dict[str, Any]] | None  # a record to be kept


class Course:
    """The state of one ask by its records. Immutable from outside: a new record makes a new course.

    Raises MessageRefused ``desk-records`` for records that do not begin with an ask."""

    def __init__(self, records: Sequence[Record]) -> None:
        if not records or records[0].kind is not RecordKind.ASKED:
            raise MessageRefused(
                _("The records of an ask do not begin with what is asked."),
                remedy=_("Keep the store as it is and hand it in at the depot; ask anew."),
                code="desk-records",
            )
        self.ask = ask_of(records[0].payload["ask"])
        self._since = {"asked": records[0].at}
        self._way: Way | None = None
        self._state = AskState.ASKED
        self._unknown = False
        self._told: dict[str, str] = {}
        self._commands: dict[int, Carried] = {}
        self._spoken: list[str] = []
        self._contradiction = ""
        self._fact: Fact | None = None
        self._secrets_erased = False
        self._said = ""  # the desk's own result
        self._read_back = ""
        for record in records[1:]:
            _TAKE[record.kind](self, record)

    # --- what the records say ------------------------------------------------------------------------------------

    def _offered(self, record: Record) -> None:
        self._way = Way(record.payload["way"])
        self._unknown = not self._state.final

    def _lost(self, record: Record) -> None:
        if not self._state.final:
            self._unknown = True
            self._told["why"] = record.payload["why"]

    def _heard(self) -> None:
        """The desk was heard: why it was not is of no more interest."""
        if not self._state.final:
            self._unknown = False
            self._told.pop("why", None)

    def _taken(self, _record: Record) -> None:
        self._heard()
        self._rise(AskState.TAKEN)

    def _sent(self, record: Record) -> None:
        self._heard()
        self._since.setdefault("sent", record.at)
        self._told |= {name: record.payload[name] for name in ("service", "request")}
        self._rise(AskState.SENT)

    def _acknowledged(self, record: Record) -> None:
        self._heard()
        self._since.setdefault("acknowledged", record.at)
        self._told["code"] = record.payload["code"]
        self._rise(AskState.ACKNOWLEDGED)

    def _rise(self, state: AskState) -> None:
        """Never back: a desk that is asked again tells all of it again."""
        if not self._state.final and _ORDER.index(state) > _ORDER.index(self._state):
            self._state = state

    def _result(self, record: Record) -> None:
        self._ended(AskState(record.payload["outcome"]), record)

    def _denied(self, record: Record) -> None:
        self._ended(AskState.REFUSED, record)

    def _ended(self, state: AskState, record: Record) -> None:
        if self._state.final:
            return
        self._unknown, self._state, self._said = False, state, str(state)
        self._since["result"] = record.at
        kept = {name: self._told[name] for name in ("service", "request") if name in self._told}
        known = ("code", "alert", "why", "remedy", "answer")
        self._told = kept | {name: record.payload[name] for name in known if name in record.payload}

    def _contradicted(self, record: Record) -> None:
        self._contradiction = self._contradiction or str(record.payload["said"])

    def _command(self, record: Record) -> None:
        self._heard()
        self._rise(AskState.TAKEN)
        number = record.payload["number"]
        told = record.payload["response"], record.payload["return_as"]
        self._commands.setdefault(number, Carried(number, CommandState.HERE, *told))

    def _change(self, record: Record, state: CommandState, **told: Any) -> None:
        number = record.payload["number"]
        self._commands[number] = replace(self._commands[number], state=state, **told)

    def _intent(self, record: Record) -> None:
        ticket = record.payload["way"], record.payload["reference"]
        self._change(record, CommandState.UNKNOWN, left=True, ticket=ticket)

    def _answer(self, record: Record) -> None:
        told = record.payload
        self._change(record, CommandState.ANSWERED, answer=octets_of(told["response"]), vouched=told["vouched"])

    def _silence(self, record: Record) -> None:
        self._change(record, CommandState.SILENT, why=record.payload["why"], left=record.payload["left"])

    def _returned(self, record: Record) -> None:
        self._change(record, CommandState.RETURNED)

    def _typed_in(self, record: Record) -> None:
        self._heard()
        self._spoken.append(record.payload["reference"])
        outcome = record.payload["outcome"]
        if outcome:
            self._ended(AskState(outcome), record)
        else:
            self._rise(AskState.TAKEN)

    def _erased(self, _record: Record) -> None:
        self._secrets_erased = True

    def _settled(self, record: Record) -> None:
        """What the device showed stands in the place of not knowing, and of no other result."""
        if self._state is AskState.NO_RESPONSE:
            done, self._read_back = record.payload["done"], record.payload["what"]
            self._state = AskState.DONE if done else AskState.UNDELIVERED
            self._told["why"] = "" if done else self._read_back

    def _seen(self, record: Record) -> None:
        told = record.payload
        if self._fact is None or told.get("read", True) or not self._fact.read:  # no note takes the place of a reading
            self._fact = Fact(told["what"], told["agrees"], told["by"], record.at, told.get("read", True))

    # --- what that means -----------------------------------------------------------------------------------------

    def report(self) -> AskReport:
        """How it stands."""
        state = AskState.UNKNOWN if self._unknown else self._state
        told: dict[str, Any] = dict(self._told)
        commands = tuple(self._commands[number] for number in sorted(self._commands))
        return AskReport(
            self.ask,
            state,
            dict(self._since),
            way=self._way,
            unknown=self._unknown,
            commands=commands,
            spoken=tuple(self._spoken),
            contradiction=self._contradiction,
            fact=self._fact,
            secrets_erased=self._secrets_erased,
            read_back=self._read_back,
            **told,
        )

    def take(self, message: Message) -> News:
        """The record that a message of the desk's adds; None: it says what is known already.

        Raises MessageRefused ``desk-other-ask`` for one about another ask, or that has no place here.
        """
        if getattr(message, "reference", None) != self.ask.reference:
            raise _out_of_place(_("it answers another ask"), "desk-other-ask")
        taker = _TAKERS.get(type(message))
        if taker is None:
            raise _out_of_place(_("a desk has nothing of the kind to say here"), "desk-message")
        found: News = taker(self, message)
        return found

    def _news(self, kind: RecordKind, payload: dict[str, Any]) -> News:
        """A step on the way, unless it is known and the desk was heard since."""
        step = _STEPS[kind]
        behind = not self._state.final and _ORDER.index(step) > _ORDER.index(self._state)
        return (kind, payload) if behind or self._unknown else None

    def _take_taken(self, _message: Taken) -> News:
        return self._news(RecordKind.TAKEN, {})

    def _take_sent(self, message: Sent) -> News:
        return self._news(RecordKind.SENT, {"service": message.service, "request": message.request})

    def _take_acknowledged(self, message: Acknowledged) -> News:
        return self._news(RecordKind.ACKNOWLEDGED, {"code": message.code})

    def _take_result(self, message: Result) -> News:
        payload = {
            "outcome": str(message.outcome),
            "code": message.code,
            "alert": message.alert,
            "why": message.why,
            "answer": message.answer,
        }
        if not self._state.final:
            return RecordKind.RESULT, payload
        return self._against(self._said, message.outcome, message.why)

    def _take_refused(self, message: Refused) -> News:
        if not self._state.final:
            return RecordKind.DENIED, {"code": message.code, "why": message.why, "remedy": message.remedy}
        return self._against(self._said, Outcome.REFUSED, message.why)

    def _against(self, first: str, outcome: Outcome, why: str) -> News:
        if outcome == first or self._contradiction:
            return None
        said = _("first “{first}”, then “{later}”: {why}").format(first=first, later=outcome, why=why)
        return RecordKind.CONTRADICTED, {"said": said, "outcome": str(outcome)}

    def _take_command(self, message: RelayCommand) -> News:
        """A command once; another one under the same number is none that may be delivered."""
        if message.device != self.ask.device and message.device != self.ask.other:
            raise _out_of_place(_("its command is for a device that the ask does not name"), "desk-other-device")
        known = self._commands.get(message.number)
        if known is not None:
            if known.response != message.response:
                raise _out_of_place(_("it brings another command under a number that was used"), "desk-command-changed")
            return None
        if self._state.final or message.number != len(self._commands) + 1:
            raise _out_of_place(_("its command comes out of turn"), "desk-command-order")
        payload = {"number": message.number, "response": message.response, "return_as": message.return_as}
        return RecordKind.COMMAND, payload

    def _take_returned(self, message: Returned) -> News:
        known = self._commands.get(message.number)
        if known is None or known.state in (CommandState.HERE, CommandState.UNKNOWN):
            raise _out_of_place(_("it thanks for an answer that nobody gave it"), "desk-message")
        return None if known.state is CommandState.RETURNED else (RecordKind.RETURNED, {"number": message.number})


_ORDER: Final = (AskState.ASKED, AskState.TAKEN, AskState.SENT, AskState.ACKNOWLEDGED)
_STEPS: Final = {
    RecordKind.TAKEN: AskState.TAKEN,
    RecordKind.SENT: AskState.SENT,
    RecordKind.ACKNOWLEDGED: AskState.ACKNOWLEDGED,
}
_TAKE: Final = {
    RecordKind.OFFERED: Course._offered,
    RecordKind.TAKEN: Course._taken,
    RecordKind.SENT: Course._sent,
    RecordKind.ACKNOWLEDGED: Course._acknowledged,
    RecordKind.RESULT: Course._result,
    RecordKind.DENIED: Course._denied,
    RecordKind.LOST: Course._lost,
    RecordKind.COMMAND: Course._command,
    RecordKind.INTENT: Course._intent,
    RecordKind.ANSWER: Course._answer,
    RecordKind.SILENCE: Course._silence,
    RecordKind.RETURNED: Course._returned,
    RecordKind.SPOKEN: Course._typed_in,
    RecordKind.CONTRADICTED: Course._contradicted,
    RecordKind.SETTLED: Course._settled,
    RecordKind.SEEN: Course._seen,
    RecordKind.ERASED: Course._erased,
}
_TAKERS: Final[dict[type[Message], Any]] = {
    Taken: Course._take_taken,
    Sent: Course._take_sent,
    Acknowledged: Course._take_acknowledged,
    Result: Course._take_result,
    Refused: Course._take_refused,
    RelayCommand: Course._take_command,
    Returned: Course._take_returned,
}


def _out_of_place(why: str, code: str) -> MessageRefused:
    return MessageRefused(
        _("What the desk says is not taken: {why}.").format(why=why),
        remedy=_("Tell the desk; ask again under the same reference to hear how it stands."),
        code=code,
    )


__all__ = ["AskReport", "AskState", "Carried", "CommandState", "Course", "Fact", "News"]
