"""One mechanism for every text: the catalogue can be extracted, compiled and spoken."""

from __future__ import annotations

import argparse
import ast
import gettext
import inspect
import re
import string
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from babel.numbers import get_decimal_symbol, get_group_symbol
from babel.util import pathmatch

from hht import dates, i18n
from hht.client.interface_classes import enumeration, interface_class, object_name
from hht.emulation.usage import uses
from hht.model.faults import failures
from hht.protocol.cosem.gb_objects import object_names
from hht.protocol.cosem.obis import Obis
from hht.pseudo_locale import pseudo
from hht.work.network_view import changes
from hht.work.walkthrough import load_walkthrough, walkthrough_names
from tests.conftest import ROOT
from ui.cli import argument_words

MONTHS, DAYS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec", "Mon Tue Wed Thu Fri Sat Sun"
WELSH = ROOT / "resources" / "locale" / "cy" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def extracted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Every text there is now, as `make translations` extracts it."""
    pot = tmp_path_factory.mktemp("texts") / "hht.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", "packaging/babel.cfg"]
    subprocess.run([*command, "-k", "_", "-k", "ngettext:1,2", "-o", str(pot), "."], cwd=ROOT, check=True, timeout=120)
    return pot


def texts(path: Path) -> dict[str | tuple[str, ...], str | tuple[str, ...]]:
    """{text: translation} of a catalogue; of a plural all its forms."""
    with path.open("rb") as file:
        found = read_po(file) if path.suffix != ".mo" else read_mo(file)
    kept = ((message.id, message.string) for message in found if message.id)
    return {
        one if isinstance(one, str) else tuple(one): other if isinstance(other, str) else tuple(other)
        for one, other in kept
    }


def fields(text: str) -> list[str]:
    """What is put in by `str.format`, with how it is written, and by Python's argument parser (``%(name)s``)."""
    parts = string.Formatter().parse(text)
    put_in = [f"{name}!{kind}:{how}" for _words, name, how, kind in parts if name is not None]
    return sorted(put_in + re.findall(r"%\(\w+\)[a-z]|%[rs]\b", text))


def test_every_kind_of_text_is_extracted(extracted: Path) -> None:
    text = extracted.read_text(encoding="utf-8")
    for words in ("Check digit", "Check the job", "Continue", "communicated through the local port"):
        assert words.lower() in text.lower(), words


class Heard(gettext.NullTranslations):
    """What is asked for, in the language of the program."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: set[str] = set()

    def gettext(self, message: str) -> str:
        self.texts.add(message)
        return message


def test_what_is_asked_for_as_data_is_read_is_extracted(extracted: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each key whose text is translated: an extractor that does not know one leaves it in English."""
    heard = Heard()
    monkeypatch.setattr(i18n, "_translation", heard)
    for name in walkthrough_names():
        load_walkthrough(name)
    assert "Import supplier, service request 3.2" in heard.texts, "whose authority"
    assert list(changes())
    for key in object_names():
        number, obis = key.split("/")
        assert object_name(int(number), Obis.parse(obis))
    assert {"Voltage, phase {number}", "Active energy import, today so far"} <= heard.texts
    assert not heard.texts & {"LoadLimitCounter", "DebtRecoveryRates[1] / TimeDebtRegisters[1]"}, "as it is spelled"
    said = {word for name in ENUMERATIONS for word in enumeration(name).values()}
    said |= {text for use in uses() for text in (use.title, use.payer, use.charge)} | set(failures().values())
    missing = (heard.texts | said) - {form for text in texts(extracted) for form in forms_of(text)} - {""}
    assert missing == set()


ENUMERATIONS = {
    one.kind.partition("=")[2]
    for number in range(200)
    for one in interface_class(number).attributes
    if one.kind.startswith("enum=")
}


def test_each_file_of_data_is_extracted_or_has_no_words_of_ours() -> None:
    """A new catalogue is named in `packaging/babel.cfg`, or here with its reason."""
    with (ROOT / "packaging" / "babel.cfg").open(encoding="utf-8") as file:
        mapping, _options = parse_mapping_cfg(file)
    data = ROOT / "resources"
    files = {f"resources/{one.relative_to(data).as_posix()}" for one in data.rglob("*.*") if one.suffix in ENDINGS}
    read = {name for name in files if any(pathmatch(pattern, name) for pattern, _method in mapping)}
    silent = {name for name in files if any(pathmatch(f"resources/{one}", name) for one in SILENT)}
    assert files - read - silent == set()
    assert read & silent == set()
    for pattern in SILENT:
        assert any(pathmatch(f"resources/{pattern}", name) for name in files), pattern


