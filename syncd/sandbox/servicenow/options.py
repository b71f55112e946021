"""The instance's switches: every way in which real instances differ from each other (facts 12). Decides nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from syncd.sandbox.servicenow.schema import Column, TableDef, text


@dataclass(frozen=True, slots=True)
class UserSpec:
    """A person or a machine that may sign in. Its row in sys_user is made from this."""

    user_name: str
    password: str = ""
    name: str = ""
    email: str = ""
    roles: frozenset[str] = frozenset()
    time_zone: str = ""
    """Empty: the instance's own zone."""
    date_format: str = "yyyy-MM-dd"
    time_format: str = "HH:mm:ss"
    language: str = "en"
    web_service_access_only: bool = False
    active: bool = True
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Acl:
    """One access rule. The strictest match counts: for a field, then for the table, then for every table ("*").

    `roles` are the roles of which one is needed; none at all means everybody who is signed in. `condition` is an
    encoded query that the record must match. `operation` is read, write, create or delete.
    """

    table: str
    operation: str
    roles: frozenset[str] = frozenset()
    field: str = ""
    condition: str = ""


@dataclass(frozen=True, slots=True)
class RateRule:
    """At most so many requests per hour to one REST resource ("Table API"), for a user, a role or everybody.

    A rule for a single user beats one for a role, which beats one for all; of several roles the lowest counts
    (facts 6.1).
    """

    limit: int
    resource: str = "Table API"
    user: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class BusinessRule:
    """A rule of this instance that aborts a write whose result matches `condition` (an encoded query).

    It becomes a row of sys_script; an administrator may write more of them there.
    """

    name: str
    table: str
    condition: str
    on: frozenset[str] = frozenset({"insert", "update"})


@dataclass(frozen=True, slots=True)
class OAuthClient:
    """An application that may ask for tokens. `acts_as` is the user of client_credentials and JWT grants."""

    client_id: str
    client_secret: str
    acts_as: str = "svc_syncd"
    public_key: str = ""
    """PEM of the key that verifies its JWTs; without one the JWT bearer grant is refused."""
    scoped: bool = False
    """A securely scoped client gets tokens that every Table API call then refuses (facts 7.5)."""


SERVICE_USER = UserSpec(
    "svc_syncd",
    "syncd",
    "Syncd Integration",
    "svc_syncd@example.com",
    frozenset({"itil", "snc_platform_rest_api_access", "audit_viewer"}),
    web_service_access_only=True,
)

DEFAULT_USERS: tuple[UserSpec, ...] = (
    SERVICE_USER,
    UserSpec("admin", "admin", "System Administrator", "admin@example.com", frozenset({"admin"})),
)

DEMO_COLUMNS: tuple[tuple[str, Column], ...] = (
    ("incident", text("u_origin", "Origin", 255)),
    ("task", text("u_jira_key", "Jira key", 40)),
    ("task", text("u_jira_url", "Jira URL", 1024)),
)


@dataclass(frozen=True, slots=True)
class Options:
    """What this instance is like. The defaults are a newly provisioned instance with a prepared integration user."""

    seed: int = 1
    users: tuple[UserSpec, ...] = DEFAULT_USERS
    demo_data: bool = True
    """People with e-mail addresses, departments, configuration items beside the users above."""
    time_zone: str = "America/Los_Angeles"
    """The instance's own zone, in which users without one see dates (facts 1.30, 2.2)."""
    instance_url: str = ""
    """What links and Location say (facts 1.29). Empty: `http://` and the host of the first request."""
    extra_tables: tuple[TableDef, ...] = ()
    extra_columns: tuple[tuple[str, Column], ...] = DEMO_COLUMNS

    latency: float = 0.0
    """Seconds on the wire, half before and half after the work."""
    write_cost: float = 0.0
    """Seconds that business rules take on a write, before its commit."""
    concurrency: int | None = None
    """Threads of the API_INT semaphore (4 per node on a real one), None for no semaphore (facts 6.5)."""
    queue_limit: int = 50
    """How many wait for the semaphore before the next gets a 429 without headers."""
    session_queue_limit: int = 10
    """With more than so many waiting for one session, the next is answered 202 and thrown away (facts 6.11)."""
    session_patience: float = 30.0
    """Seconds that the running request of a session may last before newcomers are thrown away."""
    session_idle: float = 300.0
    rate_rules: tuple[RateRule, ...] = ()
    batch_seconds: float = 30.0
    """The transaction quota of a whole batch (facts 5.2); what it did not reach is unserviced."""
    batch_shuffled: bool = False

    honour_sys_id: bool = True
    admin_only_sys_fields: bool = False
    unknown_choice: Literal["blank", "keep"] = "blank"
    reference_input: Literal["display", "sys_id", "keep"] = "display"
    """A reference that is not a sys_id: looked up by display value, else emptied / emptied / kept as text."""
    varchar_overflow: Literal["cut", "refuse"] = "cut"
    invalid_query_returns_no_rows: bool = False
    unstable_order: bool = False
    """Without a total ORDERBY, shuffle anew on every request instead of keeping one random order."""
    emoji: Literal["keep", "question_marks", "truncate"] = "keep"
    newlines: Literal["keep", "crlf", "lf"] = "keep"
    trim_blanks: bool = False
    """Blanks around a text are lost on storage (facts 4.21)."""
    unique_indexes: tuple[tuple[str, str], ...] = ()
    """Pairs of table and column on which an administrator has put a unique index (facts 9.2)."""
    number_gaps: bool = False
    mandatory_on_resolve: bool = True
    close_refusal: Literal["forbidden", "dropped"] = "forbidden"
    """What a user without itil_admin gets for state 7, and for a write to a closed incident."""
    after_rule: bool = False
    """An after-insert rule touches every new task, so a POST comes back with sys_mod_count 1 (facts 2.6)."""
    detail_null: bool = False
    journal_denied: Literal["empty", "filtered", "forbidden"] = "empty"
    """Without audit_viewer: no rows and a total of 0 / no rows but the true total / 403 (facts 3.5)."""
    journal_hidden: bool = False
    """Hide sys_journal_field from everybody but admin, audit_viewer or not."""
    journal_table_name: str = ""
    """What `name` of a journal row says; empty: the table that was written through (facts 3.4)."""
    restrict_basic_auth: bool = False
    """Refuse Basic auth to interactive users, with a plain 401 (facts 7.1)."""
    client_credentials_enabled: bool = True
    oauth_clients: tuple[OAuthClient, ...] = (OAuthClient("syncd-client", "syncd-secret"),)
    token_seconds: int = 1800
    api_keys: tuple[tuple[str, str], ...] = (("syncd-api-key", "svc_syncd"),)
    """Pairs of key and user name."""
    acls: tuple[Acl, ...] = ()
    """Rules beside and stronger than the default ones."""
    business_rules: tuple[BusinessRule, ...] = ()
    attachments_pending: bool = False
    """New attachments stay `pending` until `settle_attachments` (facts 2.7)."""
    read_only_when_closed: bool = True
    change_transitions: bool = True
    problem_transitions: Literal["checked", "ignored", "free"] = "checked"
    """What the Table API does with a problem's new state: only the model's steps are allowed / any but New to Assess is
    dropped without a word, as releases since Rome are reported to do / anything goes."""
    max_body: int = 10_485_760
    max_url: int = 16_384
    properties: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    """More rows of sys_properties, name and value."""
