"""The walkthrough for crossed meters, over the bytes of the emulated flats' probe, in virtual time."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hht.errors import HhtError
from hht.link_url import parse_link_url
from hht.model.electricity_meter import ElectricityMeter
from hht.store.erasure import PIECE, sealed_values
from hht.work.load_watch import COUNTS, DRAWN
from hht.work.neighbours import ERASED, of_neighbours
from hht.work.outbox import OutboxBook, OutKind, OutRecord
from hht.work.record import VisitRecord
from hht.work.view import Outcome, Question, StepState
from hht.work.visit import Visit
from hht.work.visit_store import VisitStore
from hht.work.walkthrough import WalkthroughError, parse_walkthrough
from tests.crossed.flats import counted_wh
from tests.desk.house import House, house
from tests.support.virtual_time import virtual
from ui.outbox import Outbox
from ui.outbox_items import OutState
from ui.receipts import acknowledge
from ui.training_hands import TrainingHands
from ui.visits import VisitOptions, VisitRunner

ROOT = Path(__file__).parents[2]
FLASH_WH, SECONDS = 1.0, 30
SERIAL = "N-9981277"


def sample(**more: str) -> tuple[str, dict[str, str]]:
    """The job that comes along, and its answers."""
    plain = json.loads((ROOT / "resources/jobs/crossed-meters.json").read_text("utf-8"))
    answers = json.loads((ROOT / "resources/samples/crossed-meters-answers.json").read_text("utf-8"))
    return json.dumps(plain), {**answers, **more}


class Flashes:
    """Somebody who counts the flashes of a meter for half a minute; the home's own time passes meanwhile."""

    def __init__(self, made: House, link: str, device: int) -> None:
        self._premises = made.composer.living.premises(parse_link_url(link))
        self._meter = self._premises.of(ElectricityMeter)[device]

    def count(self, seconds: float) -> str:
        """How many there were."""
        before = counted_wh(self._meter, FLASH_WH)
        self._premises.site.clock.jump(seconds)
        return str(round((counted_wh(self._meter, FLASH_WH) - before) / FLASH_WH))


async def visited(made: House, *, right: bool = False, own: int = 0, **more: str) -> tuple[Visit, list[str]]:
    """The visit, played to its end, and the questions that were asked."""
    text, answers = sample(**more)
    text = text.replace("&fault=crossed-meters", "") if right else text
    stored = VisitStore(made.store, lambda: "unused").import_job(text, "job.json")
    hands = TrainingHands(made.composer.living, lambda: stored.job.link, lambda _said: None)
    asked: list[str] = []

    async def ask(question: Question, error: HhtError | None) -> str | None:
        assert error is None, error
        asked.append(question.id)
        step, _slash, name = question.id.partition("/")
        order = answers.get(f"hands:{question.id.replace('-beside', '')}")
        if order:
            hands.do(order)
        if name == "flashes":
            meter = Flashes(made, stored.job.link, 1 if step == "load-step-beside" else own)
            return meter.count(SECONDS)
        return answers.get(question.id) or answers.get(question.id.replace("-beside", ""))

    leaves = {key: value.removeprefix("leave:") for key, value in answers.items() if value.startswith("leave:")}
    options = VisitOptions(auto=True, leaves=leaves)
    visit = VisitRunner(made.store, made.store.clock, made.composer, stored, options, ask=ask).visit
    await visit.run()
    return visit, asked


