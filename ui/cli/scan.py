"""``hht scan``: the codes in a picture, or a scanned text, and what they say by the table of label formats."""

from __future__ import annotations

import argparse

from hht.errors import HhtError
from hht.i18n import _
from hht.scan.formats import LabelFormat, built_in
from hht.scan.labels import Scan, all_values
from hht.scan.values import DEVICE_IDS, Field, LabelValue, canonical, field_words
from ui.cli.common import DONE, FAILED, Output, add_json, named_path, run_command
from ui.scans import OWN_FORMATS, ScanProblem, formats_in, octets_of, own_formats, scans_in, value_words
from ui.stores import data_folder


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """``hht scan [--as KIND] [--formats F] [--list] [FILE|-]``."""
    parser = subparsers.add_parser(
        "scan",
        help=_("labels: codes in a photo, or what a scanner sent"),
        description=_(
            "Read the codes in a PNG, JPEG, WebP or BMP picture (QR, Data Matrix, Code 128 and others), or a scanned "
            "text, by the table of label formats. Nothing is corrected; install codes and tokens are never shown."
        ),
        epilog=_(
            "Your own formats: {path}; how to write them stands at the head of the table that comes along. "
        ).format(path=str(data_folder(None) / OWN_FORMATS).replace("%", "%%"))
        + _("Example: hht scan label.jpg --as device-id"),
    )
    wanted = [kind.value for kind in Field if kind is not Field.OTHER]
    parser.add_argument("--as", dest="kind", choices=wanted, help=_("what is wanted of it; anything else is refused"))
    parser.add_argument("--formats", type=named_path, metavar="F", help=_("another file with label formats"))
    parser.add_argument("--list", action="store_true", help=_("the formats that are known, with a sample of each"))
    parser.add_argument("--data-dir", type=named_path, metavar="DIR", help=_("the store's folder (or HHT_HOME)"))
    parser.add_argument("file", nargs="?", default="-", metavar="FILE", help=_("a file, or - for standard input"))
    add_json(parser)


def run(args: argparse.Namespace) -> int:
    """Scan; exit status 1 where nothing is read, or something that is read is wrong."""
    return run_command(args, _scan)


def _scan(args: argparse.Namespace, output: Output) -> int:
    own = formats_in(args.formats) if args.formats else own_formats(data_folder(args.data_dir))
    if args.list:
        for each in (*own, *built_in()):
            _show_format(output, each)
        return DONE
    scans = scans_in(octets_of(args.file), own)
    if args.kind:
        return _wanted(output, scans, Field(args.kind))
    good = True
    for scan in scans:
        _show(output, scan)
        good = good and (not scan.labels or scan.labels[0].good)
    return DONE if good else FAILED


def _show_format(output: Output, each: LabelFormat) -> None:
    how = _("from {source}") if each.verified else _("unverified; {source}")
    text = f"{each.name}: {each.title} ({how.format(source=each.source)})\n  {each.samples[0].text!r}"
    output.emit(
        "format", text, name=each.name, title=each.title, kind=each.kind, source=each.source, verified=each.verified,
        samples=[{"text": sample.text, "values": dict(sample.values)} for sample in each.samples],
    )  # fmt: skip


def _show(output: Output, scan: Scan) -> None:
    """A code or a text, and what it may be. A text that holds a secret is left out."""
    lines = []
    where: dict[str, object] = {}
    if scan.code is not None:
        left, top, right, bottom = scan.code.box
        place = _("{symbology} at {left}, {top} to {right}, {bottom}")
        lines.append(place.format(symbology=scan.code.symbology, left=left, top=top, right=right, bottom=bottom))
        where = {"symbology": scan.code.symbology, "identifier": scan.code.identifier, "corners": scan.code.corners}
    for label in scan.labels:
        lines.append(f"{label.format.title}:")
        lines += ["  " + line for value in label.values for line in value_words(value).split("\n")]
    if not scan.labels:
        lines.append(_("In no format that is known: {text}").format(text=scan.text.strip()))
    said: dict[str, object] = {"masked": True} if scan.secret else {"text": scan.text}
    labels = [
        {"format": label.format.name, "title": label.format.title, "values": [_plain(value) for value in label.values]}
        for label in scan.labels
    ]
    output.emit("code", "\n".join(lines), **where, **said, labels=labels)


def _plain(value: LabelValue) -> dict[str, object]:
    """A value as JSON."""
    plain: dict[str, object] = {"kind": value.kind.value, "ok": value.error is None, "sure": value.sure}
    if value.secret:
        plain |= {"masked": True, "shown": value.shown}
    elif value.error is None:
        plain |= {"value": canonical(value.kind, value.typed), "typed": value.typed}
    else:
        plain["typed"] = value.typed
    return plain | ({} if value.error is None else value.error.as_dict())


def _wanted(output: Output, scans: tuple[Scan, ...], kind: Field) -> int:
    """The one value that is `kind`. Raises what is wrong with it, ``scan-none-such`` and ``scan-several``."""
    kinds = DEVICE_IDS if kind is Field.DEVICE_ID else (kind,)
    found = {value.typed: value for _scan, value in all_values(scans, *kinds)}
    good = [value for value in found.values() if value.error is None]
    if not good:
        wrong: HhtError | None = next((value.error for value in found.values()), None)
        raise wrong or ScanProblem(
            _("No {kind} can be read in it.").format(kind=field_words(kind)),
            remedy=_("Scan the code of the {kind}, or see without --as what it holds.").format(kind=field_words(kind)),
            code="scan-none-such",
        )
    if len(good) > 1:
        raise ScanProblem(
            _("There are {count} of them: {values}.").format(
                count=len(good), values=", ".join(f"{field_words(value.kind)} {value.shown}" for value in good)
            ),
            remedy=_("Take only the one that is meant into the picture, or say which: --as chf-id, --as gpf-id."),
            code="scan-several",
        )
    output.emit("value", value_words(good[0]), **_plain(good[0]))
    return DONE
