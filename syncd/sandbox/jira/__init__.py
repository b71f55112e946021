"""A simulated Jira, Cloud or Data Center, over real HTTP: as strict, as slow to index, as unreliable as the real one.

Start with `JiraSandbox`; `act` is people at work, `faults` is what goes wrong, `options` what can be set. Credentials:
Cloud takes Basic `bot@example.com:jira-token`, Data Center `Bearer jira-pat` or Basic `svc_syncd:jira-password`.
"""

from syncd.sandbox.jira.generate import generate_issues
from syncd.sandbox.jira.live import LiveUsers
from syncd.sandbox.jira.load import load_issues
from syncd.sandbox.jira.sandbox import JiraSandbox

__all__ = ["JiraSandbox", "LiveUsers", "generate_issues", "load_issues"]
