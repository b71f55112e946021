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
    busy: float = 0.12  # how likely people act between two calls
    listed_meanwhile: float = 0.3  # how likely it is that a listing shows at once what they did
    hasty: bool = False  # people act within one second, mostly
    wavering: bool = False  # people change their minds, and back, more often than anything else
    freezing: float = 0.02  # how likely the process stands still at a call
    many: float = 0.5  # how likely there are several processes
    lag: float = 0.4  # how likely a listing lags behind; never: then nothing is listed twice

    def __str__(self) -> str:
        """What is otherwise than in the ordinary world."""
        usual = Temper()
        said = [f"often {mood}" for mood in sorted(self.favoured)]
        said += ["busy people"] if self.busy > usual.busy else []
        said += ["listed at once"] if self.listed_meanwhile > usual.listed_meanwhile else []
        said += ["hasty people"] if self.hasty else []
        said += ["wavering people"] if self.wavering else []
        said += ["often frozen"] if self.freezing > usual.freezing else []
        said += ["several processes"] if self.many > usual.many else []
        said += ["one process"] if self.many < usual.many else []
        said += ["a listing always lags"] if self.lag > usual.lag else []
        said += [] if self.lag else ["no lag"]
        return ", ".join(said)


ORDINARY = Temper()
