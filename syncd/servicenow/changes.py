"""Change requests: normal, emergency, and standard ones from a template.

The Table API is used, because it has one shape and one form of errors (servicenow facts 4.29). A standard change is a
change with a template version (4.24): the template's planned tasks and texts are filled in by the instance.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from syncd.errors import UserError
from syncd.servicenow.answer import Row
from syncd.servicenow.query import utc_text
from syncd.servicenow.records import GROUPS, PEOPLE, Records, summary_and_description

CHANGE = "change_request"

Kind = Literal["normal", "standard", "emergency"]


class Changes(Records):
    """What people do with change requests."""

    def create_change_request(
        self,
        short_description: str,
        *,
        kind: Kind = "normal",
        template: str = "",
        description: str = "",
        risk: str = "",
        impact: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
        assignment_group: str = "",
        assigned_to: str = "",
        correlation_id: str = "",
        fields: Mapping[str, str] | None = None,
    ) -> Row:
        """Create a change request, exactly once, and return it as it was stored.

        `template` names the version of a standard change template. `start` and `end` are the planned times, with their
        time zone. Risk and impact are given by label or value. `fields` are any other columns, as stored.
        """
        problems: list[str] = []
        values = summary_and_description(short_description, description)
        values["type"] = self.choice(CHANGE, "type", kind, problems)
        for column, wanted in (("risk", risk), ("impact", impact)):
            if wanted:
                values[column] = self.choice(CHANGE, column, wanted, problems)
        for column, moment in (("start_date", start), ("end_date", end)):
            if moment is not None and moment.tzinfo is None:
                problems.append(f"{column}: {moment} has no time zone")
            elif moment is not None:
                values[column] = utc_text(moment)
        if start is not None and end is not None and not problems and end <= start:
            problems.append("end_date: not after start_date")
        if (kind == "standard") is not bool(template):
            problems.append("template: a standard change needs one, other changes have none")
        if problems:
            raise UserError("the change request cannot be created like this", problems)
        if template:
            columns = ("sys_id", "name")
            values["std_change_producer_version"] = self.reference("std_change_producer_version", columns, template)
        if assignment_group:
            values["assignment_group"] = self.reference("sys_user_group", GROUPS, assignment_group)
        if assigned_to:
            values["assigned_to"] = self.reference("sys_user", PEOPLE, assigned_to)
        if correlation_id:
            values["correlation_id"] = correlation_id
        return self.create_settled(CHANGE, {**values, **(fields or {})}, step="creating a change request")

    def get_change_request(self, name: str) -> Row:
        """A change request by number or sys_id."""
        return self.find(CHANGE, name)
