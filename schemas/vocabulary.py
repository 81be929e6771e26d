"""The Verbs and Activity types known by name."""

ADL_VERBS = "http://adlnet.gov/expapi/verbs/"
ADL_ACTIVITIES = "http://adlnet.gov/expapi/activities/"
LEARNERPRISE = "https://learnerprise.org/xapi/"
LEARNERPRISE_EXTENSIONS = f"{LEARNERPRISE}extensions/"

VOIDED = f"{ADL_VERBS}voided"
ANSWERED = f"{ADL_VERBS}answered"
ATTEMPTED = f"{ADL_VERBS}attempted"
ATTENDED = f"{ADL_VERBS}attended"
COMMENTED = f"{ADL_VERBS}commented"
COMPLETED = f"{ADL_VERBS}completed"
EXPERIENCED = f"{ADL_VERBS}experienced"
FAILED = f"{ADL_VERBS}failed"
INITIALIZED = f"{ADL_VERBS}initialized"
INTERACTED = f"{ADL_VERBS}interacted"
LAUNCHED = f"{ADL_VERBS}launched"
MASTERED = f"{ADL_VERBS}mastered"
PASSED = f"{ADL_VERBS}passed"
PREFERRED = f"{ADL_VERBS}preferred"
PROGRESSED = f"{ADL_VERBS}progressed"
REGISTERED = f"{ADL_VERBS}registered"
RESPONDED = f"{ADL_VERBS}responded"
SCORED = f"{ADL_VERBS}scored"
SHARED = f"{ADL_VERBS}shared"
SUSPENDED = f"{ADL_VERBS}suspended"
TERMINATED = f"{ADL_VERBS}terminated"

ASSESSMENT = f"{ADL_ACTIVITIES}assessment"
COURSE = f"{ADL_ACTIVITIES}course"
INTERACTION = f"{ADL_ACTIVITIES}cmi.interaction"
LESSON = f"{ADL_ACTIVITIES}lesson"
LINK = f"{ADL_ACTIVITIES}link"
MEDIA = f"{ADL_ACTIVITIES}media"
MEETING = f"{ADL_ACTIVITIES}meeting"
MODULE = f"{ADL_ACTIVITIES}module"
PROFILE = f"{ADL_ACTIVITIES}profile"
QUESTION = f"{ADL_ACTIVITIES}question"
SIMULATION = f"{ADL_ACTIVITIES}simulation"

SIGNATURE_USAGE = "http://adlnet.gov/expapi/attachments/signature"

INTERACTION_TYPES = (
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
)
