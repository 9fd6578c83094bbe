"""How an ask stands: whatever order things happen in, and wherever the terminal dies."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hht.desk import messages as m
from hht.desk.course import AskReport, AskState, CommandState, Course
from hht.desk.errors import MessageRefused
from hht.desk.records import RecordKind
from tests.desk.making import ESME, HUB, OTHER, REFERENCE, Kept, an_ask, asked

TAKEN, ACKNOWLEDGED = m.Taken(REFERENCE), m.Acknowledged(REFERENCE, "I99")
SENT = m.Sent(REFERENCE, "6.20.1", "a:b:1")
DONE = m.Result(REFERENCE, m.Outcome.DONE, "I0", "", "", "")
FAILED = m.Result(REFERENCE, m.Outcome.FAILED, "I0", "", "the meter said no", "")
SILENT = m.Result(REFERENCE, m.Outcome.NO_RESPONSE, "", "", "the hub knows nothing of it", "")
REFUSED = m.Refused(REFERENCE, "desk-no", "not this one", "ask the depot")
COMMAND = m.RelayCommand(REFERENCE, 1, ESME, "<one/>", "a:b:2")
ALL = (TAKEN, SENT, ACKNOWLEDGED, DONE, FAILED, REFUSED, COMMAND)
OFFERED: tuple[RecordKind, dict[str, Any]] = (RecordKind.OFFERED, {"way": "wan"})
LOST: tuple[RecordKind, dict[str, Any]] = (RecordKind.LOST, {"why": "the line went away"})


def after(*happenings: m.Message | tuple[RecordKind, dict[str, Any]]) -> Kept:
    """The records once all of this has happened."""
    kept = asked(an_ask())
    for what in happenings:
        found = Course(kept.all()).take(what) if isinstance(what, m.Message) else what
        if found is not None:
            kept.append(*found)
    return kept


def report(*happenings: m.Message | tuple[RecordKind, dict[str, Any]]) -> AskReport:
    return Course(after(*happenings).all()).report()


def sight(what: str, *, agrees: bool, read: bool = True) -> tuple[RecordKind, dict[str, Any]]:
    return RecordKind.SEEN, {"what": what, "agrees": agrees, "by": "read by the port", "read": read}


def settled(*, done: bool) -> tuple[RecordKind, dict[str, Any]]:
    return RecordKind.SETTLED, {"what": "not listed", "done": done}


def test_a_read_of_the_device_settles_what_nobody_knew_and_nothing_else() -> None:
    gone = report(OFFERED, TAKEN, SILENT)
    assert (gone.state, gone.settled, gone.why) == (AskState.NO_RESPONSE, True, "the hub knows nothing of it")
    done, never = (report(OFFERED, TAKEN, SILENT, settled(done=one)) for one in (True, False))
    assert (done.state, done.settled, done.why, done.lamps[-1]) == (AskState.DONE, True, "", ("seen", False))
    assert (never.state, never.why, never.read_back) == (AskState.UNDELIVERED, "not listed", "not listed")
    again = report(OFFERED, TAKEN, SILENT, settled(done=True), SILENT)
    assert not again.contradiction, "the desk says what it said before"
    assert report(OFFERED, TAKEN, SILENT, settled(done=True), FAILED).contradiction
    for said in (DONE, FAILED, REFUSED):
        assert report(OFFERED, said, settled(done=False)) == report(OFFERED, said)


def test_an_ask_goes_its_way() -> None:
    said = (OFFERED, TAKEN, SENT, ACKNOWLEDGED, DONE)
    states = [report(*said[:count]).state for count in range(len(said) + 1)]
    assert states == [
        AskState.ASKED,
        AskState.UNKNOWN,
        AskState.TAKEN,
        AskState.SENT,
        AskState.ACKNOWLEDGED,
        AskState.DONE,
    ]
    end = report(*said)
    assert [lit for _name, lit in end.lamps] == [True, True, True, True, False]
    assert (end.service, end.request, end.code) == ("6.20.1", "a:b:1", "I0")
    assert not end.settled, "nobody has looked at the meter yet"
    seen = report(
        *said, (RecordKind.SEEN, {"what": "1012345678903", "agrees": True, "by": "read by the port", "read": True})
    )
    assert seen.settled
    assert all(lit for _name, lit in seen.lamps)


def test_a_persons_note_settles_it_and_lights_no_lamp() -> None:
    note = (
        RecordKind.SEEN,
        {"what": "1012345678903", "agrees": True, "by": "A. Engineer, on the display", "read": False},
    )
    read = RecordKind.SEEN, {"what": "none", "agrees": False, "by": "read by the port", "read": True}
    noted = report(OFFERED, DONE, note)
    assert noted.settled
    assert noted.lamps[-1] == ("seen", False)
    for both in ((note, read), (read, note)):
        found = report(OFFERED, DONE, *both)
        assert found.fact is not None
        assert found.fact.read, "no note takes the place of a reading"
        assert not found.settled


def test_a_device_that_says_otherwise_lights_no_lamp() -> None:
    found = report(OFFERED, DONE, sight("none", agrees=False))
    assert found.fact is not None
    assert not found.settled
    assert found.lamps[-1] == ("seen", False)


def test_a_lost_line_makes_it_unknown_until_the_desk_is_heard() -> None:
    lost = report(OFFERED, TAKEN, SENT, LOST)
    assert (lost.state, lost.unknown, lost.why) == (AskState.UNKNOWN, True, "the line went away")
    assert lost.lamps[1] == ("sent", True), "what was heard stays"
    again = report(OFFERED, TAKEN, SENT, LOST, OFFERED, TAKEN)
    assert (again.state, again.why) == (AskState.SENT, "")


def test_what_ended_stays_ended() -> None:
    assert report(OFFERED, DONE, LOST).state is AskState.DONE
    assert report(OFFERED, DONE, OFFERED).state is AskState.DONE


def test_a_desk_that_answers_twice_is_heard_once_and_one_that_contradicts_itself_is_told() -> None:
    assert len(after(OFFERED, DONE, DONE, DONE).all()) == 3
    found = report(OFFERED, DONE, FAILED, REFUSED)
    assert found.state is AskState.DONE
    assert "failed" in found.contradiction
    assert "the meter said no" in found.contradiction


def test_an_answer_to_another_ask_is_not_taken() -> None:
    for message in (m.Taken(OTHER), m.Result(OTHER, m.Outcome.DONE, "I0", "", "", ""), m.Hello("desk", True)):
        with pytest.raises(MessageRefused) as refused:
            Course(asked(an_ask()).all()).take(message)
        assert refused.value.code == "desk-other-ask"


def test_a_command_for_another_device_is_not_taken() -> None:
    with pytest.raises(MessageRefused) as refused:
        report(OFFERED, m.RelayCommand(REFERENCE, 1, HUB, "<one/>", "a:b:2"))
    assert refused.value.code == "desk-other-device"


def test_a_command_changes_under_nobodys_hand() -> None:
    assert len(after(OFFERED, COMMAND, COMMAND).all()) == 3
    with pytest.raises(MessageRefused) as refused:
        report(OFFERED, COMMAND, m.RelayCommand(REFERENCE, 1, ESME, "<two/>", "a:b:2"))
    assert refused.value.code == "desk-command-changed"
    with pytest.raises(MessageRefused) as refused:
        report(OFFERED, m.RelayCommand(REFERENCE, 2, ESME, "<one/>", "a:b:2"))
    assert refused.value.code == "desk-command-order"
    with pytest.raises(MessageRefused) as refused:
        report(OFFERED, DONE, COMMAND)
    assert refused.value.code == "desk-command-order"


def test_a_command_that_left_is_unknown_until_its_answer_is_here() -> None:
    intent = RecordKind.INTENT, {"number": 1, "way": "han", "reference": 7}
    answer = RecordKind.ANSWER, {"number": 1, "response": "AQID", "vouched": True}
    (found,) = report(OFFERED, COMMAND, intent).commands
    assert (found.state, found.left) == (CommandState.UNKNOWN, True)
    (found,) = report(OFFERED, COMMAND, intent, answer).commands
    assert (found.state, found.answer, found.vouched) == (CommandState.ANSWERED, b"\1\2\3", True)
    (found,) = report(OFFERED, COMMAND, intent, answer, m.Returned(REFERENCE, 1)).commands
    assert (found.state, found.answer) == (CommandState.RETURNED, b"\1\2\3")
    with pytest.raises(MessageRefused):
        report(OFFERED, COMMAND, intent, m.Returned(REFERENCE, 1))


def test_records_without_an_ask_are_none() -> None:
    for records in ([], after(OFFERED).all()[1:]):
        with pytest.raises(MessageRefused) as refused:
            Course(records)
        assert refused.value.code == "desk-records"


HAPPENINGS = st.lists(st.one_of(st.sampled_from(ALL), st.just(OFFERED), st.just(LOST)), max_size=12)


@given(HAPPENINGS)
@settings(max_examples=150, deadline=None)
def test_any_interleaving_can_be_taken_up_at_any_record(happenings: list[Any]) -> None:
    """The state is what the records say and nothing else: it never goes back, a result stands, nothing comes twice."""
    kept = asked(an_ask())
    first_end: AskState | None = None
    for what in happenings:
        before = Course(kept.all())
        if isinstance(what, m.Message):
            try:
                found = before.take(what)
            except MessageRefused:
                assert what is COMMAND, "nothing else that the desk says of this ask is out of place"
                continue
            if found is not None:
                kept.append(*found)
                again = Course(kept.all()).take(what)
                assert again is None, "the same, said again, is no news"
        else:
            kept.append(*what)
        told, earlier = Course(kept.all()).report(), before.report()
        assert [lit for _name, lit in earlier.lamps] <= [lit for _name, lit in told.lamps] or told.state.final
        assert all(now or not was for (_, was), (_, now) in zip(earlier.lamps, told.lamps, strict=True))
        if first_end is not None:
            assert told.state is first_end
        elif told.state.final:
            first_end = told.state
        if what is LOST and first_end is None:
            assert told.unknown
        assert told.fact is None, "no word of the desk's is a fact at the device"
    for cut in range(1, len(kept.all()) + 1):
        part = Course(kept.all()[:cut]).report()
        assert part.ask == an_ask()
        assert part.state is not AskState.ASKED or cut == 1 or part.way is None
