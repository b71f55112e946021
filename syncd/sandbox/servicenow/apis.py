"""All routes of all APIs, in one list: which path and method is answered by which handler under which name."""

from __future__ import annotations

from syncd.sandbox.servicenow.attachment_api import AttachmentApi
from syncd.sandbox.servicenow.authentication import Authentication
from syncd.sandbox.servicenow.batch_api import BatchApi
from syncd.sandbox.servicenow.change_api import ChangeApi
from syncd.sandbox.servicenow.import_api import ImportApi
from syncd.sandbox.servicenow.instance import Instance
from syncd.sandbox.servicenow.oauth_api import OAuthApi
from syncd.sandbox.servicenow.problem_api import ProblemApi
from syncd.sandbox.servicenow.routing import OPEN, TABLE_REST, Router
from syncd.sandbox.servicenow.stats_api import StatsApi
from syncd.sandbox.servicenow.table_api import TableApi
from syncd.sandbox.servicenow.tiny_api import TinyApi
from syncd.sandbox.servicenow.tokens import Tokens

NOW = "/api/now(?:/{version})?"
CHANGE = "/api/sn_chg_rest(?:/{version})?/change"


def routes(instance: Instance, tokens: Tokens, authentication: Authentication) -> tuple[Router, BatchApi]:
    """The router of an instance, and its batch API, which wants to know the way in."""
    router = Router()
    _table(router, TableApi(instance))
    _attachments(router, AttachmentApi(instance))
    batch = BatchApi(instance)
    router.add(f"{NOW}/batch", "Batch API", {"POST": ("batch", batch.run)})
    imports = ImportApi(instance)
    router.add(f"{NOW}/import/{{staging}}", "Import Set API", {"POST": ("import.insert", imports.insert)})
    router.add(
        f"{NOW}/import/{{staging}}/insertMultiple",
        "Import Set API",
        {"POST": ("import.insert_multiple", imports.insert_multiple)},
    )
    router.add(f"{NOW}/import/{{staging}}/{{sys_id}}", "Import Set API", {"GET": ("import.row", imports.row)})
    stats = StatsApi(instance)
    router.add(f"{NOW}/stats/{{table}}", "Aggregate API", {"GET": ("stats", stats.aggregate)})
    _change(router, ChangeApi(instance))
    router.add(
        "/api/x_rhtpp_ansible/problem/{number}/new_state/{state}",
        "Scripted REST API",
        {"PATCH": ("problem.move", ProblemApi(instance).move)},
    )
    tiny = TinyApi(instance)
    router.add(f"{NOW}/tinyurl", "Tiny URL API", {"POST": ("tinyurl", tiny.shorten)})
    oauth = OAuthApi(instance, tokens, authentication)
    router.add("/oauth_token.do", OPEN, {"POST": ("oauth.token", oauth.token)}, any_accept=True)
    return router, batch


def _table(router: Router, api: TableApi) -> None:
    router.add(
        f"{NOW}/table/{{table}}", TABLE_REST, {"GET": ("table.list", api.index), "POST": ("table.create", api.create)}
    )
    router.add(
        f"{NOW}/table/{{table}}/{{sys_id}}",
        TABLE_REST,
        {
            "GET": ("table.get", api.get),
            "PATCH": ("table.update", api.update),
            "PUT": ("table.update", api.update),
            "DELETE": ("table.delete", api.delete),
        },
    )


def _attachments(router: Router, api: AttachmentApi) -> None:
    resource = "Attachment API"
    router.add(f"{NOW}/attachment", resource, {"GET": ("attachment.list", api.index)})
    router.add(f"{NOW}/attachment/file", resource, {"POST": ("attachment.upload", api.upload)})
    router.add(f"{NOW}/attachment/upload", resource, {"POST": ("attachment.multipart", api.multipart)})
    router.add(
        f"{NOW}/attachment/{{sys_id}}",
        resource,
        {
            "GET": ("attachment.get", api.get),
            "PATCH": ("attachment.rename", api.rename),
            "PUT": ("attachment.rename", api.rename),
            "DELETE": ("attachment.delete", api.delete),
        },
    )
    download = {"GET": ("attachment.file", api.file)}
    router.add(f"{NOW}/attachment/{{sys_id}}/file", resource, download, any_accept=True)


def _change(router: Router, api: ChangeApi) -> None:
    resource = "Change Management API"
    router.add(CHANGE, resource, {"GET": ("change.list", api.index), "POST": ("change.create", api.create)})
    for kind in ("normal", "emergency"):
        kinds = {"GET": ("change.list", api.index), "POST": ("change.create", api.create)}
        router.add(f"{CHANGE}/(?P<kind>{kind})", resource, kinds)
    router.add(f"{CHANGE}/(?P<kind>standard)", resource, {"GET": ("change.list", api.index)})
    router.add(
        f"{CHANGE}/(?P<kind>standard)/{{template}}", resource, {"POST": ("change.create_standard", api.create_standard)}
    )
    record = {
        "GET": ("change.get", api.get),
        "PATCH": ("change.update", api.update),
        "DELETE": ("change.delete", api.delete),
    }
    router.add(f"{CHANGE}/(?:(?P<kind>normal|emergency|standard)/)?{{sys_id}}", resource, record)
    router.add(f"{CHANGE}/{{sys_id}}/nextstates", resource, {"GET": ("change.nextstates", api.next_states)})
    router.add(f"{CHANGE}/{{sys_id}}/conflict", resource, {"GET": ("change.conflict", api.conflict)})
    router.add(f"{CHANGE}/{{sys_id}}/schedule", resource, {"GET": ("change.schedule", api.schedule)})
    tasks = {"GET": ("change.tasks", api.tasks), "POST": ("change.create_task", api.create_task)}
    router.add(f"{CHANGE}/{{sys_id}}/task", resource, tasks)
    task = {
        "GET": ("change.task", api.task),
        "PATCH": ("change.update_task", api.update_task),
        "DELETE": ("change.delete_task", api.delete_task),
    }
    router.add(f"{CHANGE}/{{sys_id}}/task/{{task_id}}", resource, task)
