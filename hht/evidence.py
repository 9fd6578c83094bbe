"""Evidence of a visit: the checks that show whether it was altered since, and who signed it.

``python -m hht.evidence verify FILE`` checks both forms. This one file needs nothing but Python and cryptography, so it
can be copied to whoever has to check (``python evidence.py verify FILE``). An export of a terminal's log is a bundle
too; ``verify NEW --after OLD`` says whether one goes on from an earlier one.

- ``hht-evidence/1``, the JSON beside a report: one object with the SHA-256 of itself. Nobody has signed it.
- ``hht-bundle/1``, the bundle: JSON Lines, each in the one form that `line_of` gives it. First format and visit;
  then items, numbered from 1: ``{"item", "kind", "fields": {name: {"salt", "value"} or {"withheld": commitment}},
  "hash"}``; then the seal ``{"count", "head", "at", "key", "signature"}`` (Ed25519); then photos ``{"photo": SHA-256,
  "data": base64}``; last ``{"end": {"level", "photos", "sha256"}}``, of all octets before it.

A field's commitment is the SHA-256 of ``[name, salt, value]``; an item's hash that of the hash before it, a line feed
and the item with commitments in place of its fields. So what is left out for a reader changes no hash and no signature,
and its salt, which goes with it, keeps it from being guessed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

try:
    from hht.i18n import _
except ImportError:  # this file was copied alone

    def _(text: str) -> str:
        return text


SCHEMA = "hht-evidence/1"
BUNDLE: Final = "hht-bundle/1"
LOG: Final = "store-log"  # in a visit's place: the bundle is the terminal's own log
PUT_BACK: Final = "log-put-back"  # kinds of entries of that log: it was put back, or cut, as the terminal found
MEMORY_GONE: Final = "log-memory-gone"
LEVELS: Final = ("supplier", "report", "customer", "public")  # the first leaves nothing out
_START: Final = b'{"format":"hht-bundle/'


def canonical(evidence: dict[str, Any]) -> bytes:
    """The bytes that the hash is made of: everything but the hash, keys sorted, no white space, UTF-8."""
    body = {key: value for key, value in evidence.items() if key != "sha256"}
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def sealed(evidence: dict[str, Any]) -> dict[str, Any]:
    """`evidence` with its hash."""
    return {**evidence, "sha256": hashlib.sha256(canonical(evidence)).hexdigest()}


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object whose names occur once: a second one would hide what a person reads first."""
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(_("the name {name} occurs twice").format(name=ascii(key)))
        found[key] = value
    return found


def verify(text: str | bytes) -> str:
    """ "" when the evidence is as it was written; else what is wrong, in words."""
    octets = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    if octets.startswith(_START):
        return check_bundle(octets).problem
    try:
        evidence = json.loads(text, object_pairs_hook=_once)
        if not isinstance(evidence, dict) or evidence.get("schema") != SCHEMA:
            return _("not evidence of the form {schema}").format(schema=SCHEMA)
        content = canonical(evidence)
    except (ValueError, RecursionError) as error:
        return _("not evidence: {why}").format(why=_why_unread(octets, error))
    if hashlib.sha256(content).hexdigest() != evidence.get("sha256"):
        return _("altered: the SHA-256 does not fit the content")
    return ""


def _why_unread(octets: bytes, error: Exception) -> str:
    words = {
        RecursionError: _("it is nested too deep"),
        UnicodeDecodeError: _("it is no text"),
        json.JSONDecodeError: _("it is no JSON, from line {error.lineno}, character {error.colno}"),
    }
    return _("the file is empty") if not octets.strip() else words.get(type(error), "{error}").format(error=error)


# --- the bundle: how its lines are made, for writer and verifier alike


def line_of(value: Any) -> bytes:
    """The one way in which a value is written: keys sorted, no white space, ASCII, without the line feed."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode("ascii")


def commitment(name: str, salt: str, value: Any) -> str:
    """What stands for a field in its item's hash. `salt`: 32 hex digits."""
    return hashlib.sha256(line_of([name, salt, value])).hexdigest()


def item_hash(before: str, number: int, kind: str, commitments: Mapping[str, str]) -> str:
    """The hash of an item, which covers all before it."""
    body = line_of({"item": number, "kind": kind, "fields": dict(commitments)})
    return hashlib.sha256(before.encode("ascii") + b"\n" + body).hexdigest()


