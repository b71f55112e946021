"""Reads a multipart form: text fields, and the file that comes last (facts 8.3). A file elsewhere is not found."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAME = re.compile(r'\bname="((?:[^"\\]|\\.)*)"')
_FILE = re.compile(r'\bfilename="((?:[^"\\]|\\.)*)"')
_FILE_UTF8 = re.compile(r"filename\*=UTF-8''([^;\s]+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FormFile:
    name: str
    content_type: str
    content: bytes


def read_form(content_type: str, body: bytes) -> tuple[dict[str, str], FormFile | None]:
    """The text fields of the form, and its last part if that is a file."""
    found = re.search(r'boundary="?([^";]+)"?', content_type)
    if found is None:
        return {}, None
    fields: dict[str, str] = {}
    file: FormFile | None = None
    for part in body.split(b"--" + found[1].encode())[1:-1]:
        head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        content = content.removesuffix(b"\r\n")
        headers = head.decode("utf-8", "replace")
        file = _file(headers, content)
        name = _NAME.search(headers)
        if file is None and name is not None:
            fields[name[1]] = content.decode("utf-8", "replace")
    return fields, file


def _file(headers: str, content: bytes) -> FormFile | None:
    name = _FILE_UTF8.search(headers) or _FILE.search(headers)
    if name is None:
        return None
    kind = re.search(r"^content-type:\s*(.+?)\s*$", headers, re.IGNORECASE | re.MULTILINE)
    return FormFile(name[1], kind[1] if kind else "application/octet-stream", content)
