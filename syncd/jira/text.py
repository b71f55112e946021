"""What any text from Jira goes through before anybody sees it: line ends, control characters, broken characters.

Does not know markup; `rendering` does.
"""

from __future__ import annotations

import re
from typing import Any

_UNWANTED = {code: None for code in [*range(0x20), *range(0x7F, 0xA0), 0xFFFE, 0xFFFF] if chr(code) not in "\n\t"}
_UNWANTED |= {0x2028: "\n", 0x2029: "\n"}  # type: ignore[dict-item]  # line and paragraph separator
_SURROGATE = re.compile("[\ud800-\udfff]")  # half a character: JSON may carry it, UTF-8 cannot
_CODE_TAG = re.compile(r"\[(/?code)\]", re.IGNORECASE)


def clean(text: str) -> str:
    r"""`text` with `\n` line ends, without control characters but `\n` and `\t`, and encodable as UTF-8."""
    if text.isprintable():  # most are, and have no line ends either
        return text
    lines = text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNWANTED)
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", lines)


def cleaned(value: Any) -> Any:
    """A JSON value with every text in it made clean. Iterative: plugins may nest as deep as they like."""
    if isinstance(value, str):
        return clean(value)
    if not isinstance(value, dict | list):
        return value
    root: Any = {} if isinstance(value, dict) else []
    todo: list[tuple[Any, Any]] = [(value, root)]
    while todo:
        source, copy = todo.pop()
        for key, item in list(source.items()) if isinstance(source, dict) else enumerate(source):
            if isinstance(item, dict | list):
                made: Any = {} if isinstance(item, dict) else []
                todo.append((item, made))
            else:
                made = clean(item) if isinstance(item, str) else item
            if isinstance(copy, dict):
                copy[clean(str(key))] = made
            else:
                copy.append(made)
    return root


def without_code_tags(text: str) -> str:
    """`text` in which ServiceNow's journals find no `[code]` to render as HTML (servicenow facts 3.6)."""
    return _CODE_TAG.sub(r"(\1)", text)
