"""The application as a process serves it, with the console and whatever else stands beside the API."""

from __future__ import annotations

from contextlib import ExitStack

import httpx

from syncd.core.access import Open, Role
from syncd.sandbox.serve import Server
from syncd.serving import application
from syncd.settings import load_settings
from syncd.store.secrets import new_key
from syncd.wiring import opened
from tests.api.routes import routes_of


def test_all_that_a_process_serves_says_whom_it_lets_in(tmp_path, mappings):
    config = tmp_path / "syncd.yaml"
    config.write_text(f"database: sqlite:///{tmp_path / 'served.db'}\nsecret_key: {new_key()}\nmappings: {mappings}\n")
    with opened(load_settings(config), working=False) as app, ExitStack() as stack:
        served = application(app, lambda: True)
        server = stack.enter_context(Server(served))
        client = stack.enter_context(httpx.Client(base_url=server.url, timeout=30))
        seen = list(routes_of(served))
        assert len(seen) > 30
        for route in seen:
            assert route.need is not None, route
            if not isinstance(route.need, Open):
                assert client.request(route.method, route.address).status_code == 401, route
                assert route.method in ("GET", "POST", "PUT", "DELETE"), route
            if route.method != "GET" and not isinstance(route.need, Open) and route.path != "/sign-out":
                assert route.need in (Role.OPERATOR, Role.ADMIN), route
