"""Rules on MOC/CC registered through the ACCME: board, points, threshold, feedback, reviewers. Source: spec part 4."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from cme_xblock.activity.codes import Feedback, Role
from cme_xblock.activity.message import N_
from cme_xblock.activity.model import Activity, MocOffering, Offering
from cme_xblock.rules import amounts, boards
from cme_xblock.rules.boards import Board
from cme_xblock.rules.finding import Hit, Severity, Source, place, rule
from cme_xblock.rules.statements import listing

_EVALUATION = Source(
    "ACCME: evaluation for MOC, with threshold and feedback (spec R-4.2)",
    "S",
    "https://www.accme.org/faq/what-kinds-evaluations-can-i-use",
)
_POINTS = Source("ACCME: points are the credit, never more (spec R-4.3)", "S", "https://accme.org/faq/7922")
_ABIM = Source(
    "ACCME and ABIM: medical knowledge is reviewed by two peers (spec R-4.2)", "S", "http://www.accme.org/abim-moc"
)
_ABS = Source(
    "ABS: self-assessment counts with 75 percent (spec R-4.3)",
    "S",
    "https://www.absurgery.org/stay-certified/ongoing-certification-requirements/cme/",
)
_BOARDS = Source(
    "ACCME: boards that take data from PARS (spec R-4.1)",
    "S",
    "https://accme.org/resource/submit-data-via-batch-upload-or-web-services",
)
_FLOW = Source(
    "ACCME: the activity is in PARS, with its claim date, before learners are (spec R-4.5)",
    "S",
    "http://www.accme.org/faq/how-will-i-know-my-participant-data-has-been-validated-specialty-board",
)
_MAKERS = frozenset({Role.AUTHOR, Role.PLANNER, Role.FACULTY, Role.ITEM_WRITER})


def _registered(activity: Activity) -> Iterator[tuple[str, Offering, MocOffering]]:
    for index, offering in enumerate(activity.offerings):
        for number, one in enumerate(offering.moc):
            yield f"{place('offerings', offering.system, index)}.moc[{number}]", offering, one


def _known(activity: Activity) -> Iterator[tuple[str, MocOffering, Board]]:
    known = boards.load()
    for where, _, one in _registered(activity):
        if one.board in known:
            yield where, one, known[one.board]


@rule(
    "moc_board_unknown",
    Severity.BLOCK,
    source=_BOARDS,
    message=N_('There is no board "{board}" that takes MOC credit from PARS.'),
    fix=N_("Use one of: {known}."),
)
def moc_board_unknown(activity: Activity, today: date) -> Iterator[Hit]:
    """A board that is named takes the data."""
    for where, _, one in _registered(activity):
        if one.board not in boards.load():
            yield Hit(f"{where}.board", {"board": one.board, "known": ", ".join(boards.load())})


@rule(
    "moc_credit_type",
    Severity.BLOCK,
    source=_POINTS,
    message=N_("The type of MOC credit is missing or unknown ({board})."),
    fix=N_("Choose among: {types}."),
)
def moc_credit_type(activity: Activity, today: date) -> Iterator[Hit]:
    """Boards with several types of credit are told which."""
    for where, one, board in _known(activity):
        if board.credit_types and (not one.credit_types or set(one.credit_types) - set(board.credit_types)):
            params = {"board": board.short_name, "types": ", ".join(board.credit_types)}
            yield Hit(f"{where}.credit_types", params)


@rule(
    "moc_points",
    Severity.BLOCK,
    source=_POINTS,
    message=N_("The MOC points are missing, or are more than the credit of the activity ({board})."),
    fix=N_("Give points above 0 and up to {most}."),
)
def moc_points(activity: Activity, today: date) -> Iterator[Hit]:
    """Points are the credit or less, where only a part qualifies; never more."""
    for where, offering, one in _registered(activity):
        most = offering.amount
        if one.points is None or one.points <= 0 or (most is not None and one.points > most):
            params = {"board": one.board.upper(), "most": "–" if most is None else amounts.number(most)}
            yield Hit(f"{where}.points", params)


@rule(
    "moc_other_credit",
    Severity.BLOCK,
    source=_POINTS,
    message=N_("MOC points go with AMA PRA credit, and are registered here for another."),
    fix=N_("Move the registration to the offering of AMA PRA Category 1 Credit."),
)
def moc_other_credit(activity: Activity, today: date) -> Iterator[Hit]:
    """Points are compared with the AMA credit claimed."""
    yield from (Hit(where) for where, offering, _ in _registered(activity) if offering.system != "ama_pra_1")


@rule(
    "moc_threshold",
    Severity.BLOCK,
    source=_EVALUATION,
    message=N_("MOC needs a participation threshold: the assessment has no scored question or no pass mark."),
    fix=N_("Add questions and set the pass mark: learners are told it before they start."),
)
def moc_threshold(activity: Activity, today: date) -> Iterator[Hit]:
    """The passing standard is set, and told."""
    assessment = activity.assessment
    if any(_registered(activity)) and (assessment.pass_mark is None or not any(one.scored for one in assessment.items)):
        yield Hit("assessment.pass_mark")


@rule(
    "moc_rationale",
    Severity.BLOCK,
    source=_EVALUATION,
    message=N_("This question has no explanation of the right answer, which MOC asks for."),
    fix=N_("Write why the right answer is right."),
)
def moc_rationale(activity: Activity, today: date) -> Iterator[Hit]:
    """Feedback gives the reason for every right answer."""
    if any(_registered(activity)):
        for index, one in enumerate(activity.assessment.items):
            if one.scored and not one.rationale:
                yield Hit(f"{place('assessment.items', one.id, index)}.rationale")


@rule(
    "moc_citation",
    Severity.AUDIT,
    source=_EVALUATION,
    message=N_("This question cites no reference; MOC asks for citations where apt."),
    fix=N_("Cite the reference on which the right answer rests, if there is one."),
)
def moc_citation(activity: Activity, today: date) -> Iterator[Hit]:
    """Citations where apt."""
    if any(_registered(activity)):
        for index, one in enumerate(activity.assessment.items):
            if one.scored and not one.references:
                yield Hit(f"{place('assessment.items', one.id, index)}.references")


@rule(
    "moc_feedback_hidden",
    Severity.BLOCK,
    source=_EVALUATION,
    message=N_("Learners never see the right answers with their reasons, which MOC asks for."),
    fix=N_("Show feedback after each attempt, or after passing."),
)
def moc_feedback_hidden(activity: Activity, today: date) -> Iterator[Hit]:
    """The learner's own results with the reasons."""
    if any(_registered(activity)) and activity.assessment.feedback is Feedback.NEVER:
        yield Hit("assessment.feedback")


