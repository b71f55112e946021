"""Answers are taken whole, within bounds: nobody at the other end may fill our memory, or keep a worker for ever.

A read time-out alone bounds neither: it counts from one piece to the next, and begins anew with each byte.
"""

from __future__ import annotations

import time

from syncd.http.session import Response
from syncd.http.values import Limits

CHUNK = 65_536


class AnswerTooLongError(OSError):
    """An answer beyond all that is honest; what was asked may have been done."""


def take(response: Response, limits: Limits) -> None:
    """Read the body, unpacked, so that `response.content` has it. Raises AnswerTooLongError, or what breaks it off."""
    began = time.monotonic()
    body = bytearray()
    try:
        # `read1` gives what is there: `read` would wait, time-out by time-out, until a whole piece has come.
        while piece := response.raw.read1(CHUNK, decode_content=True):
            body += piece
            if len(body) > limits.largest_answer:
                raise AnswerTooLongError(f"its answer is larger than {limits.largest_answer >> 20} MiB")
            if time.monotonic() - began > limits.longest_answer:
                raise AnswerTooLongError(f"its answer takes longer than {limits.longest_answer:g} s")
    except BaseException:
        response.close()
        raise
    response._content = bytes(body)
    response._content_consumed = True  # type: ignore[attr-defined]  # what its `content` does when it reads by itself
