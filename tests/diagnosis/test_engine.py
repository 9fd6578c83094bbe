"""The engine by itself: what it concludes of observations, whatever they are."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hht.diagnosis.course import More, diagnose, enough
from hht.diagnosis.domains import Domain
from hht.diagnosis.evidence import Evidence, Frames, Observation
from hht.diagnosis.knowledge import HAZARDS, Cause, KnowledgeError, Look, knowledge, read_knowledge
from hht.diagnosis.missing import Why
from hht.diagnosis.next_look import best_look, hazardous
from hht.diagnosis.reasoning import Excluded, standing
from hht.diagnosis.verdict import DomainState, Outcome, State, Verdict, conclude
from hht.errors import HhtError
from tests.diagnosis.truth import CASES, HEALTHY, INTERIM

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)
KNOWN = knowledge()
FRAMES = (Frames("optical:/dev/ttyUSB0", 3, 9),)


def seen(reading: str, value: str) -> Observation:
    look = next(look for look in KNOWN.looks.values() if reading in look.reads)
    return Observation(look.name, reading, value, AT, "", FRAMES)


def evidence(*symptoms: str, **_none: str) -> Evidence:
    return Evidence(symptoms)


def after(start: Evidence, **readings: str) -> Evidence:
    """`start`, and these readings (their dots as double underscores)."""
    for name, value in readings.items():
        one = seen(name.replace("__", ".").replace("_", "-"), value)
        start = start.after(one.look, (one,))
    return start


def _dotted(name: str) -> str:
    return name.replace("__", ".").replace("_", "-")


def verdict(of: Evidence, home: frozenset[str] = frozenset({"gas", "ihd", "cad", "chf", "esme"})) -> Verdict:
    return conclude(KNOWN, standing(KNOWN, of, home), of, 5.0, "", home)


class Given:
    """A looker who finds what it was told, by reading; what is not told is as usual."""

    home = frozenset({"gas", "ihd", "cad", "chf", "gpf", "esme"})

    def __init__(
        self, means: Sequence[str] = ("eyes", "probe", "desk", "han"), blind: Sequence[str] = (), **values: str
    ) -> None:
        self._means, self._blind = means, blind
        self._values = {name.replace("__", ".").replace("_", "-"): value for name, value in values.items()}
        self.made: list[str] = []

    def able(self, look: Look) -> bool:
        return look.means in self._means and set(look.needs) <= self.home

    def minutes(self, look: Look) -> float:
        return look.minutes

    def why_not(self, _look: Look) -> HhtError | None:
        return None

    async def look(self, look: Look) -> Sequence[Observation]:
        self.made.append(look.name)
        if look.name in self._blind:
            return []
        there = [one for one in (KNOWN.readings[name] for name in look.reads) if set(one.needs) <= self.home]
        return [seen(one.name, self._values.get(one.name, one.usual)) for one in there]


def diagnosed(looker: Given, *symptoms: str, time_box_min: float = 25.0, more: More = enough) -> Verdict:
    return asyncio.run(diagnose(KNOWN, symptoms, looker, time_box_min=time_box_min, more=more))


def domain(of: Verdict, which: Domain) -> DomainState:
    return next(one for one in of.domains if one.domain is which)


def test_no_verdict_names_what_a_passed_test_excludes_whatever_was_read() -> None:
    """300 heaps of observations, most of them nonsense that no premises shows."""
    chance = random.Random(8)
    for _heap in range(300):
        names = chance.sample(sorted(KNOWN.readings), chance.randrange(1, 25))
        told = tuple(seen(name, chance.choice(sorted(KNOWN.readings[name].values))) for name in names)
        found = verdict(Evidence((chance.choice(sorted(KNOWN.symptoms)),), told))
        gone = {one.cause for one in found.excluded}
        assert gone.isdisjoint(one.cause.name for one in found.candidates)
        proved = {one.domain for one in found.domains if one.state is State.PROVED}
        assert proved <= {found.candidates[0].cause.domain if found.candidates else None}


def test_a_verdict_against_a_passed_test_cannot_be_made() -> None:
    found = verdict(after(evidence("no-readings"), wan__reach="lost", led__wan="dark", wan__esme="undelivered"))
    lost = found.candidates[0]
    assert lost.cause.name == "wan-lost"
    passed = next(one for one in KNOWN.exclusions if one.name == "wan-round-trip")
    gone = Excluded("wan-lost", passed, seen("wan.esme", "answered"))
    with pytest.raises(ValueError, match="against a passed test"):
        replace(found, excluded=(gone,))


def test_a_round_trip_excludes_the_wan_though_everything_else_speaks_against_it() -> None:
    found = verdict(
        after(
            evidence("no-readings"), led__wan="dark", wan__reach="lost", wan__gsme="undelivered", wan__esme="answered"
        )
    )
    assert {"wan-lost", "no-wan-here", "wrong-hub-variant"} <= {one.cause for one in found.excluded}
    assert "wan-lost" not in [one.cause.name for one in found.candidates]


def test_every_reason_of_a_verdict_has_its_frames() -> None:
    found = verdict(after(evidence("new-supplier"), wan__esme="answered", sealed__esme="wrong-seal"))
    assert found.outcome is Outcome.FOUND
    assert found.candidates[0].reasons
    assert all(one.frames == FRAMES for one in found.candidates[0].reasons)
    told = found.plain()
    assert told["candidates"][0]["reasons"][0]["frames"] == [{"link": "optical:/dev/ttyUSB0", "first": 3, "last": 9}]


def test_where_two_causes_fit_the_look_that_would_separate_them_is_named() -> None:
    none = after(evidence("low-bill"), load__step="none", load__ihd="same", load__cad="same")
    found = verdict(after(none, wan__esme="answered", log__polarity="yes", meter__clock="right"))
    assert found.outcome is Outcome.FOUND
    both = verdict(after(evidence("gas-reading-odd"), burner__step="none"))
    assert both.outcome is Outcome.SEVERAL
    assert {one.cause.name for one in both.candidates[:2]} == {"gas-register-frozen", "gas-meter-backwards"}
    assert both.separating is not None
    assert both.separating.name == "gas-logs"
    assert both.retry == ""


def test_what_fits_nothing_is_not_enough_evidence() -> None:
    odd = after(evidence("routine"), led__sw="solid", face__gsme="version", meter__mpan="other", label__code="wrong")
    found = verdict(after(odd, inventory__twice="yes", receipt__meter="other", port__answer="echo", log__magnet="yes"))
    assert found.outcome is Outcome.NOT_ENOUGH
    assert found.cause is None
    assert found.retry == ""


@pytest.mark.parametrize(
    ("symptom", "odd"),
    [
        ("cad-old-data", {"face__esme": "version"}),
        ("low-bill", {"meter__clock_status": "unreliable"}),
        ("low-bill", {"log__top_up": "suspended"}),
    ],
)
def test_over_a_reading_that_only_a_fault_shows_nobody_says_that_nothing_is_wrong(
    symptom: str, odd: dict[str, str]
) -> None:
    home = frozenset({"gas", "ihd", "cad", "chf", "gpf", "esme", "prepayment"})
    usual = {name: one.usual for name, one in KNOWN.readings.items() if set(one.needs) <= home}
    all_well = after(Evidence((symptom,)), **usual)
    assert verdict(all_well, home).outcome is Outcome.NOTHING_WRONG
    seen_so = usual | {_dotted(name): value for name, value in odd.items()}
    found = verdict(after(Evidence((symptom,)), **seen_so), home)
    assert found.outcome in (Outcome.SEVERAL, Outcome.NOT_ENOUGH)


@pytest.mark.parametrize(
    ("symptom", "odd"), [("wrong-time", "meter.supply=armed"), ("low-bill", "load.socket=dead")], ids=str
)
def test_a_reading_that_only_a_fault_shows_is_followed_up_and_is_never_called_enough(symptom: str, odd: str) -> None:
    reading, value = odd.split("=")
    looker = Given(**{reading: value})
    found = diagnosed(looker, symptom)
    assert found.outcome in (Outcome.SEVERAL, Outcome.NOT_ENOUGH)
    assert "enough" not in found.why_stopped
    assert looker.made[-1] != KNOWN.look_of(reading).name, "and nothing was looked at after it"


@pytest.mark.parametrize(
    ("symptom", "means", "missing"),
    [
        ("top-up-refused", ("eyes", "probe", "desk", "han"), "nothing says that this home pays in advance"),
        ("display-frozen", ("eyes",), "no meter's port was named"),
        ("no-readings", ("probe", "desk", "han"), "nobody was there to look"),
    ],
)
def test_where_what_was_told_cannot_be_looked_at_nobody_says_that_nothing_is_wrong(
    symptom: str, means: Sequence[str], missing: str
) -> None:
    """All that can be read is as usual; a fault that the customer tells of is shown by a look that nobody can make."""
    found = diagnosed(Given(means=means), symptom)
    assert found.outcome is Outcome.NOT_ENOUGH
    assert missing in found.why_stopped
    assert "is enough" not in found.why_stopped


@pytest.mark.parametrize(("lacks", "outcome"), [(["no-cad"], Outcome.NOTHING_WRONG), ([], Outcome.NOT_ENOUGH)])
def test_only_what_the_home_is_known_to_be_without_needs_no_look(lacks: list[str], outcome: Outcome) -> None:
    """Data that come and go may be the consumer device's, unless there is known to be none."""
    looker = Given()
    looker.home = frozenset({"gas", "ihd", "chf", "gpf", "esme", *lacks})
    assert diagnosed(looker, "comes-and-goes").outcome is outcome


