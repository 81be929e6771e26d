"""The Verbs, Activity types and extensions that the demo's Statements are written in."""

from __future__ import annotations

from dataclasses import dataclass

EXTENSIONS = "https://learnerprise.org/xapi/extensions/"
ROLE = EXTENSIONS + "role"
SKILLS = EXTENSIONS + "skills"
FORMAT = EXTENSIONS + "format"
LANGUAGE = EXTENSIONS + "language"
DURATION = EXTENSIONS + "duration"
LEVEL = EXTENSIONS + "level"
ADDRESSED_TO = EXTENSIONS + "addressed-to"

VIDEO_PROFILE = "https://w3id.org/xapi/video"
VIDEO_EXTENSIONS = VIDEO_PROFILE + "/extensions/"
SEARCH_ENGINE = "https://w3id.org/xapi/acrossx/activities/search-engine"

COMMUNITY = "http://activitystrea.ms/schema/1.0/group"
EVENT = "http://activitystrea.ms/schema/1.0/event"

_ADL = "http://adlnet.gov/expapi/verbs/"
_STREAMS = "http://activitystrea.ms/schema/1.0/"

VERBS: dict[str, tuple[str, str, str]] = {
    "registered": (_ADL + "registered", "registered", "se inscribió"),
    "launched": (_ADL + "launched", "launched", "lanzó"),
    "initialized": (_ADL + "initialized", "initialized", "inició"),
    "completed": (_ADL + "completed", "completed", "completó"),
    "passed": (_ADL + "passed", "passed", "aprobó"),
    "failed": (_ADL + "failed", "failed", "suspendió"),
    "terminated": (_ADL + "terminated", "terminated", "terminó"),
    "viewed": ("http://id.tincanapi.com/verb/viewed", "viewed", "vio"),
    "read": (_STREAMS + "read", "read", "leyó"),
    "played": ("https://w3id.org/xapi/video/verbs/played", "played", "reprodujo"),
    "paused": ("https://w3id.org/xapi/video/verbs/paused", "paused", "pausó"),
    "listened": ("https://w3id.org/xapi/dod-isd/verbs/listened", "listened", "escuchó"),
    "searched": ("https://w3id.org/xapi/acrossx/verbs/searched", "searched", "buscó"),
    "bookmarked": ("http://id.tincanapi.com/verb/bookmarked", "bookmarked", "guardó"),
    "asked": (_ADL + "asked", "asked", "preguntó"),
    "answered": (_ADL + "answered", "answered", "respondió"),
    "commented": (_ADL + "commented", "commented", "comentó"),
    "liked": (_STREAMS + "like", "liked", "indicó que le gusta"),
    "unliked": (_STREAMS + "unlike", "unliked", "dejó de indicar que le gusta"),
    "shared": (_ADL + "shared", "shared", "compartió"),
    "followed": (_STREAMS + "follow", "followed", "siguió"),
    "unfollowed": (_STREAMS + "stop-following", "stopped following", "dejó de seguir"),
    "mentored": ("http://id.tincanapi.com/verb/mentored", "mentored", "mentorizó"),
    "disliked": (_STREAMS + "dislike", "disliked", "indicó que no le gusta"),
    "joined": (_STREAMS + "join", "joined", "se unió a"),
    "left": (_STREAMS + "leave", "left", "dejó"),
    "attended": (_ADL + "attended", "attended", "asistió a"),
    "voided": (_ADL + "voided", "voided", "anuló"),
}


@dataclass(frozen=True, slots=True)
class Format:
    """How a nugget comes: its Activity type, its folder on the learning site, and the platform serving it."""

    activity_type: str
    folder: str
    platform: str


FORMATS: dict[str, Format] = {
    "course": Format("http://adlnet.gov/expapi/activities/course", "courses", "Tramuntana Academy"),
    "module": Format("http://adlnet.gov/expapi/activities/module", "courses", "Tramuntana Academy"),
    "quiz": Format("http://adlnet.gov/expapi/activities/assessment", "courses", "Tramuntana Academy"),
    "article": Format("http://activitystrea.ms/schema/1.0/article", "articles", "Tramuntana Knowledge Base"),
    "video": Format("https://w3id.org/xapi/video/activity-type/video", "videos", "Tramuntana Media"),
    "podcast": Format("https://w3id.org/xapi/audio/activity-type/audio", "podcasts", "Tramuntana Media"),
    "book": Format("http://id.tincanapi.com/activitytype/book", "books", "Tramuntana Library"),
    "question-thread": Format(
        "http://id.tincanapi.com/activitytype/forum-topic", "questions", "Tramuntana Answers"
    ),
}
