from __future__ import annotations

import pytest

from recueil_qa.corpus.marks import has_personal_data


@pytest.mark.parametrize(
    "text",
    [
        "Écrire à jean.dupont@exemple.invalid",
        "contact@exemple.invalid ou jean@exemple.invalid",
        "contact.dupont@exemple.invalid",
        "Au 06 12 34 56 78, ISBN 978-2-07-036822-8",
        "+33 6 12 34 56 78",
    ],
)
def test_what_is_somebodys_is_personal(text: str) -> None:
    assert has_personal_data(text)


@pytest.mark.parametrize(
    "text",
    [
        "Écrire à contact@exemple.invalid",
        "service-client@exemple.invalid, Info@exemple.invalid",
        "no-reply@exemple.invalid",
        "ISBN 0123456789",
        "ISBN : 978-2-07-036822-8",
        "978 2 01 234567 8",
        "Le 39 49 et le 0 800 12 34 56",
    ],
)
def test_what_is_a_functions_or_a_books_is_not(text: str) -> None:
    assert not has_personal_data(text)
