"""The people, groups and things that a demo instance knows from the start. All names are invented."""

from __future__ import annotations

from syncd.sandbox.servicenow.options import UserSpec

_ITIL = frozenset({"itil"})

PEOPLE: tuple[UserSpec, ...] = tuple(
    UserSpec(
        f"{first}.{last}".lower(),
        "",
        f"{first} {last}",
        f"{first}.{last}@example.com".lower(),
        _ITIL if agent else frozenset(),
        zone,
        groups=(group,) if group else (),
    )
    for first, last, agent, zone, group in (
        ("Fred", "Luddy", True, "America/Los_Angeles", "Service Desk"),
        ("Abel", "Tuter", False, "America/New_York", ""),
        ("Beth", "Anglin", True, "America/New_York", "Platform Operations"),
        ("Carla", "Humble", False, "Europe/London", ""),
        ("David", "Loo", True, "Asia/Singapore", "Platform Operations"),
        ("Elena", "Moretti", True, "Europe/Rome", "Network"),
        ("Farid", "Haddad", True, "Europe/Paris", "Network"),
        ("Grace", "Okafor", True, "Africa/Lagos", "Database"),
        ("Henrik", "Larsen", False, "Europe/Copenhagen", ""),
        ("Ingrid", "Berg", True, "Europe/Oslo", "Service Desk"),
        ("Jamal", "Reyes", False, "America/Chicago", ""),
        ("Kenji", "Sato", True, "Asia/Tokyo", "Hardware"),
        ("Lena", "Vogel", True, "Europe/Berlin", "Platform Operations"),
        ("Maria", "Santos", False, "America/Sao_Paulo", ""),
        ("Nadia", "Petrova", True, "Europe/Sofia", "Software"),
        ("Oscar", "Nilsson", False, "Europe/Stockholm", ""),
        ("Priya", "Raman", True, "Asia/Kolkata", "Software"),
        ("Quinn", "Baker", False, "Australia/Sydney", ""),
        ("Rosa", "Delgado", True, "Europe/Madrid", "Service Desk"),
        ("Samuel", "Weiss", True, "Europe/Zurich", "Change Management"),
    )
)

PEOPLE += tuple(
    UserSpec(user_name, "", name, f"{user_name}@example.com", roles)
    for user_name, name, roles in (
        ("employee", "Joe Employee", frozenset[str]()),
        ("problem.manager", "Problem Manager", frozenset({"problem_manager"})),
        ("problem.admin", "Problem Admin", frozenset({"problem_manager"})),
        ("natasha.ingram", "Natasha Ingram", frozenset()),
        ("change.manager", "Change Manager", frozenset({"change_manager"})),
    )
)

DEPARTMENTS: tuple[tuple[str, str], ...] = (("Finance", "natasha.ingram"), ("IT", "beth.anglin"))

MANAGERS: tuple[tuple[str, str], ...] = (
    ("Platform Operations", "beth.anglin"),
    ("Service Desk", "rosa.delgado"),
    ("Change Management", "samuel.weiss"),
    ("Problem Solving", "problem.manager"),
)

STANDARD_CHANGES: tuple[tuple[str, str], ...] = (
    ("Restart a server", "short_description=Restart a server^description=Drain the server, restart it, check it."),
    (
        "Clear BGP sessions on a Cisco router - 1",
        "short_description=Clear BGP sessions on a Cisco router^"
        "description=Resend the complete BGP table to neighboring routers",
    ),
)
"""Names of standard change templates, and the values that they fill in."""

GROUPS: tuple[str, ...] = (
    "Service Desk",
    "Platform Operations",
    "Network",
    "Database",
    "Hardware",
    "Software",
    "Change Management",
    "Problem Solving",
    "CAB Approval",
    "Incident Management",
    "Help Desk",
    "LDAP Admins",
    "IT Securities",
    "Openspace",
    "Network CAB Managers",
)

SERVICES: tuple[str, ...] = ("Payments", "Online Banking", "Email", "Data Center Zurich")

SERVERS: tuple[str, ...] = ("app-01", "app-02", "db-01", "edge-01")

PROPERTIES: tuple[tuple[str, str], ...] = (
    ("glide.invalid_query.returns_no_rows", "false"),
    ("glide.rest.choice.allow_non_existing_value", "false"),
    ("glide.rest.table_api.admin_only_sys_fields", "false"),
    ("glide.rest.max_content_length", "10"),
    ("glide.product.name", "ServiceNow sandbox"),
)
