"""What is said of a line that is no quotation, or that is one and is said to be less."""

from __future__ import annotations

from pathlib import Path

from recueil_qa.errors import Problem
from recueil_qa.faults import excerpt
from recueil_qa.messages import Text

SHOWN = 400  # characters of a sentence that a line was cut from


def needless(path: Path, row: int, place: tuple[str, int]) -> Problem:
    """Return the problem of a line that is whole, and said to be an excerpt."""
    name = f"{place[0]}/{place[1]}"
    return Problem(
        path,
        row,
        Text(
            f"« excerpts » : la ligne {name} est entière dans la source ; ôtez-la de cette liste, "
            "ou corrigez son numéro",
            f"'excerpts': line {name} is whole in the source; take it out of this list, or mend "
            "its number",
        ),
    )


def shortened(
    path: Path, row: int, text: str, cut: tuple[str, int, str], place: tuple[str, int]
) -> Problem:
    """Return the problem of a line cut within a sentence, with the whole of it."""
    name, number, whole = cut
    mark = f"{place[0]}/{place[1]}"
    return Problem(
        path,
        row,
        Text(
            f"ligne coupée dans une phrase de la source : « {excerpt(text)} » ; reprenez la phrase "
            f"entière ({name}, ligne {number} : « {excerpt(whole, SHOWN)} »), ou, si elle est plus "
            f"courte à dessein, dites-le dans l'en-tête : « excerpts: » puis « - {mark} »",
            f"line cut within a sentence of the source: '{excerpt(text)}'; take the whole sentence "
            f"({name}, line {number}: '{excerpt(whole, SHOWN)}'), or, if it is shorter on purpose, "
            f"say so in the front matter: 'excerpts:' then '- {mark}'",
        ),
    )


def altered(path: Path, row: int, text: str, near: tuple[str, int, str] | None) -> Problem:
    """Return the problem of a line that no source has, with the nearest one."""
    said_fr = said_en = ""
    if near:
        name, number, whole = near
        said_fr = f" ({name}, ligne {number} : « {excerpt(whole, 160)} »)"
        said_en = f" ({name}, line {number}: '{excerpt(whole, 160)}')"
    return Problem(
        path,
        row,
        Text(
            f"ligne qui n'est pas mot pour mot dans la source : « {excerpt(text)} » ; reprenez le "
            f"texte de la source{said_fr}, ou, seulement si la pratique n'est pas du recueil, "
            "dites d'où elle vient : « source: … » dans l'en-tête",
            f"line that is not word for word in the source: '{excerpt(text)}'; take the source's "
            f"wording{said_en}, or, only if the practice is not of the booklet, say where it comes "
            "from: 'source: …' in the front matter",
        ),
    )
