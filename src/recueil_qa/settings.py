"""Where things are and how they are searched; frozen, and unknown arguments are refused.

Read from the arguments first, then `RECUEIL_*` variables, then the defaults. Relative paths
start at the home: `RECUEIL_HOME`, else the nearest folder from here upwards that holds
`corpus/`, else the checkout that this package runs from, else the user's data folder.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsConfigDict

from recueil_qa import shipped
from recueil_qa.access_settings import AccessSettings, is_endpoint
from recueil_qa.errors import SettingsError
from recueil_qa.faults import excerpt, field_fault, refusal
from recueil_qa.messages import Text, join

DEFAULT_ENCODER = "models/recueil-e5"
TOKEN = "RECUEIL_MILVUS_TOKEN"  # noqa: S105
KEY = "RECUEIL_READER_KEY"
OIDC_SECRET = "RECUEIL_OIDC_SECRET"  # noqa: S105
_SECRET = {"milvus_token": TOKEN, "reader_key": KEY, "oidc_secret": OIDC_SECRET}


class Settings(AccessSettings):
    """All that can be set."""

    model_config = SettingsConfigDict(env_prefix="RECUEIL_", frozen=True, extra="forbid")

    home: Path = Field(default_factory=lambda: find_home(Path.cwd()))
    corpus: Path = Path("corpus")
    index: Path = Path("index")
    encoder: str = Field(default=DEFAULT_ENCODER, min_length=1)
    runtime: Literal["auto", "onnx", "torch"] = "auto"
    engine: Literal["faiss", "milvus"] = "faiss"
    exact: bool = False
    milvus: str = Field(default="", validate_default=True)
    milvus_token: SecretStr = Field(default=SecretStr(""), validate_default=True)
    milvus_alias: str = Field(default="recueil", pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,99}$")
    milvus_shards: int = Field(default=1, ge=1, le=64)
    milvus_replicas: int = Field(default=1, ge=1, le=64)
    statements: Path | None = None
    language: Literal["fr", "en"] = "fr"
    contacts: bool = False
    feedback: bool = True
    feedback_file: Path = Path("feedback.sqlite3")
    reader: str = ""
    reader_model: str = Field(default="", max_length=200, validate_default=True)
    reader_key: SecretStr = Field(default=SecretStr(""), validate_default=True)
    reader_seconds: float = Field(default=20.0, ge=0.05, le=600, allow_inf_nan=False)
    reader_practices: int = Field(default=20, ge=1, le=100)
    reader_cache: bool = True
    oidc_secret: SecretStr = Field(default=SecretStr(""), validate_default=True)
    rebuild: bool = False
    top: int = Field(default=10, ge=1, le=100)
    question_characters: int = Field(default=2_000, ge=10, le=20_000)

    @field_validator("encoder")
    @classmethod
    def _a_name_that_the_system_takes(cls, value: str) -> str:
        try:
            Path(value).is_dir()
        except (OSError, ValueError) as error:
            raise refusal(
                Text("ce nom ne peut être celui d'un dossier", "this can't be a folder's name")
            ) from error
        return value

    @field_validator("milvus")
    @classmethod
    def _an_address(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.data.get("engine") == "milvus":
            raise refusal(
                Text(
                    "le moteur milvus demande l'adresse du serveur ; "
                    "réglez RECUEIL_MILVUS, par exemple sur http://127.0.0.1:19530",
                    "the engine milvus needs the server's address; "
                    "set RECUEIL_MILVUS, to http://127.0.0.1:19530 for example",
                ),
            )
        if value and not re.fullmatch(r"(https?|tcp)://[^/@\s]+(/\w+)?/?|[^@\0]+\.db", value):
            # It is written into each build; a password is not.
            raise refusal(
                Text(
                    "http://machine:port (sans mot de passe : il va dans RECUEIL_MILVUS_TOKEN), "
                    "ou un chemin qui finit par .db, est attendu",
                    "http://host:port (without a password: that goes into RECUEIL_MILVUS_TOKEN), "
                    "or a path that ends in .db, is expected",
                ),
            )
        return value

    @field_validator("milvus_token", "reader_key", "oidc_secret")
    @classmethod
    def _from_the_environment(cls, value: SecretStr, info: ValidationInfo) -> SecretStr:
        # Whoever opens a build knows its address from it, and looks for the token there.
        name = _SECRET[str(info.field_name)]
        secret = value.get_secret_value()
        if secret != os.environ.get(name, ""):
            raise refusal(
                Text(f"donnez-le par la variable {name}", f"give it in the variable {name}")
            )
        if name == OIDC_SECRET and not secret and "proconnect" in info.data.get("access", ""):
            raise refusal(Text(f"ProConnect demande {name}", f"ProConnect needs {name}"))
        if name != TOKEN and not re.fullmatch(r"[!-~]{0,4096}", secret):
            # It travels in a header; what can't would be told by a library, with the key.
            raise refusal(
                Text(
                    "une clé sans espace ni accent, sur une ligne, est attendue",
                    "a key without spaces or accents, on one line, is expected",
                )
            )
        return value

    @field_validator("reader")
    @classmethod
    def _a_reader(cls, value: str) -> str:
        if value and not is_endpoint(value):
            raise refusal(
                Text(
                    "https://machine/v1 est attendu, ou http://127.0.0.1:port/v1 sur cette machine "
                    f"(sans mot de passe ni « ? » : une clé va dans {KEY})",
                    "https://host/v1 is expected, or http://127.0.0.1:port/v1 on this machine "
                    f"(without a password or '?': a key goes into {KEY})",
                ),
            )
        return value.rstrip("/")

    @field_validator("reader_model")
    @classmethod
    def _a_model(cls, value: str, info: ValidationInfo) -> str:
        if info.data.get("reader") and not value.strip():
            raise refusal(
                Text(
                    "un lecteur (RECUEIL_READER) demande le nom de son modèle ; "
                    "le serveur le donne à l'adresse /models",
                    "a reader (RECUEIL_READER) needs the name of its model; "
                    "the server tells it at the address /models",
                ),
            )
        if not value.isprintable():
            raise refusal(Text("un nom sur une ligne est attendu", "expected a name on one line"))
        return value.strip()

    @property
    def reader_host(self) -> str:
        """Where questions are sent to be read; "" where they are not."""
        return urlsplit(self.reader).netloc

    def model_post_init(self, _context: object, /) -> None:
        # Frozen for everyone else: paths are made absolute once, here.
        for name in ("corpus", "index", "feedback_file", "access_keys"):
            object.__setattr__(self, name, self.home / getattr(self, name))
        if self.milvus.endswith(".db"):
            object.__setattr__(self, "milvus", str((self.home / self.milvus).absolute()))
        if self.audit:
            object.__setattr__(self, "audit", self.home / self.audit)
        if self.statements:
            object.__setattr__(self, "statements", self.home / self.statements)
        local = self.home / self.encoder
        if self.encoder == DEFAULT_ENCODER and not local.is_dir():
            local = shipped.shipped_encoder() or local
        if local.is_dir() or self.encoder == DEFAULT_ENCODER:
            object.__setattr__(self, "encoder", str(local))


def find_home(start: Path) -> Path:
    """Return the folder that relative paths start at."""
    for folder in (start, *start.parents):
        if (folder / "corpus").is_dir():
            return folder
    checkout = Path(__file__).resolve().parents[2]
    if (checkout / "corpus").is_dir():
        return checkout
    return shipped.user_home() or start


def load_settings(**given: Any) -> Settings:
    """Read the settings; arguments that are None count as not given.

    Where they lead to the user's data folder, what the package ships is put there first.

    Raises:
        SettingsError: a value is refused; names the variable and what it may be.
        WriteError: the user's data folder can't be written.
    """
    try:
        settings = Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        refused = [
            Text("RECUEIL_{} = {} : {}", "RECUEIL_{} = {}: {}").format(
                str(item["loc"][0]).upper(), _shown(item), field_fault(item)
            )
            for item in error.errors()
        ]
        raise SettingsError(
            Text("réglage refusé : ", "setting refused: ") + join(refused)
        ) from error
    if settings.home == shipped.user_home() and settings.corpus == settings.home / "corpus":
        shipped.settle(settings.home)
    return settings


def _shown(item: ErrorDetails) -> str:
    """Return a refused value as it may be read by others."""
    name, given = item["loc"][0], str(item["input"])
    if name in _SECRET or (name == "reader" and re.search(r"[@?#;]|%40", given)):
        return "…"
    return re.sub(r"://[^/@]+@", "://…@", excerpt(repr(item["input"])))
