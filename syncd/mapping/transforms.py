"""The steps of `transform:`. Each takes a value and gives one; the table at the end is the whole list.

A step over text that meets a list works on the joined list. Empty stays empty in every step but `default`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from syncd.core.model import Json
from syncd.mapping.text import as_text, cut, is_empty
from syncd.mapping.times import as_date, as_datetime

Argument = str | int | tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Step:
    """One step with its argument, checked."""

    name: str
    argument: Argument = None

    def apply(self, value: Json) -> Json:
        """Raises ValueError (with a sentence) or NoText."""
        transform = TRANSFORMS[self.name]
        if transform.takes_empty or not is_empty(value):
            return transform.run(value, self.argument)
        return value


@dataclass(frozen=True, slots=True)
class Transform:
    """`check` turns the argument as written into the one used, or raises ValueError. None: takes no argument."""

    run: Callable[[Json, Argument], Json]
    check: Callable[[object], Argument] | None = None
    takes_empty: bool = False


def parse_step(said: object) -> Step:
    """`one_line` or `{truncate: 160}` -> a Step. Raises ValueError with a sentence."""
    if isinstance(said, Step):
        return said
    if isinstance(said, str):
        name, given, argument = said, False, None
    elif isinstance(said, dict) and len(said) == 1:
        name, argument = next(iter(said.items()))
        given = True
    else:
        raise ValueError("is a name such as one_line, or one name with its argument such as {truncate: 160}")
    transform = TRANSFORMS.get(name)
    if transform is None:
        raise ValueError(f"there is no transform {name!r}; there are {', '.join(sorted(TRANSFORMS))}")
    if transform.check is None:
        if given:
            raise ValueError(f"{name} takes no argument; write just {name}")
        return Step(name)
    if not given:
        raise ValueError(f"{name} needs an argument, e.g. {{{name}: {_EXAMPLES[name]}}}")
    return Step(name, transform.check(argument))


def _on_text(change: Callable[[str], str]) -> Transform:
    return Transform(lambda value, _: change(as_text(value)))


def _truncate(value: Json, limit: Argument) -> Json:
    assert isinstance(limit, int)
    return cut(as_text(value), limit)


def _join(value: Json, separator: Argument) -> Json:
    return str(separator).join(filter(None, map(as_text, value if isinstance(value, list) else [value])))


def _replace(value: Json, pair: Argument) -> Json:
    assert isinstance(pair, tuple)
    return as_text(value).replace(*pair)


def _default(value: Json, text: Argument) -> Json:
    return text if is_empty(value) else value


def _check_limit(said: object) -> Argument:
    if not isinstance(said, int) or isinstance(said, bool) or said < 1:
        raise ValueError("truncate needs a whole number of at least 1, e.g. {truncate: 160}")
    return said


def _check_text(said: object) -> Argument:
    if isinstance(said, bool) or not isinstance(said, str | int):
        raise ValueError("needs a text; put it into quotes")
    return str(said)


def _check_pair(said: object) -> Argument:
    if not isinstance(said, list) or len(said) != 2 or not all(isinstance(s, str | int) for s in said) or said[0] == "":
        raise ValueError('replace needs the old and the new text, e.g. {replace: ["_", " "]}')
    return (str(said[0]), str(said[1]))


TRANSFORMS: dict[str, Transform] = {
    "one_line": _on_text(lambda text: " ".join(text.split())),
    "strip": _on_text(str.strip),
    "upper": _on_text(str.upper),
    "lower": _on_text(str.lower),
    "truncate": Transform(_truncate, _check_limit),
    "replace": Transform(_replace, _check_pair),
    "date": _on_text(as_date),
    "datetime": _on_text(as_datetime),
    "join": Transform(_join, _check_text),
    "first": Transform(lambda value, _: value[0] if isinstance(value, list) else value),
    "last": Transform(lambda value, _: value[-1] if isinstance(value, list) else value),
    "default": Transform(_default, _check_text, takes_empty=True),
}
"""Every transform of the language; docs/mappings.md describes each one, and a test compares the two."""

_EXAMPLES = {"truncate": "160", "replace": '["_", " "]', "join": '", "', "default": "unknown"}
