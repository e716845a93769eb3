"""ProConnect, the sign-on of French public servants, by its own rules.

State and nonce have 32 characters at least, the secret is posted, who signed on is told by a
signed token where others answer JSON, and a sign-off hands the identity token back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from recueil_qa.access.fetching import SignOnError, fetch
from recueil_qa.access.oidc import Provider, named, same


class ProConnect(Provider):
    """What a service asks of ProConnect."""

    way: ClassVar[str] = "proconnect"
    scope: ClassVar[str] = "openid email"
    more: ClassVar[Mapping[str, str]] = {"acr_values": "eidas1"}

    def _posts_secret(self, ways: Any) -> bool:  # noqa: ARG002
        return True

    def _name(self, claims: Mapping[str, Any], access: str) -> str:
        """Return the e-mail, which the public servant's administration vouches for."""
        place = str(self._metadata().get("userinfo_endpoint"))
        body, kind = fetch(place, headers={"Authorization": f"Bearer {access}"})
        if kind != "application/jwt":
            raise SignOnError("ProConnect tells who signed on without a signature")
        told = self.believed(body.decode("ascii", "replace"))
        same(told, claims)
        return named(told.get("email"))
