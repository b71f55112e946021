"""Whether the settings leave calls for the work: polls alone may need a connection's whole budget. Sends nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from syncd.mapping import Mapping
from syncd.settings import Settings

POLL_CALLS = 2
"""What a poll that finds nothing takes: who am I, what changed."""

HOUR = 3600.0


def pacing_remarks(settings: Settings, mappings: Iterable[Mapping]) -> Iterator[str]:
    """A sentence for each connection of syncd.yaml whose polls alone use its hourly budget up."""
    polled = Counter(mapping.source.connection for mapping in mappings)
    for name, number in sorted(polled.items()):
        connection = settings.connections.get(name)
        hourly = None if connection is None else connection.limits.requests_per_hour
        if hourly is None:
            continue
        calls = number * POLL_CALLS * HOUR / settings.poll_interval
        if calls >= hourly:
            least = number * POLL_CALLS * HOUR / hourly
            yield (
                f"connections.{name}: polling {number} mapping(s) takes {calls:.0f} calls an hour, and limits."
                f"requests_per_hour is {hourly}, so none would be left to sync what changed: raise it, or set "
                f"poll_interval well above {least:.0f}s"
            )
