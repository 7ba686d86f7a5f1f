"""Words and controls for what there are several of: people, relationships, credit, items, options, references."""

from __future__ import annotations

from collections.abc import Mapping

from cme_xblock.activity import evaluation, model
from cme_xblock.activity.message import N_
from cme_xblock.studio.described import Field, Widget

_ID = N_("Made by itself when empty.")

_PERSON: Mapping[str, Field] = {
    "name": Field(N_("Name"), Widget.LINE),
    "credentials": Field(N_("Credentials"), Widget.LINE, N_("As in MD, MPH.")),
    "profession": Field(N_("Profession"), Widget.CHOICE, choices="professions"),
    "affiliation": Field(N_("Affiliation"), Widget.LINE),
    "account": Field(
        N_("User name on this platform"),
        Widget.LINE,
        N_("If the person has one: nobody gets a learner's credit for a session or a test of their own."),
    ),
    "roles": Field(N_("Roles"), Widget.TICKS, N_("What the person does in this activity.")),
    "role_started_on": Field(N_("Began on"), Widget.DATE, N_("Mitigation comes before this day (ACCME Standard 3).")),
    "disclosed_on": Field(
        N_("Disclosed on"),
        Widget.DATE,
        N_("When the person answered. Empty means: not asked yet, which is not the same as nothing."),
    ),
    "disclosure_evidence": Field(
        N_("Where the answer is kept"), Widget.LINE, N_("File or form number, for the audit.")
    ),
    "relationships": Field(
        N_("Financial relationships"),
        Widget.MEMBERS,
        N_("Of the last 24 months, with ineligible companies, of any size. None if there is nothing to disclose."),
        noun=N_("relationship"),
        naming="company",
    ),
    "exception": Field(
        N_("Exception for owners and employees"),
        Widget.CHOICE,
        N_("Owners and employees of ineligible companies are excluded but for these."),
    ),
    "exception_note": Field(N_("Why the exception applies"), Widget.AREA),
    "id": Field(N_("Id"), Widget.LINE, _ID),
}

_RELATIONSHIP: Mapping[str, Field] = {
    "company": Field(N_("Company"), Widget.LINE, N_("The name only: no trade names, no logos.")),
    "nature": Field(
        N_("Nature of the relationship"), Widget.LINE, N_("Never an amount of money."), suggestions="natures"
    ),
    "eligibility": Field(
        N_("The company is"),
        Widget.CHOICE,
        N_("Ineligible: its primary business is health care goods used by or on patients."),
    ),
    "relevance": Field(
        N_("For this activity the relationship is"), Widget.CHOICE, N_("Decided by the provider, never by the person.")
    ),
    "decided_on": Field(N_("Decided on"), Widget.DATE),
    "owner_or_employee": Field(N_("Owner or employee of the company"), Widget.FLAG),
    "ended_on": Field(N_("Ended on"), Widget.DATE, N_("If it has ended.")),
    "note": Field(N_("Note for the audit file"), Widget.AREA),
    "mitigations": Field(
        N_("Mitigation"),
        Widget.MEMBERS,
        N_("What was done about a relevant relationship, before the person began."),
        noun=N_("step"),
        naming="method",
    ),
}

_MITIGATION: Mapping[str, Field] = {
    "method": Field(N_("Method"), Widget.LINE, suggestions="mitigations"),
    "on": Field(N_("Done on"), Widget.DATE),
    "note": Field(N_("What was done"), Widget.AREA),
}

_OFFERING: Mapping[str, Field] = {
    "system": Field(N_("Kind of credit"), Widget.CHOICE, choices="systems"),
    "amount": Field(N_("Maximum amount"), Widget.NUMBER, N_("In the steps of the credit system, as in 1.25.")),
    "activity_type": Field(
        N_("Activity type of the accreditor"), Widget.LINE, N_("Only where the accreditor has types of its own.")
    ),
    "designated_on": Field(
        N_("Designated on"), Widget.DATE, N_("When credit was designated: before the activity begins.")
    ),
    "letter_on": Field(N_("Approval letter dated"), Widget.DATE, N_("For credit that another organisation approves.")),
    "approval_expires": Field(N_("Approval ends on"), Widget.DATE),
    "statement": Field(
        N_("Statement of the accreditor"),
        Widget.AREA,
        N_("Only where the accreditor's letter gives one. All others are made by the program."),
    ),
    "identifiers": Field(
        N_("Numbers"),
        Widget.MEMBERS,
        N_("For example the PARS activity id or a UAN."),
        noun=N_("number"),
        naming="name",
    ),
    "moc": Field(
        N_("Maintenance of certification"),
        Widget.MEMBERS,
        N_("Registration with a certifying board."),
        noun=N_("board"),
        naming="board",
    ),
}

_MOC: Mapping[str, Field] = {
    "board": Field(N_("Certifying board"), Widget.LINE, N_("As in abim.")),
    "points": Field(N_("Points"), Widget.NUMBER),
    "claim_by": Field(N_("Claim by"), Widget.DATE),
    "credit_types": Field(N_("Credit types"), Widget.LINES, N_("As the board names them."), noun=N_("credit type")),
}

