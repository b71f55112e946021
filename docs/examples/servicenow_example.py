"""What a service does with ServiceNow in its daily life, with nothing but the client.

    SERVICENOW_URL=https://example.service-now.com SERVICENOW_USER=svc_shop SERVICENOW_PASSWORD=... \
        python servicenow_example.py

Try it without an instance: `syncd sandbox servicenow` prints the address of a simulated one (user svc_syncd, password
syncd).
"""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

from syncd.errors import SyncdError
from syncd.servicenow import BasicAuth, Row, ServiceNowClient


def something_critical_happened(client: ServiceNowClient, event_id: str, what: str, details: str) -> Row:
    """One incident per event, even if the event is reported twice."""
    known = list(client.search_incidents(correlation_id=event_id, limit=1))
    if known:
        client.add_work_note(known[0]["number"], f"Reported again: {what}")
        return known[0]
    return client.create_incident(
        what,
        description=details,
        impact="High",
        urgency="High",
        assignment_group="Platform Operations",
        correlation_id=event_id,
    )


def about_to_deploy(client: ServiceNowClient, version: str, start: datetime) -> Row:
    """A change request for a deployment of half an hour."""
    return client.create_change_request(
        f"Deploy shop {version}",
        kind="normal",
        description="Rolling deployment, no downtime expected. Rollback: previous image.",
        risk="Low",
        impact="Low",
        start=start,
        end=start + timedelta(minutes=30),
        assignment_group="Platform Operations",
        correlation_id=f"deploy-shop-{version}",
    )


def all_is_well_again(client: ServiceNowClient, number: str) -> Row:
    """Note what was done, then resolve. The instance says which close codes there are."""
    client.add_work_note(number, "Failed over to the second site; error rate is back to normal.")
    code = client.metadata.choices("incident", "close_code")[0]
    return client.close_incident(number, close_code=code.value, close_notes="Failed over to the second site.")


def main(url: str, user: str, password: str) -> None:
    with ServiceNowClient(url, BasicAuth(user, password)) as client:
        me = client.test_connection()
        print(f"Connected to {url} as {me.user_name}; {me.records} incidents there.")

        incident = something_critical_happened(client, "alert-4711", "Payments fail", "HTTP 500 on /pay since 10:04")
        same = something_critical_happened(client, "alert-4711", "Payments fail", "HTTP 500 on /pay since 10:04")
        print(f"Incident {incident['number']}; reported again: {same['number']}.")

        change = about_to_deploy(client, "2.4.1", datetime.now(UTC) + timedelta(days=1))
        print(f"Change {change['number']}, planned for {change['start_date']} UTC.")

        for found in client.search_incidents(text="payments", active=True, limit=5):
            print(f"Open: {found['number']} {found['short_description']}")

        closed = all_is_well_again(client, incident["number"])
        print(f"{closed['number']} is in state {closed['state']}: {closed['close_notes']}")


if __name__ == "__main__":
    try:
        main(os.environ["SERVICENOW_URL"], os.environ["SERVICENOW_USER"], os.environ["SERVICENOW_PASSWORD"])
    except SyncdError as error:
        raise SystemExit(str(error)) from error
