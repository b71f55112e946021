"""The platform's own tables: people, groups, choices, dictionary, journal, attachments, audit."""

from __future__ import annotations

from syncd.sandbox.servicenow.schema import Column, TableDef, boolean, choice, integer, ref, text

_USER = (
    text("user_name", "User ID"),
    text("name", "Name", 151),
    text("first_name", "First name", 50),
    text("last_name", "Last name", 50),
    text("email", "Email", 100),
    text("title", "Title", 60),
    text("phone", "Business phone"),
    text("mobile_phone", "Mobile phone"),
    text("employee_number", "Employee number"),
    text("time_zone", "Time zone"),
    text("date_format", "Date format"),
    text("time_format", "Time format"),
    text("preferred_language", "Language", 3),
    text("correlation_id", "Correlation ID", 100),
    Column("user_password", "Password", "password", 255),
    boolean("active", "Active", "true"),
    boolean("locked_out", "Locked out", "false"),
    boolean("web_service_access_only", "Web service access only", "false"),
    boolean("vip", "VIP", "false"),
    ref("manager", "Manager", "sys_user"),
    ref("department", "Department", "cmn_department"),
    ref("location", "Location", "cmn_location"),
    ref("company", "Company", "core_company"),
)

_GROUP = (
    text("name", "Name", 80),
    text("description", "Description", 1000),
    text("email", "Group email", 100),
    text("correlation_id", "Correlation ID", 100),
    boolean("active", "Active", "true"),
    ref("manager", "Manager", "sys_user"),
    ref("parent", "Parent", "sys_user_group"),
    Column("type", "Type", "glide_list", 1024),
)

_CHOICE = (
    text("name", "Table", 80),
    text("element", "Element", 80),
    text("value", "Value", 60),
    text("label", "Label", 100),
    text("language", "Language", 3, "en"),
    text("dependent_value", "Dependent value", 60),
    text("hint", "Hint", 200),
    integer("sequence", "Sequence"),
    boolean("inactive", "Inactive", "false"),
)

_DICTIONARY = (
    text("name", "Table", 80),
    text("element", "Column name", 80),
    text("column_label", "Column label", 80),
    ref("internal_type", "Type", "sys_glide_object"),
    integer("max_length", "Max length"),
    text("reference", "Reference", 80),
    text("default_value", "Default value", 255),
    choice("choice", "Choice"),
    boolean("mandatory", "Mandatory", "false"),
    boolean("read_only", "Read only", "false"),
    boolean("active", "Active", "true"),
    boolean("array", "Array", "false"),
    boolean("display", "Display", "false"),
)

_JOURNAL = (
    text("name", "Name", 80),
    text("element", "Element", 80),
    text("element_id", "Element ID", 32),
    text("value", "Value", 16777215),
)

_ATTACHMENT = (
    text("file_name", "File name", 100),
    text("content_type", "Content type"),
    text("table_name", "Table name", 80),
    text("table_sys_id", "Table sys ID", 32),
    text("size_bytes", "Size bytes"),
    text("size_compressed", "Size compressed"),
    boolean("compressed", "Compressed", "true"),
    text("chunk_size_bytes", "Chunk size bytes", default="700000"),
    text("state", "State", default="available"),
    text("hash", "Hash", 64),
    text("download_link", "Download link", 1024),
    text("encryption_context", "Encryption context", 32),
    text("average_image_color", "Average image color"),
    text("image_height", "Image height"),
    text("image_width", "Image width"),
)

_AUDIT = (
    text("tablename", "Table name", 80),
    text("fieldname", "Field name", 80),
    text("documentkey", "Document key", 32),
    text("user", "User"),
    text("oldvalue", "Old value", 4000),
    text("newvalue", "New value", 4000),
)