def test_where_all_that_was_told_can_be_looked_at_and_is_as_usual_nothing_is_wrong() -> None:
    found = diagnosed(Given(), "no-readings")
    assert found.outcome is Outcome.NOTHING_WRONG
    assert found.why_stopped == "the evidence is enough"


def test_a_smell_of_gas_is_acted_upon_and_proves_no_domain() -> None:
    found = diagnosed(Given(), "gas-smell")
    assert found.cause is not None
    assert found.cause.hazard
    assert [one.domain for one in found.domains if one.state is not State.OPEN] == []
    assert all(one.missing for one in found.domains)


def test_nothing_but_a_symptom_is_not_enough_evidence() -> None:
    found = diagnosed(Given(means=()), "no-readings")
    assert found.outcome in (Outcome.NOT_ENOUGH, Outcome.SEVERAL)
    assert found.cause is None


@pytest.mark.parametrize("symptom", sorted(set(KNOWN.symptoms) - {"gas-smell"}))
def test_where_no_test_told_anything_no_cause_is_named_and_nobody_is_told_that_nothing_is_wrong(symptom: str) -> None:
    found = verdict(evidence(symptom))
    assert found.outcome is Outcome.NOT_ENOUGH
    assert found.candidates == ()


def test_what_must_not_be_tried_again_is_never_offered() -> None:
    dangerous = [cause for cause in KNOWN.causes.values() if cause.hazard]
    assert {cause.hazard for cause in dangerous} == set(HAZARDS)
    for cause in dangerous:
        assert cause.dont
        assert not cause.retry
    found = verdict(after(evidence("command-refused"), wan__esme="answered", sealed__esme="replayed"))
    assert found.cause is not None
    assert found.cause.hazard == "replay"
    assert found.retry == ""
    assert found.dont == (found.cause.dont,)


