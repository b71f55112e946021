"""A session with credentials, certificates and a proxy, ready for a door. Knows no remote system."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import requests

from syncd.http.reach import Vet, VettingAdapter

Session = requests.Session
Response = requests.Response
PreparedRequest = requests.PreparedRequest

Auth = Callable[[PreparedRequest], PreparedRequest]
"""Puts the credentials on a request. Asked for every request, so that a renewed token is used at once."""


def new_session(
    auth: Auth | None = None,
    *,
    verify: bool | str = True,
    cert: str | tuple[str, str] | None = None,
    proxy: str | None = None,
    headers: Mapping[str, str] | None = None,
    vet: Vet | None = None,
) -> Session:
    """A session for one thread. `verify` may be the path of a CA bundle, `cert` a client certificate (with its key).

    `vet` judges every address before it is connected to; None lets all pass.
    """
    session = requests.Session()
    # Without any auth, requests would look into ~/.netrc and send what it finds there.
    session.auth = auth or _no_credentials
    session.verify = verify
    session.cert = cert
    if proxy is not None:
        session.proxies = {"http": proxy, "https": proxy}
    session.headers.update({"User-Agent": "syncd", **(headers or {})})
    return vetting(session, vet)


def vetting(session: Session, vet: Vet | None) -> Session:
    """The same session, which connects only to what `vet` lets pass. Its proxy is set already."""
    if vet is not None:
        adapter = VettingAdapter(vet, proxies_too=bool(session.proxies))
        session.mount("https://", adapter)
        session.mount("http://", adapter)
    return session


def without_credentials(like: Session) -> Session:
    """A session that trusts and travels like another one, but carries neither its credentials nor its cookies."""
    session = requests.Session()
    session.auth = _no_credentials
    session.verify, session.proxies = like.verify, like.proxies
    session.adapters = like.adapters  # what may be connected to is the same
    session.headers["User-Agent"] = like.headers.get("User-Agent", "syncd")
    return session


def _no_credentials(request: PreparedRequest) -> PreparedRequest:
    return request
