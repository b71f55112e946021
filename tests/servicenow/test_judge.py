"""What each answer of ServiceNow means for a read and for a write (servicenow facts 1.7 to 1.25, 6.x, 7.x)."""

from __future__ import annotations

import json

import pytest
import responses
from hypothesis import given
from hypothesis import strategies as st

from syncd.errors import (
    AuthError,
    DoubtfulError,
    NotFoundError,
    RejectedError,
    RemoteError,
    ThrottledError,
    UnavailableError,
    UnreadableError,
)
from syncd.http import Request, Response
from syncd.servicenow import ServiceNowClient
from syncd.servicenow.judge import judge_for
from tests.servicenow.conftest import PASSWORD, URL

ID = "c537bae64f411200adf9f8e18110c76e"
ROW = f"{URL}/api/now/table/incident/{ID}"
JSON = "application/json;charset=UTF-8"
PAGE = "<html><head><title>Instance Hibernating page</title></head><body>Please wait</body></html>"


def refusal(message: str, detail: str | None) -> str:
    return json.dumps({"error": {"message": message, "detail": detail}, "status": "failure"})


CANCELLED = "Transaction cancelled: maximum execution time exceeded"
GLUED = '{"result":[{"sys_id":"1","number":"INC00","error":{"message":"' + CANCELLED + '"},"status":"failure"}'
IN_THE_LAST_ROW = json.dumps({"result": [{"sys_id": "1"}, {"sys_id": "2", "error": {"message": CANCELLED}}]})
AT_THE_TOP = json.dumps({"result": [], "error": {"message": CANCELLED, "detail": "x"}, "status": "failure"})
POLICY = refusal("Operation Failed", "Data Policy Exception: \n\tThe following fields are mandatory: Close notes")
ABORTED = refusal("Operation Failed", "Operation against file 'incident' was aborted by Business Rule 'No^0'")
NO_INSERT = refusal("Operation Failed", "ACL Exception Insert Failed due to security constraints")
TWIN = refusal("Operation Failed", "Error during insert of incident (INC0010001)")
NO_ROWS = refusal("Insufficient rights to query records", None)
NO_API = refusal("User Not Authorized", "Failed API level ACL Validation")
NO_SCOPE = refusal("User Not Authorized", "Access to unscoped api is not allowed")
NO_LOGIN = refusal("User Not Authenticated", "Required to provide Auth information")
NO_RECORD = refusal("No Record found", "Record doesn't exist or ACL restricts the record retrieval")
NO_TABLE = refusal("Invalid table foo", None)
BUSY = refusal("Rate limit exceeded", "Rate limit of 100 requests per hour for Table API exceeded")

ANSWERS = {
    "dropped from the session's queue": (202, "", "text/plain", UnavailableError, DoubtfulError),
    "hibernating": (200, PAGE, "text/html", UnavailableError, DoubtfulError),
    "a page that claims to be JSON": (200, PAGE, JSON, UnreadableError, DoubtfulError),
    "nothing at all": (200, "", JSON, UnreadableError, DoubtfulError),
    "no content": (204, "", "", UnreadableError, DoubtfulError),
    "brackets without end": (200, "[" * 100_000, JSON, UnreadableError, DoubtfulError),
    "cut off": (200, '{"result":{"sys_id":"c537', JSON, UnreadableError, DoubtfulError),
    "cancelled, glued to the end": (200, GLUED, JSON, UnreadableError, DoubtfulError),
    "cancelled, in the last row": (200, IN_THE_LAST_ROW, JSON, UnreadableError, DoubtfulError),
    "cancelled, at the top": (200, AT_THE_TOP, JSON, UnreadableError, DoubtfulError),
    "failure without an error": (200, '{"result":[],"status":"failure"}', JSON, UnreadableError, DoubtfulError),
    "no result": (200, "{}", JSON, UnreadableError, DoubtfulError),
    "a list of something else": (200, '{"result":["a"]}', JSON, UnreadableError, DoubtfulError),
    "no object": (200, "[]", JSON, UnreadableError, DoubtfulError),
    "sent elsewhere to log in": (302, "", "text/html", UnreadableError, DoubtfulError),
    "no such table": (400, NO_TABLE, JSON, RejectedError, RejectedError),
    "refused by a firewall": (400, PAGE, "text/html", UnreadableError, DoubtfulError),
    "wrong password": (401, NO_LOGIN, JSON, AuthError, AuthError),
    "wrong password, said in HTML": (401, PAGE, "text/html", AuthError, AuthError),
    "the proxy wants a password": (407, PAGE, "text/html", AuthError, AuthError),
    "API closed to this user": (403, NO_API, JSON, AuthError, AuthError),
    "token without scope": (403, NO_SCOPE, JSON, AuthError, AuthError),
    "table hidden": (403, NO_ROWS, JSON, RejectedError, DoubtfulError),
    "data policy": (403, POLICY, JSON, RejectedError, DoubtfulError),
    "business rule": (403, ABORTED, JSON, RejectedError, DoubtfulError),
    "ACL": (403, NO_INSERT, JSON, RejectedError, DoubtfulError),
    "the record exists": (403, TWIN, JSON, RejectedError, DoubtfulError),
    "forbidden by a firewall": (403, PAGE, "text/html", UnreadableError, DoubtfulError),
    "missing or hidden": (404, NO_RECORD, JSON, NotFoundError, NotFoundError),
    "no such page": (404, PAGE, "text/html", UnreadableError, DoubtfulError),
    "over-long address": (414, PAGE, "text/html", UnreadableError, DoubtfulError),
    "rate rule": (429, BUSY, JSON, ThrottledError, ThrottledError),
    "semaphore": (429, "", "text/html", ThrottledError, ThrottledError),
    "cancelled while queued": (500, refusal("Transaction cancelled", None), JSON, UnavailableError, DoubtfulError),
    "maintenance": (503, PAGE, "text/html", UnavailableError, DoubtfulError),
    "the balancer gave up": (504, PAGE, "text/html", UnavailableError, DoubtfulError),
}


