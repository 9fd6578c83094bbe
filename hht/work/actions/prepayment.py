"""Prepayment help: the account read and told, a token checked before it is typed, attempts counted, the supply that a
person enables.

No token and no amount stands in the journal: a token is asked for as a secret, money is shown while its step runs.
"""

from __future__ import annotations

from hht.client.api import SupplyState
from hht.client.prepayment import EmergencyState, Money
from hht.i18n import _
from hht.identifiers.utrn import Utrn
from hht.work.prepaying import EntryRules, Window, entry_rules, money_text, prepaying, require_purpose, window_of
from hht.work.progress import AT_BEST, REMARK
from hht.work.step import Action, StepContext, StepError, StepResult
from hht.work.top_up_seen import Seen, account, seen_of
from hht.work.view import NOT_MEASURED, Fact, Outcome, Question, QuestionKind, Tone

EARLIER, SAID, TOLD, METER = "earlier", "said", "told", "meter"
_UNSAID = "unsaid"  # a receipt that names no meter
_TOLD = "told-"  # before what a person says that the meter said
_ACCEPTED, _MISTYPED, _LOCKED = "accepted", "incomplete", "locked"
_MOST_SAID = 10  # entries of a visit that are asked about by a name of their own


async def prepayment_state(ctx: StepContext) -> StepResult:
    """Mode, emergency credit and supply, and no amount. Raises StepError where the job is for something else."""
    require_purpose(ctx.job)
    meter = await ctx.meter()
    held = await prepaying(ctx.job, meter).read_prepayment_state()
    supply = await meter.read_supply_state()
    mode = _("Prepayment mode") if held.prepays else _("Credit mode: it takes no top-ups")
    facts = (
        Fact(_("Payment mode"), mode, Tone.GOOD if held.prepays else Tone.BAD, from_device=True),
        Fact(_("Emergency credit"), _emergency_words(held.emergency), from_device=True),
        _supply_fact(supply),
    )
    data = {"prepays": held.prepays, "emergency": held.emergency.value, "supply": str(supply)}
    left = _left(_("the meter is in Credit mode")) if not held.prepays else {}
    return StepResult(facts, {**data, **left})


async def read_account(ctx: StepContext) -> StepResult:
    """Balance and debts on the screen until the customer was told; kept nowhere. Raises as `prepayment_state`."""
    require_purpose(ctx.job)
    money = await prepaying(ctx.job, await ctx.meter()).read_money()
    ctx.show(_money_facts(money))
    prompt = _("Told to the customer, and to nobody else? What is shown here is kept nowhere.")
    told = await ctx.put(Question(f"{ctx.spec.id}/{TOLD}", QuestionKind.CONFIRM, prompt))
    words = _("told to the customer") if told == "yes" else _("not told")
    return StepResult((Fact(_("Balance and debt"), _("read; {told}; not kept").format(told=words)),), {TOLD: told})


def _money_facts(money: Money) -> tuple[Fact, ...]:
    first, second, paid = money.debts
    rows = (
        (_("Balance"), money.balance),
        (_("Emergency credit left"), money.emergency_left),
        (_("Charges that wait"), money.accumulated_debt),
        (_("Debt 1, by time"), first),
        (_("Debt 2, by time"), second),
        (_("Debt by each top-up"), paid),
    )
    return tuple(Fact(label, money_text(amount), from_device=True) for label, amount in rows)


