"""What can be set about a site: what it is, and how badly it behaves. Every knob may be turned while the site runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from syncd.sandbox.jira.jql.dates import DATE_FORMS
from syncd.sandbox.jira.model import Flavour


@dataclass(slots=True)
class Options:
    """The defaults are a healthy site; `facts` names the section that each knob comes from."""

    flavour: Flavour = Flavour.CLOUD
    seed: int = 1
    base_url: str | None = None  # None: whatever host the client asked for
    context_path: str = ""  # "/jira": everything else is a 404 (facts 7.18)
    time_zone: str = "Europe/Berlin"  # of every profile made here
    server_zone: str = "Etc/UTC"
    cloud_id: str = "11223344-a1b2-3b33-c444-def123456789"
    secret: str | None = None  # of the admin webhooks

    # searching (facts 1, 2)
    page_cap: int = 100  # results per page as soon as fields are asked for
    views_max: int = 1000  # Data Center's jira.search.views.default.max
    index_precision: Literal["ms", "second", "minute"] = "second"
    date_forms: Sequence[str] = DATE_FORMS  # what a query may say for a moment; epoch is documented nowhere (facts 2.4)
    semantic_errors: Literal["empty", "error"] = "empty"  # Cloud's answer to unknown fields and values (facts 15)
    last_token: Literal["absent", "null"] = "absent"
    short_pages: float = 0.0  # probability that a page is cut short
    repeat_token: bool = False  # the same token for ever
    lying_is_last: bool = False  # isLast says the opposite
    token_lifetime: float = 7 * 86400.0
    cloud_drift: bool = False  # a token means a position, as startAt does, and not "after the last issue shown"
    shuffled_ties: bool = False  # equal sort keys come in another order each time
    total_excess: int = 0  # how much too large Data Center's `total` is

    # issues and comments (facts 3 to 6)
    embedded_comments: int = 100  # Cloud's cap on fields.comment
    resolution_required: bool = False  # closing needs a resolution from the caller
    property_bumps_updated: bool = False  # properties and remote links; facts 15 leave it open
    same_edit_bumps: bool = False  # editing a comment to what it is moves `updated`; open for Cloud (facts 15)
    document_limit: bool = True  # Cloud measures the document that it makes of a text, not the text (facts 3.18)
    comment_properties: bool = True  # a new comment takes properties; open for Data Center (facts 15)

    # refusing (facts 7)
    captcha_after: int = 3  # Data Center: failed log-ins until a person must help
    anonymous_browse: bool = False
    dead_token_is_stranger: bool = False  # Data Center: an expired token is nobody instead of a 401 (facts 7.17)
    hidden_status: Literal[401, 403, 404] = 404  # Data Center: of issues that the caller may not see (facts 4.4)
    ok_login_header: bool = False  # Cloud may or may not say OK
    burst_limit: int | None = None  # requests a second and route; None: none
    issue_write_limit: bool = True  # 20 per 2 s, 100 per 30 s (Cloud)
    rate_interval: float = 1.0
