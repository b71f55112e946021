"""Files: uploading (multipart, no-check header), metadata, content; Cloud keeps the bytes on another host (facts 9)."""

from __future__ import annotations

import mimetypes
from email.parser import BytesParser
from email.policy import HTTP
from urllib.parse import quote, unquote

from syncd.sandbox.jira.model import Attachment
from syncd.sandbox.jira.refusals import RefusalError, bad
from syncd.sandbox.jira.rest.find import must_be_allowed, the_attachment, the_issue
from syncd.sandbox.jira.shapes import values
from syncd.sandbox.jira.site import Site
from syncd.sandbox.jira.web.call import Call, Reply, answer, nothing

UPLOAD_LIMIT = 10_000_000
_MOST_FILES = 60
_MOST_ON_ISSUE = 2000


def meta(site: Site, call: Call) -> Reply:
    return answer({"enabled": True, "uploadLimit": UPLOAD_LIMIT})


def add(site: Site, call: Call) -> Reply:
    if call.headers.get("x-atlassian-token", "").lower() not in ("no-check", "nocheck"):
        raise RefusalError(403, html="XSRF check failed")
    issue = the_issue(site, call)
    user = must_be_allowed(
        site, call, "attach", issue, "You do not have permission to create attachments for this issue."
    )
    files = _files(call)
    if len(issue.attachments) + len(files) > _MOST_ON_ISSUE:
        raise RefusalError(413, f"The issue has reached the limit of {_MOST_ON_ISSUE} attachments.")
    if len(files) > _MOST_FILES:
        raise RefusalError(413, f"The number of files must not exceed {_MOST_FILES}.")
    for name, _, content in files:
        if len(content) > UPLOAD_LIMIT:
            raise RefusalError(413, f"The file '{name}' exceeds its maximum permitted size of {UPLOAD_LIMIT} bytes.")
    made: list[Attachment] = []
    for name, kind, content in files:
        made.append(site.writer.attach(site.world.issues[issue.id], name, content, kind, user))
    view = site.view(call)
    return answer([values.attachment(a, view) for a in made])


def one(site: Site, call: Call) -> Reply:
    """Here the id is a number on Cloud, in lists it is a string (facts 5.10)."""
    attachment = the_attachment(site, call)[1]
    shape = values.attachment(attachment, site.view(call))
    return answer(shape | {"id": int(attachment.id)} if site.options.flavour == "cloud" else shape)


def delete(site: Site, call: Call) -> Reply:
    issue, attachment = the_attachment(site, call)
    user = must_be_allowed(site, call, "attach", issue, "You do not have permission to delete this attachment.")
    site.writer.detach(issue, attachment, user)
    return nothing()


def content(site: Site, call: Call) -> Reply:
    """303 to a signed address elsewhere, or with redirect=false the bytes."""
    attachment = the_attachment(site, call)[1]
    if not call.flag("redirect", True):
        return _bytes(call, attachment)
    host = call.headers.get("host", "localhost")
    other = (
        host.replace("127.0.0.1", "localhost")
        if host.startswith("127.0.0.1")
        else f"127.0.0.1:{host.rpartition(':')[2]}"
    )
    token = site.random.randbytes(16).hex()
    site.media[token] = attachment.id
    scheme = call.site_base.partition("://")[0]
    address = f"{scheme}://{other}/media/file/{attachment.id}/binary?token={token}&name={quote(attachment.filename)}"
    return Reply(303, headers={"Location": address})


def media(site: Site, call: Call) -> Reply:
    """The other host. It takes its own token and refuses Jira's credentials, as signed storage does."""
    if "authorization" in call.headers:
        site.leaks.append(call.path)
        raise RefusalError(400, body={"code": "InvalidRequest", "message": "Only one auth mechanism allowed"})
    attachment_id = site.media.get(call.one("token"))
    for issue in site.world.issues.values():
        for attachment in issue.attachments:
            if attachment.id == attachment_id == call.params["attachment"]:
                return _bytes(call, attachment)
    raise RefusalError(403, body={"code": "AccessDenied", "message": "Invalid token"})


def server_content(site: Site, call: Call) -> Reply:
    """Data Center: the bytes, or the log-in page for those who have not logged in."""
    if call.user is None:
        return Reply(302, headers={"Location": f"/login.jsp?os_destination={quote(call.path, safe='')}"})
    return _bytes(call, the_attachment(site, call)[1])


def _bytes(call: Call, attachment: Attachment) -> Reply:
    data = attachment.content if attachment.content is not None else filler(attachment)
    disposition = f"attachment; filename*=UTF-8''{quote(attachment.filename)}"
    headers = {"Content-Disposition": disposition, "Accept-Ranges": "bytes"}
    first, _, last = call.headers.get("range", "").removeprefix("bytes=").partition("-")
    if first.isdecimal() and (last.isdecimal() or not last):
        start, end = int(first), min(int(last), len(data) - 1) if last else len(data) - 1
        if start >= len(data) or end < start:
            return Reply(416, headers={"Content-Range": f"bytes */{len(data)}"})
        headers["Content-Range"] = f"bytes {start}-{end}/{len(data)}"
        return Reply(206, data[start : end + 1], attachment.mime_type, headers)
    return Reply(200, data, attachment.mime_type, headers)


def filler(attachment: Attachment) -> bytes:
    """Bytes for a file of which only the size is known: always the same ones."""
    line = f"{attachment.id} {attachment.filename}\n".encode()
    return (line * (attachment.size // len(line) + 1))[: attachment.size]


def _files(call: Call) -> list[tuple[str, str, bytes]]:
    """The `file` parts: name, type, bytes."""
    kind = call.headers.get("content-type", "")
    if not kind.lower().startswith("multipart/form-data"):
        raise RefusalError(415, body={"message": "Unsupported Media Type", "status-code": 415})
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode("latin-1") + b"\r\n\r\n" + call.body)
    files: list[tuple[str, str, bytes]] = []
    for part in message.iter_parts() if message.is_multipart() else ():
        name = part.get_filename()
        if part.get_param("name", header="content-disposition") != "file" or name is None:
            continue
        data = part.get_payload(decode=True)
        assert isinstance(data, bytes)
        given = part.get_content_type() if "content-type" in part else ""
        guessed = mimetypes.guess_type(name)[0] or "application/octet-stream"
        files.append((unquote(name), given or guessed, data))
    if not files:
        raise bad("No file was found in the request. The multipart field must be called 'file'.")
    return files
