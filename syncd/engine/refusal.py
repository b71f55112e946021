"""A write that the target refuses: what may be written all the same, and what a person must know. Writes nothing.

A change that may not skip a state, an incident that lacks a close code: the refusal concerns the columns of the status
nearly always, and comes with the names of rules and labels that no mapping knows. So what was asked for is said with
it, and what else changed of a record that is there is written without these columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from contextlib import contextmanager

from syncd.core.model import Record
from syncd.core.spoken import shortened
from syncd.errors import RejectedError
from syncd.mapping import Mapping

SHORT = 40
"""So much fits into the columns of people's own making, whose length is 40 unless somebody chose another."""


class RefusedWriteError(RejectedError):
    """The target has refused to set these columns, and nothing of it was written. `record` is the one it was about."""

    def __init__(
        self, error: RejectedError, sent: ReadOnly[str, str], mapping: Mapping, record: Record | None = None
    ) -> None:
        self._error, self._sent, self._mapping = error, sent, mapping
        columns = mapping.status.columns() if mapping.status else frozenset()
        self._status = {name: value for name, value in sent.items() if name in columns}
        self._others = {name: value for name, value in sent.items() if name not in columns}
        asked = f"it was asked to set {self._asked(record)}"
        super().__init__(
            error.message,
            system=error.system,
            step=error.step,
            status=error.status,
            detail=f"{error.detail}; {asked}" if error.detail else asked,
        )

    @property
    def others(self) -> ReadOnly[str, str]:
        """What may be tried without the status; nothing if the status was not what was refused."""
        return self._others if self._status else {}

    def seen(self, record: Record | None) -> RefusedWriteError:
        """The same, told beside what the record holds."""
        return RefusedWriteError(self._error, self._sent, self._mapping, record)

    def _asked(self, record: Record | None) -> str:
        """Values of the status only: what people write stays out of messages."""
        others = [f"{name}{_size(value)}" for name, value in self._others.items()]
        if not self._status:
            return ", ".join(others)
        current = {} if record is None else record.fields
        status = [f"{name}{_from(current.get(name))} to {shortened(value)}" for name, value in self._status.items()]
        way_out = f"If {self._mapping.target.table} never allows this, correct `status` of mapping {self._mapping.name}"
        if record is None:
            return f"{', '.join([*status, *others])}. {way_out}"
        return (
            f"{', '.join(status)}. What else changed is tried without that. {way_out}; if the record is over, name "
            "that value in `target.final`; else bring the record to where it is allowed"
        )


@contextmanager
def refusal_told(sent: ReadOnly[str, str], mapping: Mapping) -> Iterator[None]:
    """Around a write of these columns: its refusal says what was asked for."""
    try:
        yield
    except RejectedError as error:
        raise RefusedWriteError(error, sent, mapping) from error


def _from(current: str | None) -> str:
    return "" if current is None else f" from {shortened(current)}"


def _size(value: str) -> str:
    """What is too long for its column is refused by some instances, without a word about it."""
    return f" ({len(value)} characters)" if len(value) > SHORT else ""
