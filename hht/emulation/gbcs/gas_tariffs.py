"""The tariff of a gas meter, set and priced (GCS01a, GCS01b): four registers by time of use, or four blocks.

Prices and the standing charge come with how many of their digits stand behind the point of a pound; the model counts
in thousandths of a penny. Thresholds come in kWh with a multiplier and a divisor.
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from hht.emulation.gbcs.gas import defaults, scaled
from hht.emulation.gbcs.translation import CANCELLED, Asked, Translation, components_of, fields_in
from hht.i18n import _
from hht.model.features.calendar import Calendar, DayProfile, Season
from hht.model.features.tariff import SetGasPrice, SetGasTariff
from hht.model.features.tariff_plan import TariffPlan
from hht.model.gas_meter import GasMeter
from hht.model.refusal import DeviceRefusal, Reason
from hht.model.site import to_ms
from hht.protocol.gbcs.errors import MalformedPayload
from hht.protocol.gbcs.gbz import NEVER, zigbee_time

CALENDAR, DAY_PROFILE, _WEEK, _SEASONS, SPECIAL_DAYS = ((0x0707, command) for command in range(5))
_TARIFF, _PRICES, _THRESHOLDS = (0x0700, 0x04), (0x0700, 0x05), (0x0700, 0x06)
_STERLING: Final = 826  # ISO 4217
_DIGITS: Final = 5  # behind the point of a pound: thousandths of a penny
_WH: Final = 1000
_EVERY_YEAR, _FIRST_YEAR = 0xFF, 1900
_LEAP_YEAR: Final = 2000  # has every day that a year can have
_MINUTE_S: Final = 60
_TO_SERVER: Final = 0x00
Said = dict[tuple[int, int], list[dict[str, Any]]]


def commands_told(asked: Asked) -> Said:
    """The fields of every command, by cluster and command. Raises MalformedPayload where one is in several parts."""
    found: Said = {}
    for one in components_of(asked):
        fields = fields_in(one)
        if fields.get("totalNumberOfCommands", 1) != 1 or fields.get("numberOfCommands", 1) != 1:
            raise MalformedPayload(_("A part of it comes in several commands."))
        found.setdefault((one.cluster, one.command), []).append(fields)
    return found


def only(said: Said, command: tuple[int, int]) -> dict[str, Any]:
    """The fields of a command that comes once. Raises MalformedPayload."""
    found = said.get(command, [])
    if len(found) != 1:
        raise MalformedPayload(_("A part of it is missing, or comes twice."))
    return found[0]


def _tariff(asked: Asked) -> SetGasTariff:
    said = commands_told(asked)
    about = only(said, _TARIFF)
    thresholds: tuple[int, ...] = ()
    if about["numberOfBlockThresholdsInUse"]:
        (entry,) = only(said, _THRESHOLDS)["entries"] or (None,)
        if entry is None or len(entry["blockThreshold"]) != about["numberOfBlockThresholdsInUse"]:
            raise MalformedPayload(_("There is another number of block thresholds than the command says."))
        thresholds = tuple(
            number * about["blockThresholdMultiplier"] * _WH // max(1, about["blockThresholdDivisor"])
            for number in entry["blockThreshold"]
        )
    prices = _prices(said, tiers=about["numberOfPriceTiersInUse"], blocks=len(thresholds) + 1 if thresholds else 0)
    calendar = None if thresholds else calendar_told(said)
    return SetGasTariff(TariffPlan("", calendar, prices, _standing(about), thresholds))


def _prices(said: Said, *, tiers: int, blocks: int) -> tuple[tuple[int, ...], ...]:
    """A row per tier, or one of every block. Blocks are numbered from 0, tiers from 1."""
    digits = only(said, _TARIFF)["priceTrailingDigit"]
    found = {entry["tierBlockId"]: scaled(entry["price"], digits, _DIGITS) for entry in only(said, _PRICES)["entries"]}
    wanted = range(blocks) if blocks else range(1, max(1, tiers) + 1)
    if not set(wanted) <= set(found):
        raise MalformedPayload(_("A price is missing in the command."))
    row = tuple(found[number] for number in wanted)
    return (row,) if blocks else tuple((price,) for price in row)


def _standing(about: dict[str, Any]) -> int:
    if about["currency"] != _STERLING:
        raise DeviceRefusal(
            Reason.OTHER, _("The emulated meter counts in pounds."), remedy=_("Send a tariff in pounds.")
        )
    return scaled(about["standingCharge"], about["priceTrailingDigit"], _DIGITS)


def calendar_told(said: Said) -> Calendar:
    """The switching table of its days, weeks, seasons and special days. Raises MalformedPayload."""
    try:
        days = {
            str(fields["dayId"]): DayProfile(
                tuple((entry["startTime"] * _MINUTE_S, entry["priceTier"]) for entry in fields["entries"])
            )
            for fields in said.get(DAY_PROFILE, [])
        }
        weeks = {fields["weekId"]: fields["dayIdRefMondayToSunday"] for fields in said.get(_WEEK, [])}
        seasons = tuple(
            _season(entry["seasonStartDate"], weeks.get(entry["weekIdRef"], b""))
            for entry in only(said, _SEASONS)["entries"]
        )
        return Calendar(days, seasons, *_special_days(said))
    except ValueError:
        raise MalformedPayload(_("The seasons, weeks, days and special days do not fit together.")) from None


def _season(begins: bytes, week: bytes) -> Season:
    """Seasons begin each year: the model has none of one year alone. Raises ValueError."""
    date(_LEAP_YEAR, begins[1], begins[2])
    one, two, three, four, five, six, seven = map(str, week)
    return Season((begins[1], begins[2]), (one, two, three, four, five, six, seven))


def _special_days(said: Said) -> tuple[dict[date, str], dict[tuple[int, int], str]]:
    """Those of one year, and those of every year. Raises ValueError for what is no day."""
    special, yearly = {}, {}
    for fields in said.get(SPECIAL_DAYS, []):
        for entry in fields["entries"]:
            year, month, day, _weekday = entry["specialDayDate"]
            name = str(entry["dayIdRef"])
            there = date(_LEAP_YEAR if year == _EVERY_YEAR else _FIRST_YEAR + year, month, day)
            if year == _EVERY_YEAR:
                yearly[month, day] = name
            else:
                special[there] = name
    return special, yearly


def _price(asked: Asked) -> SetGasPrice:
    """Of the tariff that is there."""
    said = commands_told(asked)
    assert isinstance(asked.device, GasMeter)
    plan, about = asked.device.tariff.plan, only(said, _TARIFF)
    tiers = 0 if plan.thresholds_wh else len(plan.prices)
    if (about["numberOfPriceTiersInUse"], about["numberOfBlockThresholdsInUse"]) not in (
        (tiers, len(plan.thresholds_wh)),
        (0, 0),
    ):
        raise DeviceRefusal(
            Reason.OTHER,
            _("The prices are for another tariff than the meter's."),
            remedy=_("Read the tariff, or send the whole of it."),
        )
    blocks = len(plan.thresholds_wh) + 1 if plan.thresholds_wh else 0
    return SetGasPrice(_prices(said, tiers=tiers, blocks=blocks), _standing(about))


def _at_ms(asked: Asked) -> int | None:
    seconds: int = only(commands_told(asked), _TARIFF)["startTime"]
    if seconds == NEVER:
        return CANCELLED
    return to_ms(zigbee_time(seconds)) if seconds else None


TABLE: Final[dict[int, Translation]] = {
    0x006B: defaults(_tariff, _TO_SERVER, _at_ms),
    0x00A3: defaults(_price, _TO_SERVER, _at_ms),
}