def test_knowledge_that_offers_a_retry_of_a_hazard_is_refused() -> None:
    text = """
        [symptom]
        [reading.r]
        words = "r"
        usual = "a"
        values = { a = "a", b = "b" }
        [look.l]
        words = "l"
        means = "eyes"
        minutes = 1
        reads = ["r"]
        [cause.c]
        domain = "meter"
        title = "c"
        why = ""
        next = ""
        hazard = "replay"
        dont = "not again"
        expects = { r = "b" }
    """
    read_knowledge([text])
    with pytest.raises(KnowledgeError, match="retry is a hazard"):
        read_knowledge([text + 'retry = "once more"'])
    with pytest.raises(KnowledgeError, match="shows just that"):
        read_knowledge([text + '[exclusion.x]\nwords = ""\nreading = "r"\nvalues = ["b"]\ncauses = ["c"]'])


def test_a_look_that_may_do_harm_is_not_made_while_such_a_cause_is_likely() -> None:
    tilted = after(evidence("gas-alerts"), gaslog__tilt="yes")
    now = standing(KNOWN, tilted, frozenset({"gas"}))
    burner = KNOWN.looks["burner"]
    assert hazardous(KNOWN, now, burner)
    assert best_look(KNOWN, now, [burner]) is None


def test_where_gas_is_smelt_nothing_is_tested() -> None:
    looker = Given()
    found = diagnosed(looker, "no-gas-data", "gas-smell")
    assert not looker.made
    assert found.cause is not None
    assert found.cause.name == "gas-leak"
    assert found.retry == ""
    assert "0800" in found.cause.next


