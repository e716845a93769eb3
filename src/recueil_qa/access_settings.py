"""Who may ask, as it is set: the ways of access, and what each of them needs."""

from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Literal, cast
from urllib.parse import urlsplit

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from recueil_qa.faults import refusal
from recueil_qa.messages import Text

Way = Literal["keys", "proxy", "oidc", "proconnect"]
WAYS: tuple[Way, ...] = ("keys", "proxy", "oidc", "proconnect")
PEOPLE: frozenset[Way] = frozenset({"proxy", "oidc", "proconnect"})
PROVIDED = frozenset({"oidc", "proconnect"})
_HOST = r"\[[0-9a-f:.]+\]|[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?"


class AccessSettings(BaseSettings):
    """The part of the settings that says who may ask; lists are written with commas."""

    model_config = SettingsConfigDict(env_prefix="RECUEIL_", frozen=True, extra="forbid")

    access: str = ""
    access_hosts: str = ""
    access_proxies: str = Field(default="", validate_default=True)
    access_header: str = "X-Forwarded-Email"
    access_maintainers: str = Field(default="", max_length=20_000)
    access_keys: Path = Path("keys.json")
    audit: Path | None = None
    rate: int = Field(default=600, ge=1, le=1_000_000)
    oidc_issuer: str = Field(default="", validate_default=True)
    oidc_client: str = Field(default="", max_length=500, validate_default=True)

    @field_validator("access")
    @classmethod
    def _known_ways(cls, value: str) -> str:
        ways = listed(value)
        if not {*ways} <= {*WAYS} or len({*ways} & PEOPLE) > 1:
            raise refusal(
                Text(
                    "keys, proxy, oidc ou proconnect est attendu ; keys peut accompagner un autre "
                    "(keys,proxy), les trois autres s'excluent",
                    "keys, proxy, oidc or proconnect is expected; keys may go with another "
                    "(keys,proxy), the three others exclude each other",
                )
            )
        return ",".join(dict.fromkeys(ways))

    @field_validator("access_hosts")
    @classmethod
    def _names(cls, value: str) -> str:
        names = [name.lower() for name in listed(value)]
        if not all(re.fullmatch(_HOST, name) for name in names):
            raise refusal(
                Text(
                    "des noms de machine sans port ni adresse complète sont attendus, comme "
                    "recueil.exemple.fr",
                    "names of hosts without port or full address are expected, as in "
                    "recueil.exemple.fr",
                )
            )
        return ",".join(names)

    @field_validator("access_proxies")
    @classmethod
    def _networks(cls, value: str, info: ValidationInfo) -> str:
        networks = listed(value)
        if not networks and "proxy" in listed(info.data.get("access", "")):
            raise refusal(
                Text(
                    "le mode proxy demande les adresses des serveurs mandataires, comme 127.0.0.1",
                    "the way proxy needs the addresses of the proxies, as in 127.0.0.1",
                )
            )
        for each in networks:
            try:
                if ip_network(each).prefixlen:
                    continue
            except ValueError:
                pass  # told below
            raise refusal(
                Text(
                    "des adresses ou des réseaux sont attendus, comme 127.0.0.1 ou 10.1.0.0/24 ; "
                    "jamais le monde entier",
                    "addresses or networks are expected, as in 127.0.0.1 or 10.1.0.0/24; never "
                    "the whole world",
                )
            )
        return ",".join(networks)

    @field_validator("access_header")
    @classmethod
    def _an_identity_header(cls, value: str) -> str:
        # Each of these is taken off what comes from anybody else.
        if not re.fullmatch(r"(?i)(?!x-recueil-)(x-[a-z][a-z0-9-]{0,60}|remote-user)", value):
            raise refusal(
                Text(
                    "le nom d'un en-tête en X-… est attendu, comme X-Forwarded-Email",
                    "the name of a header in X-… is expected, as in X-Forwarded-Email",
                )
            )
        return value

    @field_validator("audit")
    @classmethod
    def _of_somebody(cls, value: Path | None, info: ValidationInfo) -> Path | None:
        if value is not None and not info.data.get("access"):
            raise refusal(
                Text(
                    "un journal dit qui a demandé : réglez aussi RECUEIL_ACCESS",
                    "an audit log says who asked: set RECUEIL_ACCESS as well",
                )
            )
        return value

    @field_validator("oidc_issuer")
    @classmethod
    def _an_issuer(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            _needed(info, "RECUEIL_OIDC_ISSUER")
            return value
        if not is_endpoint(value):
            raise refusal(
                Text(
                    "https://machine/chemin est attendu, ou http://127.0.0.1:port sur cette "
                    "machine, sans mot de passe ni « ? »",
                    "https://host/path is expected, or http://127.0.0.1:port on this machine, "
                    "without a password or '?'",
                )
            )
        return value

    @field_validator("oidc_client")
    @classmethod
    def _a_client(cls, value: str, info: ValidationInfo) -> str:
        if not value:
            _needed(info, "RECUEIL_OIDC_CLIENT")
        if not re.fullmatch(r"[!-~]*", value):
            raise refusal(
                Text("un identifiant sans espace ni accent", "an id without spaces or accents")
            )
        return value

    @property
    def ways(self) -> tuple[Way, ...]:
        """The ways that are set, none on this machine alone."""
        return cast("tuple[Way, ...]", tuple(listed(self.access)))

    @property
    def hosts(self) -> frozenset[str]:
        """The names that the service is called by beyond this machine."""
        return frozenset(listed(self.access_hosts))

    @property
    def maintainers(self) -> frozenset[str]:
        """Who has the role maintainer; everybody else is a reader."""
        return frozenset(name.casefold() for name in listed(self.access_maintainers))


def _needed(info: ValidationInfo, name: str) -> None:
    if PROVIDED & {*listed(info.data.get("access", ""))}:
        raise refusal(
            Text(
                f"ce mode d'accès demande {name} ; votre fournisseur d'identité le donne",
                f"this way of access needs {name}; your identity provider gives it",
            )
        )


def listed(value: str) -> list[str]:
    """Return what a list with commas holds."""
    return [part.strip() for part in value.split(",") if part.strip()]


def is_endpoint(value: str) -> bool:
    """Return whether this is an address to send secrets to: in clear to this machine only."""
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    # What is read differently by two libraries is no address.
    if not re.fullmatch(r"https?://[\w.:\[\]-]+(/[\w.~/-]*)?", value, re.ASCII) or not host:
        return False
    return parts.scheme == "https" or is_loopback(host)


def is_loopback(host: str) -> bool:
    """Return whether a host is this machine, by its name or its address."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
