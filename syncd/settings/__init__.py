"""The process settings: what they are called, what they mean, what they default to. Connects to nothing.

They come from `syncd.yaml`, each key overridable by an environment variable (`SYNCD_`, `__` between levels) and, for
secrets, by a file: `password_file` beside `password`, or a file named like the variable in `SYNCD_SECRETS_DIR`.
The environment goes before secret files, and those before `syncd.yaml`. Unknown keys are refused, all problems are
listed at once.

| module        | what it holds                                               |
|---------------|-------------------------------------------------------------|
| `values`      | durations, secrets, paths: what several settings are        |
| `auth`        | the ways to prove who we are, one class a type              |
| `connections` | a Jira, a ServiceNow                                        |
| `process`     | everything that configures the process                      |
| `yamlfile`    | the text of `syncd.yaml` as keys and values                 |
| `secretfolder`| the folder of SYNCD_SECRETS_DIR, and what is wrong with it  |
| `loading`     | file, environment and secret files into one `Settings`      |
"""

from syncd.settings.auth import (
    ApiKeyAuthSettings,
    BasicAuthSettings,
    BearerAuthSettings,
    ClientCredentialsAuthSettings,
    JiraAuth,
    JiraClientCredentialsAuthSettings,
    JiraRefreshTokenAuthSettings,
    JwtAuthSettings,
    PasswordGrantAuthSettings,
    RefreshTokenAuthSettings,
    ServiceNowAuth,
)
from syncd.settings.connections import (
    Connection,
    JiraConnection,
    JiraLimitSettings,
    LimitSettings,
    ServiceNowConnection,
)
from syncd.settings.loading import DEFAULT_FILE, load_settings, require_connections, settings_schema
from syncd.settings.process import HttpSettings, LogSettings, Settings

__all__ = [
    "DEFAULT_FILE",
    "ApiKeyAuthSettings",
    "BasicAuthSettings",
    "BearerAuthSettings",
    "ClientCredentialsAuthSettings",
    "Connection",
    "HttpSettings",
    "JiraAuth",
    "JiraClientCredentialsAuthSettings",
    "JiraConnection",
    "JiraLimitSettings",
    "JiraRefreshTokenAuthSettings",
    "JwtAuthSettings",
    "LimitSettings",
    "LogSettings",
    "PasswordGrantAuthSettings",
    "RefreshTokenAuthSettings",
    "ServiceNowAuth",
    "ServiceNowConnection",
    "Settings",
    "load_settings",
    "require_connections",
    "settings_schema",
]
