"""Which addresses a connection that was made here may have: no door into the network behind this machine (SSRF).

| host                                              | may be                                             |
|---------------------------------------------------|----------------------------------------------------|
| fits a pattern of `http.connection_hosts`         | anything that resolves to public addresses         |
| written out in `http.connection_hosts`            | in a private network, or this machine, too         |
| of a connection in syncd.yaml                     | the same: the operator of this machine named it    |
| anything else                                     | refused                                            |

Link-local addresses are always refused: clouds keep their keys there. What does not resolve cannot do harm yet.

A name is judged twice: here as a whole, so that whoever sets it is told at once, and by `vet_for` whenever something is
connected to it, since its owner may change its addresses at any time, and since a redirect may lead elsewhere.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Collection, Iterable, Sequence
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from syncd.api.shell import LOOPBACK
from syncd.http import Vet

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_CARRYING = tuple(ipaddress.IPv6Network(network) for network in ("64:ff9b::/96", "64:ff9b:1::/48", "::/96"))
"""Their last four bytes are an address of IPv4: translated (NAT64), or in the oldest way of writing."""

_KEYS_OF_CLOUDS = frozenset(
    ipaddress.ip_address(text) for text in ("fd00:ec2::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
"""Where clouds tell a machine its keys, beside link-local addresses: Amazon, Alibaba, Azure, Oracle."""

Resolve = Callable[[str], Iterable[str]]


def resolved(host: str) -> list[str]:
    """The addresses of a host; none if it has none, or if nobody answers."""
    try:
        return sorted({str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except (OSError, UnicodeError):
        return []


def refusals(
    urls: Sequence[str], patterns: Collection[str], trusted: Collection[str], resolve: Resolve = resolved
) -> list[str]:
    """Why these URLs may not be asked, each in a sentence; nothing if all may."""
    exact = _written_out(patterns, trusted)
    found = []
    for url in urls:
        try:
            host = (urlsplit(url).hostname or "").lower().rstrip(".")
        except ValueError:
            host = ""
        if not host:
            found.append("an address has no host")
        elif host not in exact and not any(
            fnmatchcase(host, pattern.lower()) for pattern in patterns if "*" in pattern
        ):
            found.append(f"the host {host} is not allowed; add it to http.connection_hosts in syncd.yaml")
        else:
            found += _wrong_addresses(host, private=host in exact, resolve=resolve)
    return found


def vet_for(patterns: Collection[str], trusted: Collection[str], own: Collection[str] = ()) -> Vet:
    """Judges each address as it is connected to; those of `own`, hosts that syncd.yaml itself names, may be any."""
    exact, ours = _written_out(patterns, trusted), _in_any_words(own)

    def vet(host: str, address: str) -> str:
        name = host.lower().rstrip(".")
        return "" if name in ours else _wrong(name, address, private=name in exact)

    return vet


def _written_out(patterns: Collection[str], trusted: Collection[str]) -> set[str]:
    """The hosts that may be in a private network."""
    return _in_any_words([*trusted, *(pattern for pattern in patterns if "*" not in pattern)])


def _in_any_words(names: Iterable[str]) -> set[str]:
    """These; this machine, if it is one of them, under each of its names."""
    said = {name.lower() for name in names}
    return said | set(LOOPBACK) if said & set(LOOPBACK) else said


def _reached(address: Address) -> Address:
    """Where packets to this address end: some addresses of IPv6 are another way to write one of IPv4."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if int(address) > 1 and any(address in network for network in _CARRYING):  # not :: and ::1
        return ipaddress.IPv4Address(address.packed[-4:])
    return address.ipv4_mapped or address.sixtofour or address


def _wrong_addresses(host: str, *, private: bool, resolve: Resolve) -> list[str]:
    return [why for text in resolve(host) if (why := _wrong(host, text, private=private))][:1]


def _wrong(host: str, text: str, *, private: bool) -> str:
    address = _reached(ipaddress.ip_address(text.partition("%")[0]))
    if address.is_link_local or address.is_multicast or address.is_unspecified or address in _KEYS_OF_CLOUDS:
        return f"the host {host} has the address {address}, which is never asked"
    if not private and (not address.is_global or address.is_reserved or getattr(address, "is_site_local", False)):
        return (
            f"the host {host} has the address {address}, which is not public; if that is right, write the host out "
            "in http.connection_hosts in syncd.yaml"
        )
    return ""
