"""Links named by URL, everywhere the same: parsing and explaining, no opening (that is `ui.compose`).

optical:/dev/ttyUSB0   tcp://host:port   rfc2217://host:port   ble:ADDRESS   emulated:NAME   recorded:FILE
dongle:/dev/ttyACM0    dongle:tcp://host:port   dongle:ble:ADDRESS   (a radio dongle for the HAN)
desk:emulated          desk:tcp://host:port     desk:FOLDER          (the supplier's desk)
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from urllib.parse import parse_qsl, quote

from hht.errors import HhtError
from hht.i18n import _


class LinkUrlError(HhtError):
    """A link URL that cannot be understood."""

    default_code = "link-url"


MODES = ("auto", "a", "b", "c", "d", "e")  # of IEC 62056-21; a to d are plain text
SPEEDS = ("300", "600", "1200", "2400", "4800", "9600", "19200", "38400", "57600", "115200")
FIRMWARES = ("3.30", "3.0", "1.2", "stock")  # of an emulated dongle
DESK_TROUBLES = (  # of an emulated desk (`hht.emulation.desk_port.Fault`)
    "none", "slow", "drops", "other-job", "refuses", "silent", "twice", "contradicts", "garbage", "version"
)  # fmt: skip
DESK_ROLES = ("suppliers", "other-user")  # whose desk an emulated one is (`hht.emulation.desk_end.DeskRole`)
_PROBE: dict[str, tuple[str, ...] | None] = {
    "opening": ("iec", "direct"),
    "baud": SPEEDS,
    "echo": ("auto", "on", "off"),
    "parity": ("soft", "hard"),
    "dtr": ("on", "off"),
    "rts": ("on", "off"),
    "address": None,
    "wake": ("on", "off"),
    "blocks": ("own", "general"),
    "mode": MODES,
    "kind": None,  # a device that a plug-in knows
}
# scheme -> option -> allowed values (None: any text)
OPTIONS: dict[str, dict[str, tuple[str, ...] | None]] = {
    "optical": _PROBE,
    "rfc2217": _PROBE,
    "ble": {key: values for key, values in _PROBE.items() if key not in ("parity", "dtr", "rts")},
    "tcp": {
        "framing": ("hdlc", "wrapper", "iec"),
        "baud": SPEEDS,
        "address": None,
        "wake": ("on", "off"),
        "blocks": ("own", "general"),
        "mode": MODES,
        "kind": None,
    },
    "emulated": {
        "device": None,
        "opening": ("iec", "direct"),
        "seed": None,
        "days": None,
        "blocks": ("own", "general"),
        "mode": MODES,
        "offers": MODES[1:],
        "clients": ("training", "every"),
        "counters": ("per-association", "strict"),
        "profiles": ("plain", "null", "delta", "compact"),
        "notifies": ("yes", "no"),
        "fault": None,
        "via": ("port", "han"),
        "firmware": FIRMWARES,
        "hub": ("as-it-is", "fresh"),
        "people": ("look", "away"),
    },
    "dongle": {"dtr": ("on", "off"), "rts": ("on", "off")},
    "desk": {
        "premises": None,
        "seed": None,
        "days": None,
        "fault": None,
        "people": ("look", "away"),
        "trouble": DESK_TROUBLES,
        "role": DESK_ROLES,
    },
    "recorded": {
        "pace": None,
        "strict": ("yes", "no"),
        "opening": ("iec", "direct", "wrapper"),
        "blocks": ("own", "general"),
        "mode": MODES,
        "kind": None,
    },
}
# As the system writes it: six octets; macOS hides those and gives a UUID of its own.
_ADDRESS = re.compile(r"([0-9A-F]{2}:){5}[0-9A-F]{2}|[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}", re.I)
_HOSTS = ("tcp", "rfc2217")  # schemes that name host and port


@dataclass(frozen=True, slots=True)
class LinkUrl:
    """A parsed link URL. `target` is the path, ``host:port`` or name."""

    scheme: str
    target: str
    options: dict[str, str] = field(default_factory=dict)

    def option(self, name: str, default: str) -> str:
        """The option's value, or `default`."""
        return self.options.get(name, default)

    def __str__(self) -> str:
        slashes = "//" if self.scheme in _HOSTS else ""
        query = "&".join(f"{key}={_escaped(value)}" for key, value in self.options.items())
        return f"{self.scheme}:{slashes}{self.target}" + (f"?{query}" if query else "")

    def host_and_port(self) -> tuple[str, int]:
        """Host and port of a link that names them (checked by `parse_link_url`)."""
        host, _colon, port = self.target.rpartition(":")
        return host.removeprefix("[").removesuffix("]"), int(port)