def test_it_stops_when_the_time_box_is_full() -> None:
    looker = Given()
    found = diagnosed(looker, "comes-and-goes", time_box_min=3)
    assert found.minutes <= 3
    assert "time box" in found.why_stopped
    assert sum(KNOWN.looks[name].minutes for name in looker.made) == pytest.approx(found.minutes)


def test_it_works_with_the_network_cable_out() -> None:
    found = diagnosed(Given(means=("eyes", "probe"), meter__clock_status="invalid"), "wrong-time")
    assert found.cause is not None
    assert found.cause.name == "clock-invalid"
    assert all(KNOWN.looks[one.look].means in ("eyes", "probe") for one in found.evidence)


def test_every_row_of_what_fails_on_site_has_a_cause_and_every_domain_too() -> None:
    rows = {row for cause in KNOWN.causes.values() for row in cause.rows}
    assert rows == {f"P{number:02}" for number in range(1, 33)}
    assert {cause.domain for cause in KNOWN.causes.values()} == {*Domain, None}


def test_every_row_of_what_fails_on_site_has_a_seeded_case() -> None:
    """The seeded visits meet each of them; the rows of a cause that no visit meets would prove nothing."""
    met = {case.cause for case in (*CASES, HEALTHY, INTERIM)}
    assert met <= set(KNOWN.causes)
    rows = {row for name in met for row in KNOWN.causes[name].rows}
    assert rows == {f"P{number:02}" for number in range(1, 33)}


def test_a_fault_that_was_found_clears_no_domain_that_nobody_looked_at() -> None:
    found = verdict(after(evidence("wrong-time"), port__answer="talks", meter__clock_status="invalid"))
    assert found.outcome is Outcome.FOUND
    states = {one.domain: one.state for one in found.domains}
    assert states[Domain.METER] is State.PROVED
    assert states[Domain.TOOLS] is State.EXCLUDED  # the port talked
    assert {states[one] for one in (Domain.WAN, Domain.HAN, Domain.CENTRE)} == {State.OPEN}


def test_an_excluded_domain_names_the_tests_that_exclude_it() -> None:
    found = diagnosed(Given(sealed__esme="wrong-seal"), "new-supplier")
    states = {one.domain: one for one in found.domains}
    assert states[Domain.SUPPLIER].state is State.PROVED
    assert states[Domain.WAN].state is State.EXCLUDED
    assert states[Domain.WAN].by
    for one in found.domains:
        assert (one.state is State.OPEN) is not bool(one.by)


def test_one_cause_that_no_passed_test_rules_out_keeps_its_domain_open() -> None:
    """Of what makes a reading odd, the register that stands still shows under a load alone."""
    looked = after(evidence("reading-odd"), port__answer="talks", meter__register="steady", meter__counts="import")
    stands = domain(verdict(looked), Domain.METER)
    assert (stands.state, stands.by) == (State.OPEN, ())
    assert [cause.name for one in stands.missing for cause in one.causes] == ["register-frozen"]
    assert [one.look.name for one in stands.missing if one.look] == ["load-test"]
    settled = domain(verdict(after(looked, load__counts="counts")), Domain.METER)
    assert settled.state is State.EXCLUDED
    assert {one.reading for one in settled.by} == {"meter.register", "load.counts"}