@pytest.mark.parametrize("situation", ANSWERS)
def test_a_read(situation: str, web: responses.RequestsMock, client: ServiceNowClient) -> None:
    status, body, kind, expected, _ = ANSWERS[situation]
    web.get(ROW, status=status, body=body, content_type=kind)
    with pytest.raises(RemoteError) as caught:
        client.get("incident", ID)
    assert type(caught.value) is expected
    assert caught.value.system == "servicenow"
    assert caught.value.status == status
    assert ID in caught.value.step


@pytest.mark.parametrize("situation", ANSWERS)
def test_a_write(situation: str, web: responses.RequestsMock, client: ServiceNowClient) -> None:
    status, body, kind, _, expected = ANSWERS[situation]
    web.patch(ROW, status=status, body=body, content_type=kind)
    with pytest.raises(RemoteError) as caught:
        client.update("incident", ID, {"work_notes": "x"})
    assert type(caught.value) is expected
    assert len(web.calls) == 1


@pytest.mark.parametrize("situation", [name for name, answer in ANSWERS.items() if answer[0] in (400, 403, 404, 414)])
def test_a_refusal_that_had_no_effect_after_all_is_not_repeated_for_ever(
    situation: str, web: responses.RequestsMock, client: ServiceNowClient
) -> None:
    """The doubt says what it becomes when the target, asked, has nothing: Rejected, with the instance's words."""
    status, body, kind, _, expected = ANSWERS[situation]
    web.post(f"{URL}/api/now/table/incident", status=status, body=body, content_type=kind)
    with pytest.raises(RemoteError) as caught:
        client.create("incident", {"short_description": "x"})
    if expected is DoubtfulError:
        assert isinstance(caught.value, DoubtfulError)
        assert type(caught.value.if_absent) is RejectedError
        assert caught.value.if_absent.detail == caught.value.detail
        assert caught.value.settles_after == 0


@pytest.mark.parametrize(
    ("status", "body", "seconds"),
    [(202, "", 0), (200, CANCELLED, 0), (500, AT_THE_TOP, 0), (500, PAGE, 60), (502, PAGE, 60), (504, PAGE, 60)],
    ids=["dropped", "cancelled", "failed in the instance", "failed in front", "no instance", "gave up waiting"],
)
def test_how_long_a_write_may_still_land(
    status: int, body: str, seconds: float, web: responses.RequestsMock, client: ServiceNowClient
) -> None:
    web.patch(ROW, status=status, body=body, content_type=JSON)
    with pytest.raises(DoubtfulError) as caught:
        client.update("incident", ID, {"state": "2"})
    assert caught.value.settles_after == seconds
    assert caught.value.if_absent is None


