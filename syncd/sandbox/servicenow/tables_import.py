"""Import sets, transform maps, and two staging tables as an integration's administrator would make them."""

from __future__ import annotations

from syncd.sandbox.servicenow.schema import TableDef, boolean, choice, integer, moment, ref, text

_STAGED = (
    integer("sys_import_row", "Import set row"),
    choice("sys_import_state", "State", "pending"),
    text("sys_import_state_comment", "Comment", 1000),
    text("sys_target_sys_id", "Target record", 32),
    text("sys_target_table", "Target table", 80),
    ref("sys_import_set", "Set", "sys_import_set"),
    ref("sys_transform_map", "Transform map", "sys_transform_map"),
)

_STAGED_INCIDENT = (
    text("u_correlation_id", "Correlation ID", 100),
    text("u_correlation_display", "Correlation display", 100),
    text("u_short_description", "Short description", 160),
    text("u_description", "Description", 4000),
    text("u_state", "State"),
    text("u_impact", "Impact"),
    text("u_urgency", "Urgency"),
    text("u_close_code", "Close code"),
    text("u_close_notes", "Close notes", 4000),
    text("u_work_notes", "Work notes", 4000),
    text("u_caller_id", "Caller", 100),
    text("u_assignment_group", "Assignment group", 100),
)

_STAGED_USER = (
    text("user_id", "User ID"),
    text("first_name", "First name"),
    text("last_name", "Last name"),
    text("email", "Email", 100),
)

IMPORT_TABLES: tuple[TableDef, ...] = (
    TableDef(
        "sys_transform_map",
        "Table Transform Map",
        (
            text("name", "Name"),
            text("source_table", "Source table", 80),
            text("target_table", "Target table", 80),
            boolean("active", "Active", "true"),
        ),
        display="name",
    ),
    TableDef(
        "sys_transform_entry",
        "Transform Entry",
        (
            ref("map", "Map", "sys_transform_map"),
            text("source_field", "Source field", 80),
            text("target_field", "Target field", 80),
            boolean("coalesce", "Coalesce", "false"),
        ),
    ),
    TableDef(
        "sys_import_set",
        "Import Set",
        (
            text("number", "Number"),
            text("table_name", "Table", 80),
            choice("state", "State", "loading"),
            text("short_description", "Short description", 160),
            moment("load_completed", "Load completed"),
        ),
        display="number",
        number=("ISET", 10001),
    ),
    TableDef("sys_import_set_row", "Import Set Row", _STAGED),
    TableDef("u_incident_import", "Incident import", _STAGED_INCIDENT, "sys_import_set_row"),
    TableDef("imp_user", "Users", _STAGED_USER, "sys_import_set_row"),
)
