"""A provider of identities over loopback that enforces its rules; those of ProConnect if strict.

Its challenges and tokens are Authlib's and joserfc's; `said` changes what its tokens say. With a
page (`is_seen`) it asks a person who they are; else it knows.
"""

from __future__ import annotations

import base64
import hmac
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, quote_plus, urlencode, urlsplit

from authlib.common.security import generate_token
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT, SECRET = "recueil", "a:secret/of+100%"
ME, NOT_ME = "C'est bien moi", "Ce n'est pas moi"
LONG = 32  # characters that state and nonce have at least


@dataclass
class Provider:
    """What it knows, and what it was asked."""

    back: str
    gone: str
    strict: bool = False
    is_seen: bool = False
    host: str = "127.0.0.1"
    issuer: str = ""
    email: str = "agent@exemple.fr"
    sub: str = "3f1c"
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    signing: Any = None
    alg: str = "ES256"
    said: dict[str, Any] = field(default_factory=dict)
    told: dict[str, Any] = field(default_factory=dict)
    info: dict[str, Any] = field(default_factory=dict)
    info_kind: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    given: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)

    def metadata(self) -> dict[str, Any]:
        ways = ["client_secret_post"] if self.strict else ["client_secret_basic"]
        places = {
            "authorization_endpoint": "/authorize", "token_endpoint": "/token",
            "jwks_uri": "/jwks", "userinfo_endpoint": "/userinfo",
            "end_session_endpoint": "/logout",
        }  # fmt: skip
        own: dict[str, Any] = {name: self.issuer + path for name, path in places.items()}
        return (
            own | {"issuer": self.issuer, "token_endpoint_auth_methods_supported": ways} | self.told
        )

    def signed(self, claims: dict[str, Any]) -> str:
        if self.alg in ("none", "HS256"):  # which no library signs so
            parts = ({"alg": self.alg, "kid": "one"}, claims)
            told = b".".join(_encoded(json.dumps(part).encode()) for part in parts)
            public = self.key.as_pem(private=False)
            proof = hmac.digest(public, told, "sha256") if self.alg == "HS256" else b""
            return b".".join([told, _encoded(proof)]).decode()
        return jwt.encode({"alg": self.alg, "kid": "one"}, claims, self.signing or self.key,
                          algorithms=[self.alg])  # fmt: skip

    def claims(self, **more: Any) -> dict[str, Any]:
        now = int(time.time())
        return {
            "iss": self.issuer,
            "aud": CLIENT,
            "sub": self.sub,
            "iat": now,
            "exp": now + 60,
        } | more

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser is sent back to."""
        wrong = [
            name
            for name, right in {
                "redirect_uri": asked.get("redirect_uri") == self.back,
                "client_id": asked.get("client_id") == CLIENT,
                "state": len(asked.get("state", "")) >= LONG,
                "nonce": len(asked.get("nonce", "")) >= LONG,
                "code_challenge_method": asked.get("code_challenge_method") == "S256",
                "scope": "openid" in asked.get("scope", "").split(),
                "acr_values": not self.strict or asked.get("acr_values") == "eidas1",
                "prompt": "prompt" not in asked or not self.strict,
            }.items()
            if not right
        ]
        if wrong:
            self.refused += wrong
            return ""
        code = generate_token(40)
        self.codes[code] = asked
        return (
            f"{self.back}?{urlencode({'code': code, 'state': asked['state'], 'iss': self.issuer})}"
        )

    def page(self, place: str, state: str) -> bytes:
        """Return what a browser is shown: who goes on, and who does not."""
        refused = f"{self.back}?{urlencode({'error': 'access_denied', 'state': state})}"
        return (
            f"<!doctype html><html lang=fr><title>Fournisseur</title><h1>Qui êtes-vous ?</h1>"
            f'<p><a href="{escape(place)}">{ME}</a> <a href="{escape(refused)}">{NOT_ME}</a></p>'
        ).encode()

    def exchange(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        asked = self.codes.pop(form.get("code", ""), None)
        basic = base64.b64encode(f"{CLIENT}:{quote_plus(SECRET)}".encode()).decode()
        proven = (
            form.get("client_secret") == SECRET
            if self.strict
            else authorization == f"Basic {basic}" and "client_secret" not in form
        )
        challenge = create_s256_code_challenge(form.get("code_verifier", ""))
        if not asked or not proven or form.get("redirect_uri") != self.back \
                or challenge != asked["code_challenge"]:  # fmt: skip
            self.refused.append("token")
            return None
        claims = self.claims(nonce=asked["nonce"])
        if not self.strict:
            claims |= {"email": self.email, "email_verified": True}
        token = self.signed({k: v for k, v in (claims | self.said).items() if v is not None})
        self.given.append(token)
        return {"access_token": "access", "token_type": "Bearer", "id_token": token}

    def userinfo(self) -> tuple[bytes, str]:
        told = {"sub": self.sub, "email": self.email} | self.info
        if self.strict and not self.info_kind:
            return self.signed(self.claims(**told)).encode(), "application/jwt"
        return json.dumps(told | {"email_verified": True}).encode(), "application/json"

    def leave(self, asked: dict[str, str]) -> str:
        right = (
            asked.get("id_token_hint") in self.given
            and asked.get("post_logout_redirect_uri") == self.gone
            and len(asked.get("state", "")) >= LONG
        )
        if not right:
            self.refused.append("logout")
            return ""
        return f"{self.gone}?{urlencode({'state': asked['state']})}"


def _encoded(part: bytes) -> bytes:
    return base64.urlsafe_b64encode(part).rstrip(b"=")


@contextmanager
def serving(provider: Provider) -> Iterator[Provider]:
    """Serve it on a port that the system chooses."""

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def _say(self, status: int, body: bytes = b"", kind: str = "application/json",
                 place: str = "") -> None:  # fmt: skip
            self.send_response(status)
            if place:
                self.send_header("Location", place)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self) -> None:
            path, _, query = self.path.partition("?")
            asked = {name: values[0] for name, values in parse_qs(query).items()}
            provider.asked.append(path)
            if path == "/authorize":
                place = provider.authorize(asked)
                if place and provider.is_seen:
                    self._say(200, provider.page(place, asked["state"]), "text/html; charset=utf-8")
                else:
                    self._say(302 if place else 400, place=place)
            elif path == "/logout":
                place = provider.leave(asked)
                self._say(302 if place else 400, place=place)
            elif path == "/jwks":
                keys = [provider.key.as_dict(private=False) | {"use": "sig"}, {"kty": "new"}]
                self._say(200, json.dumps({"keys": keys}).encode())
            elif path == "/userinfo":
                body, kind = provider.userinfo()
                self._say(200, body, kind)
            elif path == "/elsewhere":
                self._say(302, place="/jwks")
            elif path.endswith("/.well-known/openid-configuration"):
                self._say(200, json.dumps(provider.metadata()).encode())
            else:
                self._say(404)

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: values[0] for name, values in parse_qs(body).items()}
            told = provider.exchange(form, self.headers.get("Authorization", ""))
            self._say(200 if told else 400, json.dumps(told or {"error": "invalid_grant"}).encode())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider.issuer = f"http://{provider.host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def followed(place: str, provider: Provider) -> str:
    """Go where a browser is sent, and return where the provider sends it; "" if it refuses."""
    parts = urlsplit(place)
    assert f"{parts.scheme}://{parts.netloc}" == provider.issuer
    asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
    return provider.authorize(asked) if parts.path == "/authorize" else provider.leave(asked)