def signed_octets(head: str, count: int, at: str) -> bytes:
    """What the terminal's key signs: the hash of the last item, how many there are, and when (ISO 8601, UTC)."""
    return line_of([BUNDLE, head, count, at])


def key_print(key: str) -> str:
    """A public key's (64 hex digits) fingerprint, to read aloud: the first 32 digits of its SHA-256, in fours."""
    digits = hashlib.sha256(bytes.fromhex(key)).hexdigest()[:32]
    return "-".join(digits[at : at + 4] for at in range(0, 32, 4))


# --- the bundle: the check


@dataclass(slots=True)
class Verdict:
    """What the check of a bundle came to. `code`: "" where it is as it was signed, else deleted, reordered, truncated,
    appended, altered, foreign-photo, signature, other-key or not-a-bundle; `item`: which one, 0 where no single one."""

    code: str = ""
    problem: str = ""
    item: int = 0
    visit: str = ""
    level: str = ""
    count: int = 0
    key: str = ""
    signed_at: str = ""
    withheld: dict[str, list[str]] = field(default_factory=dict)  # kind of item -> names of what is left out
    bound: tuple[str, ...] = ()  # SHA-256 of each photo of the visit
    photos: int = 0
    photos_apart: int = 0  # bound by their hash, but their octets are not in this file
    hashes: list[str] = field(default_factory=list)  # of each item
    put_back: dict[int, Any] = field(default_factory=dict)  # entries of a log that tell of it -> what they tell


class _Broken(Exception):
    def __init__(self, code: str, problem: str, item: int = 0) -> None:
        super().__init__(problem)
        self.code, self.problem, self.item = code, problem, item


def check_bundle(octets: bytes, key: str = "") -> Verdict:
    """Whether a bundle is as it was signed, and what it leaves out. `key`: the fingerprint of the terminal's key, where
    it is known; without it, who signed is for the reader to compare. Never raises."""
    verdict = Verdict()
    try:
        _check(octets, key, verdict)
    except _Broken as broken:
        verdict.code, verdict.problem, verdict.item = broken.code, broken.problem, broken.item
    except RecursionError:
        verdict.code, verdict.problem = "not-a-bundle", _("not a bundle: it is nested too deep")
    return verdict


def _check(octets: bytes, key: str, verdict: Verdict) -> None:
    end = octets.find(b"\n", octets.find(b'\n{"end":') + 1) + 1  # of a whole bundle, its end
    if 0 < end < len(octets) and not check_bundle(octets[:end]).code:
        words = _("added to: behind the end stands more (octets: {count}); what stands before it is unaltered")
        raise _Broken("appended", words.format(count=len(octets) - end))
    lines = octets.split(b"\n")
    parsed = list(_parsed(lines[:-1]))
    kinds = [_sort(value) for value in parsed]
    if not parsed or kinds[0] != "format" or parsed[0]["format"] != BUNDLE:
        raise _Broken("not-a-bundle", _("not a bundle of the form {form}").format(form=BUNDLE))
    verdict.visit = _text(parsed[0], "visit", 0)
    items = [value for value, kind in zip(parsed, kinds, strict=True) if kind == "item"]
    head = _chain(items, hashlib.sha256(lines[0]).hexdigest(), verdict)
    if lines[-1] or kinds[-1] != "end" or "seal" not in kinds:
        words = _("truncated: the file breaks off after item {number}, before its end")
        raise _Broken("truncated", words.format(number=len(items)))
    photos = kinds.count("photo")
    if kinds != ["format", *["item"] * len(items), "seal", *["photo"] * photos, "end"]:
        raise _Broken("reordered", _("reordered: what should follow the items stands elsewhere"))
    _seal(parsed[1 + len(items)]["seal"], head, len(items), key, verdict)
    _photos(items, parsed[2 + len(items) : -1], verdict)
    _end(parsed[-1]["end"], b"\n".join(lines[:-2]) + b"\n", verdict)


def _parsed(lines: Sequence[bytes]) -> Iterator[dict[str, Any]]:
    """Each line's object. Whatever is written in another way than `line_of` writes it was altered."""
    for number, line in enumerate(lines):
        try:
            value = json.loads(line, object_pairs_hook=_once)
            if not isinstance(value, dict) or line_of(value) != line:
                raise ValueError
        except ValueError:
            words = _("altered: item {number} is not in the form in which it was written")
            raise _Broken("altered", words.format(number=number), number) from None
        yield value


