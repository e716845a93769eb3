"""A provider of identities by OpenID Connect: authorization code, PKCE, signed identity tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import quote_plus, urlencode

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import JWKRegistry, KeySet

from recueil_qa.access.fetching import SignOnError, fetch_object, is_callable
from recueil_qa.access.identity import NAME_CHARACTERS

# Keys of which only the provider has the secret half; never a shared secret, never none.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
LEEWAY = 60  # seconds that clocks may differ by
KNOWN_SECONDS = 3600.0  # that what a provider tells of itself is believed
AGAIN_SECONDS = 60.0  # between two looks at its keys
_ENDPOINTS = ("authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Who signed on, and the provider's proof of it."""

    name: str
    proof: str


class Provider:
    """What a service asks of one provider."""

    way: ClassVar[str] = "oidc"
    scope: ClassVar[str] = "openid email"
    more: ClassVar[Mapping[str, str]] = {}

    def __init__(self, issuer: str, client: str, secret: str) -> None:
        self.issuer, self.client, self._secret = issuer, client, secret
        self._lock = threading.Lock()
        self._told: dict[str, Any] = {}
        self._told_at = self._keys_at = -1e9
        self._keys = KeySet([])

    def begin_url(self, back: str, state: str, nonce: str, verifier: str) -> str:
        """Return where a browser goes to sign on. Raises SignOnError."""
        digest = hashlib.sha256(verifier.encode()).digest()
        asked = {
            "response_type": "code",
            "client_id": self.client,
            "redirect_uri": back,
            "scope": self.scope,
            "state": state,
            "nonce": nonce,
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
            **self.more,
        }
        return _with(self._metadata()["authorization_endpoint"], asked)

    def identify(self, code: str, back: str, nonce: str, verifier: str) -> SignedOn:
        """Return who a code stands for.

        Raises:
            SignOnError: the provider refuses it, or what it says can't be believed.
        """
        tokens = self._exchange(code, back, verifier)
        proof, access = tokens.get("id_token"), tokens.get("access_token")
        if not isinstance(proof, str) or not isinstance(access, str):
            raise SignOnError("the provider gives no token")
        claims = self.believed(proof, nonce={"essential": True, "value": nonce})
        self._check_party(claims)
        return SignedOn(self._name(claims, access), proof)

    def end_url(self, proof: str, state: str, back: str) -> str:
        """Return where a browser goes to sign off there too, "" where the provider has no place."""
        try:
            place = self._metadata().get("end_session_endpoint")
        except SignOnError:
            return ""
        if not is_callable(place):
            return ""
        asked = {"id_token_hint": proof, "state": state, "post_logout_redirect_uri": back}
        return _with(str(place), asked)

    def believed(self, token: str, **claims: Any) -> dict[str, Any]:
        """Return what a token says, once it is the provider's, for this service, and of now.

        Raises:
            SignOnError: it is not.
        """
        try:
            try:
                found = jwt.decode(token, self._key_set(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):
                # Keys change: they are looked at again, not at each wrong token.
                if not self._look_at_keys(again=True):
                    raise
                found = jwt.decode(token, self._keys, algorithms=ALGORITHMS)
            registry = jwt.JWTClaimsRegistry(
                leeway=LEEWAY,
                iss={"essential": True, "value": self.issuer},
                aud={"essential": True, "value": self.client},
                sub={"essential": True},
                **claims,
            )
            registry.validate(found.claims)
        except (JoseError, ValueError, TypeError, KeyError, RecursionError) as error:
            raise SignOnError(f"a token is not believed: {type(error).__name__}") from error
        return found.claims

    def _name(self, claims: Mapping[str, Any], access: str) -> str:
        """Return the e-mail, if the provider says that it is theirs; else its own name for them."""
        told = claims
        place = self._metadata().get("userinfo_endpoint")
        if "email" not in claims and place:
            told = fetch_object(str(place), headers={"Authorization": f"Bearer {access}"})
            same(told, claims)
        if told.get("email_verified") is True and _is_name(told.get("email")):
            return str(told["email"])
        return named(claims["sub"])

    def _exchange(self, code: str, back: str, verifier: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": back,
            "client_id": self.client,
            "code_verifier": verifier,
        }
        told = self._metadata()
        ways = told.get("token_endpoint_auth_methods_supported")
        ways = ways if isinstance(ways, list) and ways else ["client_secret_basic"]
        headers = {}
        if self._secret and self._posts_secret(ways):
            form["client_secret"] = self._secret
        elif self._secret:
            pair = f"{quote_plus(self.client)}:{quote_plus(self._secret)}"
            headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        return fetch_object(told["token_endpoint"], form, headers)

    def _posts_secret(self, ways: Any) -> bool:
        return "client_secret_basic" not in ways

    def _check_party(self, claims: Mapping[str, Any]) -> None:
        """Refuse a token that is for several services and was given to another."""
        audience = claims["aud"]
        several = isinstance(audience, list) and len(audience) > 1
        if claims.get("azp", self.client if not several else "") != self.client:
            raise SignOnError("a token was given to another service")
        if "exp" not in claims or "iat" not in claims:
            raise SignOnError("a token without an end")

    def _metadata(self) -> dict[str, Any]:
        with self._lock:
            if time.monotonic() - self._told_at < KNOWN_SECONDS:
                return self._told
            place = f"{self.issuer.rstrip('/')}/.well-known/openid-configuration"
            told = fetch_object(place)
            # What another provider says of itself is not this one's.
            if told.get("issuer") != self.issuer:
                raise SignOnError("the provider calls itself otherwise than RECUEIL_OIDC_ISSUER")
            if not all(is_callable(told.get(name)) for name in _ENDPOINTS):
                raise SignOnError("the provider lacks an address, or has one without TLS")
            self._told, self._told_at = told, time.monotonic()
            return told

    def _key_set(self) -> KeySet:
        if not self._keys.keys:
            self._look_at_keys()
        return self._keys

    def _look_at_keys(self, again: bool = False) -> bool:
        if again and time.monotonic() - self._keys_at < AGAIN_SECONDS:
            return False
        found = []
        for each in fetch_object(self._metadata()["jwks_uri"]).get("keys", []):
            try:
                if each["kty"] != "oct":
                    found.append(JWKRegistry.import_key(each))
            except (JoseError, ValueError, TypeError, KeyError):
                continue  # of a kind that is not known here
        self._keys, self._keys_at = KeySet(found), time.monotonic()
        return True


def _with(url: str, asked: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(asked)}"


def same(told: Mapping[str, Any], claims: Mapping[str, Any]) -> None:
    """Refuse what is said of another than who signed on."""
    if not hmac.compare_digest(str(told.get("sub", "")).encode(), str(claims["sub"]).encode()):
        raise SignOnError("what the provider says is of another than who signed on")


def _is_name(value: object) -> bool:
    return (
        isinstance(value, str)
        and 0 < len(value) <= NAME_CHARACTERS
        and value.isprintable()
        and not any(c in value for c in " ,;")
    )


def named(value: object) -> str:
    """Return a name as the provider gives it. Raises SignOnError where it is none."""
    if not _is_name(value):
        raise SignOnError("the provider gives no usable name")
    return str(value)