async def check_token(ctx: StepContext) -> StepResult:
    """A token before anybody types it: its digits, what it carries, whether the meter can understand its counter."""
    typed = await ctx.put(_question(ctx, "token", QuestionKind.UTRN, _("The token on the receipt, 20 digits")))
    if typed == NOT_MEASURED:
        return StepResult((Fact(_("Token"), _("there is none")),), {"given": False})
    token = Utrn.parse(typed)
    meant, earlier = await _meant_for(ctx, token), _earlier_facts(ctx, token)
    contents = token.contents
    amount = Fact(_("It is worth"), money_text((contents.amount_pence or 0) * 1000))
    bits = Fact(_("Counter bits"), str(contents.truncated_counter))
    ctx.held[ctx.spec.id] = (contents.amount_pence or 0) * 1000
    digits = Fact(_("Check digit"), _("right"), Tone.GOOD)
    ctx.show((digits, amount, bits, *earlier))
    counter = await _counter(ctx, "counter", _("The token's counter, as the supplier's record has it"))
    highest = await _counter(ctx, "last", _("The counter of the last token that this meter accepted"))
    found = window_of(contents, counter, highest)
    facts = (digits, bits, _window_fact(found), *_meant_facts(meant), *earlier)
    refused = _left(_window_words(found)) if found not in (Window.INSIDE, Window.UNKNOWN) else {}
    data = {"given": True, "bits": contents.truncated_counter, "window": found.value, **refused}
    return StepResult(facts, data | ({METER: meant} if meant else {}))


async def _meant_for(ctx: StepContext, token: Utrn) -> str:
    """Which meter its receipt names, where the job has two: no digit of a token says so, its check is under a key that
    the meter alone has (factbook 1.5). "" where there is one meter. Raises StepError where it is the other one's."""
    own, before = "gas" if _gas(ctx) else "electricity", ctx.knowledge.tokens.before(token)
    if before is not None and before.meter != own:
        raise StepError(
            _("This very token was checked for the other meter, in this visit or an earlier one. It is for one meter."),
            remedy=_("Take the other receipt, or answer that there is no token. Then try again."),
            code="token-checked-before",
        )
    if ctx.job.device("gas-meter") is not None:
        fuels = {"electricity": _("The electricity meter"), "gas": _("The gas meter")}
        choices = {own: fuels.pop(own), **fuels, _UNSAID: _("It does not say")}
        prompt = _("Which meter is this token for? The receipt names the fuel, or the meter's number.")
        question = Question(
            f"{ctx.spec.id}/{METER}",
            QuestionKind.CHOICE,
            prompt,
            tuple(choices),
            labels=tuple(choices.values()),
            again=True,
        )
        meant = await ctx.put(question)
        if meant not in (own, _UNSAID):
            raise StepError(
                _("This token is for the other meter: here it would be a wrong entry."),
                remedy=_("Keep it for the other meter. Here take that meter's own receipt, or none. Then try again."),
                code="token-of-other-meter",
            )
    else:
        meant = ""
    ctx.knowledge.tokens.note(token, own)
    return meant


def _earlier_facts(ctx: StepContext, token: Utrn) -> tuple[Fact, ...]:
    """That an earlier visit of the job has checked it: the meter may have taken it since."""
    before = ctx.knowledge.tokens.before(token)
    if before is None or not before.earlier:
        return ()
    words = _("checked already in visit {number} of this job: the meter may have taken it then, and takes none twice")
    return (Fact(_("Checked before"), words.format(number=before.earlier), Tone.WARN),)


def _meant_facts(meant: str) -> tuple[Fact, ...]:
    words = {
        "electricity": _("the electricity meter"),
        "gas": _("the gas meter"),
        _UNSAID: _("the receipt does not say"),
    }
    return (Fact(_("For"), words[meant], Tone.WARN if meant == _UNSAID else Tone.PLAIN),) if meant else ()


async def _counter(ctx: StepContext, name: str, prompt: str) -> int | None:
    value = await ctx.put(_question(ctx, name, QuestionKind.COUNTER, prompt))
    return None if value == NOT_MEASURED else int(value)


def _question(ctx: StepContext, name: str, kind: QuestionKind, prompt: str) -> Question:
    return Question(f"{ctx.spec.id}/{name}", kind, prompt)


