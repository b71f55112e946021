"""ServiceNow: a client that is good alone, and the adapter that makes one table of an instance a target.

| module        | what it does                                                        |
|---------------|---------------------------------------------------------------------|
| `client`      | the public client, put together from the next five                  |
| `incidents`   | create, read, update, search, note, close                           |
| `changes`     | change requests                                                     |
| `attachments` | files on records                                                    |
| `batch`       | many requests in one call                                           |
| `records`     | records as people name them, writes that leave no doubt             |
| `metadata`    | columns and choices, as the instance has them                       |
| `table`       | the Table API: rows in, rows out                                    |
| `query`       | encoded queries that no value can break out of                      |
| `answer`      | the shapes of answers                                               |
| `judge`       | what an answer means                                                |
| `auth`        | fixed credentials                                                   |
| `throttle`    | how many calls are made at once and per hour                        |
| `target`      | `core.ports.Target` over one table                                  |
| `resolve`     | references to users, groups and the like                            |
| `journal`     | work notes and comments, read back                                  |
| `chunks`      | pieces that fit a URL                                               |

OAuth is `syncd.oauth`, shared with Jira; what a user of the client needs of it can be imported from here.
"""

from syncd.oauth import ClientCredentialsGrant, JwtGrant, OAuth, PasswordGrant, RefreshTokenGrant, Slot
from syncd.servicenow.answer import Row
from syncd.servicenow.attachments import Attachment
from syncd.servicenow.auth import ApiKeyAuth, Auth, BasicAuth, BearerAuth
from syncd.servicenow.batch import Answered
from syncd.servicenow.client import Connected, ServiceNowClient
from syncd.servicenow.metadata import Choice, Column, Metadata
from syncd.servicenow.query import EVERYTHING, Query, where
from syncd.servicenow.target import ServiceNowTarget

__all__ = [
    "EVERYTHING",
    "Answered",
    "ApiKeyAuth",
    "Attachment",
    "Auth",
    "BasicAuth",
    "BearerAuth",
    "Choice",
    "ClientCredentialsGrant",
    "Column",
    "Connected",
    "JwtGrant",
    "Metadata",
    "OAuth",
    "PasswordGrant",
    "Query",
    "RefreshTokenGrant",
    "Row",
    "ServiceNowClient",
    "ServiceNowTarget",
    "Slot",
    "where",
]