def _escaped(value: str) -> str:
    """An option's value so that it reads again as it is; everything else stays as people read it."""
    return "".join(quote(c) if c in "%&+#" or c.isspace() or (not c.isprintable() and c < "\x80") else c for c in value)


def parse_link_url(text: str) -> LinkUrl:
    """Parse a link URL; raises LinkUrlError naming the part that is wrong."""
    stripped = text.strip()
    scheme, colon, rest = stripped.partition(":")
    _refuse_password(stripped, scheme)
    if not colon or scheme not in OPTIONS or "\0" in stripped:  # no file, host or premises has that in its name
        raise _unknown_scheme(stripped)
    target, _mark, query = rest.partition("?")
    if scheme in _HOSTS:
        target = _host_target(stripped, scheme, target)
    if scheme == "ble" and not _ADDRESS.fullmatch(target):
        raise LinkUrlError(
            _("“{text}” is not the address of a Bluetooth device.").format(text=target),
            remedy=_("Write for example {example}; hht ports --ble lists what is near.").format(
                example=_EXAMPLES["ble"]
            ),
        )
    if scheme == "dongle":
        _check_dongle(stripped, target)
    if scheme == "desk" and target.startswith("tcp:"):
        target = "tcp://" + _host_target(stripped, "tcp", target.removeprefix("tcp:"))
    target = target.strip()
    if not target:
        raise LinkUrlError(
            _("The link “{text}” names nothing after “{scheme}:”.").format(text=stripped, scheme=scheme),
            remedy=_("Write for example {example}.").format(example=_EXAMPLES[scheme]),
        )
    return LinkUrl(scheme, target, _options(stripped, scheme, query))


_EXAMPLES = {
    "optical": "optical:/dev/ttyUSB0",
    "tcp": "tcp://127.0.0.1:4059",
    "rfc2217": "rfc2217://192.0.2.7:2217",
    "ble": "ble:F0:F1:F2:F3:F4:F5",
    "emulated": "emulated:single-element",
    "recorded": "recorded:session.jsonl",
    "dongle": "dongle:/dev/ttyACM0",
    "desk": "desk:emulated",
}


def _unknown_scheme(text: str) -> LinkUrlError:
    known = ", ".join(_EXAMPLES.values())
    return LinkUrlError(
        _("“{text}” is not a link.").format(text=text), remedy=_("Use one of: {known}.").format(known=known)
    )


def _check_dongle(text: str, target: str) -> None:
    """A dongle is at a port, at a host, or behind a BLE bridge. Raises LinkUrlError."""
    inner, colon, rest = target.partition(":")
    if colon and inner == "tcp":
        _host_target(text, "tcp", rest)
    elif colon and inner == "ble" and not _ADDRESS.fullmatch(rest):
        raise LinkUrlError(
            _("“{text}” is not the address of a Bluetooth device.").format(text=rest),
            remedy=_("Write for example {example}; hht ports --ble lists what is near.").format(
                example=f"dongle:{_EXAMPLES['ble']}"
            ),
        )


def reaches_han(url: LinkUrl) -> bool:
    """Whether there is a radio dongle at the end of the link, and not a meter's port."""
    return url.scheme == "dongle" or (url.scheme == "emulated" and url.option("via", "port") == "han")


