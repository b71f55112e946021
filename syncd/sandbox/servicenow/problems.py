"""The refusals of the instance, each in the words that a real one uses (facts 1.10 to 1.22)."""

from __future__ import annotations


class Problem(Exception):
    """A refusal. `detail` may be null in the answer. Made anew each time, since it grows a traceback when raised."""

    def __init__(
        self, status: int, message: str, detail: str | None = None, headers: tuple[tuple[str, str], ...] = ()
    ) -> None:
        self.status = status
        self.message = message
        self.detail = detail
        self.headers = headers
        super().__init__(f"{status} {message}: {detail}")


def not_authenticated() -> Problem:
    return Problem(
        401,
        "User Not Authenticated",
        "Required to provide Auth information",
        (("WWW-Authenticate", 'BASIC realm="Service-now"'),),
    )


def no_record() -> Problem:
    """Missing and hidden look the same."""
    return Problem(404, "No Record found", "Record doesn't exist or ACL restricts the record retrieval")


def api_acl() -> Problem:
    """The table is closed to web services, or the REST role is missing."""
    return Problem(403, "User Not Authorized", "Failed API level ACL Validation")


def query_denied() -> Problem:
    return Problem(403, "Insufficient rights to query records")


def unscoped() -> Problem:
    return Problem(403, "User Not Authorized", "Access to unscoped api is not allowed")


def wrong_method() -> Problem:
    return Problem(405, "Method not supported")


def not_acceptable() -> Problem:
    return Problem(406, "Requested Accept type is not supported", "Supported types: application/json,text/xml")


def wrong_media_type() -> Problem:
    return Problem(415, "Unsupported media type", "Supported types: application/json,application/xml,text/xml")


def invalid_table(name: str) -> Problem:
    return Problem(400, f"Invalid table {name}")


def no_resource(path: str) -> Problem:
    return Problem(400, f"Requested URI does not represent any resource: {path}")


def acl(operation: str) -> Problem:
    """`operation` is Insert, Update or Delete."""
    return Problem(403, "Operation Failed", f"ACL Exception {operation} Failed due to security constraints")


def aborted(table: str, rule: str, rule_id: str) -> Problem:
    return Problem(
        403,
        "Operation Failed",
        f"Operation against file '{table}' was aborted by Business Rule '{rule}^{rule_id}'. Business Rule Stack:{rule}",
    )


def data_policy(labels: list[str]) -> Problem:
    """The text has a real newline and a real tab in it."""
    return Problem(
        403,
        "Operation Failed",
        f"Data Policy Exception: \n\tThe following fields are mandatory: {', '.join(labels)}",
    )


def failed_write(operation: str, table: str, name: str) -> Problem:
    """What the database refuses: a taken number or sys_id, an over-long value. `operation` is insert or update."""
    return Problem(403, "Operation Failed", f"Error during {operation} of {table} ({name})")


def unreadable_payload(why: str) -> Problem:
    return Problem(400, "Exception while reading request", why)


def payload_too_large(size: int, limit: int) -> Problem:
    return unreadable_payload(
        f"Rejected large REST payload with content-length = {size} bytes. Max allowed: {limit} bytes."
    )


def bad_parameter(name: str, value: str) -> Problem:
    return Problem(400, f"Invalid value for {name}: {value}")
