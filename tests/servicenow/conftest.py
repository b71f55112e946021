"""A client of an instance that is not there (`responses` answers in its place), and a simulated one that is."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import responses

from syncd.http import Limits
from syncd.servicenow import BasicAuth, ServiceNowClient
from tests.servicenow.instance import Served, served

URL = "https://example.service-now.com"
PASSWORD = "correct horse"


@pytest.fixture
def web() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        yield mock


@pytest.fixture
def client() -> Iterator[ServiceNowClient]:
    with ServiceNowClient(
        URL, BasicAuth("svc_syncd", PASSWORD), limits=Limits(attempts=2), sleep=lambda seconds: None
    ) as opened:
        yield opened


@pytest.fixture(scope="session")
def _running() -> Iterator[Served]:
    with served() as running:
        yield running


@pytest.fixture
def instance(_running: Served) -> Iterator[Served]:
    """A simulated instance, as new."""
    options = _running.sandbox.options
    _running.sandbox.reset()
    yield _running
    _running.close()
    _running.sandbox.set_options(**{field.name: getattr(options, field.name) for field in dataclasses.fields(options)})
