"""How a connection proves who we are: one class for each `type` of `auth`. Fetches no token."""

from __future__ import annotations

from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, Field, HttpUrl, SecretStr

from syncd.settings.values import Secret, WithSecretFiles

TOKEN_URL = "where tokens are made; Atlassian's own on Cloud, required on Data Center"

NEEDS_KEY = (
    "each use of a refresh token spends it, so the next one has to be kept, encrypted, in the database: put what "
    "`syncd secrets keygen` prints into secret_key, secret_key_file or SYNCD_SECRET_KEY"
)

Name = Annotated[str, Field(min_length=1)]


def _signing_key(value: SecretStr) -> SecretStr:
    """RS256 is what an instance's JWT verifier takes."""
    try:
        key = load_pem_private_key(value.get_secret_value().encode(), password=None)
    except (TypeError, ValueError):  # a TypeError says that it is encrypted; neither may quote it
        key = None
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("this is not an RSA private key in PEM form without a passphrase")
    return value


class BasicAuthSettings(WithSecretFiles):
    """User name and password; on Jira Cloud the e-mail address and an API token."""

    type: Literal["basic"]
    username: Name
    password: Secret


class BearerAuthSettings(WithSecretFiles):
    """A personal access token of Jira Data Center."""

    type: Literal["bearer"]
    token: Secret


class ApiKeyAuthSettings(WithSecretFiles):
    """An API key of a ServiceNow instance."""

    type: Literal["api_key"]
    key: Secret


class ClientCredentialsAuthSettings(WithSecretFiles):
    """OAuth: the client itself, acting as the user that the instance's registry names."""

    type: Literal["oauth2_client_credentials"]
    client_id: Name
    client_secret: Secret


class JiraClientCredentialsAuthSettings(ClientCredentialsAuthSettings):
    """OAuth: a service account of Atlassian's, or whatever the token endpoint before a Data Center knows."""

    token_url: HttpUrl | None = Field(default=None, description=TOKEN_URL)


class RefreshTokenAuthSettings(WithSecretFiles):
    """OAuth on behalf of a user: each use of the refresh token may give the next one, which is kept in the database."""

    type: Literal["oauth2_refresh_token"]
    client_id: Name
    client_secret: Secret
    refresh_token: Secret = Field(description="the first one; a changed one replaces what the database keeps")


class JiraRefreshTokenAuthSettings(RefreshTokenAuthSettings):
    """OAuth on behalf of a user of Jira: each use of the refresh token spends it."""

    token_url: HttpUrl | None = Field(default=None, description=TOKEN_URL)


class PasswordGrantAuthSettings(WithSecretFiles):
    """OAuth: a client and a user with a password, which is sent once; then the refresh token serves."""

    type: Literal["oauth2_password"]
    client_id: Name
    client_secret: Secret
    username: Name
    password: Secret


class JwtAuthSettings(WithSecretFiles):
    """OAuth: a client that signs for itself. `subject` is the user to act as, `key_id` the key's id at the instance."""

    type: Literal["oauth2_jwt"]
    client_id: Name
    client_secret: Secret
    private_key: Annotated[Secret, AfterValidator(_signing_key)]
    key_id: Name
    subject: Name


JiraAuth = Annotated[
    BasicAuthSettings | BearerAuthSettings | JiraClientCredentialsAuthSettings | JiraRefreshTokenAuthSettings,
    Field(discriminator="type"),
]

ServiceNowAuth = Annotated[
    BasicAuthSettings
    | PasswordGrantAuthSettings
    | ClientCredentialsAuthSettings
    | RefreshTokenAuthSettings
    | JwtAuthSettings
    | ApiKeyAuthSettings,
    Field(discriminator="type"),
]