_SORTS: Final = (
    ("format", {"format", "visit"}),
    ("item", {"item", "kind", "fields", "hash"}),
    ("seal", {"seal"}),
    ("photo", {"photo", "data"}),
    ("end", {"end"}),
)


def _sort(value: Mapping[str, Any]) -> str:
    return next((sort for sort, keys in _SORTS if value.keys() == keys), "")


def _chain(items: Sequence[dict[str, Any]], before: str, verdict: Verdict) -> str:
    """The hash of the last item."""
    numbers = [_number(item, "item", place) for place, item in enumerate(items, 1)]
    for place, number in enumerate(numbers, 1):
        if number == place:
            continue
        if place in numbers[place:] or number < place:
            words = _("reordered: in the place of item {place} stands item {number}")
            raise _Broken("reordered", words.format(place=place, number=number), place)
        raise _Broken("deleted", _("deleted: item {place} is missing").format(place=place), place)
    for place, item in enumerate(items, 1):
        before = item_hash(before, place, _text(item, "kind", place), _commitments(item, place, verdict))
        if item["hash"] != before:
            words = _("altered: item {place} is not as the terminal wrote it, or is not of this visit")
            raise _Broken("altered", words.format(place=place), place)
        verdict.hashes.append(before)
        fields = {name: one.get("value") for name, one in item["fields"].items()}
        if verdict.visit == LOG and fields.get("kind") in (PUT_BACK, MEMORY_GONE):
            verdict.put_back[place] = fields.get("details")
    verdict.count = len(items)
    return before


def _commitments(item: dict[str, Any], place: int, verdict: Verdict) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, one in _object(item, "fields", place).items():
        if isinstance(one, dict) and one.keys() == {"salt", "value"}:
            found[name] = commitment(name, _text(one, "salt", place), one["value"])
        elif isinstance(one, dict) and one.keys() == {"withheld"}:
            found[name] = _text(one, "withheld", place)
            names = verdict.withheld.setdefault(item["kind"], [])
            if name not in names:
                names.append(name)
        else:
            raise _altered(place)
    return found


def _seal(seal: Any, head: str, count: int, key: str, verdict: Verdict) -> None:
    if not isinstance(seal, dict) or seal.keys() != {"count", "head", "at", "key", "signature"}:
        raise _Broken("altered", _("altered: the seal is not in the form in which it was written"))
    said = _number(seal, "count", 0)
    if said > count:
        words = _("truncated: the seal is for {said} items, and {count} are here")
        raise _Broken("truncated", words.format(said=said, count=count))
    if (said, seal["head"]) != (count, head):
        raise _Broken("altered", _("altered: the items are not those that the seal is for"))
    verdict.key, verdict.signed_at = _text(seal, "key", 0), _text(seal, "at", 0)
    if not _is_signed(verdict.key, _text(seal, "signature", 0), signed_octets(head, count, verdict.signed_at)):
        raise _Broken("signature", _("altered: the signature is not that of the key that stands beside it"))
    if key and _digits(key_print(verdict.key)) != _digits(key):
        words = _("signed by another key than the one asked for: {print}")
        raise _Broken("other-key", words.format(print=key_print(verdict.key)))


def _digits(text: str) -> str:
    return text.replace("-", "").replace(" ", "").lower()


