"""Jira, Cloud and Data Center, as a source of issues.

| module                 | what it does                                                        |
|------------------------|---------------------------------------------------------------------|
| `client`, `judge`      | the connection, and what each answer means                          |
| `source`               | the `Source`: proves itself, lists what changed, hands out issues   |
| `listing`, `search`    | which issues changed; one search request in both dialects           |
| `fetching`, `comments` | raw issues by id; their complete comments                           |
| `catalogue`            | fields and projects, by name                                        |
| `convert`              | JSON to the core's values                                           |
| `rendering`, `plain`   | Jira's HTML as plain text and as safe HTML                          |
| `jql`, `times`, `text` | small languages                                                     |
"""

from syncd.jira.client import Auth, Basic, Bearer, JiraClient
from syncd.jira.source import Account, JiraSource

__all__ = ["Account", "Auth", "Basic", "Bearer", "JiraClient", "JiraSource"]
