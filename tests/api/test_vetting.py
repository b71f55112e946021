"""Which addresses may be connected to, by where a connection is kept."""

from __future__ import annotations

import pytest

from syncd.settings import JiraConnection
from syncd.settings.stored import checked
from syncd.wiring.book import Book
from tests.api.conftest import IN_FILE, JIRA

PUBLIC, PRIVATE, KEYS = "104.192.141.1", "10.1.2.3", "169.254.169.254"
NOT_PUBLIC, NEVER = "is not public", "is never asked"


@pytest.fixture
def book(api) -> Book:
    return Book({"file-jira": IN_FILE}, api.services.connections, ["*.atlassian.net", "jira.corp.example"])


STORED = {
    "a host of the patterns": ("acme.atlassian.net", PUBLIC, ""),
    "it became private": ("acme.atlassian.net", PRIVATE, NOT_PUBLIC),
    "it became this machine": ("acme.atlassian.net", "127.0.0.1", NOT_PUBLIC),
    "it became this machine in the other way": ("acme.atlassian.net", "::ffff:127.0.0.1", NOT_PUBLIC),
    "it became where keys are kept": ("acme.atlassian.net", KEYS, NEVER),
    "written out, private": ("jira.corp.example", PRIVATE, ""),
    "written out, where keys are kept": ("jira.corp.example", KEYS, NEVER),
    "of the file": ("jira.internal.example", PRIVATE, ""),
    "a media server": ("media.example", PUBLIC, ""),
    "a redirect into the network": ("wiki.corp.example", PRIVATE, NOT_PUBLIC),
    "in capitals, with a dot at its end": ("JIRA.corp.example.", PRIVATE, ""),
    "an address with a zone": ("acme.atlassian.net", "fe80::1%eth0", NEVER),
}


@pytest.mark.parametrize(("host", "address", "expected"), STORED.values(), ids=STORED.keys())
def test_a_connection_of_the_database(book: Book, host: str, address: str, expected: str) -> None:
    said = book.vet(checked({**JIRA, "type": "jira"}))(host, address)
    assert expected in said
    assert bool(said) == bool(expected)


IN_YAML = {
    "its own host may be anywhere": ("jira.internal.example", KEYS, ""),
    "a redirect into the network": ("wiki.corp.example", PRIVATE, NOT_PUBLIC),
    "a redirect to where keys are kept": ("wiki.corp.example", KEYS, NEVER),
    "a redirect to a media server": ("media.example", PUBLIC, ""),
}


@pytest.mark.parametrize(("host", "address", "expected"), IN_YAML.values(), ids=IN_YAML.keys())
def test_a_connection_of_the_file(book: Book, host: str, address: str, expected: str) -> None:
    said = book.vet(book.connection("file-jira", "jira"))(host, address)
    assert expected in said
    assert bool(said) == bool(expected)


def test_this_machine_is_the_same_under_each_of_its_names(api) -> None:
    """As a simulated Jira Cloud has it: it is at 127.0.0.1, and its files are at localhost."""
    simulated = JiraConnection.model_validate({**JIRA, "type": "jira", "url": "http://127.0.0.1:8081"})
    book = Book({"jira": simulated}, api.services.connections)
    assert book.vet(simulated)("localhost", "127.0.0.1") == ""
    assert book.vet(simulated)("localhost", "::1") == ""
    assert NOT_PUBLIC in book.vet(simulated)("intranet", "127.0.0.1")


def test_settings_that_only_look_like_those_of_the_file_are_not_trusted_like_them(book: Book) -> None:
    copy = JiraConnection.model_validate({**JIRA, "type": "jira", "url": "https://jira.internal.example"})
    assert NEVER in book.vet(copy)("jira.internal.example", KEYS)
