"""`hht plugin`: plug-ins of third parties: whose are accepted, which are installed, which a person turned on."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from hht.i18n import _
from ui.cli.common import (
    DONE,
    Output,
    UsageProblem,
    add_json,
    add_store_options,
    named_path,
    run_async,
    run_command,
    whole_number,
)
from ui.system import SystemClock

if TYPE_CHECKING:
    from hht.plugins.archive import Archive
    from ui.plugins import Installed, PlugIns

_MOST_KEY: Final = 1 << 14  # octets of a key file
_HELP: Final = {
    "list": _("which are installed, whose they are, whether they are on, or were changed since"),
    "build": _("for makers: a signed plug-in out of a folder"),
    "check": _("the conformance kit: run a plug-in's device against its emulator, row by row"),
    "install": _("keep a plug-in whose maker is accepted; it is off"),
    "on": _("use a plug-in from now on, by its name and hash"),
    "off": _("use a plug-in no more"),
    "remove": _("take a plug-in away; no older version comes after it"),
    "emulate": _("offer the emulator of a plug-in's device to any program until stopped"),
    "trust": _("whose plug-ins are accepted: list them, add one, take one out"),
}
_STATES: Final[Mapping[str, Callable[[], str]]] = {
    "on": lambda: _("on"),
    "off": lambda: _("off"),
    "changed": lambda: _("changed, not loaded"),
    "unusable": lambda: _("not loaded"),
}
_EXAMPLES: Final = {
    "list": "--training",
    "build": "acme --key maker.pem --new-key --out acme.hhtplugin",
    "check": "acme.hhtplugin --maker maker.pub.pem",
    "install": "acme.hhtplugin --training",
    "on": "acme 0123456789abcdef --training",
    "off": "acme --training",
    "remove": "acme --training",
    "emulate": "acme-h1 --at tcp://127.0.0.1:0 --training",
    "trust": "--add maker.pub.pem --name 'Acme Metering' --training",
}


def add_parser(subparsers: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """The command's arguments."""
    parser = subparsers.add_parser(
        "plugin",
        help=_("plug-ins of third parties: devices that the terminal does not know by itself"),
        description=_(
            "A plug-in of a third party adds devices that the program does not know. It is code and runs with this "
            "program's rights: nothing sandboxes it. So each is signed, refused unless a person accepted its maker, "
            "off until a person turns on just these octets, and off again once it fails. Live work and training each "
            "have their own."
        ),
        epilog=_("Example: hht plugin check acme.hhtplugin --maker maker.pub.pem"),
    )
    verbs = parser.add_subparsers(dest="verb", required=True, metavar=_("VERB"))
    for verb, words in _HELP.items():
        epilog = _("Example: {command}").format(command=f"hht plugin {verb} {_EXAMPLES[verb]}")
        one = verbs.add_parser(verb, help=words, description=words, epilog=epilog)
        _own_options(verb, one)
        if verb != "build":
            add_store_options(one)
        add_json(one)


def _own_options(verb: str, one: argparse.ArgumentParser) -> None:
    if verb in ("check", "install"):
        one.add_argument("file", type=named_path, metavar="FILE", help=_("the plug-in, as its maker built it"))
    if verb == "check":
        one.add_argument(
            "--maker", type=named_path, metavar="PEM", help=_("its maker's public key, instead of those accepted here")
        )
    if verb in ("on", "off", "remove"):
        one.add_argument("name", metavar="NAME", help=_("as hht plugin list shows it"))
    if verb == "on":
        one.add_argument("digest", metavar="HASH", help=_("its SHA-256, at least the first 16 digits"))
    if verb == "emulate":
        one.add_argument("device", metavar="DEVICE", help=_("as hht plugin list shows it after “device:”"))
        one.add_argument(
            "--at", default="tcp://127.0.0.1:0", metavar="WHERE", help=_("pty, a path, or tcp://HOST:PORT")
        )
        one.add_argument("--seed", type=whole_number, default=1, metavar="N", help=_("which of them it is"))
    if verb == "build":
        one.add_argument("folder", type=named_path, metavar="DIR", help=_("plugin.toml, plugin.py and what they need"))
        one.add_argument("--key", required=True, type=named_path, metavar="PEM", help=_("the maker's private key"))
        one.add_argument("--new-key", action="store_true", help=_("make the key, and its public half beside it"))
        one.add_argument("--out", required=True, type=named_path, metavar="FILE", help=_("where it is to go"))
    if verb == "trust":
        what = one.add_mutually_exclusive_group()
        what.add_argument("--add", type=named_path, metavar="PEM", help=_("a maker's public key"))
        what.add_argument("--remove", metavar="NAME", help=_("accept the maker of this name, or key, no more"))
        one.add_argument("--name", metavar="NAME", default="", help=_("what to call the maker"))


