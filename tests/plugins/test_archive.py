"""Bad archives: each is refused for its reason, before any of it is run or written anywhere."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from hht.plugins.archive import MOST_OCTETS, read_archive
from hht.plugins.building import build
from hht.plugins.errors import PlugInError
from hht.plugins.keys import sign
from tests.plugins.making import SAMPLE, archive_of, entry, maker, rezipped, sample, sample_files, zipped


def test_a_whole_one_is_read_and_says_who_made_it() -> None:
    found = read_archive(sample())
    assert (found.manifest.name, found.manifest.version) == ("kestrel", "1.0.0")
    assert found.files == sample_files()
    assert found.maker_key == maker().public_key().public_bytes_raw()
    assert found.digest == hashlib.sha256(sample()).hexdigest()


def test_built_twice_it_is_the_same_file() -> None:
    assert archive_of(sample_files()) == archive_of(dict(reversed(sample_files().items())))


def resigned(**fields: object) -> bytes:
    """The sample with other words in its manifest, signed all the same: a maker who means harm."""
    plain = json.loads(next(content for info, content in rezipped(sample()) if info.filename == "manifest.json"))
    whole = json.dumps(plain | fields).encode()
    return resigned_raw(whole)


def resigned_raw(whole: bytes) -> bytes:
    """The sample with this for a manifest, signed."""
    return zipped(rezipped(sample(), manifest=whole, signature=sign(whole, maker())))


def with_key_exchanged() -> bytes:
    """Another's public key before the signature."""
    signature = next(content for info, content in rezipped(sample()) if info.filename == "signature")
    return zipped(rezipped(sample(), signature=sign(b"", maker(2))[:32] + signature[32:]))


def with_dates() -> bytes:
    """As most programs make zips: with the time of each file."""
    entries = rezipped(sample())
    for info, _content in entries:
        info.date_time = (2026, 3, 2, 9, 0, 0)
    return zipped(entries)


def with_entry(name: str, content: bytes = b"x", *, attributes: int = 0, method: int = zipfile.ZIP_STORED) -> bytes:
    """The sample with one entry more, named in its manifest too where that may name it."""
    added = entry(name, attributes=attributes)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # zipfile says of a second one of a name that it is one
        return zipped([*rezipped(sample()), (added, content)], method)


