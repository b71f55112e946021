"""The instance: its database, its people and its access rules. The APIs are doors into it.

Knows users and rows, but no HTTP. What happens on a write is in `writing`.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random

from syncd.sandbox.servicenow import journal
from syncd.sandbox.servicenow.access import SYSTEM, Access, User
from syncd.sandbox.servicenow.choices import Choices
from syncd.sandbox.servicenow.clock import Clock
from syncd.sandbox.servicenow.conditions import Asker
from syncd.sandbox.servicenow.database import Database, Row
from syncd.sandbox.servicenow.encoded_query import Query, parse
from syncd.sandbox.servicenow.numbers import Numbers
from syncd.sandbox.servicenow.options import Options
from syncd.sandbox.servicenow.problems import no_record
from syncd.sandbox.servicenow.schema import Schema
from syncd.sandbox.servicenow.search import matches, matching
from syncd.sandbox.servicenow.tables_cmdb import CMDB_TABLES
from syncd.sandbox.servicenow.tables_import import IMPORT_TABLES
from syncd.sandbox.servicenow.tables_platform import PLATFORM_TABLES
from syncd.sandbox.servicenow.tables_task import TASK_TABLES


@dataclass(slots=True)
class Instance:
    """One ServiceNow instance. `provisioned` makes an empty one; `seed.fill` moves people in."""

    options: Options
    schema: Schema
    database: Database
    choices: Choices
    access: Access
    numbers: Numbers
    random: Random
    clock: Clock = field(default_factory=Clock)
    users: dict[str, User] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    interactive: set[str] = field(default_factory=set)
    """Users who are not confined to web services, so a new instance refuses them Basic auth (facts 7.1)."""
    blobs: dict[str, bytes] = field(default_factory=dict)
    """Contents of attachments by the attachment's sys_id."""
    hidden_records: set[str] = field(default_factory=set)
    """Ids that an access rule hides from everybody but admin."""
    tiny: dict[str, str] = field(default_factory=dict)
    """Query strings that were shortened."""
    commits: int = 0

    @classmethod
    def provisioned(cls, options: Options, clock: Clock | None = None) -> Instance:
        """A fresh instance with the tables of `options` and nobody in it."""
        schema = Schema()
        for table in (*TASK_TABLES, *PLATFORM_TABLES, *CMDB_TABLES, *IMPORT_TABLES, *options.extra_tables):
            schema.add(table)
        for name, column in options.extra_columns:
            schema.add_columns(name, (column,))
        database = Database(schema)
        random = Random(options.seed)
        numbers = Numbers(schema, random, gaps=options.number_gaps)
        choices = Choices(database)
        return cls(options, schema, database, choices, Access(options.acls), numbers, random, clock or Clock())

    def new_id(self) -> str:
        return uuid.UUID(int=self.random.getrandbits(128), version=4).hex

    def asker(self, user: User) -> Asker:
        """For whom a query is run."""
        return Asker(
            user,
            self.clock.now(),
            lambda table: self.access.guarded_fields(self.schema.lineage(table), "read", user),
            self.options.invalid_query_returns_no_rows,
        )

    def search(self, table: str, query: Query, user: User) -> list[Row]:
        """What matches, before access rules hide anything (facts 1.36, 1.37)."""
        return matching(self.database, table, query, self.asker(user))

    def may(self, operation: str, table: str, row: Row, user: User) -> bool:
        """Whether the access rules let the user read, write or delete this record."""
        if user.is_admin:
            return True
        lineage = self.schema.lineage(table)
        if row["sys_id"] in self.hidden_records or not self.access.allows_table(user, lineage, operation):
            return False
        conditions = self.access.conditions(user, lineage, operation)
        judge = self.asker(SYSTEM)
        return not conditions or any(matches(self.database, table, parse(c), row, judge) for c in conditions)

    def may_see(self, table: str, row: Row, user: User) -> bool:
        """Whether the record is open to the user; the journal may be closed to everybody but admin."""
        if table == journal.TABLE and self.options.journal_hidden and not user.is_admin:
            return False
        return self.may("read", table, row, user)

    def visible(self, table: str, sys_id: str, user: User) -> tuple[str, Row]:
        """The record and the table it is really in, or the 404 that hides why there is none."""
        found = self.database.find(table, sys_id)
        if found is None or not self.may_see(found[0], found[1], user):
            raise no_record()
        return found

    def store(self, table: str, values: Mapping[str, str], user: User = SYSTEM) -> Row:
        """Put a row there as it is: no rights, no rules. For seeds and for the platform's own rows."""
        stamp = self.clock.stamp()
        row = {name: column.default for name, column in self.schema.columns(table).items() if column.default}
        row |= {
            "sys_id": values.get("sys_id") or self.new_id(),
            "sys_created_on": stamp,
            "sys_created_by": user.user_name,
            "sys_updated_on": stamp,
            "sys_updated_by": user.user_name,
            "sys_mod_count": "0",
        }
        absent = self.schema.table(table).without
        row = {name: value for name, value in (row | dict(values)).items() if value and name not in absent}
        self.database.tables[table].put(row)
        return row

    def user_row(self, user_name: str) -> Row | None:
        rows = self.database.tables["sys_user"].having("user_name", [user_name])
        return rows[0] if rows else None
