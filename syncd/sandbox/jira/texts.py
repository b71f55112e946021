"""What people in IT operations write: the words of made-up issues and of the demo's live users."""

from __future__ import annotations

SERVICES = (
    ("Payments", "card-gateway", "settlement"),
    ("Network", "vpn-edge", "core-switch"),
    ("Identity", "sso", "ldap-sync"),
    ("Storage", "backup", "object-store"),
    ("Trading", "order-router", "market-data"),
    ("Workplace", "mail", "printing"),
)
"""A component of the project, then two of its services."""

LABELS = ("prod", "customer-facing", "batch", "on-call", "capacity", "certificate", "pci", "follow-up")

INCIDENTS = (
    "{service} answers with 503 since {time}",
    "{service}: latency above 2 s at the 95th percentile",
    "Certificate of {service} expires in 3 days",
    "Failed nightly job on {service}",
    "{service} runs out of disk on host {host}",
    "Users cannot log in to {service}",
)
BUGS = (
    "{service} logs a NullPointerException on empty input",
    "Wrong time zone in the reports of {service}",
    "{service} retries without a pause",
    "Memory of {service} grows by 40 MB an hour",
)
TASKS = (
    "Rotate the credentials of {service}",
    "Upgrade {service} to the current release",
    "Add an alert for the queue length of {service}",
    "Document the fail-over of {service}",
)

DESCRIPTIONS = (
    "h2. What happens\r\n{service} on *{host}* stopped answering at {time}.\r\n\r\n"
    "h2. Impact\r\n* customers see an error page\r\n* the queue grows\r\n** about 200 messages a minute\r\n\r\n"
    "{{code:bash}}\r\n$ curl -sS https://{host}/health\r\ncurl: (28) Operation timed out\r\n{{code}}",
    "Seen on {host}.\r\n\r\n"
    "||check||result||\r\n|ping|ok|\r\n|TLS|_handshake fails_|\r\n|disk|{{color:red}}97 %{{color}}|\r\n\r\n"
    "See the [runbook|https://runbooks.example.com/{service}] and ask [~{person}].",
    "{{panel:title=Alert}}\r\n{service} / {host} / threshold exceeded\r\n{{panel}}\r\n"
    "# look at the dashboard\r\n# compare with yesterday\r\n# decide",
    "Please do this before the end of the week. -Not urgent.- Now it is urgent.",
    "{{noformat}}\r\n{time} ERROR {service}: connection refused\r\n"
    "{time} ERROR {service}: giving up\r\n{{noformat}}\r\n"
    "bq. It worked on Friday.",
)

COMMENTS = (
    "Looking into it.",
    "Restarted {service} on {host}; it is *healthy* again. I keep watching it.",
    "Same here since {time}. Logs are attached to the alert.",
    "[~{person}] can you take this? The fail-over needs two people.",
    "Root cause: the pool of connections was exhausted.\r\n\r\n"
    "{{code:sql}}\r\nselect count(*) from sessions;\r\n-- 500\r\n{{code}}",
    "Waiting for the network team.\r\nThey promised an answer by noon.",
    "Fixed by the change of last night. Closing when it stays quiet until tomorrow.",
    "{{quote}}It worked on Friday.{{quote}}\r\nIt did not: see the graph.",
)

INTERNAL = (
    "Internal: the vendor has confirmed the defect, do not tell the customer yet.",
    "Internal: this is the third time this month; raise it in the review.",
)

RESTRICTED = ("Administrators only: the temporary password is in the vault under {service}.",)
