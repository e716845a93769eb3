"""Requests that are tried against a service that asks who asks, and the refusal each is to meet."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from recueil_qa.api.bounds import BODY_BYTES
from tests.support.guarded import HOST, MAINTAINER, PROXY, READER, REPEATED, STRANGER

CHIEF = MAINTAINER.encode()
OWN = f"https://{HOST}".encode()
BODY = json.dumps({"question": REPEATED}).encode()
JSON = (b"content-type", b"application/json")
KEY = b"<key>"  # of scope read; replaced by a real one


@dataclass(frozen=True)
class Attack:
    """One request as it comes over the wire, and what is to come of it."""

    what: str
    refused: int
    path: bytes = b"/"
    headers: tuple[tuple[bytes, bytes], ...] = ()
    method: str = "GET"
    peer: str = STRANGER
    body: bytes = b""
    host: bytes = HOST.encode()
    kind: str = "http"


def pretending(*pairs: tuple[bytes, bytes], **more: Any) -> Attack:
    what = " ".join(name.decode() for name, _ in pairs)
    return Attack(f"pretend by {what}", 401, headers=pairs, **more)


def by_proxy(what: str, refused: int, *pairs: tuple[bytes, bytes], **more: Any) -> Attack:
    return Attack(what, refused, headers=pairs, peer=PROXY, **more)


EMAIL = b"x-forwarded-email"
SMUGGLED = [
    pretending((EMAIL, CHIEF)),
    pretending((b"X-Forwarded-Email", CHIEF)),
    pretending((b"x_forwarded_email", CHIEF)),
    pretending((b"x-forwarded_email", CHIEF)),
    pretending((b"x-forwarded-user", CHIEF)),
    pretending((b"x-forwarded-groups", b"maintainer")),
    pretending((b"x-auth-request-email", CHIEF)),
    pretending((b"remote-user", CHIEF)),
    pretending((b"x-recueil-user", CHIEF), (b"x-recueil-role", b"maintainer")),
    pretending((b"X_Recueil_Role", b"maintainer")),
    pretending((EMAIL, CHIEF), (b"x-forwarded-for", PROXY.encode())),
    pretending((EMAIL, CHIEF), (b"forwarded", b"for=10.1.0.5")),
    pretending((EMAIL, CHIEF), (b"x-real-ip", PROXY.encode())),
    pretending((EMAIL, CHIEF), (b"connection", b"x-recueil-role")),
    pretending((EMAIL, CHIEF), peer="10.1.1.5"),
    pretending((EMAIL, CHIEF), peer="127.0.0.1"),
    pretending((EMAIL, CHIEF), peer="::ffff:203.0.113.9"),
    by_proxy("two identities", 400, (EMAIL, READER.encode()), (EMAIL, CHIEF)),
    by_proxy("two spellings", 400, (EMAIL, READER.encode()), (b"x_forwarded_email", CHIEF)),
    by_proxy("a list of identities", 400, (EMAIL, READER.encode() + b"," + CHIEF)),
    by_proxy("an identity with a line break", 400, (EMAIL, CHIEF + b"\r\nx-a: b")),
    by_proxy("an identity with a zero", 400, (EMAIL, CHIEF + b"\x00")),
    by_proxy("an identity that is no text", 400, (EMAIL, b"\xff\xfe")),
    by_proxy("an identity without end", 400, (EMAIL, b"a" * 100_000)),
    by_proxy("an empty identity", 401, (EMAIL, b"")),
    by_proxy("an identity of spaces", 401, (EMAIL, b"   ")),
    by_proxy("another header beside an empty one", 401, (EMAIL, b""), (b"x-forwarded-user", CHIEF)),
    by_proxy(
        "a role of one's own",
        403,
        (EMAIL, READER.encode()),
        (b"x-recueil-role", b"maintainer"),
        path=b"/metrics",
    ),
    by_proxy("a maintainer's name, nearly", 403, (EMAIL, CHIEF + b".invalid"), path=b"/metrics"),
    by_proxy(
        "a maintainer's name in other letters",
        403,
        (EMAIL, "chеf@exemple.fr".encode()),
        path=b"/metrics",
    ),
]
HOSTS = [
    Attack("another host", 421, host=b"evil.invalid"),
    Attack("no host", 421, host=b""),
    Attack("our name as a part", 421, host=HOST.encode() + b".evil.invalid"),
    Attack("our name after an @", 421, host=b"evil.invalid@" + HOST.encode()),
    Attack("an address", 421, host=b"203.0.113.1"),
    Attack(
        "a host to be believed",
        421,
        host=b"evil.invalid",
        headers=((b"x-forwarded-host", HOST.encode()),),
    ),
    Attack("two hosts", 400, headers=((b"host", b"evil.invalid"),)),
]
PATHS = [
    Attack(f"a trick of the address: {path.decode()}", status, path)
    for path, status in [
        (b"//metrics", 400),
        (b"/metrics/", 401),
        (b"/METRICS", 401),
        (b"/%6detrics", 401),
        (b"/livez/../metrics", 400),
        (b"/livez/%2e%2e/metrics", 400),
        (b"/livez%2f..%2fmetrics", 400),
        (b"/livez/", 401),
        (b"/LIVEZ", 401),
        (b"/livez//", 400),
        (b"/livez;/metrics", 400),
        (b"/livez%00", 400),
        (b"/livez%3f", 401),
        (b"/livez%23", 401),
        (b"/livez\\..\\metrics", 400),
        (b"/./metrics", 400),
        (b"/_stcore/health/../stream", 400),
        (b"/api//v1/ask", 400),
        (b"/api/v1/practices/..%2f..%2fetc%2fpasswd", 400),
        (b"/%252e%252e/metrics", 400),
        (b"/static/../../../../etc/passwd", 400),
        (b"/readyz%20", 401),
        (b"metrics", 400),
    ]
]
BEARER = (b"authorization", b"Bearer " + KEY)
KEYS = [
    Attack("a key on the page", 403, headers=(BEARER,)),
    Attack("a key that reads, for the figures", 403, b"/metrics", (BEARER,)),
    Attack("a key that reads, for feedback", 403, b"/api/v1/feedback", (BEARER, JSON), "POST"),
    Attack("a key that reads, to rebuild", 403, b"/api/v1/builds", (BEARER, JSON), "POST"),
    Attack("a key that reads, for what readers said", 403, b"/api/v1/feedback", (BEARER,)),
    Attack("a key that reads, for how a rebuild goes", 403, b"/api/v1/builds/rebuild", (BEARER,)),
    Attack("a key that reads, to write elsewhere", 403, b"/api/v1/practices", (BEARER,), "DELETE"),
    Attack("a method that we do not know", 403, b"/api/v1/ask/", (BEARER, JSON), "PATCH"),
    Attack(
        "another method by a header",
        405,
        b"/api/v1/builds/current",
        (BEARER, (b"x-http-method-override", b"GET")),
        "HEAD",
    ),
    Attack("two keys", 400, b"/api/v1/facets", (BEARER, BEARER)),
    Attack(
        "a key as a name and password",
        401,
        b"/api/v1/facets",
        ((b"authorization", b"Basic cnFfOmE="),),
    ),
    Attack("a key in the address", 401, b"/api/v1/facets?key=rq_0", ()),
    Attack("a key in a cookie", 401, b"/api/v1/facets", ((b"cookie", b"recueil=" + KEY),)),
    Attack(
        "a key with a tail", 401, b"/api/v1/facets", ((b"authorization", b"Bearer " + KEY + b"x"),)
    ),
    Attack("a key in capitals", 401, b"/api/v1/facets", ((b"authorization", b"Bearer <KEY>"),)),
    Attack(
        "a hash for a key", 401, b"/api/v1/facets", ((b"authorization", b"Bearer rq_" + b"0" * 64),)
    ),
    Attack(
        "a key without end",
        401,
        b"/api/v1/facets",
        ((b"authorization", b"Bearer rq_" + b"A" * 60_000),),
    ),
    Attack(
        "a token of nobody",
        401,
        b"/mcp",
        ((b"authorization", b"Bearer eyJhbGciOiJub25lIn0.e30."),),
        "POST",
    ),
]
UPLOAD = b"/_stcore/upload_file/a/b"
SITES = [
    by_proxy(
        f"{what}, {path.decode()}",
        403,
        (EMAIL, CHIEF),
        JSON,
        *origin,
        path=path,
        method="POST",
        body=BODY,
    )
    for path in (b"/api/v1/ask", b"/api/v1/feedback", b"/api/v1/builds", b"/mcp", UPLOAD)
    for what, origin in [
        ("a form of another site", ((b"origin", b"https://evil.invalid"),)),
        ("a page of nowhere", ((b"origin", b"null"),)),
        ("no origin", ()),
        ("a site named alike", ((b"origin", OWN + b".evil.invalid"),)),
        ("another port", ((b"origin", OWN + b":8443"),)),
    ]
] + [
    by_proxy(
        "our page, in clear",
        403,
        (EMAIL, CHIEF),
        JSON,
        (b"x-forwarded-proto", b"https"),
        (b"origin", b"http://" + HOST.encode()),
        path=b"/api/v1/ask",
        method="POST",
        body=BODY,
    ),
    by_proxy(
        "two origins",
        400,
        (EMAIL, CHIEF),
        (b"origin", OWN),
        (b"origin", b"https://evil.invalid"),
        path=b"/api/v1/ask",
        method="POST",
    ),
    by_proxy(
        "an origin that is no address",
        403,
        (EMAIL, CHIEF),
        (b"origin", b"https://[evil"),
        path=b"/api/v1/ask",
        method="POST",
    ),
]
SOCKETS = [
    Attack("a socket of nobody", 0, b"/_stcore/stream", ((b"origin", OWN),), kind="websocket"),
    Attack(
        "a socket with a key", 0, b"/_stcore/stream", (BEARER, (b"origin", OWN)), kind="websocket"
    ),
    Attack("a socket at an open address", 0, b"/livez", ((b"origin", OWN),), kind="websocket"),
    Attack(
        "a socket by another host", 0, b"/_stcore/stream", host=b"evil.invalid", kind="websocket"
    ),
    Attack(
        "a socket that pretends",
        0,
        b"/_stcore/stream",
        ((EMAIL, CHIEF), (b"origin", OWN)),
        kind="websocket",
    ),
    by_proxy(
        "a socket of another site",
        0,
        (EMAIL, CHIEF),
        (b"origin", b"https://evil.invalid"),
        path=b"/_stcore/stream",
        kind="websocket",
    ),
    by_proxy(
        "a socket without an origin", 0, (EMAIL, CHIEF), path=b"/_stcore/stream", kind="websocket"
    ),
]
BODIES = [
    Attack(
        "a huge body", 413, b"/api/v1/ask", (BEARER, JSON), "POST", body=b"x" * (BODY_BYTES + 1)
    ),
    Attack(
        "a huge body, told small",
        413,
        b"/api/v1/ask",
        (BEARER, JSON, (b"content-length", b"5")),
        "POST",
        body=b"x" * (BODY_BYTES + 1),
    ),
    Attack(
        "a length that is none", 413, b"/api/v1/ask", (BEARER, (b"content-length", b"-1")), "POST"
    ),
    Attack(
        "two lengths",
        400,
        b"/api/v1/ask",
        (BEARER, (b"content-length", b"5"), (b"content-length", b"6")),
        "POST",
    ),
    Attack("a deep body", 400, b"/api/v1/ask", (BEARER, JSON), "POST", body=b"[" * 200_000),
    Attack("no JSON", 400, b"/api/v1/ask", (BEARER, JSON), "POST", body=b"\xff\xfe\x00"),
    Attack(
        "another field",
        422,
        b"/api/v1/ask",
        (BEARER, JSON),
        "POST",
        body=b'{"question": "a b", "role": "maintainer"}',
    ),
]
KINDS = {
    "pretended identities": SMUGGLED,
    "hosts": HOSTS,
    "addresses": PATHS,
    "keys": KEYS,
    "other sites": SITES,
    "sockets": SOCKETS,
    "bodies": BODIES,
}
ALL = [attack for kind in KINDS.values() for attack in kind]