_SCRIPT = (
    text("name", "Name", 80),
    text("collection", "Table", 80),
    text("when", "When", default="before"),
    text("filter_condition", "Filter Conditions", 4000),
    text("message", "Message", 4000),
    integer("order", "Order", "100"),
    boolean("active", "Active", "true"),
    boolean("action_insert", "Insert", "false"),
    boolean("action_update", "Update", "false"),
    boolean("abort_action", "Abort action", "false"),
    boolean("add_message", "Add message", "false"),
)

_NAME = (text("name", "Name", 255),)

PLATFORM_TABLES: tuple[TableDef, ...] = (
    TableDef("sys_user", "User", _USER, display="name"),
    TableDef("sys_user_group", "Group", _GROUP, display="name"),
    TableDef(
        "sys_user_grmember",
        "Group Member",
        (ref("user", "User", "sys_user"), ref("group", "Group", "sys_user_group")),
    ),
    TableDef("sys_user_role", "Role", (*_NAME, text("description", "Description", 4000)), display="name"),
    TableDef(
        "sys_user_has_role",
        "User Role",
        (
            ref("user", "User", "sys_user"),
            ref("role", "Role", "sys_user_role"),
            boolean("inherited", "Inherited", "false"),
            text("state", "State", default="active"),
        ),
    ),
    TableDef(
        "sys_group_has_role",
        "Group Role",
        (ref("group", "Group", "sys_user_group"), ref("role", "Role", "sys_user_role")),
    ),
    TableDef("core_company", "Company", _NAME, display="name"),
    TableDef("cmn_location", "Location", _NAME, display="name"),
    TableDef(
        "cmn_department",
        "Department",
        (*_NAME, ref("dept_head", "Department head", "sys_user"), text("description", "Description", 1000)),
        display="name",
    ),
    TableDef("ast_contract", "Contract", (text("number", "Number"),), display="number"),
    TableDef("sys_choice", "Choice", _CHOICE, display="label"),
    TableDef("sys_dictionary", "Dictionary Entry", _DICTIONARY, display="column_label"),
    TableDef("sys_glide_object", "Field class", (*_NAME, text("label", "Label")), display="label"),
    TableDef(
        "sys_db_object",
        "Table",
        (text("name", "Name", 80), text("label", "Label", 80), ref("super_class", "Extends table", "sys_db_object")),
        display="label",
    ),
    TableDef(
        "sys_properties",
        "System Property",
        (text("name", "Name", 100), text("value", "Value", 4000), text("description", "Description", 512)),
        display="name",
    ),
    TableDef(  # an entry is never changed, so nothing says when (facts 3.1, 3.4)
        "sys_journal_field",
        "Journal Entry",
        _JOURNAL,
        without=("sys_updated_by", "sys_updated_on", "sys_mod_count"),
    ),
    TableDef("sys_attachment", "Attachment", _ATTACHMENT, display="file_name"),
    TableDef("sys_attachment_doc", "Attachment Document", closed_to_web_services=True),
    TableDef("sys_audit", "Audit Log", _AUDIT),
    TableDef(
        "sys_audit_delete",
        "Audit Deleted Record",
        (
            text("tablename", "Table name", 80),
            text("documentkey", "Document key", 32),
            text("display_value", "Display value", 255),
        ),
    ),
    TableDef(
        "syslog",
        "Log Entry",
        (choice("level", "Level", "0"), text("message", "Message", 4000), text("source", "Source")),
    ),
    TableDef("alm_asset", "Asset", (text("display_name", "Display name", 100),), display="display_name"),
    TableDef("bsm_chart", "BSM Map", (text("name", "Name"),), display="name"),
    TableDef("sys_script", "Business Rule", _SCRIPT, display="name"),
    TableDef("chg_model", "Change Model", _NAME, display="name"),
    TableDef(
        "std_change_producer_version",
        "Standard Change Template Version",
        (
            text("name", "Name", 255),
            text("std_change_producer", "Template", 32),
            text("values", "Values", 4000),
        ),
        display="name",
    ),
)
