"""Cut practices into passages: lines, sections, titles and questions, with stable ids.

    recueil-2014-p23/title
    recueil-2014-p23/conseils          the section (…/conseils~2: its second window)
    recueil-2014-p23/conseils/2        its second line
    recueil-2014-p23/questions/fr/3    the third French question
    recueil-2014-p23/questions/fr/conseils/2/1    the first that this line answers
    recueil-2014-p23/statements/s017   a judged statement, under each practice that helps

A passage shows its `text` alone; its `embedded` text adds the context that the encoder needs: the
practice's title, the section's heading, the lines that govern a line.
Contacts never enter a passage.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from recueil_qa.analysis.quantities import canonical
from recueil_qa.corpus.corpus import Collection, Corpus
from recueil_qa.corpus.lead_ins import lead_ins
from recueil_qa.types import Passage, PassageKind, Practice, Section

# A window must fit the encoder's 512 tokens; French takes about four characters a token.
WINDOW_CHARACTERS = 1_600

_SENTENCE_END = re.compile(r"(?<=[.!?…;])\s+")


def corpus_passages(corpus: Corpus) -> tuple[Passage, ...]:
    """Return every passage of a corpus, in the order of collections, practices and lines."""
    return tuple(
        passage
        for collection in corpus.collections
        for practice in collection.practices
        for passage in practice_passages(practice, collection)
    )


def practice_passages(practice: Practice, collection: Collection) -> Iterator[Passage]:
    """Yield the passages of one practice: title, then sections with their lines, then questions."""
    language = collection.config.language
    title = ". ".join(filter(None, (practice.title, practice.subtitle)))
    yield Passage(
        f"{practice.id}/title", practice.id, PassageKind.TITLE, language, title, plain(title)
    )
    for section in practice.sections:
        context = f"{practice.title}. {section.heading} : "
        for i, window in enumerate(_windows(section), 1):
            identifier = f"{practice.id}/{section.name}" + (f"~{i}" if i > 1 else "")
            yield Passage(
                identifier,
                practice.id,
                PassageKind.SECTION,
                language,
                window,
                plain(context + window),
                section.name,
            )
        for line in section.lines:
            governed = [lead.text for lead in lead_ins(section, line.number)]
            yield Passage(
                f"{practice.id}/{section.name}/{line.number}",
                practice.id,
                PassageKind.LINE,
                language,
                line.text,
                plain(context + " ".join((*governed, line.text))),
                section.name,
            )
    for question in collection.questions_by_practice.get(practice.id, ()):
        yield Passage(
            question.id,
            practice.id,
            PassageKind.QUESTION,
            question.language,
            question.text,
            plain(question.text),
            answer=f"{practice.id}/{question.line}" if question.line else "",
        )
    for statement in collection.statements_by_practice.get(practice.id, ()):
        yield Passage(
            f"{practice.id}/statements/{statement.id}",
            practice.id,
            PassageKind.QUESTION,
            statement.language,
            statement.text,
            plain(statement.text),
            grade=statement.grades[practice.id],
        )


def plain(text: str) -> str:
    """Return a text as it is encoded: without emphasis marks, its numbers in one writing."""
    return canonical(" ".join(text.replace("**", "").split()))


def _windows(section: Section) -> Iterator[str]:
    """Yield a section's text in windows of whole lines, or of sentences where a line is longer."""
    pieces = [
        piece
        for line in section.lines
        for piece in ([line.text] if len(line.text) <= WINDOW_CHARACTERS else _sentences(line.text))
    ]
    window: list[str] = []
    size = 0
    for piece in pieces:
        if window and size + len(piece) > WINDOW_CHARACTERS:
            yield "\n".join(window)
            window, size = [], 0
        window.append(piece)
        size += len(piece) + 1
    yield "\n".join(window)


def _sentences(text: str) -> Iterator[str]:
    for sentence in _SENTENCE_END.split(text):
        for start in range(0, len(sentence), WINDOW_CHARACTERS):
            yield sentence[start : start + WINDOW_CHARACTERS]
