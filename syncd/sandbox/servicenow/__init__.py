"""A ServiceNow instance to develop, test and show against: the REST APIs with their rules, oddities and faults.

from syncd.sandbox.servicenow import ServiceNowSandbox
from syncd.sandbox.serve import Server

sandbox = ServiceNowSandbox(seed=1)
with Server(sandbox.app) as server:
    requests.get(f"{server.url}/api/now/table/incident", auth=("svc_syncd", "syncd"))
"""

from syncd.sandbox.servicenow.faults import KINDS, Fault
from syncd.sandbox.servicenow.options import (
    DEFAULT_USERS,
    Acl,
    BusinessRule,
    OAuthClient,
    Options,
    RateRule,
    UserSpec,
)
from syncd.sandbox.servicenow.sandbox import ServiceNowSandbox

__all__ = [
    "DEFAULT_USERS",
    "KINDS",
    "Acl",
    "BusinessRule",
    "Fault",
    "OAuthClient",
    "Options",
    "RateRule",
    "ServiceNowSandbox",
    "UserSpec",
]
