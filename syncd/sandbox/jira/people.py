"""Who has an account on the site. Finds a person by account id, key, login or e-mail."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import replace

from syncd.sandbox.jira.model import User

STAFF = frozenset({"jira-software-users"})
ADMINS = STAFF | {"jira-administrators"}


def account_id(seed: str) -> str:
    """A Cloud account id that stays the same for the same person: a prefix, a colon and a UUID, as the real ones."""
    digest = hashlib.sha256(seed.encode()).hexdigest()
    return f"712020:{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"


class People:
    """The directory. The integration user is no administrator; `zone` is the zone of every profile made here."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._people: dict[str, User] = {}
        self._keys: dict[str, str] = {}
        self.version = 0
        self.bot = self.add("JIRAUSER10000", "svc_syncd", "Sync Bot", "bot@example.com")
        self.add("JIRAUSER10001", "admin", "Ada Admin", "ada@example.com", groups=ADMINS | {"board"})
        self.add("JIRAUSER10002", "alice", "Alice Archer", "alice@example.com")
        self.add("JIRAUSER10003", "bruno", "Bruno Bach", "bruno@example.com")
        self.add("JIRAUSER10004", "chen", "Chen Wei", "chen@example.com", zone="Asia/Shanghai")
        self.add("JIRAUSER10005", "dana", "Dana Díaz", "dana@example.com", email_hidden=True)
        self.add("JIRAUSER10006", "erik", "Erik Østby", "erik@example.com", active=False)
        self.add(
            "JIRAUSER10007",
            "carla",
            "Carla Customer",
            "carla@customer.example",
            account_type="customer",
            groups=frozenset(),
        )

    def add(
        self,
        key: str,
        name: str,
        display_name: str,
        email: str,
        *,
        zone: str | None = None,
        active: bool = True,
        email_hidden: bool = False,
        account_type: str = "atlassian",
        groups: frozenset[str] = STAFF,
    ) -> User:
        prefix = "qm:" if account_type == "customer" else ""
        user = User(
            key=key,
            name=name,
            account_id=prefix + account_id(key),
            display_name=display_name,
            email=email,
            zone=zone or self._zone,
            active=active,
            email_hidden=email_hidden,
            account_type=account_type,
            groups=groups,
        )
        self.put(user)
        return user

    def put(self, user: User) -> None:
        """Add a person, or replace their profile."""
        self.version += 1
        self._people[user.key] = user
        for handle in (user.key, user.name, user.account_id, user.email):
            if handle:
                self._keys.setdefault(handle.lower(), user.key)

    def find(self, handle: str | None) -> User | None:
        key = self._keys.get(handle.lower()) if handle else None
        return self._people[key] if key else None

    def get(self, key: str | None) -> User | None:
        return self._people.get(key) if key else None

    def needed(self, handle: str) -> User:
        """The person, who is known to exist: a mistake in a test is told apart from an answer of Jira."""
        user = self.find(handle)
        if user is None:
            raise KeyError(f"the sandbox has no user {handle!r}; there are {', '.join(u.name for u in self)}")
        return user

    def set_zone(self, handle: str, zone: str) -> User:
        user = replace(self.needed(handle), zone=zone)
        self.put(user)
        return user

    def __iter__(self) -> Iterator[User]:
        return iter(self._people.values())