ENDINGS = {".toml", ".json"}
NUMBERS = "numbers, codes and names that other files and the code go by; sources"
SILENT = {
    "jobs/**.json": "what a supplier writes",
    "samples/**.*": "what suppliers, desks and engineers write",
    "street/*.toml": "emulated devices; their title is read by nobody",
    "schemas/*.json": "descriptions of fields, in English alone (README)",
    "catalogue/requirements.toml": "rows of the documents, in English alone (README)",
    "catalogue/alternatives.toml": "architectures not taken, in English alone (README)",
    "catalogue/han_layers.toml": "radio layers, in English alone (README)",
    "catalogue/label_formats.toml": "label formats, in English alone (README)",
    "catalogue/flows.toml": "other parties' field names",
    "catalogue/duis.json": "names of the DCC's messages",
    "catalogue/service_requests.json": "names that the DCC gives its service requests",
    "catalogue/gbcs_messages.json": "names that GBCS gives its messages",
    "catalogue/use_cases.json": "codes of GBCS's use cases",
    "catalogue/zcl_layouts.toml": "ZigBee's names",
    "catalogue/gbcs_left_out.toml": "reasons for whoever changes the emulation: nothing shows them",
    "catalogue/hub_minimum.toml": "requirement rows that a test holds the emulated hub against: nothing shows them",
    "catalogue/distributors.toml": "which ids there are; their areas' names are not shown",
    "catalogue/probes.toml": "names of chips; else a port says its own",
    "catalogue/anomaly.toml": NUMBERS,
    "catalogue/ble_bridges.toml": NUMBERS,
    "catalogue/compatibility.toml": NUMBERS,
    "catalogue/equipment.toml": NUMBERS,
    "catalogue/firmware.toml": NUMBERS,
    "catalogue/han_airtime.toml": NUMBERS,
    "catalogue/hub_ids.toml": NUMBERS,
    "catalogue/key_slot.toml": NUMBERS,
    "catalogue/join_matrix.toml": NUMBERS,
    "catalogue/mass_disable.toml": NUMBERS,
    "catalogue/prepayment.toml": NUMBERS,
    "catalogue/site_rules.toml": NUMBERS,
    "catalogue/supply_acts.toml": NUMBERS,
    "catalogue/supply_limits.toml": NUMBERS,
    "catalogue/survey.toml": NUMBERS,
    "catalogue/timers.toml": NUMBERS,
    "catalogue/unusual_numbers.toml": NUMBERS,
    "catalogue/work_limits.toml": NUMBERS,
}


def test_a_compiled_catalogue_is_spoken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "cy" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "hht.po").write_text(
        'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\nmsgid "Cancelled."\nmsgstr "Canslwyd."\n',
        encoding="utf-8",
    )
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "compile", "-D", "hht", "-d", str(tmp_path)]
    subprocess.run(command, check=True, timeout=60)
    monkeypatch.setattr(i18n, "resource_path", lambda *_parts: tmp_path)
    try:
        i18n.use_language("cy")
        assert i18n._("Cancelled.") == "Canslwyd."
    finally:
        monkeypatch.undo()
        i18n.use_language("en")
    assert i18n._("Cancelled.") == "Cancelled."


def test_every_text_is_there_in_welsh_with_what_is_put_in(extracted: Path) -> None:
    welsh = texts(WELSH / "hht.po")
    untranslated = [text for text in texts(extracted) if not all(forms_of(welsh.get(text, "")))]
    assert untranslated == [], (
        f"{len(untranslated)} texts: translate them in {WELSH / 'hht.po'}, then make translations"
    )
    for text, translated in welsh.items():
        allowed = [fields(one) for one in forms_of(text)]
        for form in forms_of(translated):
            assert fields(form) in allowed or (isinstance(text, tuple) and set(fields(form)) <= set(allowed[-1])), text


