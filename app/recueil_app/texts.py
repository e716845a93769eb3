"""Every sentence of the page, in French and in English."""

from __future__ import annotations

from recueil_qa.errors import Language

EXAMPLES: dict[Language, tuple[str, ...]] = {
    "fr": (
        "Comment réduire les appels répétés ?",
        "Trop de gens font la queue au guichet",
        "Nos agents d'accueil sont démotivés",
        "Faire remonter les idées du terrain",
    ),
    "en": (
        "How to reduce repeat calls?",
        "Too many people queue at the counter",
        "Our front-desk staff feel undervalued",
        "How do we collect ideas from the field?",
    ),
}

MONTHS: dict[Language, str] = {
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "en": "January February March April May June July August September October November December",
}

_TEXTS: dict[str, tuple[str, str]] = {
    "understood": ("Recherché\u00a0: {}", "Searched: {}"),
    "quote": ("«\u00a0{}\u00a0»", "“{}”"),
    "colon": ("\u00a0: ", ": "),
    "page_title": ("Bonnes pratiques du service public", "Public-service best practices"),
    "tagline": (
        "Décrivez un problème avec vos mots : vous obtenez les pratiques qui aident et les "
        "conseils qui s'appliquent, cités mot pour mot.",
        "Describe a problem in your own words: you get the practices that help and the advice "
        "that applies, quoted word for word (the collection is in French).",
    ),
    "question": ("Votre problème", "Your problem"),
    "placeholder": (
        "Par exemple : les gens rappellent sans cesse pour le même dossier",
        "For example: people keep calling back about the same file",
    ),
    "ask": ("Chercher", "Search"),
    "examples": ("Essayez par exemple", "Try for example"),
    "language": ("Langue", "Language"),
    "filters": ("Filtres", "Filters"),
    "part": ("Partie", "Part"),
    "theme": ("Thème", "Theme"),
    "sector": ("Secteur", "Sector"),
    "organisation": ("Organisation", "Organisation"),
    "all": ("Sans filtre", "No filter"),
    "clear_filters": ("Retirer les filtres", "Clear the filters"),
    "home": ("Toutes les pratiques", "All practices"),
    "back_to_list": ("Revenir à la liste", "Back to the list"),
    "loading": (
        "Chargement de l'assistant (quelques secondes la première fois)…",
        "Loading the assistant (a few seconds the first time)…",
    ),
    "advice": ("Ce que le recueil conseille", "What the collection advises"),
    "leads": ("Les pistes les plus proches", "The nearest leads"),
    "none": (
        "Aucune pratique du recueil ne répond à cette question.",
        "No practice of the collection answers this question.",
    ),
    "none_more": (
        "Voici tout de même ce qui s'en approche le plus, sans garantie. "
        "Vous pouvez aussi reformuler en décrivant le problème plutôt que la solution.",
        "Here is what comes nearest all the same, with no guarantee. "
        "You may also put it another way: describe the problem rather than the solution.",
    ),
    "sure_high": ("Le recueil répond bien à cette question.", "The collection answers this well."),
    "sure_fair": (
        "Le recueil répond en partie : vérifiez que le cas est le vôtre.",
        "The collection answers in part: check that the case is yours.",
    ),
    "probability": ("probabilité de réponse", "probability of an answer"),
    "practices": ("Pratiques utiles", "Practices that help"),
    "lead_practices": ("Pratiques les moins éloignées", "Closest practices"),
    "why": ("Pourquoi", "Why"),
    "near_question": ("question voisine", "a similar question"),
    "near_line": ("passage voisin", "a similar passage"),
    "near_title": ("titre voisin", "a similar title"),
    "words": ("mots en commun", "words in common"),
    "applies": ("Conseils qui s'appliquent", "Advice that applies"),
    "its_advice": ("Ses conseils", "Its advice"),
    "whole": ("Lire toute la pratique", "Read the whole practice"),
    "similar": ("Pratiques proches", "Similar practices"),
    "similar_to": ("Pratiques proches de celle-ci", "Practices similar to this one"),
    "open": ("Lire cette pratique", "Read this practice"),
    "back": ("Revenir aux résultats", "Back to the results"),
    "same_theme": ("même thème", "same theme"),
    "same_organisation": ("même organisation", "same organisation"),
    "contacts": ("Coordonnées de 2014", "2014 contacts"),
    "page": ("p.", "p."),
    "line": ("ligne", "line"),
    "empty": (
        "{practices} pratiques à interroger ou à parcourir, avec des filtres dans le volet de "
        "gauche.",
        "{practices} practices to ask or to browse, with filters in the panel on the left.",
    ),
    "browse": ("Parcourir les pratiques", "Browse the practices"),
    "filtered_out": (
        "Aucune pratique ne correspond à ces filtres : retirez-en un.",
        "No practice matches these filters: remove one.",
    ),
    "other-language": (
        "La question ne semble ni en français ni en anglais ; le résultat peut être moins bon.",
        "The question seems to be neither French nor English; the result may be worse.",
    ),
    "about": (
        "Index du {date}. Tout se passe sur cette machine : rien n'est envoyé ailleurs.",
        "Index of {date}. Everything happens on this machine: nothing is sent elsewhere.",
    ),
    "stale": (
        "Le recueil a été modifié depuis : l'index est à reconstruire (recueil-qa build).",
        "The collection has changed since: the index is to be rebuilt (recueil-qa build).",
    ),
    "trouble": ("L'assistant ne peut pas répondre", "The assistant can't answer"),
    "unexpected": (
        "Une erreur inattendue est survenue. Le diagnostic : recueil-qa doctor",
        "An unexpected error happened. To look into it: recueil-qa doctor",
    ),
}


class Texts:
    """The sentences of one language."""

    def __init__(self, language: Language) -> None:
        self.language: Language = language
        self._at = 0 if language == "fr" else 1

    def __getitem__(self, key: str) -> str:
        return _TEXTS[key][self._at]

    def date(self, iso: str) -> str:
        """Return a day (2014-06-19) as people write it."""
        year, month, day = iso[:10].split("-")
        return f"{int(day)} {MONTHS[self.language].split()[int(month) - 1]} {year}"

    @property
    def examples(self) -> tuple[str, ...]:
        """Questions to click."""
        return EXAMPLES[self.language]
