"""What the bodies of connections look like, for the OpenAPI document: the settings' own models, as the API takes them.

| schema   | differs from the settings of syncd.yaml in                                          |
|----------|-------------------------------------------------------------------------------------|
| `Create` | no `type` is needed, and no file of the server can be named                          |
| `Update` | besides, a secret may be left out: the one that is kept stays                        |
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from syncd.settings import JiraConnection, ServiceNowConnection

_MODELS: dict[str, type[BaseModel]] = {"Jira": JiraConnection, "Servicenow": ServiceNowConnection}
_PLACE = "#/components/schemas/"
_FILES = ("cert", "key")


def connection_schemas() -> dict[str, Any]:
    """Schemas by name: JiraCreate, JiraUpdate, ServicenowCreate, ServicenowUpdate, and what they are made of."""
    _, made = models_json_schema(
        [(JiraConnection, "validation"), (ServiceNowConnection, "validation")], ref_template=_PLACE + "{model}"
    )
    parts: dict[str, Any] = made["$defs"]
    found: dict[str, Any] = {}
    for kind in ("Create", "Update"):
        for name, model in _MODELS.items():
            schema = _connection(parts[model.__name__], kind)
            found[f"{name}{kind}"] = _renamed(schema, parts, kind)
        for part, schema in parts.items():
            if part not in {model.__name__ for model in _MODELS.values()}:
                found[f"{part}{kind}"] = _renamed(_loose(schema) if kind == "Update" else schema, parts, kind)
    return found


def _connection(schema: dict[str, Any], kind: str) -> dict[str, Any]:
    schema = deepcopy(schema)
    for name in _FILES:
        schema["properties"].pop(name, None)
    schema["properties"]["verify"] = {"type": "boolean", "default": True, "description": "check the certificate"}
    schema["required"] = [name for name in schema["required"] if name != "type"]
    return _loose(schema) if kind == "Update" else schema


def _loose(schema: dict[str, Any]) -> dict[str, Any]:
    """Without the duty to give secrets."""
    schema = deepcopy(schema)
    if "required" in schema:
        hidden = {name for name, value in schema["properties"].items() if value.get("writeOnly")}
        schema["required"] = [name for name in schema["required"] if name not in hidden]
    return schema


def _renamed(value: Any, parts: dict[str, Any], kind: str) -> Any:
    """References to parts, as references to the parts of this kind."""
    if isinstance(value, dict):
        return {name: _renamed(inner, parts, kind) for name, inner in value.items()}
    if isinstance(value, list):
        return [_renamed(inner, parts, kind) for inner in value]
    if isinstance(value, str) and value.removeprefix(_PLACE) in parts and value.startswith(_PLACE):
        return value + kind
    return value
