"""What an author chooses from: codes and their labels, in the order in which a planner reads them.

Codes come from `activity/codes.py` and the data files of `rules/`; here they only get their words.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum

from cme_xblock.activity import codes
from cme_xblock.activity.message import N_
from cme_xblock.parts.labels import FORMATS
from cme_xblock.rules import credit_system, library, professions

Labels = Mapping[str, str]

CODES: Mapping[type[StrEnum], Labels] = {
    codes.Format: {one.value: label for one, label in FORMATS.items()},
    codes.Providership: {
        "direct": N_("By the provider alone"),
        "joint": N_("Jointly with an organisation that is not accredited"),
        "co": N_("Together with another accredited provider"),
    },
    codes.Accreditation: {
        "accme": N_("ACCME"),
        "state": N_("A state medical society recognised by the ACCME"),
        "joint_accreditation": N_("Joint Accreditation for Interprofessional Continuing Education"),
    },
    codes.NeedType: {
        "knowledge": N_("Knowledge: they do not know it"),
        "competence": N_("Competence: they do not know how to apply it"),
        "performance": N_("Performance: they do not do it in practice"),
    },
    codes.Change: {
        "competence": N_("Competence: what they know how to do"),
        "performance": N_("Performance: what they do in practice"),
        "patient_outcomes": N_("Patient outcomes"),
    },
    codes.Role: {
        "planner": N_("Planner"),
        "faculty": N_("Faculty"),
        "author": N_("Author"),
        "reviewer": N_("Reviewer"),
        "moderator": N_("Moderator"),
        "item_writer": N_("Item writer"),
        "staff": N_("Staff"),
        "other": N_("Other person in control of content"),
    },
    codes.Relevance: {
        "undetermined": N_("Not decided yet"),
        "relevant": N_("Relevant"),
        "not_relevant": N_("Not relevant"),
    },
    codes.Eligibility: {
        "undetermined": N_("Not decided yet"),
        "ineligible": N_("Ineligible company"),
        "eligible": N_("Not an ineligible company"),
    },
    codes.EmployeeException: {
        "none": N_("None"),
        "unrelated_content": N_("The content is unrelated to the company's business lines or products"),
        "basic_science": N_("The content is basic science, without recommendations on care"),
        "technician": N_("The person only teaches the safe use of a device, as a technician"),
    },
    codes.Standard3Exception: {
        "none": N_("None: Standard 3 applies"),
        "non_clinical": N_("The education is not clinical"),
        "learner_controlled": N_("The group of learners is in control of content"),
        "self_directed": N_("Self-directed education"),
    },
    codes.SupportKind: {"monetary": N_("Money"), "in_kind": N_("In kind")},
    codes.Answer: {"unanswered": N_("Not answered yet"), "yes": N_("Yes"), "no": N_("No")},
    codes.ItemKind: {
        "single": N_("One right answer"),
        "multiple": N_("Several right answers"),
        "true_false": N_("True or false"),
        "confidence": N_("Confidence scale, without a right answer"),
    },
    codes.Level: {
        "declarative": N_("Knows (declarative knowledge)"),
        "procedural": N_("Knows how (procedural knowledge)"),
        "competence": N_("Shows how (competence, as in a case)"),
        "self_report": N_("Says so (self-report)"),
    },
    codes.Feedback: {
        "after_attempt": N_("After each attempt"),
        "after_pass": N_("Only after passing"),
        "never": N_("Never"),
    },
    codes.ContentCompletion: {
        "declared": N_("The learner declares it"),
        "declared_after_time": N_("The learner declares it, after a minimum time"),
    },
    codes.Gates: {
        "content": N_("Its content blocks alone"),
        "subsection": N_("Its content blocks, and the subsection that it stands in"),
        "section": N_("Its content blocks, and the section that it stands in"),
        "course": N_("Its content blocks, and the whole course"),
    },
    codes.OpensAfter: {
        "overview": N_("The disclosures are acknowledged"),
        "baseline": N_("The questions before the content are answered"),
    },
    codes.EvaluationMode: {
        "anonymous": N_("Anonymous: answers can't be traced to a learner, by nobody"),
        "identified": N_("With the learner's name, as evaluation for MOC needs it"),
    },
    codes.QuestionKind: {
        "rating": N_("Rating on a scale"),
        "single": N_("One choice"),
        "multiple": N_("Several choices"),
        "text": N_("Free text"),
        "number": N_("A number"),
    },
    codes.Each: {
        "once": N_("Once"),
        "objective": N_("For each objective"),
        "speaker": N_("For each person with the role of faculty"),
    },
    codes.Purpose: {
        "objectives": N_("Whether objectives were met"),
        "relevance": N_("Relevance"),
        "change": N_("What learners will do differently"),
        "confidence": N_("Confidence"),
        "barriers": N_("Barriers to change"),
        "balance": N_("Balance and evidence"),
        "bias": N_("Commercial bias"),
        "time": N_("Time spent"),
        "faculty": N_("Faculty"),
        "format": N_("Format"),
        "needs": N_("Further needs"),
        "practice": N_("The learner's practice"),
        "other": N_("Something else"),
    },
    codes.Moore: {
        "2": N_("2: satisfaction"),
        "3a": N_("3a: knows what"),
        "3b": N_("3b: knows how"),
        "4": N_("4: competence"),
        "5": N_("5: performance"),
        "6": N_("6: patients' health"),
        "7": N_("7: the community's health"),
    },
    codes.Whom: {"team": N_("The healthcare team"), "patients": N_("Patients")},
    codes.FollowUp: {"30": N_("30 days"), "60": N_("60 days"), "90": N_("90 days")},
}


def _professions() -> Labels:
    return {code: one.label for code, one in professions.load().items()}


def _systems() -> Labels:
    return {code: one.name for code, one in credit_system.load().items() if not one.board}


def _library() -> Labels:
    return {code: one.text for code, one in library.load().items.items()}


# Lists that are data. Their codes are text in the model, so that an edition outlives its list.
TABLES: Mapping[str, Callable[[], Labels]] = {"professions": _professions, "systems": _systems, "library": _library}

# Lists of the activity itself: the page fills them, and keeps them, while the author works.
LIVE = frozenset({"objectives", "people", "references"})


def _identifiers() -> tuple[str, ...]:
    named = {name for one in credit_system.load().values() for name in one.identifiers}
    return tuple(sorted(named | {"pars_activity_id"}))


# What is usual in a field of free text.
SUGGESTIONS: Mapping[str, Callable[[], tuple[str, ...]]] = {
    "identifiers": _identifiers,
    "languages": lambda: ("en", "es", "fr", "de", "pt", "ar", "he", "zh"),
    "mitigations": lambda: (
        "peer_review",
        "divestment",
        "recusal",
        "restricted_content",
        "evidence_only",
        "attestation",
    ),
    "natures": lambda: (
        "Advisor",
        "Consultant",
        "Employee",
        "Executive role",
        "Independent contractor (including contracted research)",
        "Owner",
        "Researcher",
        "Royalties or patent beneficiary",
        "Speaker",
        "Stocks or stock options, excluding diversified mutual funds",
    ),
    "zones": lambda: (
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Phoenix",
        "America/Los_Angeles",
        "America/Anchorage",
        "Pacific/Honolulu",
        "America/Toronto",
        "Europe/Berlin",
        "Europe/London",
        "UTC",
    ),
}
