"""Jira's times, written in the caller's zone -> ServiceNow's, whose raw values are UTC (servicenow facts 2.1)."""

from __future__ import annotations

from datetime import UTC, date, datetime


def as_date(text: str) -> str:
    """`YYYY-MM-DD`. A day stays that day; of a moment it is the day in UTC. Raises ValueError."""
    if not text:
        return ""
    moment = _moment(text)
    return (moment.astimezone(UTC).date() if isinstance(moment, datetime) else moment).isoformat()


def as_datetime(text: str) -> str:
    """`YYYY-MM-DD HH:MM:SS` in UTC. A day is its midnight, a moment without a zone is in UTC. Raises ValueError."""
    if not text:
        return ""
    moment = _moment(text)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _moment(text: str) -> date | datetime:
    try:
        if len(text.strip()) == 10:
            return date.fromisoformat(text.strip())
        moment = datetime.fromisoformat(text.strip())
        zoned = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return zoned.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{text[:40]!r} is not a date or a time") from error
