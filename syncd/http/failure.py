"""What a request that got no answer has done: nothing for certain, or nobody knows. Decides nothing else."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import requests
import urllib3.exceptions

from syncd.errors import UnavailableError
from syncd.http.reach import AddressRefusedError


def address_refused(error: BaseException) -> str:
    """Why the address was not connected to, if that is what happened; else ""."""
    return next((cause.sentence for cause in _causes(error) if isinstance(cause, AddressRefusedError)), "")


class BrokenOffError(UnavailableError):
    """A read was sent, and its answer did not come, or not whole. A smaller question may have an answer."""


NEVER_SENT = (
    urllib3.exceptions.NewConnectionError,  # refused, unreachable, no such host
    urllib3.exceptions.ConnectTimeoutError,
    ssl.SSLCertVerificationError,  # we hung up on them; other TLS errors may come after the request (TLS 1.3)
    ValueError,  # the request could not even be built: invalid URL or header, or a body that is no JSON
)
"""Causes after which it is certain that no byte of the request has reached the other side."""


def never_sent(error: BaseException) -> bool:
    """True when it is certain that not one byte of the request reached the other side.

    `OSError` itself is what requests raises for a CA bundle or client certificate that is not there. A proxy error
    comes only before the proxy has connected us.
    """
    if type(error) in (OSError, FileNotFoundError, PermissionError):
        return True
    if isinstance(error, requests.JSONDecodeError):  # a ValueError, but of an answer
        return False
    return isinstance(error, requests.ConnectTimeout | requests.exceptions.ProxyError) or any(
        isinstance(cause, NEVER_SENT) for cause in _causes(error)
    )


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what it wraps: requests puts urllib3's error first in `args`, urllib3 the true one in `reason`.

    `__context__` is not followed: it may hold an older, unrelated failure.
    """
    cause: object = error
    while isinstance(cause, BaseException):
        yield cause
        inner = getattr(cause, "reason", None)
        cause = inner if isinstance(inner, BaseException) else cause.args[0] if cause.args else None
