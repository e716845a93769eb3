"""The search of the pages, which are French and English: words of both are brought to their stems.

What the pages hold is prepared in Python, what is typed in the browser: both take a word's English
ending off, then its French one.
"""

from __future__ import annotations

from pathlib import Path

import sphinx.search
from sphinx.search import SearchLanguage
from sphinx.search.en import SearchEnglish
from sphinx.search.fr import SearchFrench

_SCRIPTS = Path(sphinx.search.__file__).parent / "minified-js"


def _script() -> str:
    stems = (SearchEnglish.js_stemmer_rawcode, SearchFrench.js_stemmer_rawcode)
    code = [(_SCRIPTS / name).read_text("utf-8") for name in ("base-stemmer.js", *stems)]
    both = (
        "window.Stemmer = function () {\n"
        "  const english = new EnglishStemmer(), french = new FrenchStemmer();\n"
        "  this.stemWord = (word) => french.stemWord(english.stemWord(word));\n"
        "};"
    )
    return "\n".join([*code, both])


class SearchBoth(SearchLanguage):
    """French and English words alike."""

    lang = "both"
    language_name = "Both"
    js_stemmer_code = _script()
    stopwords = SearchFrench.stopwords | SearchEnglish.stopwords

    def __init__(self, options: dict[str, str]) -> None:
        super().__init__(options)
        self._english, self._french = SearchEnglish(options), SearchFrench(options)

    def stem(self, word: str) -> str:
        return self._french.stem(self._english.stem(word))