def _window_words(found: Window) -> str:
    return {
        Window.INSIDE: _("inside the meter's counter window"),
        Window.OUTSIDE: _("token outside the meter's counter window: it is sent over WAN or HAN instead"),
        Window.USED: _("this token was the last that the meter accepted: it is used up"),
        Window.OTHER: _("the counter on record is another token's: ask the supplier which one this is"),
        Window.UNKNOWN: _("not known: ten bits alone cannot tell"),
    }[found]


def _window_fact(found: Window) -> Fact:
    tone = {Window.INSIDE: Tone.GOOD, Window.UNKNOWN: Tone.WARN}.get(found, Tone.BAD)
    return Fact(_("Counter window"), _window_words(found), tone)


async def type_token(ctx: StepContext) -> StepResult:
    """The customer types it, if it may be typed at all; each wrong entry is counted, and before the one that would
    suspend typing it is over: no other is offered. Where the port shows the account, the meter's own record says
    whether it took it, whatever its screen was read to say. Raises StepError where that contradicts the person."""
    checked = ctx.data(ctx.spec.needs[-1])
    if not checked.get("given"):
        return StepResult((Fact(_("Token"), _("nothing is typed")),), {"accepted": False})
    if checked["window"] not in (Window.INSIDE, Window.UNKNOWN):
        words = _window_words(Window(checked["window"]))
        return _over(Fact(_("Not typed"), words, Tone.WARN), words, 0)
    rules = entry_rules()
    wrong = int(await ctx.put(_earlier(ctx, rules)))
    await _before(ctx)
    for number in range(1, _MOST_SAID + 1):
        ctx.show((_attempts(wrong, rules),))
        said = await _entry(ctx, number, may_type=rules.may_type(wrong))
        if not said:
            return _over(_attempts(wrong, rules), _("stopped before the meter suspends typing"), wrong)
        seen = await _seen(ctx)
        if said == _ACCEPTED or seen.arrived:
            return _taken(ctx, seen, wrong)
        wrong += 1
        if said == _LOCKED:
            return _over(_locked(rules), _("typing is suspended at the meter"), wrong)
        if said != _MISTYPED:
            return _over(Fact(_("Refused"), _reasons()[said], Tone.BAD), _reasons()[said], wrong)
    return _over(_attempts(wrong, rules), _("stopped"), wrong)


async def _entry(ctx: StepContext, number: int, *, may_type: bool) -> str:
    """What the meter said to an entry; "" where it may not be made. It is journalled before it is made and after, as
    what changes a meter is: a step that was stopped or died forgets none."""
    item, target = f"top-up entry {number}", "typed by the customer"
    known = ctx.visit.last_write(ctx.spec.id, item)
    begun = item in ctx.visit.steps[ctx.spec.id].open_intents
    if known is not None and not begun:
        return known.result.removeprefix(_TOLD)
    if not (may_type or begun):
        return ""
    ctx.intend(item, target)
    said = await ctx.put(_said(ctx, number))
    ctx.settle(item, target, f"{_TOLD}{said}" if said == _ACCEPTED else said)
    return said


async def _before(ctx: StepContext) -> None:
    """The account before anything is typed, in memory alone. What was typed before the terminal died is not before."""
    key = f"{ctx.spec.id}/account"
    if key not in ctx.held and not _gas(ctx):
        typed = ctx.visit.last_write(ctx.spec.id, "top-up entry 1") or ctx.visit.steps[ctx.spec.id].open_intents
        ctx.held[key] = None if typed else await account(ctx)


async def _seen(ctx: StepContext) -> Seen:
    before = ctx.held.get(f"{ctx.spec.id}/account")
    if before is None:
        return Seen.UNSEEN
    return seen_of(before, await account(ctx), ctx.held.get(ctx.spec.needs[-1]))


def _gas(ctx: StepContext) -> bool:
    """Whether it is the gas meter's: that has no port, and the account at the port is another's."""
    return "gas" in (ctx.spec.when or {}).get("fuel", ())