def forms_of(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """A text, or each form of a plural; of none an empty one, which is not all there."""
    return (text,) if isinstance(text, str) else text


def test_what_is_spoken_is_what_was_translated() -> None:
    compiled, source = texts(WELSH / "hht.mo"), texts(WELSH / "hht.po")
    assert compiled == {text: translated for text, translated in source.items() if text}, "make translations"


def test_welsh_counts_in_its_own_way() -> None:
    try:
        i18n.use_language("cy")
        told = {count: i18n.ngettext("{count} day", "{count} days", count) for count in (0, 1, 2, 3, 5, 6)}
    finally:
        i18n.use_language("en")
    assert told[2] == "{count} ddiwrnod", "after two the first letter is another one"
    assert {told[count] for count in (0, 1, 3, 5, 6)} == {"{count} diwrnod"}


def test_each_word_of_the_argument_parser_is_one_of_the_programs_texts() -> None:
    """Those that it says to whoever writes a parser are not."""
    called = [
        node.args
        for node in ast.walk(ast.parse(inspect.getsource(argparse)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("_", "ngettext")
    ]
    said = {ast.literal_eval(args[-2 if len(args) > 1 else 0]) for args in called if isinstance(args[0], ast.Constant)}
    assert said - argument_words.texts() == TO_PROGRAMMERS


TO_PROGRAMMERS = {
    ".__call__() not defined",
    "%r is not callable",
    "'required' is an invalid argument for positionals",
    'argument "-" with mode %r',
    "cannot have multiple subparser arguments",
    "cannot merge actions - two groups are named %r",
    "conflicting option strings: %s",
    "conflicting subparser alias: %s",
    "conflicting subparser: %s",
    "dest= is required for options like %r",
    "invalid conflict_resolution value: %r",
    "invalid option string %(option)r: must start with a character %(prefix_chars)r",
    "mutually exclusive arguments must be optional",
}


def test_every_language_of_the_program_writes_numbers_as_python_does_and_has_each_day_and_month() -> None:
    """A point and a comma between thousands; a language with other marks needs more than a catalogue."""
    for folder in WELSH.parent.parent.iterdir():
        if folder.is_dir():
            assert (get_decimal_symbol(folder.name), get_group_symbol(folder.name)) == (".", ","), folder.name
    catalogue = texts(WELSH / "hht.po")
    for names in (MONTHS, DAYS):
        translated = catalogue.get(names)
        assert translated is None or len(str(translated).split()) == len(names.split())


def test_names_of_days_and_months_are_those_of_the_language_not_of_the_system(monkeypatch: pytest.MonkeyPatch) -> None:
    spoken = {MONTHS: "Ion Chw Maw Ebr Mai Meh Gor Awst Medi Hyd Tach Rhag", DAYS: "Ll M Me I G S Su"}
    day = date(2026, 3, 2)
    assert dates.date_text(day, "%a %d %b %Y") == "Mon 02 Mar 2026"
    monkeypatch.setattr(dates, "_", spoken.__getitem__)
    assert dates.date_text(day, "%a %d %b %Y") == "Ll 02 Maw 2026"
    assert f"{dates.DateText(day):%d %b}" == "02 Maw"
    assert dates.date_text(day, "%Y-%m-%d") == "2026-03-02"


def test_longer_texts_keep_what_is_put_in_and_are_longer_by_two_fifths() -> None:
    for text in (
        "Continue",
        "The meter {device} says {watts:,} W.",
        "%(prog)s: error: %(message)s\n",
        "a {{b}} 100%% c",
    ):
        longer = pseudo(text)
        assert fields(longer) == fields(text)
        assert (longer[0], longer.rstrip()[-1]) == ("[", "]")
        letters = sum(map(str.isalpha, re.sub(r"\{.*?\}|%\(\w+\)s", "", text)))
        assert abs(len(longer) - len(text) - 0.4 * letters) <= 2, longer
    assert pseudo("") == ""


def test_the_environment_asks_for_longer_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "en_XA")
    try:
        i18n.use_language(None)
        assert i18n._("Cancelled.") == pseudo("Cancelled.") != "Cancelled."
        assert i18n.ngettext("{count} day", "{count} days", 2) == pseudo("{count} days")
    finally:
        i18n.use_language("en")
    monkeypatch.setenv("LANGUAGE", "")
    monkeypatch.setenv("LANG", "en_XA.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    try:
        i18n.use_language(None)
        assert i18n._("Cancelled.") == pseudo("Cancelled.")
    finally:
        i18n.use_language("en")
