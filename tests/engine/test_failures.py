"""What an error means for the issue that it hit."""

from __future__ import annotations

from syncd.engine.failures import AUTH_SECONDS, Delay, judge
from syncd.errors import AuthError


def test_no_issue_sleeps_as_long_as_refused_credentials_rest() -> None:
    """Their rest is for the connection to keep. Who mends them does not want to wait for fifty issues after that."""
    verdict = judge(AuthError("is not asked", system="jira", retry_after=900.0), 0, "10001")
    assert isinstance(verdict, Delay)
    assert verdict.stops
    assert verdict.seconds <= AUTH_SECONDS
