"""The register of a premises' faults: what is offered, switched, planned, and what is refused."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from hht.model.agenda import HOUR_MS
from hht.model.faults import FaultError, fault_kinds, parse_fault
from hht.model.plan_file import PremisesError, parse_duration
from tests.model.faults.worlds import World


def told(world: World) -> list[tuple[str, str]]:
    return [(line.where, line.what) for line in world.home.site.chronicle if line.what.startswith("fault ")]


def test_what_is_offered_is_what_the_devices_have() -> None:
    offered = {kind.name: devices for kind, devices in World("dual-fuel").home.faults.offered()}
    assert offered["never-wakes"] == ("gsme-1",)
    assert offered["corrupt-firmware"] == ("esme-1", "gsme-1", "ppmid-1")
    assert "stuck-switch-1" not in offered  # it has no auxiliary switch
    assert "refuses-writes" not in offered  # nobody writes at a SMETS2 port


def test_on_and_off_are_told_once_each() -> None:
    world = World("dual-fuel")
    faults = world.home.faults
    faults.on("never-wakes")
    faults.on("never-wakes", "gsme-1")
    (active,) = faults.active()
    assert active == (fault_kinds()["never-wakes"], "gsme-1", world.home.site.now_ms)
    faults.off("never-wakes")
    faults.off("never-wakes")
    assert told(world) == [("gsme-1", "fault never-wakes begins"), ("gsme-1", "fault never-wakes ends")]


@pytest.mark.parametrize(
    ("name", "device", "code", "remedy"),
    [
        ("never-woke", None, "fault-unknown", "never-wakes"),
        ("corrupt-firmware", None, "fault-device", "esme-1, gsme-1, ppmid-1"),
        ("never-wakes", "esme-1", "fault-device", "gsme-1"),
        ("stuck-switch-1", None, "fault-device", "Nothing here has what this fault needs"),
    ],
)
def test_what_cannot_be_says_what_can(name: str, device: str | None, code: str, remedy: str) -> None:
    world = World("dual-fuel")
    for act in (world.home.faults.on, world.home.faults.off):
        with pytest.raises(FaultError) as caught:
            act(name, device)
        assert caught.value.code == code
        assert remedy in caught.value.remedy
    assert not world.home.faults.active()


def test_a_plan_is_kept_to_the_millisecond() -> None:
    world = World("dual-fuel")
    now_ms = world.home.site.now_ms
    world.home.faults.schedule("never-wakes", None, now_ms + HOUR_MS, now_ms + 2 * HOUR_MS)
    world.wait(3599.999)
    assert not world.home.faults.active()
    world.wait(0.001)
    assert world.home.faults.active()
    world.wait(3600)
    assert not world.home.faults.active()
    with pytest.raises(FaultError, match="ends before it begins"):
        world.home.faults.schedule("never-wakes", None, now_ms, now_ms)


WEAK = '[[fault]]\nname = "weak-signal"\ndevice = "esme-1"\n'
FAULT = '[[fault]]\nname = "never-wakes"\ndevice = "gsme-1"\n'


@pytest.mark.parametrize(
    ("moments", "began_s"),
    [
        ("", -86_400 - 10 * 3600 - 753),
        ('begins = "-PT3H"\n', -10_800),
        ("begins = 2026-11-21T09:12:33Z\n", -3600),
        ("begins = 2026-11-21T09:12:33\n", -3600),
        ("begins = 2026-11-21T10:12:33+01:00\n", -3600),
    ],
)
def test_a_file_says_when_a_fault_begins(moments: str, began_s: int) -> None:
    world = World("dual-fuel", top=FAULT + moments)
    ((kind, device, since_ms),) = world.home.faults.active()
    assert (kind.name, device) == ("never-wakes", "gsme-1")
    assert since_ms == world.home.site.present_ms + began_s * 1000


def test_a_file_says_when_a_fault_ends() -> None:
    world = World("dual-fuel", top=FAULT + 'begins = "PT1H"\nends = "P1DT1H"\n')
    assert not world.home.faults.active()
    world.wait(3600)
    assert world.home.faults.active()
    world.wait(86_400)
    assert not world.home.faults.active()


def test_the_old_form_at_a_device_goes_on() -> None:
    world = World("dual-fuel", edit=lambda text: text.replace("[device.gas]", 'faults = ["never-wakes"]\n[device.gas]'))
    assert world.hub.gpf.mirror is None
    assert [kind.name for kind, _device, _since in world.home.faults.active()] == ["never-wakes"]


@pytest.mark.parametrize(
    ("table", "line", "words"),
    [
        ('name = "never-woke"', 1, "Did you mean: never-wakes"),
        ('device = "gsme-1"', 0, "missing"),
        ('name = "never-wakes"\ndevice = "gsme-2"', 2, "no device “gsme-2”"),
        ('name = "never-wakes"\ndevice = "esme-1"', 2, "gas-meter"),
        ('name = "corrupt-firmware"', 1, "esme-1, gsme-1, ppmid-1"),
        ('name = "never-wakes"\nbegins = "tomorrow"', 2, "+P1DT2H"),
        ('name = "never-wakes"\nbegins = 2026-11-20', 2, "date-time"),
        ('name = "never-wakes"\nbegins = "PT2H"\nends = "PT1H"', 1, "ends before"),
        ('name = "never-wakes"\nwhen = "PT2H"', 2, "no such field"),
        ('name = "refuses-writes"\ndevice = "esme-1"', 1, "cannot be at “esme-1”. Nothing here has"),
    ],
)
def test_what_is_wrong_in_a_file_is_said_by_line(table: str, line: int, words: str) -> None:
    at: list[int] = []

    def edit(text: str) -> str:
        at.append(text[: text.index("[[device]]")].count("\n") + 1)
        return text.replace("[[device]]", f"[[fault]]\n{table}\n[[device]]", 1)

    with pytest.raises(PremisesError) as caught:
        World("dual-fuel", edit=edit)
    assert words in caught.value.message
    assert f"dual-fuel.toml, line {at[0] + line}: fault" in caught.value.message


def test_what_was_planned_and_cannot_begin_is_told() -> None:
    world = World("dual-fuel")
    faults, now_ms = world.home.faults, world.home.site.now_ms
    faults.schedule("cad-not-listed", None, now_ms + HOUR_MS, now_ms + 2 * HOUR_MS)
    faults.on("wrong-install-code", "cad-1")  # meanwhile it is off the HAN
    world.wait(3 * 3600)
    assert ("cad-1", "fault cad-not-listed does not begin") in told(world)
    assert [kind.name for kind, _device, _since in faults.active()] == ["wrong-install-code"]


def test_the_same_plan_gives_the_same_life_twice() -> None:
    def life() -> str:
        world = World("dual-fuel", top=FAULT + 'begins = "-PT6H"\nends = "PT6H"\n')
        world.wait(86_400)
        return world.home.site.chronicle.fingerprint

    assert life() == life()


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("P1D", timedelta(days=1)),
        ("+P1DT2H", timedelta(days=1, hours=2)),
        ("-PT30M", timedelta(minutes=-30)),
        ("PT1H1M1S", timedelta(seconds=3661)),
        ("P", None),
        ("PT", None),
        ("1D", None),
        ("P1DT", None),
        ("P1.5D", None),
        ("P9999999D", None),
    ],
)
def test_durations(text: str, length: timedelta | None) -> None:
    assert parse_duration(text) == length


def test_faults_on_a_command_line() -> None:
    plan = parse_fault("never-wakes@gsme-1,-P2D")
    assert (plan.name, plan.device, plan.begins) == ("never-wakes", "gsme-1", timedelta(days=-2))
    assert parse_fault("never-wakes").begins == timedelta(0)
    for wrong in ("never-woke", "never-wakes,soon", "", "@gsme-1"):
        with pytest.raises(FaultError):
            parse_fault(wrong)


@pytest.mark.parametrize("kind", fault_kinds().values(), ids=lambda kind: kind.name)
def test_every_kind_says_what_it_is(kind: object) -> None:
    from hht.model.faults import FaultKind

    assert isinstance(kind, FaultKind)
    assert re.fullmatch("[a-z][a-z0-9]*(-[a-z0-9]+)*", kind.name)
    for text in (kind.title, kind.symptom, kind.remedy):
        assert text
        assert text.strip() == text
    assert kind.symptom.endswith(".")
    assert kind.remedy.endswith(".")
    assert all(re.fullmatch("F-[0-4][0-9]", failure) for failure in kind.failures)


@pytest.mark.parametrize("order", [1, -1])
def test_what_is_planned_twice_lasts_until_the_last_of_them_ends(order: int) -> None:
    world = World("dual-fuel")
    now_ms = world.home.site.now_ms
    for begins, ends in ((1, 3), (2, 4))[::order]:
        world.home.faults.schedule("power-cut", None, now_ms + begins * HOUR_MS, now_ms + ends * HOUR_MS)
    for hour, on in ((1, True), (2, True), (3, True), (4, False)):
        world.wait(3600)
        assert bool(world.home.faults.active()) is on, hour
    assert told(world) == [("", f"fault power-cut {what}") for what in ("begins", "goes on", "ends")]


def test_a_plan_within_another_does_not_end_it_and_one_without_end_never_does() -> None:
    world = World("dual-fuel")
    now_ms = world.home.site.now_ms
    world.home.faults.schedule("power-cut", None, now_ms + HOUR_MS, now_ms + 4 * HOUR_MS)
    world.home.faults.schedule("power-cut", None, now_ms + 2 * HOUR_MS, now_ms + 3 * HOUR_MS)
    world.home.faults.schedule("never-wakes", None, now_ms + HOUR_MS, now_ms + 2 * HOUR_MS)
    world.home.faults.schedule("never-wakes", None, now_ms + HOUR_MS)
    world.wait(3.5 * 3600)
    assert {kind.name for kind, _device, _since in world.home.faults.active()} == {"power-cut", "never-wakes"}
    world.wait(1800)
    assert {kind.name for kind, _device, _since in world.home.faults.active()} == {"never-wakes"}


def test_who_ends_a_planned_fault_by_hand_ends_all_plans_of_it_that_had_begun() -> None:
    world = World("dual-fuel")
    now_ms = world.home.site.now_ms
    for begins, ends in ((1, 4), (2, 5), (6, 8)):
        world.home.faults.schedule("power-cut", None, now_ms + begins * HOUR_MS, now_ms + ends * HOUR_MS)
    world.wait(3 * 3600)
    world.home.faults.off("power-cut")
    world.home.faults.on("power-cut")  # and this is a person's, whom no plan that is over ends
    world.wait(2.5 * 3600)
    assert world.home.faults.active()
    world.home.faults.off("power-cut")
    world.wait(3600)
    assert world.home.faults.active()
    world.wait(2 * 3600)
    assert not world.home.faults.active()


# --- amounts ---------------------------------------------------------------------------------------------------------


def test_every_usual_amount_is_one_of_those_there_can_be_and_has_the_usual_effect() -> None:
    sized = [kind for kind in fault_kinds().values() if kind.amount is not None]
    assert len(sized) >= 16
    for kind in sized:
        assert kind.amount is not None
        assert kind.amount.allows(kind.amount.usual)
        assert not kind.amount.allows(kind.amount.high + 1)
        assert not kind.amount.allows(kind.amount.low - 1)
    assert not fault_kinds()["clock-adrift"].amount.allows(0)  # type: ignore[union-attr]


def test_so_much_of_a_fault_as_somebody_says() -> None:
    world = World("dual-fuel")
    faults, meter = world.home.faults, world.esme
    before_ms = meter.clock.adrift_ms
    faults.on("clock-adrift", "esme-1", -600)
    assert (meter.clock.adrift_ms - before_ms, faults.amount("clock-adrift", "esme-1")) == (-600_000, -600)
    faults.on("clock-adrift", "esme-1", 90)  # it is on already: now it is another
    assert meter.clock.adrift_ms - before_ms == 90_000
    faults.on("clock-adrift", "esme-1")
    faults.off("clock-adrift", "esme-1")
    assert (meter.clock.adrift_ms, faults.amount("clock-adrift", "esme-1")) == (before_ms, None)
    assert [what for _where, what in told(world)] == [
        "fault clock-adrift begins",
        "fault clock-adrift changes",
        "fault clock-adrift ends",
    ]
    whys = [line.why for line in world.home.site.chronicle if line.what.startswith("fault ")]
    assert whys == ["-600 s", "90 s", ""]


@pytest.mark.parametrize(("name", "amount"), [("lying-meter", 401), ("lying-meter", 0), ("weak-signal", 0)])
def test_more_of_a_fault_than_there_can_be_is_refused(name: str, amount: int) -> None:
    world = World("dual-fuel")
    for act in (world.home.faults.on, lambda *words: world.home.faults.schedule(words[0], words[1], 0, None, words[2])):
        with pytest.raises(FaultError) as caught:
            act(name, "esme-1", amount)
        assert caught.value.code == "fault-amount"
        assert str(fault_kinds()[name].amount.usual) in caught.value.remedy  # type: ignore[union-attr]
    with pytest.raises(FaultError, match="has no amount"):
        world.home.faults.on("never-wakes", "gsme-1", 3)
    assert not world.home.faults.active()


def test_a_meter_lies_by_as_many_per_cent_as_is_said() -> None:
    counted = []
    for amount in (None, -50):
        world = World("dual-fuel")
        if amount is not None:
            world.home.faults.on("lying-meter", "esme-1", amount)
        since = world.esme.registers()[0]
        world.wait(7200)
        counted.append(world.esme.registers()[0] - since)
    assert abs(counted[1] * 2 - counted[0]) <= 2 < counted[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("weak-signal=40@esme-1", ("weak-signal", "esme-1", timedelta(0), None, 40)),
        ("clock-adrift=-5,-P2D", ("clock-adrift", None, timedelta(days=-2), None, -5)),
        ("voltage-low,PT1H,PT2H", ("voltage-low", None, timedelta(hours=1), timedelta(hours=2), None)),
    ],
)
def test_what_a_command_line_says_of_a_fault(text: str, said: tuple[object, ...]) -> None:
    plan = parse_fault(text)
    assert (plan.name, plan.device, plan.begins, plan.ends, plan.amount) == said


@pytest.mark.parametrize(
    "text", ["weak-signal=", "weak-signal=4.5", "weak-signal=121", "never-wakes=1", "clock-adrift=0"]
)
def test_an_amount_that_is_none_is_refused_on_the_command_line(text: str) -> None:
    with pytest.raises(FaultError) as caught:
        parse_fault(text)
    assert caught.value.code == "fault-amount"


@pytest.mark.parametrize(
    ("edit", "field"),
    [
        (
            ("[[device]]", '[[fault]]\nname = "weak-signal"\ndevice = "esme-1"\namount = 500\n[[device]]'),
            "fault.amount",
        ),
        (("[[device]]", f"{WEAK}amount = 500\n[[device]]"), "fault.amount"),
        (("[[device]]", f"{FAULT}amount = 5\n[[device]]"), "fault.amount"),
        (("[device.gas]", 'faults = ["low-battery=9999"]\n[device.gas]'), "faults"),
        (("[device.gas]", 'faults = ["low-battery=many"]\n[device.gas]'), "faults"),
    ],
)
def test_an_amount_that_cannot_be_is_said_by_line(edit: tuple[str, str], field: str) -> None:
    with pytest.raises(PremisesError) as caught:
        World("dual-fuel", edit=lambda text: text.replace(*edit, 1))
    assert str(caught.value.details["field"]).endswith(field)
    assert caught.value.details["line"]


def test_a_file_says_how_much() -> None:
    top = '[[fault]]\nname = "low-battery"\ndevice = "gsme-1"\namount = 30\n'
    world = World("dual-fuel", top=top)
    assert world.home.faults.amount("low-battery", "gsme-1") == 30


# --- plans that somebody looks at ------------------------------------------------------------------------------------


def test_what_is_planned_is_told_until_it_has_happened() -> None:
    world = World("dual-fuel")
    faults, now_ms = world.home.faults, world.home.site.now_ms
    faults.schedule("weak-signal", "esme-1", now_ms + HOUR_MS, now_ms + 2 * HOUR_MS, 60)
    faults.schedule("never-wakes", None, now_ms + HOUR_MS)
    first, second = faults.planned()
    assert (first.kind.name, first.device, first.begins_ms, first.ends_ms, first.amount) == (
        "weak-signal",
        "esme-1",
        now_ms + HOUR_MS,
        now_ms + 2 * HOUR_MS,
        60,
    )
    assert (second.device, second.ends_ms) == ("gsme-1", None)
    world.wait(3600)
    (first,) = faults.planned()
    assert (first.begins_ms, first.ends_ms, faults.amount("weak-signal", "esme-1")) == (None, now_ms + 2 * HOUR_MS, 60)
    faults.off("weak-signal", "esme-1")
    assert not faults.planned()


def test_a_plan_that_is_given_up_does_nothing_more() -> None:
    world = World("dual-fuel")
    faults, now_ms = world.home.faults, world.home.site.now_ms
    faults.schedule("never-wakes", None, now_ms + HOUR_MS, now_ms + 2 * HOUR_MS)
    faults.schedule("weak-signal", "esme-1", now_ms + 1, now_ms + 2 * HOUR_MS)
    world.wait(1)
    for plan in faults.planned():
        faults.give_up(plan.number)
        faults.give_up(plan.number)
    world.wait(3 * 3600)
    assert [kind.name for kind, _device, _since in faults.active()] == ["weak-signal"]
    assert not faults.planned()
