"""Tell systemd how we are (sd_notify): one datagram to the socket it names. Does nothing outside systemd.

Twenty lines of our own, since the known libraries either need libsystemd or are no longer kept.
"""

from __future__ import annotations

import logging
import os
import socket

log = logging.getLogger(__name__)


def notify(state: str) -> None:
    """Send `READY=1`, `WATCHDOG=1`, `STOPPING=1` or `STATUS=...`, several separated by line breaks.

    A manager that does not listen is no reason to stop working: if it minds, it will say so in its own way.
    """
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = "\0" + address[1:]
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as channel:
            channel.setblocking(False)
            channel.sendto(state.encode(), address)
    except OSError as error:
        log.debug("systemd was not told %s: %s", state.split("\n")[0], error)
