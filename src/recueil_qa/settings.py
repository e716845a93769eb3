"""Where things are and how they are searched; frozen, and unknown arguments are refused.

Read from the arguments first, then `RECUEIL_*` variables, then the defaults. Relative paths
start at the home: `RECUEIL_HOME`, else the nearest folder from here upwards that holds
`corpus/`, else the checkout that this package runs from.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from recueil_qa.errors import SettingsError
from recueil_qa.faults import excerpt, field_fault, refusal

DEFAULT_ENCODER = "models/recueil-e5"


class Settings(BaseSettings):
    """All that can be set."""

    model_config = SettingsConfigDict(env_prefix="RECUEIL_", frozen=True, extra="forbid")

    home: Path = Field(default_factory=lambda: find_home(Path.cwd()))
    corpus: Path = Path("corpus")
    index: Path = Path("index")
    encoder: str = Field(default=DEFAULT_ENCODER, min_length=1)
    runtime: Literal["auto", "onnx", "torch"] = "auto"
    language: Literal["fr", "en"] = "fr"
    contacts: bool = False
    feedback: bool = True
    feedback_file: Path = Path("feedback.sqlite3")
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
                "ce nom ne peut être celui d'un dossier", "this can't be a folder's name"
            ) from error
        return value

    def model_post_init(self, _context: object, /) -> None:
        # Frozen for everyone else: paths are made absolute once, here.
        for name in ("corpus", "index", "feedback_file"):
            object.__setattr__(self, name, self.home / getattr(self, name))
        local = self.home / self.encoder
        if local.is_dir() or self.encoder == DEFAULT_ENCODER:
            object.__setattr__(self, "encoder", str(local))


def find_home(start: Path) -> Path:
    """Return the folder that relative paths start at."""
    for folder in (start, *start.parents):
        if (folder / "corpus").is_dir():
            return folder
    checkout = Path(__file__).resolve().parents[2]
    return checkout if (checkout / "corpus").is_dir() else start


def load_settings(**given: Any) -> Settings:
    """Read the settings; arguments that are None count as not given.

    Raises:
        SettingsError: a value is refused; names the variable and what it may be.
    """
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        fr, en = [], []
        for item in error.errors():
            setting = f"RECUEIL_{str(item['loc'][0]).upper()} = {excerpt(repr(item['input']))}"
            said_fr, said_en = field_fault(item)
            fr.append(f"{setting} : {said_fr}")
            en.append(f"{setting}: {said_en}")
        raise SettingsError(
            fr="réglage refusé : " + " ; ".join(fr), en="setting refused: " + "; ".join(en)
        ) from error
