"""What every fresh site has: categories, statuses, priorities, types, resolutions, security levels, link types."""

from __future__ import annotations

from syncd.sandbox.jira.model import Category, IssueType, Priority, Resolution, SecurityLevel, Status

CATEGORIES = {
    "undefined": Category(1, "undefined", "medium-gray", "No Category"),
    "new": Category(2, "new", "blue-gray", "To Do"),
    "done": Category(3, "done", "green", "Done"),
    "indeterminate": Category(4, "indeterminate", "yellow", "In Progress"),
}

TO_DO = Status("10000", "To Do", CATEGORIES["new"])
IN_PROGRESS = Status("3", "In Progress", CATEGORIES["indeterminate"], "This issue is being actively worked on.")
DONE = Status("10001", "Done", CATEGORIES["done"])
STATUSES = (TO_DO, IN_PROGRESS, DONE)

PRIORITIES = (
    Priority("1", "Highest"),
    Priority("2", "High"),
    Priority("3", "Medium"),
    Priority("4", "Low"),
    Priority("5", "Lowest"),
)
"""In order of rank: the first is the most urgent."""

INCIDENT = IssueType("10100", "Incident", description="An unplanned interruption of a service.")
BUG = IssueType("10004", "Bug", description="A problem which impairs or prevents the functions of the product.")
TASK = IssueType("10002", "Task", description="A small, distinct piece of work.")
ISSUE_TYPES = (INCIDENT, BUG, TASK)

RESOLUTIONS = (
    Resolution("10000", "Done", "Work has been completed on this issue."),
    Resolution("10001", "Won't Do", "This issue won't be actioned."),
    Resolution("10002", "Duplicate", "The problem is a duplicate of an existing issue."),
    Resolution("10003", "Cannot Reproduce", "All attempts at reproducing this issue failed."),
)

SECURITY_LEVELS = (
    SecurityLevel("10200", "Staff", "Members of staff only.", frozenset({"jira-software-users"})),
    SecurityLevel("10201", "Board", "The board only: the integration user is no member.", frozenset({"board"})),
)

LINK_TYPES = (
    {"id": "10000", "name": "Blocks", "inward": "is blocked by", "outward": "blocks"},
    {"id": "10003", "name": "Relates", "inward": "relates to", "outward": "relates to"},
)