_ITEM: Mapping[str, Field] = {
    "stem": Field(N_("Question"), Widget.RICH),
    "kind": Field(N_("Kind"), Widget.CHOICE),
    "options": Field(N_("Options"), Widget.MEMBERS, "", noun=N_("option"), naming="text"),
    "rationale": Field(N_("Why the answer is right"), Widget.RICH, N_("Learners read it after the assessment.")),
    "objective": Field(N_("Objective"), Widget.CHOICE, N_("What the item measures."), choices="objectives"),
    "references": Field(N_("Cites"), Widget.TICKS, choices="references"),
    "level": Field(N_("What the item can show"), Widget.CHOICE, N_("Moore's levels of outcomes.")),
    "pair_id": Field(
        N_("Pair name"), Widget.LINE, N_("The same word in baseline and assessment ties two items together.")
    ),
    "id": Field(N_("Id"), Widget.LINE, _ID),
}

_EVALUATION_ITEM: Mapping[str, Field] = {
    "library": Field(
        N_("From the library"),
        Widget.CHOICE,
        N_(
            "Its words, answers and tags come with it, in the learner's language. Choose nothing for an item of your "
            "own."
        ),
        choices="library",
    ),
    "stem": Field(
        N_("Question"), Widget.AREA, N_("For an item of your own, or in place of the library's words. Empty otherwise.")
    ),
    "required": Field(N_("Must be answered"), Widget.FLAG),
    "kind": Field(N_("Kind of answer"), Widget.CHOICE, N_("This and what follows: only for an item of your own.")),
    "options": Field(
        N_("Answers"),
        Widget.MEMBERS,
        N_("A rating without any is asked on a scale of agreement."),
        noun=N_("answer"),
        naming="text",
    ),
    "purpose": Field(N_("What it asks about"), Widget.CHOICE, N_("Reports and rules know it by this.")),
    "each": Field(N_("Asked"), Widget.CHOICE),
    "objective": Field(N_("Objective"), Widget.CHOICE, N_("If it is about one of them."), choices="objectives"),
    "level": Field(N_("Level of outcome"), Widget.CHOICE, N_("Moore's levels. What learners say is subjective.")),
    "about": Field(N_("About"), Widget.TICKS, N_("IPCE credit needs an item on the team or on patients.")),
    "id": Field(N_("Id"), Widget.LINE, _ID),
}

TABLES: Mapping[type, Mapping[str, Field]] = {
    model.Person: _PERSON,
    model.Relationship: _RELATIONSHIP,
    model.Mitigation: _MITIGATION,
    model.Offering: _OFFERING,
    model.MocOffering: _MOC,
    model.Item: _ITEM,
    model.Option: {
        "text": Field(N_("Text"), Widget.LINE),
        "correct": Field(N_("Right answer"), Widget.FLAG),
        "id": Field(N_("Id"), Widget.LINE),
    },
    evaluation.EvaluationItem: _EVALUATION_ITEM,
    evaluation.EvaluationOption: {
        "text": Field(N_("Text"), Widget.LINE),
        "comment": Field(N_("Who chooses it must say more"), Widget.FLAG),
        "id": Field(N_("Id"), Widget.LINE, _ID),
    },
    model.Objective: {
        "text": Field(
            N_("A learner can"), Widget.AREA, N_("Begin with a verb that can be observed: choose, calculate, plan.")
        ),
        "id": Field(N_("Id"), Widget.LINE, _ID),
    },
    model.Reference: {
        "citation": Field(N_("Citation"), Widget.AREA),
        "url": Field(N_("Web address"), Widget.LINE, N_("Beginning with https://")),
        "id": Field(N_("Id"), Widget.LINE, _ID),
    },
    model.JointProvider: {
        "name": Field(N_("Name"), Widget.LINE),
        "accredited": Field(N_("Is accredited itself"), Widget.FLAG),
    },
    model.Identifier: {
        "name": Field(N_("What number"), Widget.LINE, suggestions="identifiers"),
        "value": Field(N_("Number"), Widget.LINE),
    },
    model.SupportSource: {
        "company": Field(N_("Company"), Widget.LINE, N_("The name only: no trade names, no logos.")),
        "kind": Field(N_("Kind of support"), Widget.CHOICE),
        "amount": Field(N_("Amount in US dollars"), Widget.NUMBER, N_("For reports. Learners never see it.")),
        "agreement_on": Field(
            N_("Agreement signed on"),
            Widget.DATE,
            N_("A written agreement comes before the activity (ACCME Standard 4)."),
        ),
        "nature": Field(N_("What was given in kind"), Widget.LINE),
    },
    model.Override: {
        "code": Field(N_("Finding"), Widget.LINE),
        "where": Field(N_("Where"), Widget.LINE),
        "reason": Field(N_("Reason"), Widget.AREA, N_("Why the warning can stand. An auditor reads it.")),
        "by": Field(N_("Decided by"), Widget.LINE),
        "on": Field(N_("Decided on"), Widget.DATE),
    },
}