def reaches_desk(url: LinkUrl) -> bool:
    """Whether a supplier's desk is at the end of the link, and no device."""
    return url.scheme == "desk"


def all_emulated(links: Iterable[str]) -> bool:
    """Whether each of these ("": there is none) leads to what is emulated, and lives by whatever clock it is given."""
    return all(one.startswith(("emulated:", "desk:emulated")) for one in links if one)


def _refuse_password(text: str, scheme: str) -> None:
    """Refuse ``user:password@host``, wherever the @ stands, and never repeat what was written.

    A file and a premises may have an @ in their names; nothing that names a host may.
    """
    if "@" in text and (scheme not in OPTIONS or scheme in _HOSTS or f"{scheme}://" in text):
        raise LinkUrlError(
            _("A link takes no user name and no password."),
            remedy=_("Write for example {example}.").format(example=_EXAMPLES["tcp"]),
        )


def _host_target(text: str, scheme: str, target: str) -> str:
    host, colon, port = target.removeprefix("//").rpartition(":")
    if not target.startswith("//") or not colon or not _is_host(host) or not port.isascii() or not port.isdigit():
        raise LinkUrlError(
            _("The link “{text}” does not name a host and a port.").format(text=text),
            remedy=_("Write for example {example}; an IPv6 address stands in brackets: {scheme}://[::1]:4059.").format(
                example=_EXAMPLES[scheme], scheme=scheme
            ),
        )
    if len(port) > 5 or not 1 <= int(port) <= 65535:
        raise LinkUrlError(_("Port {port} does not exist.").format(port=port), remedy=_("Ports run from 1 to 65535."))
    return f"{host}:{port}"


def _is_host(text: str) -> bool:
    """A name, an IPv4 address, or an IPv6 address in brackets (without them nobody knows where the port begins)."""
    if text.startswith("["):
        try:
            return text.endswith("]") and bool(IPv6Address(text[1:-1]))
        except ValueError:
            return False
    return bool(text) and not any(character in "[]:/\\" or character.isspace() for character in text)


def _options(text: str, scheme: str, query: str) -> dict[str, str]:
    options: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        allowed = OPTIONS[scheme].get(key, ())
        if key not in OPTIONS[scheme] or (allowed is not None and value not in allowed):
            choices = ", ".join(f"{k}={'|'.join(v) if v else '…'}" for k, v in OPTIONS[scheme].items())
            raise LinkUrlError(
                _("The link “{text}” has an option that is not known: {key}={value}.").format(
                    text=text, key=key, value=value
                ),
                remedy=_("Options of {scheme}: {choices}.").format(scheme=scheme, choices=choices),
            )
        options[key] = value
    if scheme == "recorded":
        pace_factor(options.get("pace", "fast"))
    if scheme == "tcp" and "baud" in options and options.get("framing") != "iec":
        raise LinkUrlError(
            _("The link “{text}” names a speed, and TCP has none without a sign-on.").format(text=text),
            remedy=_(
                "Add framing=iec: then it is the fastest speed that the sign-on asks the meter for. A serial server's "
                "own speed is set at the server."
            ),
        )
    return options


def pace_factor(pace: str) -> float:
    """How many times as fast as it was recorded something is replayed: 1 for "real", infinity for "fast" (nothing is
    waited for), or a number from 0.01 to 10,000. Raises LinkUrlError for anything else."""
    named = {"real": 1.0, "fast": math.inf}
    if pace in named:
        return named[pace]
    if re.fullmatch(r"[0-9]{1,5}(\.[0-9]{1,3})?", pace, re.ASCII) and 0.01 <= float(pace) <= 10_000:
        return float(pace)
    raise LinkUrlError(
        _("“{text}” is no pace of a replay.").format(text=pace[:40]),
        remedy=_("Write real, fast, or how many times as fast, from 0.01 to 10000, for example pace=4."),
        code="pace",
    )
