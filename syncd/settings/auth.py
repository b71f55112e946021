"""How a connection proves who we are: one class for each `type` of `auth`. Fetches no token."""

from __future__ import annotations

from typing import Annotated, Literal

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import AfterValidator, Field, SecretStr

from syncd.settings.values import Secret, WithSecretFiles

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


JiraAuth = Annotated[BasicAuthSettings | BearerAuthSettings, Field(discriminator="type")]

ServiceNowAuth = Annotated[
    BasicAuthSettings
    | PasswordGrantAuthSettings
    | ClientCredentialsAuthSettings
    | JwtAuthSettings
    | ApiKeyAuthSettings,
    Field(discriminator="type"),
]