def _is_signed(key: str, signature: str, content: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        octets, of = bytes.fromhex(signature), bytes.fromhex(key)
        if (octets.hex(), of.hex()) != (signature, key):  # another way to write the same octets
            return False
        Ed25519PublicKey.from_public_bytes(of).verify(octets, content)
    except (ValueError, InvalidSignature):
        return False
    return True


def _photos(items: Sequence[dict[str, Any]], lines: Sequence[dict[str, Any]], verdict: Verdict) -> None:
    """Each photo's octets are those of a photo among the items, once, in the same order."""
    bound = [item["fields"].get("sha256", {}).get("value") for item in items if item["kind"] == "photo"]
    waiting = [one for one in dict.fromkeys(bound) if isinstance(one, str)]
    verdict.bound = tuple(waiting)
    verdict.photos, verdict.photos_apart = len(waiting), len(waiting) - len(lines)
    for line in lines:
        named = _text(line, "photo", 0)
        if named not in waiting:
            words = _("foreign photo: {sha256} is bound to no item that is left of this visit")
            raise _Broken("foreign-photo", words.format(sha256=ascii(named[:16])))
        try:
            data = base64.b64decode(_text(line, "data", 0), validate=True)
        except ValueError:
            data = b""
        if hashlib.sha256(data).hexdigest() != named:
            raise _Broken("foreign-photo", _("foreign photo: what stands as {sha256} is another").format(sha256=named))
        del waiting[: waiting.index(named) + 1]


def _end(end: Any, before: bytes, verdict: Verdict) -> None:
    if not isinstance(end, dict) or end.keys() != {"level", "photos", "sha256"} or end["level"] not in LEVELS:
        raise _Broken("altered", _("altered: the end is not in the form in which it was written"))
    verdict.level = end["level"]
    if end["level"] == LEVELS[0] and verdict.withheld:
        raise _Broken("altered", _("altered: what is left out does not fit the level that the file names"))
    if type(end["photos"]) is not int or end["photos"] != verdict.photos - verdict.photos_apart:
        raise _Broken("truncated", _("truncated: not all photos of this file are here"))
    if end["sha256"] != hashlib.sha256(before).hexdigest():
        raise _Broken("altered", _("altered: the SHA-256 of the file does not fit its content"))


def _altered(place: int) -> _Broken:
    return _Broken("altered", _("altered: item {place} is not as the terminal wrote it").format(place=place), place)


def _text(value: Mapping[str, Any], name: str, place: int) -> str:
    found = value[name]
    if not isinstance(found, str):
        raise _altered(place)
    return found


def _number(value: Mapping[str, Any], name: str, place: int) -> int:
    found = value[name]
    if type(found) is not int:
        raise _altered(place)
    return found


def _object(value: Mapping[str, Any], name: str, place: int) -> dict[str, Any]:
    found = value[name]
    if not isinstance(found, dict):
        raise _altered(place)
    return found


# --- two exports of one log


def check_after(new: Verdict, old: Verdict) -> Verdict:
    """Whether an export of a log goes on from an earlier one of the same terminal; both as `check_bundle` found them.
    `code`: "" where it does, else that of the file that is not whole, or not-a-log, other-key, missing, rewritten."""
    told = Verdict(new.code, new.problem, new.item)
    if told.code:
        return told
    if old.code:
        told.code = old.code
        told.problem = _("cannot be compared: the earlier export is not whole: {why}").format(why=old.problem)
    elif (new.visit, old.visit) != (LOG, LOG):
        told.code = "not-a-log"
        told.problem = _("cannot be compared: only exports of a terminal's log are (hht log --export)")
    elif new.key != old.key:
        told.code = "other-key"
        words = _(
            "signed by another key than the earlier export ({print}): another terminal's or store's, or of a store "
            "that was put back to before its first export"
        )
        told.problem = words.format(print=key_print(old.key))
    else:
        _compare(new, old, told)
    return told


def _compare(new: Verdict, old: Verdict, told: Verdict) -> None:
    both = zip(new.hashes, old.hashes, strict=False)
    told.item = next((place for place, (one, other) in enumerate(both, 1) if one != other), 0)
    if told.item:
        words = _(
            "rewritten: entry {number} is another than in the earlier export: the log was put back to before it, and "
            "went on from there"
        )
        told.code, told.problem = "rewritten", words.format(number=told.item)
    elif new.count < old.count:
        words = _("entries missing: {new} are here, and {old} in the earlier export: the log was put back, or cut")
        told.code, told.problem = "missing", words.format(old=old.count, new=new.count)
        if new.signed_at < old.signed_at:
            told.problem += _(" (or the two are the wrong way round: this one was signed before the other)")


# --- the command


def _told(verdict: Verdict) -> Iterator[str]:
    """What a person has to know of a bundle that is whole."""
    what = _("  the terminal's log; entries: {count}") if verdict.visit == LOG else _("  visit {visit}; items: {count}")
    yield what.format(visit=ascii(verdict.visit)[1:-1], count=verdict.count)
    words = _("  signed {at} by the terminal with the key {print}")
    yield words.format(at=ascii(verdict.signed_at)[1:-1], print=key_print(verdict.key))
    yield _("  level: {level}").format(level=verdict.level)
    for kind, names in verdict.withheld.items():
        shown = ", ".join(ascii(name)[1:-1] for name in names)
        yield _("  left out of {kind}: {names}").format(kind=ascii(kind)[1:-1], names=shown)
    for number, details in verdict.put_back.items():
        yield _found(number, details if isinstance(details, dict) else {})
    if verdict.photos_apart:
        yield _("  photos that are bound to it and not in this file: {count}").format(count=verdict.photos_apart)


def _found(number: int, details: Mapping[str, Any]) -> str:
    """What the terminal itself found of its log."""
    counts = [details.get(name) for name in ("remembered", "found")]
    if details.get("store") == "another" and type(counts[0]) is int:
        words = _("  entry {number}: another store was here before; entries of its log: {remembered}")
    elif all(type(count) is int for count in counts):
        words = _(
            "  entry {number}: the log was put back or cut before that; entries that the terminal remembered: "
            "{remembered}, and that it found: {found}"
        )
    else:
        words = _("  entry {number}: what the terminal remembered of its log was gone; it may have been put back")
    return words.format(number=number, remembered=counts[0], found=counts[1])


def _usage(arguments: Sequence[str]) -> tuple[str, str, str] | None:
    """FILE, the fingerprint, the earlier export; None: used in another way."""
    if not arguments or arguments[0] != "verify":
        return None
    files, options, rest = [], {"--key": "", "--after": ""}, list(arguments[1:])
    while rest:
        word = rest.pop(0)
        if word not in options:
            files.append(word)
        elif rest and not options[word]:
            options[word] = rest.pop(0)
        else:
            return None
    return (files[0], options["--key"], options["--after"]) if len(files) == 1 else None


def main(arguments: list[str]) -> int:
    """``verify FILE [--key FINGERPRINT] [--after OLD]``: 0 and "unaltered", or 1 and what is wrong; ``--help``: 0 and
    its use."""
    usage = _("usage: python -m hht.evidence verify FILE [--key FINGERPRINT] [--after OLD]")
    if {"-h", "--help"} & set(arguments):
        words = _(
            "Checks whether a visit's bundle, or the JSON file of its report, is as it was written: exit status 0 and "
            "“unaltered”, or 1 and what is wrong. A bundle is signed: compare the fingerprint of the key with that of "
            "the terminal (hht outbox key), or name it with --key. The JSON file of a report carries no signature."
        )
        after = _(
            "An export of a terminal's log that is unaltered may still be of a log that was put back: with --after it "
            "is held against an earlier export. Exit status 1 where entries are missing or rewritten."
        )
        print(f"{usage}\n\n{words}\n{after}")  # noqa: T201
        return 0
    asked = _usage(arguments)
    if asked is None:
        print(usage, file=sys.stderr)  # noqa: T201
        return 2
    problem, lines = _checked(*asked)
    name = asked[0].encode("utf-8", "backslashreplace").decode("utf-8")
    print("\n".join([f"{name}: {problem or _('unaltered')}", *lines]))  # noqa: T201
    return 1 if problem else 0


def _checked(file: str, key: str, after: str) -> tuple[str, list[str]]:
    """What is wrong with a file, and what else is to be said of it."""
    try:
        octets = Path(file).read_bytes()
        earlier = Path(after).read_bytes() if after else b""
    except OSError as error:
        if str(error.filename) == after != file:
            return _("cannot be compared: {file} cannot be read: {why}").format(
                file=ascii(after), why=error.strerror
            ), []
        return _("cannot be read: {why}").format(why=error.strerror), []
    if not octets.startswith(_START) and not after:
        return verify(octets) or (_("nobody has signed it, so it has no key") if key else ""), []
    verdict = check_bundle(octets, key)
    if not after:
        return verdict.problem, [] if verdict.problem else list(_told(verdict))
    old = check_bundle(earlier)
    told = check_after(verdict, old)
    words = _("  it goes on as it should from the earlier export; entries since: {more}")
    goes_on = words.format(more=verdict.count - old.count)
    return told.problem, [] if told.problem else [*_told(verdict), goes_on]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