def flipped_in(path: str) -> bytes:
    """The sample with one letter of a file changed, in a sound zip."""
    stem = path.partition(".")[0]
    content = bytearray(sample_files()[path])
    content[-2] ^= 1
    return zipped(rezipped(sample(), **{stem: bytes(content)}))


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "path traversal": (lambda: with_entry("../plugin.py"), "plugin-entry"),
    "path traversal inside": (lambda: with_entry("a/../../b.py"), "plugin-entry"),
    "absolute path": (lambda: with_entry("/etc/cron.d/x.py"), "plugin-entry"),
    "drive": (lambda: with_entry("c:/x.py"), "plugin-entry"),
    "backslash": (lambda: with_entry("..\\x.py"), "plugin-entry"),
    "upper case": (lambda: with_entry("Plugin.py"), "plugin-entry"),
    "hidden": (lambda: with_entry(".pth.py"), "plugin-entry"),
    "native code": (lambda: with_entry("fast.so"), "plugin-entry"),
    "compiled": (lambda: with_entry("plugin.pyc"), "plugin-entry"),
    "folder": (lambda: with_entry("more/", b""), "plugin-entry"),
    "symbolic link": (lambda: with_entry("more.py", b"/etc/passwd", attributes=0o120777 << 16), "plugin-entry"),
    "twice the same name": (lambda: with_entry("plugin.py"), "plugin-entry"),
    "bomb": (lambda: with_entry("more.txt", bytes(64 << 20), method=zipfile.ZIP_DEFLATED), "plugin-size"),
    "compressed": (lambda: with_entry("more.txt", bytes(300), method=zipfile.ZIP_DEFLATED), "plugin-entry"),
    "bzip2": (lambda: with_entry("more.txt", bytes(300), method=zipfile.ZIP_BZIP2), "plugin-entry"),
    "file not in the manifest": (lambda: with_entry("more.py"), "plugin-hash"),
    "file of the manifest missing": (lambda: zipped(rezipped(sample(), wire=None)), "plugin-hash"),
    "a letter changed": (lambda: flipped_in("reader.py"), "plugin-hash"),
    "unsigned": (lambda: zipped(rezipped(sample(), signature=None)), "plugin-signature"),
    "no manifest": (lambda: zipped(rezipped(sample(), manifest=None)), "plugin-signature"),
    "another's signature": (
        lambda: zipped(rezipped(sample(), signature=sign(b"something else", maker()))),
        "plugin-signature",
    ),
    "key exchanged": (with_key_exchanged, "plugin-signature"),
    "many files": (lambda: zipped([(entry(f"f{i}.txt"), b"") for i in range(300)]), "plugin-size"),
    "larger than any": (lambda: sample() + bytes(MOST_OCTETS), "plugin-size"),
    "a file larger than any": (lambda: with_entry("more.txt", bytes(600 << 10)), "plugin-size"),
    "empty": (lambda: b"", "plugin-archive"),
    "no zip": (lambda: b"#!/bin/sh\nrm -rf /\n" * 40, "plugin-archive"),
    "truncated": (lambda: sample()[:-30], "plugin-archive"),
    "something before it": (lambda: b"#!/bin/sh\n" + sample(), "plugin-archive"),
    "something behind it": (lambda: sample() + b"\n", "plugin-archive"),
    "other zip program": (with_dates, "plugin-archive"),
    "manifest is no JSON": (lambda: resigned_raw(b"!!python/object"), "plugin-manifest"),
    "manifest says it twice": (lambda: resigned_raw(b'{"name": "a", "name": "b"}'), "plugin-manifest"),
    "manifest without end": (lambda: resigned_raw(b"[" * 60_000), "plugin-manifest"),
    "manifest with more": (lambda: resigned(more=1), "plugin-manifest"),
    "name with a way up": (lambda: resigned(name="../../x"), "plugin-manifest"),
    "path with a way up": (lambda: resigned(files={"plugin.py": "0" * 64, "../x.py": "0" * 64}), "plugin-manifest"),
    "title that steers a screen": (lambda: resigned(title="\x1b[2J fine"), "plugin-manifest"),
    "title with a link": (lambda: resigned(title="a\u202eb"), "plugin-manifest"),
    "version without form": (lambda: resigned(version="1.0"), "plugin-manifest"),
    "version of digits that are none": (lambda: resigned(version="١.0.0"), "plugin-manifest"),
    "adds nothing": (lambda: resigned(adds=[]), "plugin-manifest"),
    "adds what is no list": (lambda: resigned(adds={"device:a": 1}), "plugin-manifest"),
    "training neither": (lambda: resigned(training=1), "plugin-manifest"),
    "format of tomorrow": (lambda: resigned(format="hht-plugin/2"), "plugin-manifest"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_bad_archive_is_refused_for_its_reason(name: str) -> None:
    make, code = BAD[name]
    with pytest.raises(PlugInError) as refused:
        read_archive(make())
    assert refused.value.code == code
    assert refused.value.message.isprintable()
    assert refused.value.remedy


def test_no_flipped_octet_and_no_cut_is_accepted() -> None:
    """Every octet of a small one, in header, manifest, signature, file and directory."""
    small = archive_of({"plugin.py": "x = 1\n"})
    random_bits = random.Random(9)
    for place in range(len(small)):
        broken = bytearray(small)
        broken[place] ^= 1 << random_bits.randrange(8)
        with pytest.raises(PlugInError):
            read_archive(bytes(broken))
    for length in range(len(small)):
        with pytest.raises(PlugInError):
            read_archive(small[:length])


def test_what_nobody_would_take_is_not_built() -> None:
    for files in ({"other.py": ""}, {"plugin.py": "", "../x.py": ""}, {"plugin.py": "x" * (600 << 10)}):
        with pytest.raises(PlugInError):
            archive_of(files)


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("plugin.toml", "x = [", "plugin-source"),
        ("plugin.toml", "x = 1", "plugin-manifest"),
        ("plugin.toml", None, "plugin-source"),
        ("Upper.py", "", "plugin-source"),
        (".hidden.py", "", "plugin-source"),
        ("secret.pem", "", "plugin-source"),
        ("long.txt", "x" * (600 << 10), "plugin-source"),
    ],
)
def test_of_a_folder_that_is_not_right_no_plug_in_is_made(
    tmp_path: Path, name: str, text: str | None, code: str
) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(SAMPLE, folder)
    assert build(folder, maker()) == sample()
    if text is None:
        (folder / name).unlink()
    else:
        (folder / name).write_text(text)
    with pytest.raises(PlugInError) as refused:
        build(folder, maker())
    assert refused.value.code == code


def test_no_link_out_of_the_folder_is_followed(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(SAMPLE, folder)
    (tmp_path / "secret.txt").write_text("mine alone")
    (folder / "more.txt").symlink_to(tmp_path / "secret.txt")
    with pytest.raises(PlugInError):
        build(folder, maker())