@virtual
async def test_crossed_meters_are_found_by_the_probe(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with house(tmp_path_factory.mktemp("store")) as made:
        visit, _asked = await visited(made)
    assert visit.view.outcome is Outcome.INSTALL_AND_LEAVE  # somebody else puts it right
    facts = {fact.label: fact.value for fact in visit.view.step("crossed-verdict").facts}
    assert "does not count the load" in facts["Verdict"]
    assert "Move no tails" in facts["Next"]
    drawn = [fact.drawn for fact in visit.view.step("load-step").facts if fact.drawn is not None]
    assert drawn[0]["kind"] == DRAWN
    assert any(on for *_rest, on in drawn[0]["pieces"])


@virtual
async def test_right_meters_are_no_alarm_and_no_neighbour_is_looked_at(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    async with house(tmp_path_factory.mktemp("store")) as made:
        visit, asked = await visited(made, right=True)
    assert visit.view.outcome is Outcome.COMPLETE
    assert visit.view.step("load-step-beside").state is StepState.SKIPPED
    assert not any(one.startswith("load-step-beside") for one in asked)


@virtual
async def test_without_a_probe_flashes_are_counted_and_the_neighbours_stay_sealed(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    more = {"connect": "leave:no-optical-port", "load-step-beside": "", "labels/pulses-beside": "1000"}
    more["labels/serial-beside"] = "N-99812"
    async with house(tmp_path_factory.mktemp("store")) as made:
        visit, asked = await visited(made, **more)
        record = VisitRecord.of(visit.job, visit.view, visit.progress)
    assert asked.count("load-step/flashes") % COUNTS == 0
    assert visit.progress.steps["crossed-verdict"].data["verdict"] == "neighbours"
    assert "load-step-beside/flashes" in record.sealed
    assert record.sealed["labels/serial-beside"] == "N-99812"
    told = json.dumps([dict(record.answers), {k: dict(v) for k, v in record.data.items()}]) + repr(record.view)
    assert "N-99812" not in told
    assert "load-step-beside/flashes" not in told
    beside = [fact.label for fact in visit.view.step("load-step-beside").facts]
    assert "Rises with the load by" not in beside


async def of_a_neighbour(made: House) -> tuple[Visit, Outbox]:
    """A visit that has ended, with a number and counts of a neighbour's meter."""
    more = {"connect": "leave:no-optical-port", "load-step-beside": "", "labels/pulses-beside": "1000"}
    visit, _asked = await visited(made, **more, **{"labels/serial-beside": SERIAL})
    return visit, Outbox(made.store, lambda count: bytes(count))


def receipt_of(outbox: Outbox, folder: Path) -> bytes:
    """All that waits goes into a folder; what is written at the other end."""
    outbox.export(folder)
    return acknowledge(folder, "A. Clerk")


@virtual
async def test_what_is_a_neighbours_is_erased_first(tmp_path_factory: pytest.TempPathFactory) -> None:
    async with house(tmp_path_factory.mktemp("store")) as made:
        visit, outbox = await of_a_neighbour(made)
        visits = VisitStore(made.store, lambda: "unused")
        kept = of_neighbours(visits, visit.journal.visit_id)
        assert kept is not None
        sealed = sealed_values(made.store, kept.rows(made.store))
        told, before = visits.progress(visit.journal.visit_id), len(visit.journal.entries())
        home = tmp_path_factory.mktemp("home")
        outbox.receipt(receipt_of(outbox, home))
        assert SERIAL.encode() in next(home.glob("*.hhtb")).read_bytes(), "the supplier has it"
        assert of_neighbours(visits, visit.journal.visit_id) is None
        (proof,) = records(made, visit, OutKind.NEIGHBOURS_ERASED)
        assert proof.payload["found_before"] >= len(sealed) > 2
        assert proof.payload["found_after"] == 0
        octets = b"".join(path.read_bytes() for path in made.store.path.parent.iterdir() if path.is_file())
        assert not [one for one in sealed if one[:PIECE] in octets]
        assert SERIAL.encode() not in octets
        now = visits.progress(visit.journal.visit_id)
        assert len(visit.journal.entries()) == before, "the visit is there as it was"
        assert {name: one for name, one in now.answers.items() if one != told.answers[name]} == dict.fromkeys(
            ("labels/serial-beside", "load-step-beside/flashes"), ERASED
        )
        (waiting,) = outbox.list()
        assert {item.state for item in waiting.items} == {OutState.RECEIPTED}, "what is left went home with it"
        assert outbox.erase(visit.journal.visit_id).found_after == 0


@virtual
async def test_a_terminal_that_dies_before_it_has_looked_looks_later(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with house(tmp_path_factory.mktemp("store")) as made:
        visit, outbox = await of_a_neighbour(made)
        with monkeypatch.context() as dying:
            dying.setattr("hht.store.erasure._looked", _dies)
            with pytest.raises(RuntimeError, match="died"):
                outbox.receipt(receipt_of(outbox, tmp_path_factory.mktemp("home")))
        assert not records(made, visit, OutKind.NEIGHBOURS_ERASED)
        assert len(records(made, visit, OutKind.NEIGHBOURS_ERASING)) == 1
        assert outbox.erase(visit.journal.visit_id).found_after == 0
        (proof,) = records(made, visit, OutKind.NEIGHBOURS_ERASED)
        assert proof.payload["found_after"] == 0
        assert proof.payload["pieces"] > 2


def records(made: House, visit: Visit, kind: OutKind) -> list[OutRecord]:
    return [one for one in OutboxBook(made.store).of_visit(visit.journal.visit_id) if one.kind is kind]


def _dies(*_args: object) -> None:
    raise RuntimeError("died")


def test_no_walkthrough_that_tries_whose_meter_it_is_can_switch_or_write() -> None:
    text = (ROOT / "resources/walkthroughs/crossed-meters.toml").read_text("utf-8")
    part = (ROOT / "resources/walkthroughs/parts/crossed.toml").read_text("utf-8")
    reasons = (ROOT / "resources/walkthroughs/parts/reasons.toml").read_text("utf-8")
    for added in (
        'isolates = "electricity"',
        'restores = "electricity"',
    ):
        wrong = part.replace('id = "labels"\n', f'id = "labels"\n{added}\n')
        with pytest.raises(WalkthroughError, match="nothing is isolated, switched or written"):
            parse_walkthrough(text, "crossed-meters", lambda name, wrong=wrong: reasons if name == "reasons" else wrong)
    writes = part.replace('action = "load-step"\n', 'action = "load-step"\n', 1).replace(
        'id = "crossed-verdict"\nsection = "crossed"\n',
        'id = "clock"\nsection = "crossed"\ntitle = "Clock"\nexplanation = "x"\naction = "clock"\ndeadline_s = 60\n'
        'authority = "Supplier"\nneeds = ["identify"]\nleave = ["site-unsafe"]\n\n'
        '[[steps]]\nid = "crossed-verdict"\nsection = "crossed"\n',
    )
    with pytest.raises(WalkthroughError, match="clock: whose supply it is stands in question"):
        parse_walkthrough(text, "crossed-meters", lambda name: reasons if name == "reasons" else writes)
