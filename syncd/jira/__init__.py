"""Jira, Cloud and Data Center: as a source of issues, and as something to write to.

| module                 | what it does                                                        |
|------------------------|---------------------------------------------------------------------|
| `client`, `judge`      | the connection, and what each answer means                          |
| `doors`, `address`     | the ways in: sessions with credentials, the site or the gateway     |
| `pace`                 | how fast to go on when a limit is near                              |
| `source`               | the `Source`: proves itself, lists what changed, hands out issues   |
| `listing`, `search`    | which issues changed; one search request in both dialects           |
| `fetching`, `comments` | raw issues by id; their complete comments                           |
| `catalogue`            | fields and projects, by name                                        |
| `convert`              | JSON to the core's values                                           |
| `sprints`              | sprints of old servers as objects                                   |
| `rendering`, `plain`   | Jira's HTML as plain text and as safe HTML                          |
| `adf`, `depth`         | documents as HTML; pages that nest too deep                         |
| `jql`, `times`, `text` | small languages                                                     |

| for writing                                     | what it does                                             |
|-------------------------------------------------|----------------------------------------------------------|
| `writer`                                        | all of it in one class, beside the source                |
| `sending`, `doubt`                              | one write, once; what its answer means                   |
| `commenting`, `tags`, `outgoing`                | comments that are found again; what texts go through     |
| `moving`, `transitions`, `screens`              | to a status, step by step; ways known; fields asked for  |
| `files`, `multipart`                            | attachments, both ways                                   |
"""

from syncd.jira.client import Auth, Basic, Bearer, JiraClient
from syncd.jira.source import Account, JiraSource
from syncd.jira.writer import JiraWriter

__all__ = ["Account", "Auth", "Basic", "Bearer", "JiraClient", "JiraSource", "JiraWriter"]
