"""Through whose eyes and in which API version something is shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from syncd.sandbox.jira.access import Access
from syncd.sandbox.jira.model import Flavour, Json, User
from syncd.sandbox.jira.options import Options
from syncd.sandbox.jira.people import People
from syncd.sandbox.jira.world import World


@dataclass(frozen=True, slots=True)
class View:
    world: World
    people: People
    access: Access
    options: Options
    version: int  # 2 or 3
    base: str  # where `self` links point: the site, or the gateway
    caller: User | None
    zone: ZoneInfo
    now: datetime

    @property
    def cloud(self) -> bool:
        return self.options.flavour is Flavour.CLOUD

    def link(self, path: str) -> str:
        return f"{self.base}/rest/api/{self.version}/{path}"

    def moment(self, at: datetime | None) -> str | None:
        """In the offset of the caller's zone, without a colon (facts 2.6)."""
        if at is None:
            return None
        local = at.astimezone(self.zone)
        return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"

    def user(self, key: str | None) -> Json:
        user = self.people.get(key)
        return None if user is None else person(user, self)


def person(user: User, view: View) -> Json:
    """Cloud has no name and key, Data Center no account id; a hidden e-mail is absent (facts 3.8 to 3.11)."""
    who = f"accountId={user.account_id.replace(':', '%3A')}" if view.cloud else f"username={user.name}"
    shape: dict[str, Json] = {"self": view.link(f"user?{who}")}
    if view.cloud:
        shape["accountId"] = user.account_id
    else:
        shape |= {"name": user.name, "key": user.key}
    if user.email and not user.email_hidden:
        shape["emailAddress"] = user.email
    shape["avatarUrls"] = {
        f"{size}x{size}": f"{view.base}/secure/useravatar?size={size}&avatarId=10122" for size in (48, 24, 16, 32)
    }
    shape |= {"displayName": user.display_name, "active": user.active}
    if not user.email_hidden:
        shape["timeZone"] = user.zone
    if view.cloud:
        shape["accountType"] = user.account_type
    return shape