class TestWords:
    def test_the_instance_speaks_for_itself(self, web: responses.RequestsMock, client: ServiceNowClient) -> None:
        web.patch(ROW, status=403, body=POLICY, content_type=JSON)
        with pytest.raises(DoubtfulError, match="The following fields are mandatory: Close notes") as caught:
            client.update("incident", ID, {"state": "6"})
        assert "\n" not in str(caught.value)

    def test_a_page_is_named_by_its_title(self, web: responses.RequestsMock, client: ServiceNowClient) -> None:
        web.get(ROW, status=200, body=PAGE, content_type="text/html")
        with pytest.raises(UnavailableError, match='text/html, "Instance Hibernating page"'):
            client.get("incident", ID)

    def test_a_cancelled_transaction_is_named(self, web: responses.RequestsMock, client: ServiceNowClient) -> None:
        web.get(ROW, status=200, body=GLUED, content_type=JSON)
        with pytest.raises(UnreadableError, match="maximum execution time exceeded"):
            client.get("incident", ID)

    def test_a_refused_basic_login_names_the_way_out(
        self, web: responses.RequestsMock, client: ServiceNowClient
    ) -> None:
        web.get(ROW, status=401, body=NO_LOGIN, content_type=JSON)
        with pytest.raises(AuthError, match="snc_basic_auth_api_access") as caught:
            client.get("incident", ID)
        assert PASSWORD not in str(caught.value)

    def test_the_wish_of_a_rate_rule_is_passed_on(self, web: responses.RequestsMock, client: ServiceNowClient) -> None:
        web.get(ROW, status=429, body=BUSY, content_type=JSON, headers={"Retry-After": "1800"})
        with pytest.raises(ThrottledError, match="100 requests per hour") as caught:
            client.get("incident", ID)
        assert caught.value.retry_after == 1800


class TestSecondLook:
    """Right credentials are refused now and then while a node is in trouble (servicenow facts 6.16)."""

    @pytest.mark.parametrize(("status", "body"), [(401, NO_LOGIN), (403, NO_API)])
    def test_a_read_is_believed_refused_only_twice(
        self, status: int, body: str, web: responses.RequestsMock, client: ServiceNowClient
    ) -> None:
        web.get(ROW, status=status, body=body, content_type=JSON)
        web.get(ROW, json={"result": {"sys_id": ID}})
        assert client.get("incident", ID)["sys_id"] == ID

    def test_but_no_more(self, web: responses.RequestsMock, client: ServiceNowClient) -> None:
        """Every further try brings the account closer to being locked."""
        web.get(ROW, status=401, body=NO_LOGIN, content_type=JSON)
        with pytest.raises(AuthError):
            client.get("incident", ID)
        assert len(web.calls) == 2

    def test_an_accepted_answer_may_be_empty_only_where_it_is_meant_to_be(
        self, web: responses.RequestsMock, client: ServiceNowClient
    ) -> None:
        web.delete(ROW, status=204)
        client.delete("incident", ID)
        assert len(web.calls) == 1


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["result", "error", "status", "message", "detail", "sys_id"]), inner, max_size=4
        )
    ),
    max_leaves=8,
)


@given(
    status=st.sampled_from([200, 201, 202, 204, 206, 301, 304, 400, 401, 403, 404, 407, 408, 429, 451, 500, 504, 599]),
    body=st.binary(max_size=60) | JSON_VALUES.map(lambda value: json.dumps(value).encode()),
    kind=st.sampled_from([JSON, "text/html", "", "application/json", "text/plain; charset=nonsense"]),
    reads=st.booleans(),
)
def test_no_answer_is_beyond_judgement(status: int, body: bytes, kind: str, reads: bool) -> None:
    """Whatever comes, it is accepted with a result, or an error of ours that fits what was asked for."""
    response = Response()
    response.status_code, response._content = status, body
    response.headers["Content-Type"] = kind
    request = Request("GET" if reads else "PATCH", "/x", "table.get", "asking", reads)
    error = judged(response, request)
    if error is None:
        assert status == 204 or isinstance(response.json()["result"], dict | list)
    else:
        assert isinstance(error, DoubtfulError) is not reads or isinstance(error, BEFORE_ANY_EFFECT)
        assert len(str(error)) < 1000


def judged(response: Response, request: Request) -> RemoteError | None:
    try:
        judge_for("servicenow", basic=True, transaction_limit=60)(response, request)
    except RemoteError as error:
        return error
    return None


BEFORE_ANY_EFFECT = (AuthError, RejectedError, ThrottledError)
