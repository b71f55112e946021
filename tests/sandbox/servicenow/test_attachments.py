"""Attachments: upload by both ways, metadata, contents, rights."""

from __future__ import annotations

import hashlib
import json

import pytest

from tests.sandbox.servicenow.conftest import Caller, Serve, Served

BYTES = bytes(range(256)) + b"\r\n--boundary\r\n"


def upload(api: Caller, sys_id: str, name: str = "a.bin", content: bytes = BYTES, version: str = "") -> dict[str, str]:
    answer = api.call(
        "POST",
        f"{version}attachment/file",
        params={"table_name": "incident", "table_sys_id": sys_id, "file_name": name},
        data=content,
        headers={"Content-Type": "text/plain"},
    )
    assert answer.status_code == 201, answer.text
    result: dict[str, str] = answer.json()["result"] | {"location": answer.headers["Location"]}
    return result


def test_what_was_uploaded_comes_back_with_its_hash(api: Caller) -> None:
    sys_id = api.create()["sys_id"]
    made = upload(api, sys_id)
    assert made["hash"] == hashlib.sha256(BYTES).hexdigest()
    assert (made["size_bytes"], made["content_type"], made["state"]) == (str(len(BYTES)), "text/plain", "available")
    assert made["download_link"].endswith(f"/api/now/attachment/{made['sys_id']}/file")
    assert made["location"].endswith(f"/api/now/attachment/{made['sys_id']}")
    assert upload(api, sys_id, version="v1/")["location"].endswith("/file")
    answer = api.get(f"attachment/{made['sys_id']}/file")
    assert (answer.content, answer.headers["Content-Type"]) == (BYTES, "text/plain")
    assert json.loads(answer.headers["X-Attachment-Metadata"])["file_name"] == "a.bin"
    assert api.get(f"attachment/{made['sys_id']}").json()["result"]["hash"] == made["hash"]


def test_a_form_brings_the_file_as_its_last_part(api: Caller) -> None:
    sys_id = api.create()["sys_id"]
    fields = {"table_name": (None, "incident"), "table_sys_id": (None, sys_id)}
    answer = api.call("POST", "attachment/upload", files={**fields, "uploadFile": ("x y.bin", BYTES, "image/png")})
    made = answer.json()["result"]
    assert (answer.status_code, made["file_name"], made["content_type"]) == (201, "x y.bin", "image/png")
    assert api.get(f"attachment/{made['sys_id']}/file").content == BYTES
    assert api.call("POST", "attachment/upload", files=fields).status_code == 400


def test_the_same_name_again_is_a_second_attachment(api: Caller) -> None:
    sys_id = api.create()["sys_id"]
    upload(api, sys_id)
    upload(api, sys_id)
    for params in (
        {"sysparm_query": f"table_name=incident^table_sys_id={sys_id}"},
        {"table_name": "incident", "table_sys_id": sys_id},
    ):
        answer = api.get("attachment", **params)
        assert (len(answer.json()["result"]), answer.headers["X-Total-Count"]) == (2, "2")


@pytest.mark.parametrize(("missing", "status"), [("file_name", 400), ("table_name", 400), ("table_sys_id", 400)])
def test_a_missing_parameter_is_400(api: Caller, missing: str, status: int) -> None:
    params = {"table_name": "incident", "table_sys_id": api.create()["sys_id"], "file_name": "a"}
    params.pop(missing)
    headers = {"Content-Type": "text/plain"}
    assert api.call("POST", "attachment/file", params=params, data=b"x", headers=headers).status_code == status


def test_an_upload_needs_a_content_type_and_a_visible_record(served: Served) -> None:
    params = {"table_name": "incident", "table_sys_id": served.api.create()["sys_id"], "file_name": "a"}
    assert served.api.call("POST", "attachment/file", params=params, data=b"x").status_code == 415
    served.sandbox.hide(params["table_sys_id"])
    headers = {"Content-Type": "text/plain"}
    assert served.api.call("POST", "attachment/file", params=params, data=b"x", headers=headers).status_code == 404


def test_an_attachment_is_as_visible_as_its_record(served: Served) -> None:
    sys_id = served.api.create()["sys_id"]
    made = upload(served.api, sys_id)
    served.sandbox.hide(sys_id)
    assert served.api.get("attachment").json() == {"result": []}
    assert served.api.get(f"attachment/{made['sys_id']}/file").status_code == 404
    assert served.admin.get(f"attachment/{made['sys_id']}/file").content == BYTES


def test_renaming_and_deleting(api: Caller) -> None:
    made = upload(api, api.create()["sys_id"])
    assert api.patch(f"attachment/{made['sys_id']}", {"file_name": "b"}).json()["result"]["file_name"] == "b"
    assert api.delete(f"attachment/{made['sys_id']}").status_code == 204
    assert api.get(f"attachment/{made['sys_id']}").status_code == 404


def test_new_attachments_may_be_pending_until_the_system_has_looked_at_them(serve: Serve) -> None:
    served = serve(attachments_pending=True)
    made = upload(served.api, served.api.create()["sys_id"])
    assert (made["state"], made["sys_mod_count"]) == ("pending", "0")
    assert served.sandbox.settle_attachments() == 1
    seen = served.api.get(f"attachment/{made['sys_id']}").json()["result"]
    assert (seen["state"], seen["sys_mod_count"], seen["sys_updated_by"]) == ("available", "1", "system")
