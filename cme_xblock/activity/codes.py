"""The codes an author chooses from: lower case and stable, for they stand in stored editions for six years and more.

Their labels for people are in `parts/labels.py`; their meaning is the accreditor's, named at each class.
"""

from __future__ import annotations

from enum import StrEnum


class Format(StrEnum):
    """Learning formats, by the AMA's names. Source: AMA PRA booklet; spec R-2.1."""

    LIVE = "live"
    RSS = "rss"
    ENDURING = "enduring"
    JOURNAL = "journal"
    TEST_ITEM_WRITING = "test_item_writing"
    MANUSCRIPT_REVIEW = "manuscript_review"
    PI_CME = "pi_cme"
    POINT_OF_CARE = "point_of_care"
    OTHER = "other"


class Providership(StrEnum):
    """Who planned the activity. Source: ACCME accreditation statement rules; spec R-1.15."""

    DIRECT = "direct"
    JOINT = "joint"
    CO = "co"


class Accreditation(StrEnum):
    """Under which accreditation the provider acts. Source: spec R-1.15."""

    ACCME = "accme"
    STATE = "state"
    JOINT_ACCREDITATION = "joint_accreditation"


class NeedType(StrEnum):
    """What kind of need underlies the practice gap. Source: ACCME; spec R-1.11."""

    KNOWLEDGE = "knowledge"
    COMPETENCE = "competence"
    PERFORMANCE = "performance"


class Change(StrEnum):
    """What the activity is designed to change. Knowledge alone is none of the three. Source: ACCME; spec R-1.11."""

    COMPETENCE = "competence"
    PERFORMANCE = "performance"
    PATIENT_OUTCOMES = "patient_outcomes"


class Role(StrEnum):
    """What a person in control of content does. Source: ACCME Standard 3; spec R-1.4."""

    PLANNER = "planner"
    FACULTY = "faculty"
    AUTHOR = "author"
    REVIEWER = "reviewer"
    MODERATOR = "moderator"
    ITEM_WRITER = "item_writer"
    STAFF = "staff"
    OTHER = "other"


class Relevance(StrEnum):
    """The provider's decision on one financial relationship; never the person's own. Source: spec R-1.2."""

    UNDETERMINED = "undetermined"
    RELEVANT = "relevant"
    NOT_RELEVANT = "not_relevant"


class Eligibility(StrEnum):
    """Whether a company is an ineligible company in the ACCME's sense. Source: spec R-1.1."""

    UNDETERMINED = "undetermined"
    INELIGIBLE = "ineligible"
    ELIGIBLE = "eligible"


class EmployeeException(StrEnum):
    """Why an owner or employee of an ineligible company may take part all the same. Source: spec R-1.4 (a) to (c)."""

    NONE = "none"
    UNRELATED_CONTENT = "unrelated_content"
    BASIC_SCIENCE = "basic_science"
    TECHNICIAN = "technician"


class Standard3Exception(StrEnum):
    """Why Standard 3 does not apply to the activity. Source: spec R-1.6."""

    NONE = "none"
    NON_CLINICAL = "non_clinical"
    LEARNER_CONTROLLED = "learner_controlled"
    SELF_DIRECTED = "self_directed"


class SupportKind(StrEnum):
    """How commercial support was given. Source: spec R-1.9."""

    MONETARY = "monetary"
    IN_KIND = "in_kind"


class Answer(StrEnum):
    """A question that must be answered, with "not yet" as a possible state of a draft."""

    UNANSWERED = "unanswered"
    YES = "yes"
    NO = "no"


class ItemKind(StrEnum):
    """How an item is answered."""

    SINGLE = "single"
    MULTIPLE = "multiple"
    TRUE_FALSE = "true_false"
    CONFIDENCE = "confidence"


class Level(StrEnum):
    """What an item can show, after Moore, Green and Gallis 2009. Source: spec 5.1."""

    DECLARATIVE = "declarative"
    PROCEDURAL = "procedural"
    COMPETENCE = "competence"
    SELF_REPORT = "self_report"


class Feedback(StrEnum):
    """When a learner sees keys and rationales of the assessment."""

    AFTER_ATTEMPT = "after_attempt"
    AFTER_PASS = "after_pass"
    NEVER = "never"


class ContentCompletion(StrEnum):
    """What counts as having worked through the content. Platform completion can be forged, so it is never evidence."""

    DECLARED = "declared"
    DECLARED_AFTER_TIME = "declared_after_time"


class Gates(StrEnum):
    """What the LMS keeps closed for this activity, always without the activity's own blocks (promise 1)."""

    CONTENT = "content"
    SUBSECTION = "subsection"
    SECTION = "section"
    COURSE = "course"


class OpensAfter(StrEnum):
    """After which part it opens. Content blocks open after both, whatever is chosen here."""

    OVERVIEW = "overview"
    BASELINE = "baseline"


class EvaluationMode(StrEnum):
    """Whether an evaluation's answers are kept with the learner's name, or by structure without it. Source: R-6.2."""

    ANONYMOUS = "anonymous"
    IDENTIFIED = "identified"


class QuestionKind(StrEnum):
    """How a question of the evaluation is answered."""

    RATING = "rating"
    SINGLE = "single"
    MULTIPLE = "multiple"
    TEXT = "text"
    NUMBER = "number"


class Each(StrEnum):
    """For what a question of the evaluation is asked: once, or for each objective or speaker of the activity."""

    ONCE = "once"
    OBJECTIVE = "objective"
    SPEAKER = "speaker"


class Purpose(StrEnum):
    """What a question of the evaluation is for, so that rules and reports know it whatever its words. Source: R-6.2."""

    OBJECTIVES = "objectives"
    RELEVANCE = "relevance"
    CHANGE = "change"
    CONFIDENCE = "confidence"
    BARRIERS = "barriers"
    BALANCE = "balance"
    BIAS = "bias"
    TIME = "time"
    FACULTY = "faculty"
    FORMAT = "format"
    NEEDS = "needs"
    PRACTICE = "practice"
    OTHER = "other"


class Moore(StrEnum):
    """Levels of outcomes after Moore, Green and Gallis 2009, as a question of the evaluation can touch them.

    What a learner says of themselves is a subjective source, whatever the level. Source: spec 5.1.
    """

    SATISFACTION = "2"
    DECLARATIVE = "3a"
    PROCEDURAL = "3b"
    COMPETENCE = "4"
    PERFORMANCE = "5"
    PATIENTS = "6"
    COMMUNITY = "7"


class Whom(StrEnum):
    """Whom a question on change is about beside the learner. Source: Joint Accreditation, IPCE; spec R-3.9."""

    TEAM = "team"
    PATIENTS = "patients"


class FollowUp(StrEnum):
    """After how many days a learner's own commitments come back. Source: spec 5.3, rule 13."""

    DAYS_30 = "30"
    DAYS_60 = "60"
    DAYS_90 = "90"