@rule(
    "moc_reviewers",
    Severity.BLOCK,
    source=_ABIM,
    message=N_("{board} asks for {wanted} reviewers who are neither authors nor planners, and there are {found}."),
    fix=N_("Name the peers who reviewed the content with the role of reviewer, and no role in making it."),
)
def moc_reviewers(activity: Activity, today: date) -> Iterator[Hit]:
    """Two peers review medical knowledge, who did not make it."""
    reviewers = sum(Role.REVIEWER in one.roles and not _MAKERS & set(one.roles) for one in activity.people)
    for where, one, board in _known(activity):
        knowledge = any("medical_knowledge" in kind for kind in one.credit_types)
        if knowledge and reviewers < board.reviewers:
            params = {"board": board.short_name, "wanted": str(board.reviewers), "found": str(reviewers)}
            yield Hit(where, params)


@rule(
    "moc_pass_mark",
    Severity.BLOCK,
    source=_ABS,
    message=N_("{board} takes {types} only with a pass mark of {least} or more."),
    fix=N_("Raise the pass mark, or register another type of credit."),
)
def moc_pass_mark(activity: Activity, today: date) -> Iterator[Hit]:
    """Self-assessment for surgeons counts with three of four right."""
    mark = activity.assessment.pass_mark
    for _, one, board in _known(activity):
        strict = [(kind, least) for kind, least in board.minimum_pass if kind in one.credit_types]
        low = [(kind, least) for kind, least in strict if mark is not None and mark < least]
        if low:
            params = {
                "board": board.short_name,
                "types": listing([kind.upper() for kind, _ in low]),
                "least": amounts.number(max(least for _, least in low)),
            }
            yield Hit("assessment.pass_mark", params)


@rule(
    "moc_claim_by",
    Severity.WARN,
    source=_FLOW,
    message=N_("The last day to claim MOC credit is missing, or lies before the release ({board})."),
    fix=N_("Give the claim date as it stands in PARS."),
)
def moc_claim_by(activity: Activity, today: date) -> Iterator[Hit]:
    """PARS asks for a claim date, after which nothing is taken."""
    for where, _, one in _registered(activity):
        if one.claim_by is None or (activity.release is not None and one.claim_by < activity.release):
            yield Hit(f"{where}.claim_by", {"board": one.board.upper()})


@rule(
    "moc_not_in_pars",
    Severity.WARN,
    source=_FLOW,
    message=N_("MOC is registered in PARS, and the activity has no PARS number here."),
    fix=N_("Enter the number: learners' points are reported under it."),
)
def moc_not_in_pars(activity: Activity, today: date) -> Iterator[Hit]:
    """The activity is in PARS before learners are."""
    for index, one in enumerate(activity.offerings):
        if one.moc and not one.identifier("pars_activity_id"):
            yield Hit(f"{place('offerings', one.system, index)}.identifiers")


RULES = (
    moc_board_unknown,
    moc_credit_type,
    moc_points,
    moc_other_credit,
    moc_threshold,
    moc_rationale,
    moc_citation,
    moc_feedback_hidden,
    moc_reviewers,
    moc_pass_mark,
    moc_claim_by,
    moc_not_in_pars,
)