def test_no_domain_is_excluded_while_a_told_cause_was_not_ruled_out_whatever_was_looked_at() -> None:
    """200 visits of which some looks were made, all as usual: by the catalogue, each told cause of an excluded domain
    has a reading that was taken and that an exclusion names, or that the cause would show otherwise."""
    chance, states = random.Random(11), 0
    for _visit in range(200):
        symptom = chance.choice(sorted(set(KNOWN.symptoms) - {"gas-smell"}))
        names = chance.sample(sorted(KNOWN.readings), chance.randrange(5, 60))
        told = Evidence((symptom,), tuple(seen(name, KNOWN.readings[name].usual) for name in names))
        for one in (one for one in verdict(told).domains if one.state is State.EXCLUDED):
            states += 1
            for cause in KNOWN.causes.values():
                if cause.domain is one.domain and symptom in cause.symptoms and "prepayment" not in cause.needs:
                    assert any(rules_out(name, cause) for name in names), (symptom, cause.name)
    assert states > 200


def rules_out(name: str, cause: Cause) -> bool:
    """By the catalogue: a reading, as usual, against a cause."""
    reading = KNOWN.readings[name]
    tests = (one for one in KNOWN.exclusions if one.reading == name and reading.usual in one.values)
    return any(cause.name in one.causes for one in tests) or (
        name in cause.expects and cause.expects[name].get(reading.usual, 0.04) < 0.1
    )


def test_what_is_not_as_usual_and_nothing_explains_keeps_its_domain_open() -> None:
    looked = after(evidence("wrong-time"), meter__clock="right", meter__clock_status="reliable")
    assert domain(verdict(looked), Domain.METER).state is State.EXCLUDED
    odd = domain(verdict(after(looked, log__switch="yes")), Domain.METER)
    assert odd.state is State.OPEN
    assert [one.reading for one in odd.odd] == ["log.switch"]
    told = domain(verdict(after(looked, log__magnet="yes")), Domain.METER)
    assert told.state is State.OPEN, "a magnet was not told of, and is there"


def test_an_open_domain_says_which_look_is_missing_and_why() -> None:
    found = diagnosed(Given(means=("eyes", "probe"), meter__clock_status="invalid"), "wrong-time")
    centre = domain(found, Domain.CENTRE)
    assert centre.state is State.OPEN
    assert {one.why for one in centre.missing} == {Why.NO_WAY}
    assert all("no desk was named" in one.words for one in centre.missing)
    cut = diagnosed(Given(meter__clock_status="invalid"), "wrong-time")
    late = {one.why for state in cut.domains if state.state is State.OPEN for one in state.missing}
    assert Why.PROVEN in late
    assert any("the cause was proved before" in one.words for state in cut.domains for one in state.missing)


def test_who_is_asked_for_more_is_asked_once_and_looks_settle_what_they_can() -> None:
    asked: list[tuple[int, float]] = []

    async def yes(domains: int, minutes: float) -> bool:
        asked.append((domains, minutes))
        return True

    short = diagnosed(Given(meter__clock_status="invalid"), "wrong-time")
    thorough = diagnosed(Given(meter__clock_status="invalid"), "wrong-time", more=yes)

    def still(of: Verdict) -> set[Domain]:
        return {one.domain for one in of.domains if one.state is State.OPEN}

    assert len(asked) == 1
    assert asked[0][0] == len(still(short))
    assert still(thorough) < still(short)
    assert short.minutes < thorough.minutes <= 25
    assert thorough.cause == short.cause


def test_causes_of_what_the_home_is_known_to_lack_keep_nothing_open() -> None:
    looked = after(evidence("screen-odd"), face__esme="pages", buttons__esme="work")
    assert domain(verdict(looked, frozenset({"esme", "chf"})), Domain.METER).state is State.OPEN
    assert domain(verdict(looked, frozenset({"esme", "chf", "no-gas"})), Domain.METER).state is State.EXCLUDED


@pytest.mark.parametrize(
    ("signal", "first"), [("poor", "weak-signal-electricity"), ("failing", "link-comes-and-goes-electricity")]
)
def test_how_the_hub_hears_a_meter_tells_a_weak_signal_from_a_link_that_goes_away(signal: str, first: str) -> None:
    """Everything else is the same of both: now there is data, and now none, and a restart helps once."""
    same = {"past__display": "changing", "past__cad": "changing", "row__esme": "heard", "restart__cures": "yes"}
    found = verdict(after(evidence("display-no-data"), signal__esme=signal, face__ihd="no-electricity", **same))
    assert found.candidates[0].cause.name == first
    assert found.outcome in (Outcome.FOUND, Outcome.SEVERAL)