def run(args: argparse.Namespace) -> int:
    """Run the command; the exit status."""
    return run_command(args, _body)


def _body(args: argparse.Namespace, output: Output) -> int:
    if args.verb == "build":
        return _build(args, output)
    if args.verb == "check":
        return run_async(_check(args, output))
    from ui.cli.stores import opened_store
    from ui.plugins import PlugIns
    from ui.stores import data_folder

    with opened_store(args, SystemClock()) as store:
        plugins = PlugIns(store, data_folder(args.data_dir))
        {
            "list": _list,
            "install": _install,
            "on": _turn_on,
            "off": _turn_off,
            "remove": _remove,
            "trust": _trust,
            "emulate": _emulate,
        }[args.verb](args, output, plugins)
    return DONE


# At the store ----------------------------------------------------------------------------------------------------


def _list(_args: argparse.Namespace, output: Output, plugins: PlugIns) -> None:
    found = plugins.installed()
    for one in found:
        head = f"{one.name}  {one.version}  {_STATES[one.state]()}"
        words = f"{head}  {one.title}  ({one.maker}; {', '.join(one.adds)})\n  {one.digest}"
        lines = [words, *(f"  {why}" for why in (one.trouble, one.off_because) if why)]
        output.emit("plugin", "\n".join(lines), **_facts(one))
    if not found:
        output.emit("result", _("No plug-in is installed."), ok=True)


def _facts(one: Installed) -> dict[str, Any]:
    return {
        "name": one.name,
        "version": one.version,
        "title": one.title,
        "maker": one.maker,
        "digest": one.digest,
        "adds": list(one.adds),
        "on": one.state == "on",
        "state": one.state,
        "off_because": one.off_because or None,
        "trouble": one.trouble or None,
    }


def _install(args: argparse.Namespace, output: Output, plugins: PlugIns) -> None:
    from ui.plugins import read_plugin_file

    one = plugins.install(read_plugin_file(args.file))
    words = _(
        "“{title}” {version} of {maker} is installed, and off. Its hash is {digest}. To use it: hht plugin on {name} "
        "{short}"
    )
    told = words.format(
        title=one.title, version=one.version, maker=one.maker, digest=one.digest, name=one.name, short=one.digest[:16]
    )
    output.emit("result", told, ok=True, **_facts(one))


def _turn_on(args: argparse.Namespace, output: Output, plugins: PlugIns) -> None:
    from ui.plugins import meaning

    one = plugins.turn_on(args.name, args.digest)
    output.note(meaning())
    words = _("“{title}” {version} is on: {adds}. hht plugin off {name} ends it.")
    told = words.format(title=one.title, version=one.version, adds=", ".join(one.adds), name=one.name)
    output.emit("result", told, ok=True, meaning=meaning(), **_facts(one))


def _turn_off(args: argparse.Namespace, output: Output, plugins: PlugIns) -> None:
    plugins.turn_off(args.name)
    output.emit("result", _("“{name}” is off.").format(name=args.name), ok=True, name=args.name)


def _remove(args: argparse.Namespace, output: Output, plugins: PlugIns) -> None:
    plugins.remove(args.name)
    output.emit("result", _("“{name}” is gone.").format(name=args.name), ok=True, name=args.name)


