"""A real nginx with the recipe of `distribution/server`, in a folder and on ports of its own."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import ROOT
from tests.support.waiting import PATIENCE

RECIPE = ROOT / "distribution" / "server" / "nginx.conf"
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
OPENSSL = shutil.which("openssl")


def write_prefix(prefix: Path, port: int, upstream: int, sign_on: int) -> Path:
    """Write a folder for nginx to start in, with a certificate of its own; its configuration."""
    prefix.mkdir(parents=True)
    subprocess.run(
        [
            *(str(OPENSSL), "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"),
            *("-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"),
            *("-keyout", str(prefix / "recueil.key"), "-out", str(prefix / "recueil.pem")),
        ],
        check=True,
        capture_output=True,
    )
    recipe = RECIPE.read_text("utf-8")
    for told, here in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("server_name recueil.exemple.fr", "server_name 127.0.0.1"),
        ("/etc/ssl/certs/recueil.pem", str(prefix / "recueil.pem")),
        ("/etc/ssl/private/recueil.key", str(prefix / "recueil.key")),
        ("/var/log/nginx/", f"{prefix}/"),
        ("127.0.0.1:8501", f"127.0.0.1:{upstream}"),
        ("127.0.0.1:4180", f"127.0.0.1:{sign_on}"),
    ):
        assert told in recipe, told
        recipe = recipe.replace(told, here)
    (prefix / "recueil.conf").write_text(recipe, "utf-8")
    scratch = "".join(
        f"{name}_temp_path {prefix}/{name};\n"
        for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    main = prefix / "nginx.conf"
    main.write_text(
        f"pid {prefix}/nginx.pid; error_log {prefix}/main.log;\n"
        f"events {{ worker_connections 64; }}\n"
        f"http {{\n{scratch}include {prefix}/recueil.conf;\n}}\n",
        "utf-8",
    )
    return main


def check(configuration: Path) -> str:
    """Return what `nginx -t` says of a configuration that it takes."""
    done = subprocess.run(
        [str(NGINX), "-t", "-c", str(configuration), "-e", str(configuration.with_suffix(".log"))],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


@contextmanager
def running(configuration: Path) -> Iterator[None]:
    """Have nginx serve; ended at the end of the block."""
    command = [str(NGINX), "-c", str(configuration), "-e", str(configuration.with_suffix(".log"))]
    # It goes into the background once it listens.
    subprocess.run(command, check=True, timeout=PATIENCE, stdin=subprocess.DEVNULL)
    try:
        yield
    finally:
        watched = os.pidfd_open(int(configuration.with_name("nginx.pid").read_text()))
        subprocess.run([*command, "-s", "stop"], check=True, timeout=PATIENCE)
        ended = select.select([watched], [], [], PATIENCE)[0]
        os.close(watched)
        assert ended, "nginx does not end"
