"""``hht pack build``: packs to train with, as the emulated desk makes them; ``hht pack terminal-key``."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Final

from hht.errors import HhtError
from hht.i18n import _
from ui.cli.common import DONE, Output, add_json, add_store_options, named_path, whole_number
from ui.system import SystemClock

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey

    from hht.identifiers import DeviceId, InstallCode
    from hht.work.job import Job

    _Actions = argparse._SubParsersAction[argparse.ArgumentParser]
_MOST_JOB: Final = 1 << 20
_MOST_KEY: Final = 1 << 16
# As `hht.emulation.pack_order.PackPart`, which is not imported to parse a command line
PARTS: Final = (
    "whitelist",
    "joins",
    "identity",
    "mode",
    "labels",
    "conversion",
    "supply",
    "arm",
    "enable",
    "disable",
    "firmware",
    "log",
    "clock",
)


def add_build(actions: _Actions) -> None:
    """The options of ``build`` and ``terminal-key``."""
    build = actions.add_parser(
        "build",
        help=_("make the pack of a training job, as the emulated desk would"),
        description=_(
            "Commands for the devices of the job, each asked for in DUIS and made by the emulated broker. Without "
            "--with: MPAN and MPRN, each read back, the randomised offset limit, calorific value, and the hub's log."
        ),
        epilog=_("Example: hht pack build resources/jobs/demo.json --out visit.pack --with identity --with clock"),
    )
    build.add_argument("file", type=named_path, metavar="JOB", help=_("a job file for training"))
    build.add_argument("--out", type=named_path, required=True, metavar="FILE", help=_("where to write the pack"))
    build.add_argument(
        "--with",
        dest="parts",
        action="append",
        choices=PARTS,
        metavar="PART",
        help=_("what is in it, as often as you like: {parts}").format(parts=", ".join(PARTS)),
    )
    build.add_argument("--edition", type=whole_number, default=1, metavar="N", help=_("edition of the job's pack"))
    build.add_argument(
        "--premises",
        metavar="NAME",
        help=_("where the devices stand, and so what their install codes are; default: the job's link says it"),
    )
    build.add_argument(
        "--terminal", type=named_path, metavar="PEM", help=_("the terminal's key: install codes are sealed for it")
    )
    build.add_argument(
        "--release",
        action="store_true",
        help=_("what affects supply goes only with one-time codes that the desk reads out (hht pack answer)"),
    )
    key = actions.add_parser(
        "terminal-key",
        help=_("the public key of this terminal, for the desk to seal install codes with"),
        description=_("Writes the public half; the private one never leaves the sealed store. The same each time."),
        epilog=_("Example: hht pack terminal-key --out terminal.pem"),
    )
    key.add_argument("--out", type=named_path, required=True, metavar="FILE", help=_("where to write the key (PEM)"))
    key.add_argument("--live", action="store_true", help=_("of live work, not of training"))
    add_store_options(key)
    for parser in (build, key):
        add_json(parser)


def build_pack(args: argparse.Namespace, output: Output) -> int:
    """Make the pack."""
    from hht.emulation.desk import prepare
    from hht.emulation.pack_order import USUAL, PackPart
    from hht.work.job import parse_job
    from ui.pack_files import read_pack_file
    from ui.whole_file import whole_binary_file

    job = parse_job(read_pack_file(args.file, _MOST_JOB), args.file.name)
    parts = tuple(map(PackPart, args.parts)) if args.parts else USUAL
    if not 1 <= args.edition <= 1_000_000:
        raise HhtError(
            _("An edition is 1 to 1000000; {edition} is none.").format(edition=args.edition),
            remedy=_("Count up from 1 each time that the pack of a job is made anew."),
            code="pack-edition",
        )
    now, terminal = SystemClock().now(), _terminal(args)
    wanted = PackPart.WHITELIST in parts or terminal is not None
    codes = _codes(args, job) if wanted else {}
    counter = int(now.timestamp() * 1000)
    octets = prepare(
        job, now, counter, parts, edition=args.edition, codes=codes, terminal=terminal, release=args.release
    )
    with whole_binary_file(args.out) as file:
        file.write(octets)
    said = _("The pack for job {job} is in {file}.").format(job=job.reference, file=args.out)
    output.emit("result", said, ok=True, job=job.reference, file=str(args.out))
    return DONE


def _terminal(args: argparse.Namespace) -> X25519PublicKey | None:
    from ui.pack_files import read_pack_file
    from ui.terminal_key import public_key

    return None if args.terminal is None else public_key(read_pack_file(args.terminal, _MOST_KEY))


def _codes(args: argparse.Namespace, job: Job) -> dict[DeviceId, InstallCode]:
    """The install codes of the devices that stand in the premises."""
    from hht.identifiers import DeviceId
    from hht.link_url import parse_link_url
    from hht.model.premises import load_premises

    name = args.premises
    if name is None and job.link and parse_link_url(job.link).scheme == "emulated":
        name = parse_link_url(job.link).target
    if name is None:
        raise HhtError(
            _("Where the devices of job {job} stand is not said, and so not what their install codes are.").format(
                job=job.reference
            ),
            remedy=_("Name the premises: --premises NAME (hht premises lists them)."),
            code="pack-no-install-code",
        )
    devices = load_premises(name, clock=SystemClock(), days=1).devices
    return {
        DeviceId.parse(device.identity.device_id): device.node.install_code
        for device in devices
        if device.node is not None and device.node.install_code is not None
    }


def terminal_key(args: argparse.Namespace, output: Output) -> int:
    """Write the terminal's public key."""
    from hht.packs.sealing import terminal_key_name
    from ui.cli.pack_delivery import pack_service
    from ui.whole_file import whole_binary_file

    args.desk_key = None
    with pack_service(args) as service:
        key = service.packs.terminal_key()
    with whole_binary_file(args.out) as file:
        file.write(key.pem)
    name = terminal_key_name(key.public)
    said = _("The key {name} of this terminal is in {file}.").format(name=name, file=args.out)
    output.emit("result", said, ok=True, key=name, file=str(args.out))
    return DONE
