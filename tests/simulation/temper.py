"""How a world is inclined: what goes wrong in it, and how often.

The histories that prove the laws live in the ordinary one. A safeguard against something rare is taken away in a world
where just that is less rare, or a thousand histories would hardly meet it; its row in the documentation says so.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Temper:
    trouble: float = 0.06  # how likely a call, or a commit, goes wrong
    favoured: frozenset[str] = frozenset()  # moods that strike more often than others, wherever they may
    favour: float = 0.15  # how much more often
    freezing: float = 0.02  # how likely the process stands still at a call
    many: float = 0.5  # how likely there are several processes
    index_lags: bool = True  # else the listing never lags, so that nothing is listed twice

    def __str__(self) -> str:
        """What is otherwise than in the ordinary world."""
        usual = Temper()
        said = [f"often {mood}" for mood in sorted(self.favoured)]
        said += ["often frozen"] if self.freezing > usual.freezing else []
        said += ["several processes"] if self.many > usual.many else []
        said += ["one process"] if self.many < usual.many else []
        said += [] if self.index_lags else ["no lag"]
        return ", ".join(said)


ORDINARY = Temper()