def _taken(ctx: StepContext, seen: Seen, wrong: int) -> StepResult:
    """Accepted: by the meter's own record, or as the person says where nobody could look."""
    if seen is Seen.MISSING:
        raise StepError(
            _("The meter's screen was read as accepted; its own record has no such top-up."),
            remedy=_("Type nothing again. Wait a minute, look at the screen, then try again; or choose Can't do this."),
            code="top-up-not-there",
        )
    item = "gas-top-up" if _gas(ctx) else "top-up"
    ctx.settle(item, "", f"top-up-{seen.value}")
    words = _("accepted ({how})").format(how=seen.words)
    fact = Fact(_("Token"), words, Tone.GOOD if seen.arrived else Tone.WARN, from_device=seen.arrived)
    return StepResult((fact,), {"accepted": True, "wrong": wrong, "seen": seen.value})


def _earlier(ctx: StepContext, rules: EntryRules) -> Question:
    prompt = _("Wrong entries at this meter in the last {minutes} min, before this visit, anybody's")
    counts = tuple(str(number) for number in range(rules.tries + 1))
    words = prompt.format(minutes=-(-max(rules.within_s, rules.suspended_s) // 60))
    labels = (_("none"), *counts[1:-1], _("{count} or more, or it is locked").format(count=counts[-1]))
    return Question(f"{ctx.spec.id}/{EARLIER}", QuestionKind.CHOICE, words, counts, labels=labels)


def _said(ctx: StepContext, number: int) -> Question:
    prompt = _("The customer types the token, once. What does the meter say? (entry {number})").format(number=number)
    reasons = _reasons()
    name = f"{ctx.spec.id}/{SAID}-{number}"
    return Question(name, QuestionKind.CHOICE, prompt, tuple(reasons), labels=tuple(reasons.values()))


def _reasons() -> dict[str, str]:
    """What meters say of a token (painpoints P20), by codes."""
    return {
        _ACCEPTED: _("Accepted"),
        _MISTYPED: _("Incomplete, or a digit was mistyped"),
        "incorrect": _("Incorrect, although all 20 digits were typed"),
        "invalid": _("Invalid: not for this meter, or used before"),
        "high": _("Account high: more than the meter may hold"),
        "low": _("Account low"),
        "nothing": _("Nothing: its keys or its screen do not answer"),
        _LOCKED: _("Locked: it takes no entry now"),
    }


def _attempts(wrong: int, rules: EntryRules) -> Fact:
    words = _("{wrong} wrong of {tries}, then typing is suspended for {minutes} min")
    if not rules.verified:
        words = _("{wrong} wrong of {tries} (unverified for this meter), then typing is suspended for {minutes} min")
    text = words.format(wrong=wrong, tries=rules.tries, minutes=rules.suspended_s // 60)
    return Fact(_("Attempts"), text, Tone.PLAIN if rules.may_type(wrong) else Tone.BAD)


def _locked(rules: EntryRules) -> Fact:
    words = _("press nothing for {minutes} min; the supplier can send the top-up meanwhile")
    return Fact(_("Locked"), words.format(minutes=rules.suspended_s // 60), Tone.BAD)


def _over(fact: Fact, why: str, wrong: int) -> StepResult:
    """Not accepted, and not to be typed again: the supplier sends it over WAN or HAN."""
    onward = Fact(_("Next"), _("type no more; the supplier sends the top-up over WAN or HAN"), Tone.WARN)
    return StepResult((fact, onward), {"accepted": False, "wrong": wrong, **_left(why)})


def _left(why: str) -> dict[str, str]:
    return {AT_BEST: Outcome.INSTALL_AND_LEAVE.value, REMARK: why}


async def emergency_credit(ctx: StepContext) -> StepResult:
    """Activated by the customer at the meter, where it can be had and is wanted; then read back. Raises StepError where
    the meter does not show it."""
    held = await prepaying(ctx.job, await ctx.meter()).read_prepayment_state()
    ctx.show((Fact(_("Emergency credit"), _emergency_words(held.emergency), from_device=True),))
    if held.emergency is EmergencyState.AVAILABLE:
        prompt = _("Does the customer want emergency credit? It is repaid from the next top-ups.")
        if await ctx.put(_question(ctx, "wanted", QuestionKind.CONFIRM, prompt)) == "yes":
            await ctx.put(_question(ctx, "pressed", QuestionKind.CONFIRM, _("Activated at the meter or PPMID?")))
            held = await prepaying(ctx.job, await ctx.meter()).read_prepayment_state()
            if held.emergency is EmergencyState.AVAILABLE:
                raise StepError(
                    _("The meter still offers emergency credit: it was not activated."),
                    remedy=_("Press its button until the screen says so, then try again; or choose Can't do this."),
                    code="emergency-not-activated",
                )
    fact = Fact(_("Emergency credit"), _emergency_words(held.emergency), Tone.GOOD, from_device=True)
    return StepResult((fact,), {"emergency": held.emergency.value})


def _emergency_words(state: EmergencyState) -> str:
    return {
        EmergencyState.NONE: _("not to be had now: the balance is above its threshold"),
        EmergencyState.AVAILABLE: _("can be activated"),
        EmergencyState.ACTIVE: _("in use"),
        EmergencyState.EXHAUSTED: _("used up: it is repaid by top-ups first"),
    }[state]


async def supply_state(ctx: StepContext) -> StepResult:
    """The supply as the meter shows it now: what follows depends on it."""
    state = await (await ctx.meter()).read_supply_state()
    return StepResult((_supply_fact(state),), {"supply": str(state)})


def _supply_fact(state: SupplyState) -> Fact:
    words = {
        SupplyState.ENABLED: _("on"),
        SupplyState.ARMED: _("armed: off, until a person at the meter enables it"),
        SupplyState.DISABLED: _("off: it is armed by credit, or by the supplier"),
    }
    return Fact(_("Electricity"), words[state], Tone.GOOD if state is SupplyState.ENABLED else Tone.WARN, True)


async def enable_supply(ctx: StepContext) -> StepResult:
    """An armed supply, enabled by the person at the meter's own button and read back: the terminal sends nothing.
    Raises StepError where it is not armed, or stays off."""
    before = await (await ctx.meter()).read_supply_state()
    if before is SupplyState.ENABLED:
        return StepResult((_supply_fact(before),), {"supply": str(before)})
    if before is not SupplyState.ARMED:
        raise StepError(
            _("The supply is not armed: nobody at the meter can enable it."),
            remedy=_("Credit arms it, or the supplier (7.3). Then try again; or choose Can't do this."),
            code="not-armed",
        )
    ctx.show((_supply_fact(before),))
    prompt = _("The person at the meter presses its button now. Did they?")
    pressed = Question(f"{ctx.spec.id}/pressed", QuestionKind.CONFIRM, prompt, again=True)
    await ctx.put(pressed)
    after = await (await ctx.meter()).read_supply_state()
    if after is not SupplyState.ENABLED:
        raise StepError(
            _("The supply is still off: {state}.").format(state=str(after)),
            remedy=_("See that every appliance is still off, press the button again, then try again."),
            code="still-off",
        )
    return StepResult((_supply_fact(after),), {"supply": str(after), "by": "a person at the meter"})


PREPAYMENT_STATE = Action("prepayment-state", prepayment_state)
READ_ACCOUNT = Action("read-account", read_account, asks=(TOLD,))
CHECK_TOKEN = Action("check-token", check_token, only_asks=True, asks=("token", METER, "counter", "last"))
TYPE_TOKEN = Action(
    "type-token",
    type_token,
    asks=(EARLIER, *(f"{SAID}-{number}" for number in range(1, _MOST_SAID + 1))),
)
EMERGENCY_CREDIT = Action("emergency-credit", emergency_credit, asks=("wanted", "pressed"))
SUPPLY_STATE = Action("supply-state", supply_state)
ENABLE_SUPPLY = Action("enable-supply", enable_supply, asks=("pressed",))
