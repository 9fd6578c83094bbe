"""Why a transport went away, in words. The one place that knows the many exceptions in which drivers say it."""

from __future__ import annotations

import errno
import os
import socket
import ssl

from hht.i18n import _

try:
    from termios import error as _termios_error
except ImportError:  # Windows has none
    _termios_error = OSError  # type: ignore[misc, assignment]

LOSSES: tuple[type[BaseException], ...] = (OSError, EOFError, _termios_error)
"""Every exception that a transport may end with. SerialException, ConnectionError and TimeoutError are OSErrors;
termios.error is not."""

_UNPLUGGED = {errno.EIO, errno.ENODEV, errno.ENXIO, errno.EBADF, errno.ENOENT}


def errno_of(error: BaseException) -> int | None:
    """The error number, wherever the exception keeps it (termios.error: first argument)."""
    number = getattr(error, "errno", None)
    if number is None and error.args and isinstance(error.args[0], int):
        number = error.args[0]
    return number


def cause_of(error: BaseException) -> str:
    """Half a sentence, small letters, no full stop."""
    number, text = errno_of(error), str(error)
    if isinstance(error, EOFError):
        return _("the other end closed it")
    if isinstance(error, ssl.SSLCertVerificationError):
        return _("its certificate is not trusted ({why})").format(why=error.verify_message)
    if isinstance(error, ssl.SSLError):
        return _("it does not speak TLS as it should ({why})").format(why=error.reason or text)
    if isinstance(error, TimeoutError) and number in (None, errno.ETIMEDOUT):
        return _("the other end no longer answers")
    if number in (errno.ECONNRESET, errno.EPIPE, errno.ECONNABORTED):
        return _("the other end reset it")
    if number in _UNPLUGGED or "returned no data" in text or "Input/output error" in text:
        return _("the adapter was unplugged")
    if isinstance(error, socket.gaierror):
        return _("the name is not known")
    if number is not None:
        return os.strerror(number)
    return text or type(error).__name__
