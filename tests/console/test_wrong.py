"""What a person sees when nothing of the console answers: a page, where programs get a problem."""

from __future__ import annotations

import httpx
import pytest

from tests.console.conftest import BROWSER, Console, words

LARGE = "x" * (1024 * 1024 + 1)

WRONG = {
    "no such page": ("GET", "/nowhere", "", 404),
    "a page that takes no form": ("POST", "/links", "", 405),
    "a method that no page knows": ("PATCH", "/links", "", 405),
    "a form that is too large": ("POST", "/sign-in", LARGE, 413),
    "a null byte": ("GET", "/links?search=%00", "", 400),
    "a field that does not fit": ("POST", "/sign-in", f"token={'x' * 600}", 422),
}


def ask(who: httpx.Client, method: str, address: str, body: str) -> httpx.Response:
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    return who.request(method, address, content=body.encode(), headers=kind)


@pytest.mark.parametrize(("method", "address", "body", "status"), WRONG.values(), ids=WRONG.keys())
def test_a_browser_gets_a_page(console: Console, method: str, address: str, body: str, status: int) -> None:
    for who in (console.visitor().client, console.stranger()):
        answer = ask(who, method, address, body)
        assert (answer.status_code, answer.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert f"({status})" in words(answer.text)
        assert "'unsafe-inline'" not in answer.headers["Content-Security-Policy"]
        assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(("method", "address", "body", "status"), WRONG.values(), ids=WRONG.keys())
def test_a_program_gets_a_problem(console: Console, method: str, address: str, body: str, status: int) -> None:
    with httpx.Client(base_url=console.url) as program:
        answer = ask(program, method, address, body)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert answer.json()["status"] == status


@pytest.mark.parametrize("address", ["/api/nowhere", "/api/links"])
def test_the_api_answers_problems_to_browsers_too(console: Console, address: str) -> None:
    with httpx.Client(base_url=console.url, headers=BROWSER) as browser:
        answer = browser.post(address)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_method_that_is_not_for_this_address_says_which_are(console: Console) -> None:
    assert console.stranger().request("DELETE", "/links").headers["Allow"] == "GET"


def test_a_bug_shows_the_id_of_its_request_and_nothing_of_the_program(console: Console, monkeypatch) -> None:
    visitor = console.visitor()

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError("/home/ann/secret.py")

    monkeypatch.setattr(console.api.store.insights, "links", fails)
    answer = visitor.client.get("/links", headers={"X-Request-ID": "abc-1"})
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")
    assert "abc-1" in answer.text
    assert "secret.py" not in answer.text
    assert "ZeroDivision" not in answer.text