def _trust(args: argparse.Namespace, output: Output, plugins: PlugIns) -> None:
    from ui.plugins import read_plugin_file

    if args.name and args.add is None:
        raise UsageProblem(_("--name goes with --add."), remedy=_("Give the file of the key with --add."))
    if args.add is not None:
        one = plugins.accept(args.name or args.add.name.partition(".")[0], read_plugin_file(args.add, _MOST_KEY))
        words = _("Plug-ins of “{name}” (key {key}) may be installed from now on. Compare the key with what they say.")
        output.emit("result", words.format(name=one.name, key=one.key), ok=True, name=one.name, key=one.key)
        return
    if args.remove is not None:
        plugins.dismiss(args.remove)
        words = _("“{name}” is accepted no more; what was installed of theirs is not used.")
        output.emit("result", words.format(name=args.remove), ok=True)
        return
    makers = plugins.makers()
    for maker in makers:
        output.emit("maker", f"{maker.key}  {maker.name}", name=maker.name, key=maker.key)
    if not makers:
        output.emit("result", _("No maker is accepted: no plug-in can be installed."), ok=True)


def _emulate(args: argparse.Namespace, output: Output, plugins: PlugIns) -> None:
    from ui.cli.plugin_emulate import serve

    serve(args, output, plugins)


# For makers ------------------------------------------------------------------------------------------------------


def _build(args: argparse.Namespace, output: Output) -> int:
    from hht.plugins.archive import read_archive
    from hht.plugins.building import build
    from hht.plugins.keys import read_private
    from ui.plugins import read_plugin_file
    from ui.whole_file import whole_binary_file

    if args.new_key:
        _make_key(args, output)
    octets = build(args.folder, read_private(read_plugin_file(args.key, _MOST_KEY)))
    with whole_binary_file(args.out) as file:
        file.write(octets)
    made = read_archive(octets)
    words = _("{path}: “{name}” {version}, signed with the key {key}. SHA-256 {digest}")
    facts = {"name": made.manifest.name, "version": made.manifest.version, "key": made.key, "digest": made.digest}
    output.emit("result", words.format(path=args.out, **facts), ok=True, path=str(args.out), **facts)
    return DONE


def _make_key(args: argparse.Namespace, output: Output) -> None:
    """A new pair. Never in the place of another."""
    from hht.plugins.keys import PUBLIC_OCTETS, private_pem, public_pem, read_private
    from ui.system import random_bytes
    from ui.whole_file import whole_binary_file

    public = args.key.with_name(f"{args.key.name.removesuffix('.pem')}.pub.pem")
    for path in (args.key, public):
        if path.exists():
            raise UsageProblem(
                _("“{file}” is there already.").format(file=path),
                remedy=_("Leave --new-key out to use it, or name another file."),
            )
    private = private_pem(random_bytes(PUBLIC_OCTETS))
    with whole_binary_file(args.key) as file:
        file.write(private)
    with whole_binary_file(public) as file:
        file.write(public_pem(read_private(private).public_key().public_bytes_raw()))
    output.note(_("{path}: for whoever is to accept your plug-ins. Keep {key} to yourself.").format(
        path=public, key=args.key))  # fmt: skip


async def _check(args: argparse.Namespace, output: Output) -> int:
    from hht.plugins.archive import read_archive
    from ui.cli.plugin_check import tell
    from ui.plugins import read_plugin_file

    archive = read_archive(read_plugin_file(args.file))
    _check_maker(args, archive)
    return await tell(archive, output)


def _check_maker(args: argparse.Namespace, archive: Archive) -> None:
    """The kit runs the plug-in: only that of somebody whom the person named, or accepted before. Raises PlugInError."""
    from hht.plugins.errors import PlugInError
    from hht.plugins.keys import read_public
    from ui.cli.stores import opened_store
    from ui.plugins import PlugIns, read_plugin_file
    from ui.stores import data_folder

    if args.maker is None:
        with opened_store(args, SystemClock()) as store:
            PlugIns(store, data_folder(args.data_dir)).check_maker(archive)
    elif read_public(read_plugin_file(args.maker, _MOST_KEY)) != archive.maker_key:
        raise PlugInError(
            _("“{name}” is not signed by that maker, but with the key {key}.").format(
                name=archive.manifest.name, key=archive.key
            ),
            remedy=_("Ask the maker for file and key; nothing of it was run."),
            code="plugin-untrusted",
        )
