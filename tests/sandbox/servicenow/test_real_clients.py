"""The real clients, unchanged, against the sandbox: what they do on a real instance has to work here too.

pysnc talks https only, so it is served with a throw-away certificate. pysnow and aiosnow are no longer maintained, and
warn accordingly; their warnings are not ours.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from syncd.sandbox.serve import Server
from syncd.sandbox.servicenow import ServiceNowSandbox
from tests.sandbox.servicenow.certificates import self_signed
from tests.sandbox.servicenow.conftest import Serve, Served

pytestmark = pytest.mark.filterwarnings("ignore")

ADMIN_ID = "6816f79cc0a8016401c5a33be04be441"
CONTENT = b"first line\nsecond line\x00\xff"


class TestPysnc:
    """ServiceNow's own client."""

    @pytest.fixture
    def sandbox(self) -> ServiceNowSandbox:
        return ServiceNowSandbox()

    @pytest.fixture
    def certificate(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
        for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # they would overrule what the client is told to trust
            monkeypatch.delenv(name, raising=False)
        return self_signed(tmp_path)

    @pytest.fixture
    def url(self, sandbox: ServiceNowSandbox, certificate: tuple[str, str]) -> Iterator[str]:
        with Server(sandbox.app, tls=certificate) as server:
            yield server.url

    @pytest.fixture
    def client(self, url: str, certificate: tuple[str, str]) -> Iterator[Any]:
        pysnc = pytest.importorskip("pysnc", reason="ServiceNow's client is not installed")
        client = pysnc.ServiceNowClient(url, ("admin", "admin"), verify=certificate[0])
        yield client
        client.session.close()

    def inserted(self, client: Any, table: str = "problem", **fields: str) -> Any:
        record = client.GlideRecord(table)
        record.initialize()
        for name, value in fields.items():
            record.set_value(name, value)
        assert record.insert(), "not inserted"
        return record

    def test_insert_read_update_and_delete(self, client: Any) -> None:
        record = self.inserted(client, short_description="Insert", bunk_field="ignored")
        assert str(record.number) == "PRB0040001"
        assert record.get_value("opened_by") == ADMIN_ID
        assert record.get_display_value("opened_by") == "System Administrator"
        found = client.GlideRecord("problem")
        assert found.get(str(record.sys_id))
        found.short_description = "Changed"
        assert found.update()
        again = client.GlideRecord("problem")
        assert again.get("number", "PRB0040001")
        assert str(again.short_description) == "Changed"
        assert again.get_value("sys_mod_count") == "1"
        assert again.delete()
        assert not client.GlideRecord("problem").get(str(record.sys_id))

    def test_an_id_of_ones_own_is_kept(self, client: Any) -> None:
        record = client.GlideRecord("problem")
        record.initialize()
        record.set_new_guid_value("AAAABBBBCCCCDDDDEEEEFFFF00001111")
        assert record.insert() == "AAAABBBBCCCCDDDDEEEEFFFF00001111"

    def test_queries_page_by_page_in_a_fixed_order(self, client: Any) -> None:
        for number in range(7):
            self.inserted(client, short_description=f"n{number}")
        record = client.GlideRecord("problem", batch_size=3)
        record.add_query("short_description", "STARTSWITH", "n")
        condition = record.add_query("state", "101")
        condition.add_or_condition("state", "102")
        record.order_by_desc("number")
        record.query()
        assert len(record) == 7
        assert [str(r.short_description) for r in record] == [f"n{n}" for n in range(6, -1, -1)]

    def test_join_null_and_related_queries(self, client: Any) -> None:
        users = client.GlideRecord("sys_user")
        users.add_join_query("sys_user_group", join_table_field="manager").add_query("active", "true")
        users.query()
        assert users.get_row_count() == 4
        unnamed = client.GlideRecord("sys_user")
        unnamed.add_null_query("name")
        unnamed.query()
        assert len(unnamed) == 0
        groups = client.GlideRecord("sys_user_group")
        groups.add_rl_query("sys_group_has_role", "group", ">0", True).add_query("role.name", "LIKE", "admin")
        groups.query()
        assert groups.get_row_count() == 4

    def test_dots_are_walked(self, client: Any) -> None:
        user = client.GlideRecord("sys_user")
        user.fields = "sys_id,email,department,department.name,department.dept_head.email"
        assert user.get(ADMIN_ID)
        assert user.department.name == "Finance"
        assert user.get_value("department.dept_head.email") == "natasha.ingram@example.com"

    def test_display_values_are_in_the_users_zone(self, client: Any) -> None:
        def updated_on(display: bool) -> str:
            user = client.GlideRecord("sys_user")
            user.display_value = display
            assert user.get(ADMIN_ID)
            return str(user.get_value("sys_updated_on"))

        assert updated_on(False) != updated_on(True)

    def test_a_long_log_is_read_page_by_page(self, client: Any, sandbox: ServiceNowSandbox) -> None:
        log = client.GlideRecord("syslog")
        log.fields = ["sys_id"]
        log.query()
        assert len({str(entry.sys_id) for entry in log}) == len(sandbox.rows("syslog")) > 600

    def test_many_records_are_changed_and_deleted_in_batches(self, client: Any, sandbox: ServiceNowSandbox) -> None:
        for number in range(10):
            self.inserted(client, short_description=f"BUNK {number}")
        record = client.GlideRecord("problem")
        record.add_query("short_description", "LIKE", "BUNK")
        record.query()
        while record.next():
            record.short_description = f"{record.short_description} changed"
        assert record.update_multiple()
        assert len(sandbox.rows("problem", "short_descriptionENDSWITHchanged")) == 10
        assert sandbox.calls["POST", "batch"] == 1
        assert record.delete_multiple()
        assert sandbox.rows("problem") == []

    def test_a_business_rule_fails_its_items_of_a_batch(self, client: Any, sandbox: ServiceNowSandbox) -> None:
        rule = {"name": "No EICAR", "collection": "problem", "action_update": "true", "abort_action": "true"}
        self.inserted(client, "sys_script", filter_condition="short_descriptionLIKEEICAR^EQ", **rule)
        for number in range(4):
            self.inserted(client, short_description=f"BUNK {number}")
        record = client.GlideRecord("problem")
        record.query()
        for position, each in enumerate(record):
            each.short_description = f"{each.short_description} {'EICAR' if position % 2 else 'fine'}"
        assert not record.update_multiple()
        assert len(sandbox.rows("problem", "short_descriptionLIKEfine")) == 2
        assert sandbox.rows("problem", "short_descriptionLIKEEICAR") == []

    def test_a_very_long_query_goes_through_the_batch_api(self, client: Any) -> None:
        user = client.GlideRecord("sys_user")
        for _ in range(2300):
            user.add_query("AAAA", "BBBB")
        user.add_query("sys_id", ADMIN_ID)
        user.query()
        assert len(user) == 1

    def test_attachments(self, client: Any) -> None:
        record = self.inserted(client, short_description="with files")
        record.add_attachment("a.txt", "text")
        record.add_attachment("a.bin", CONTENT)
        attachments = record.get_attachments()
        assert len(attachments) == 2
        assert {a.file_name: a.read() for a in attachments} == {"a.txt": b"text", "a.bin": CONTENT}
        for attachment in record.get_attachments():
            attachment.delete()
        assert len(record.get_attachments()) == 0

    def test_what_is_refused_becomes_the_right_exception(
        self, client: Any, url: str, certificate: tuple[str, str]
    ) -> None:
        pysnc = pytest.importorskip("pysnc", reason="ServiceNow's client is not installed")
        errors = pytest.importorskip("pysnc.exceptions", reason="ServiceNow's client is not installed")
        with pytest.raises(errors.RequestException, match="Invalid table"):
            client.GlideRecord("sys_user_list").get("x")
        with pytest.raises(errors.RequestException, match=r"^<.*html>"):
            client.GlideRecord("A" * 23_000).get("x")
        stranger = pysnc.ServiceNowClient(url, ("admin", "wrong"), verify=certificate[0])
        with pytest.raises(errors.AuthenticationException, match="User Not Authenticated"):
            stranger.GlideRecord("sys_user").get("x")
        stranger.session.close()

    def test_oauth_by_password(self, url: str, certificate: tuple[str, str]) -> None:
        pysnc = pytest.importorskip("pysnc", reason="ServiceNow's client is not installed")
        auth = pytest.importorskip("pysnc.auth", reason="ServiceNow's client is not installed")
        pytest.importorskip("requests_oauthlib", reason="pysnc needs it for OAuth")
        flow = auth.ServiceNowPasswordGrantFlow("admin", "admin", "syncd-client", "syncd-secret")
        client = pysnc.ServiceNowClient(url, flow, verify=certificate[0])
        assert client.GlideRecord("sys_user").get(ADMIN_ID)
        client.session.close()


class TestPysnow:
    """A client of 2022 that sends capital-F booleans and updates by GET and PUT."""

    @pytest.fixture
    def incidents(self, served: Served) -> Iterator[Any]:
        pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")
        host = served.url.removeprefix("http://")
        client = pysnow.Client(host=host, user="admin", password="admin", use_ssl=False)
        yield client.resource(api_path="/table/incident")
        client.session.close()

    def test_create_query_update_attach_delete(self, incidents: Any, served: Served, tmp_path: Path) -> None:
        made = incidents.create(payload={"short_description": "pysnow", "urgency": "1"}).one()
        assert made["number"] == "INC0010001"
        found = incidents.get(query={"number": "INC0010001"}, fields=["sys_id", "short_description"])
        assert found.one()["short_description"] == "pysnow"
        changed = incidents.update(query={"number": "INC0010001"}, payload={"state": "2"})
        assert changed["state"] == "2"
        path = tmp_path / "a.txt"
        path.write_bytes(CONTENT)
        incidents.attachments.upload(sys_id=made["sys_id"], file_path=str(path))
        (row,) = served.sandbox.rows("sys_attachment")
        assert (row["file_name"], row["size_bytes"]) == ("a.txt", str(len(CONTENT)))
        assert incidents.delete(query={"number": "INC0010001"})["status"] == "record deleted"
        assert served.sandbox.rows("incident") == []

    def test_its_query_builder(self, incidents: Any) -> None:
        pysnow = pytest.importorskip("pysnow", reason="pysnow is not installed")
        for number in range(3):
            incidents.create(payload={"short_description": f"n{number}", "state": str(number + 1)})
        query = (
            pysnow.QueryBuilder()
            .field("short_description")
            .starts_with("n")
            .AND()
            .field("state")
            .equals(["2", "3"])
            .AND()
            .field("number")
            .order_descending()
        )
        found = incidents.get(query=query, stream=True)
        assert [record["short_description"] for record in found.all()] == ["n2", "n1"]

    def test_a_missing_record_and_a_refusal(self, incidents: Any) -> None:
        errors = pytest.importorskip("pysnow.exceptions", reason="pysnow is not installed")
        requests = pytest.importorskip("requests", reason="pysnow is built on it")
        with pytest.raises(errors.NoResults):
            incidents.get(query={"number": "INC0"}).one()
        with pytest.raises(requests.HTTPError, match="403"):
            incidents.create(payload={"state": "6"}).one()


class TestAiosnow:
    """An asynchronous client of 2021 that pages by the Link header."""

    def test_create_query_stream_update_attach_delete(self, serve: Serve, tmp_path: Path) -> None:
        aiosnow = pytest.importorskip("aiosnow", reason="aiosnow is not installed")
        models = pytest.importorskip("aiosnow.models.table.declared", reason="aiosnow is not installed")
        served = serve()
        source = tmp_path / "a.txt"
        source.write_bytes(CONTENT)

        async def play() -> list[str]:
            client = aiosnow.Client(served.url.removeprefix("http://"), ("admin", "admin"), use_ssl=False)
            async with models.IncidentModel(client, table_name="incident") as incidents:
                for number in range(5):
                    await incidents.create({"short_description": f"n{number}", "urgency": 1})
                query = aiosnow.select(models.IncidentModel.short_description.starts_with("n")).order_asc(
                    models.IncidentModel.number
                )
                streamed = [r["short_description"] async for _, r in incidents.stream(query, page_size=2)]
                one = await incidents.get_one(models.IncidentModel.number == "INC0010003")
                changed = await incidents.update(one["sys_id"], {"description": "changed"})
                assert changed["description"] == "changed"
                await incidents.upload_file(models.IncidentModel.number == "INC0010003", path=str(source))
                await incidents.delete(models.IncidentModel.number == "INC0010001")
                return streamed

        assert asyncio.run(play()) == [f"n{n}" for n in range(5)]
        assert [r["size_bytes"] for r in served.sandbox.rows("sys_attachment")] == [str(len(CONTENT))]
        assert [r["number"] for r in served.sandbox.rows("incident")] == [f"INC001000{n}" for n in range(2, 6)]
