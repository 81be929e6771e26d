"""Activities of the demo's nuggets: names, descriptions and the features that recommenders read."""

from __future__ import annotations

from typing import Any

from scripts.demo import vocabulary as words
from scripts.demo.catalogue import SITE, Catalogue, Nugget

_FORMATS = {
    "en": ("Course", "Module", "Quiz", "Article", "Video", "Podcast", "Book", "Question"),
    "es": ("Curso", "Módulo", "Cuestionario", "Artículo", "Vídeo", "Pódcast", "Libro", "Pregunta"),
    "ca": ("Curs", "Mòdul", "Qüestionari", "Article", "Vídeo", "Pòdcast", "Llibre", "Pregunta"),
    "de": ("Kurs", "Modul", "Quiz", "Artikel", "Video", "Podcast", "Buch", "Frage"),
    "fr": ("Cours", "Module", "Quiz", "Article", "Vidéo", "Podcast", "Livre", "Question"),
}
_LEVELS = {
    "en": ("for beginners", "for practitioners", "for experts"),
    "es": ("nivel inicial", "nivel medio", "nivel avanzado"),
    "ca": ("nivell inicial", "nivell mitjà", "nivell avançat"),
    "de": ("für den Einstieg", "für Fortgeschrittene", "für Profis"),
    "fr": ("niveau débutant", "niveau intermédiaire", "niveau avancé"),
}


def build_definitions(catalogue: Catalogue) -> dict[str, dict[str, Any]]:
    """The Activity of every nugget, by its IRI."""
    return {nugget.id: build_definition(nugget, catalogue) for nugget in catalogue.nuggets}


def search_engine() -> dict[str, Any]:
    """The Activity of the learning site's search."""
    definition = {
        "type": words.SEARCH_ENGINE,
        "name": {"en": "Search on Tramuntana Academy", "es": "Búsqueda en Tramuntana Academy"},
    }
    return {"objectType": "Activity", "id": f"{SITE}/learn/search", "definition": definition}


def describe(nugget: Nugget, catalogue: Catalogue, language: str) -> str:
    """One line in the language: what it is, for whom, how long, and in English the topic."""
    form = _FORMATS[language][list(words.FORMATS).index(nugget.format)]
    topic = f": {catalogue.topics[nugget.topic].name}" if language == "en" else ""
    return f"{form} {_LEVELS[language][nugget.depth]}, {nugget.minutes} min{topic}"


def build_definition(nugget: Nugget, catalogue: Catalogue) -> dict[str, Any]:
    """The Activity of a nugget."""
    names = {nugget.language: nugget.title}
    if nugget.english:
        names["en"] = nugget.english
    definition = {
        "type": words.FORMATS[nugget.format].activity_type,
        "name": names,
        "description": {language: describe(nugget, catalogue, language) for language in names},
        "extensions": {
            words.SKILLS: list(nugget.skills),
            words.FORMAT: nugget.format,
            words.LANGUAGE: nugget.language,
            words.DURATION: f"PT{nugget.minutes}M",
            words.LEVEL: nugget.level,
        },
    }
    return {"objectType": "Activity", "id": nugget.id, "definition": definition}
