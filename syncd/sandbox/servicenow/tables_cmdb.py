"""Configuration items and their relations, as far as tasks point to them."""

from __future__ import annotations

from syncd.sandbox.servicenow.schema import Column, TableDef, integer, ref, text

_CI = (
    text("name", "Name", 255),
    text("short_description", "Description", 1000),
    text("asset_tag", "Asset tag"),
    text("serial_number", "Serial number", 255),
    text("ip_address", "IP Address", 255),
    text("mac_address", "MAC Address", 18),
    text("model_number", "Model number"),
    text("fqdn", "Fully qualified domain name", 255),
    text("category", "Category"),
    text("environment", "Environment"),
    text("correlation_id", "Correlation ID", 512),
    integer("install_status", "Status", "1"),
    integer("operational_status", "Operational status", "1"),
    ref("assigned_to", "Assigned to", "sys_user"),
    ref("owned_by", "Owned by", "sys_user"),
    ref("support_group", "Support group", "sys_user_group"),
    Column("sys_class_name", "Class", max_length=80, computed=True),
)

CMDB_TABLES: tuple[TableDef, ...] = (
    TableDef("cmdb_ci", "Configuration Item", _CI, display="name"),
    TableDef("cmdb_ci_service", "Service", (), "cmdb_ci"),
    TableDef(
        "cmdb_ci_computer",
        "Computer",
        (
            text("os", "Operating System"),
            text("host_name", "Host name", 255),
            integer("cpu_count", "CPU count"),
            integer("ram", "RAM (MB)"),
        ),
        "cmdb_ci",
    ),
    TableDef(
        "cmdb_ci_server",
        "Server",
        (text("classification", "Classification"), text("used_for", "Used for")),
        "cmdb_ci_computer",
    ),
    TableDef("cmdb_ci_linux_server", "Linux Server", (), "cmdb_ci_server"),
    TableDef("cmdb_ci_win_server", "Windows Server", (), "cmdb_ci_server"),
    TableDef(
        "cmdb_rel_ci",
        "CI Relationship",
        (
            ref("parent", "Parent", "cmdb_ci"),
            ref("child", "Child", "cmdb_ci"),
            ref("type", "Type", "cmdb_rel_type"),
        ),
    ),
    TableDef("cmdb_rel_type", "CI Relationship Type", (text("name", "Name", 255),), display="name"),
)
