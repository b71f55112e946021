"""What is believed of a webhook: who sent it, and which issue it is about. Nothing else."""

import pytest

from syncd.jira.hooks import is_genuine, issue_told

SECRET = "It's a Secret to Everybody"
BODY = b"Hello World!"
SIGNATURE = "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9"


def test_atlassians_own_example_of_a_signature_is_genuine():
    assert is_genuine(BODY, SIGNATURE, SECRET)


@pytest.mark.parametrize(
    ("body", "signature", "secret"),
    [
        (b"Hello World", SIGNATURE, SECRET),
        (BODY, SIGNATURE, "another secret"),
        (BODY, SIGNATURE.removeprefix("sha256="), SECRET),
        (BODY, SIGNATURE.replace("sha256", "md5"), SECRET),
        (BODY, "sha256=", SECRET),
        (BODY, "sha256=ä", SECRET),
        (BODY, "", SECRET),
    ],
    ids=["other body", "other secret", "no method", "unknown method", "empty", "not ASCII", "none"],
)
def test_anything_else_is_not(body, signature, secret):
    assert not is_genuine(body, signature, secret)


def comment_on(address):
    return {"webhookEvent": "comment_created", "comment": {"self": address, "body": "secret"}}


@pytest.mark.parametrize(
    ("payload", "issue"),
    [
        ({"webhookEvent": "jira:issue_updated", "issue": {"id": "10002", "key": "TEST-1"}}, "10002"),
        ({"webhookEvent": "jira:issue_deleted", "issue": {"id": 10002}}, "10002"),
        (comment_on("https://jira.bank.com/jira/rest/api/2/issue/10010/comment/10200"), "10010"),
        (comment_on("https://jira.bank.com/rest/api/2/project/10010/comment/10200"), None),
        ({"webhookEvent": "sprint_started", "sprint": {"id": 1}}, None),
        ({"issue": {"id": "10002 OR 1=1"}}, None),
        ({"issue": {"id": "²"}}, None),
        ({"issue": {}}, None),
        ({"issue": "10002"}, None),
        ([], None),
        ("10002", None),
    ],
)
def test_an_event_is_about_one_issue_or_about_none(payload, issue):
    assert issue_told(payload) == issue
