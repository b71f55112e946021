"""Values as a person says them; the same on the command line and on the pages."""

from __future__ import annotations


def shortened(value: str, limit: int = 60) -> str:
    """A value on one line, in quotes, cut where it is long."""
    text = " ".join(value.split())
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def ago(seconds: float | None) -> str:
    """A duration in its largest unit: "12 s", "3 min", "5 h", "2 d"; "never" for none."""
    if seconds is None:
        return "never"
    for unit, name in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{max(seconds, 0):.0f} s"
