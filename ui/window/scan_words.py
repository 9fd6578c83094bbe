"""How to scan, for the help page. Plain Python."""

from __future__ import annotations

from hht.i18n import _


def scan_signs() -> list[tuple[str, str, str, str]]:
    """(icon, colour, word, meaning)."""
    return [
        ("scan", "ink", _("Scanner"), _(
            "Scan wherever you are: the number goes where it is asked for, and a line beneath the head says where. "
            "What nothing asks for is shown, with the job that knows it. Set the scanner to end with Enter or Tab."
        )),
        ("camera", "ink", _("Photo"), _(
            "“Photo…” beside the field opens one; a copied picture is pasted with Ctrl+V, a file dropped on the "
            "window. Where several codes may be meant you choose, by the piece of the picture."
        )),
        ("info", "ink", _("No camera"), _(
            "The terminal cannot use a camera itself: what it is built with has no support for one. Take the photo "
            "with the computer's own camera program, or a phone, and open, paste or drop it."
        )),
        ("warn", "warn", _("Never mended"), _(
            "O is not made 0, and no zero is added: what was read stays, and the place of the error is marked. A code "
            "without a check of its own waits until you have compared it."
        )),
        ("file", "ink", _("Other labels"), _(
            "hht scan --list shows the label formats that are known. Your own stand in label_formats.toml in the "
            "folder of the terminal's data."
        )),
    ]  # fmt: skip
