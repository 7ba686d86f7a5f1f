"""Words and controls for what an activity has once: the activity itself, provider, need, support, assessment, claim."""

from __future__ import annotations

from collections.abc import Mapping

from cme_xblock.activity import model
from cme_xblock.activity.message import N_
from cme_xblock.studio.described import Field, Widget

_ACTIVITY: Mapping[str, Field] = {
    "title": Field(N_("Title"), Widget.LINE, N_("As it stands on certificates and in reports to accreditors.")),
    "activity_id": Field(
        N_("Activity id"),
        Widget.LINE,
        N_("Its name in records and reports. Made from the title when empty. Keep it once people take part."),
    ),
    "description": Field(N_("Description"), Widget.RICH, N_("Two or three sentences. Learners read them first.")),
    "language": Field(
        N_("Language"),
        Widget.LINE,
        N_("Code of the language the activity is written in, such as en."),
        suggestions="languages",
    ),
    "format": Field(N_("Format"), Widget.CHOICE, N_("The AMA's learning format. It decides which rules apply.")),
    "format_description": Field(
        N_("Short description of the format"),
        Widget.LINE,
        N_('Only for "Other activity", as in: case-based game. It becomes part of the designation statement.'),
    ),
    "medium": Field(
        N_("Medium"),
        Widget.LINE,
        N_("How it is delivered, as in: internet, self-paced text and video. Asked for enduring material."),
    ),
    "technical_requirements": Field(
        N_("Technical requirements"),
        Widget.AREA,
        N_("Browser and devices that a learner needs. Learners see them before they begin."),
    ),
    "estimated_minutes": Field(
        N_("Estimated time in minutes"),
        Widget.WHOLE,
        N_("To complete everything. Credit is worked out from it, 60 minutes to one credit."),
    ),
    "content_validated_on": Field(
        N_("Content validated on"),
        Widget.DATE,
        N_("When somebody checked that recommendations are evidence-based and balanced (ACCME Standard 1)."),
    ),
    "content_validated_by": Field(N_("Content validated by"), Widget.LINE, N_("Name of the person who checked.")),
    "standard3_exception": Field(
        N_("Exception"),
        Widget.CHOICE,
        N_("Some education needs no disclosures (ACCME Standard 3). Choose one only if it truly applies."),
    ),
    "standard3_justification": Field(N_("Why the exception applies"), Widget.AREA, N_("Kept for the audit file.")),
    "time_zone": Field(
        N_("Time zone"), Widget.LINE, N_("The activity expires at the end of a day in this zone."), suggestions="zones"
    ),
    "release": Field(
        N_("Release date"),
        Widget.DATE,
        N_("From this day learners can begin. They see the date (ACCME, enduring material)."),
    ),
    "last_review": Field(
        N_("Last review"), Widget.DATE, N_("When the content was last reviewed. Three years is the most.")
    ),
    "expiry": Field(
        N_("Expiry date"),
        Widget.DATE,
        N_("The last day on which the activity can be completed for credit: at most three years."),
    ),
    "renewed_from": Field(
        N_("Renewed from"), Widget.LINE, N_("Activity id of last year's activity, if there was one.")
    ),
    "objectives": Field(
        N_("Objectives"),
        Widget.MEMBERS,
        N_("What a learner can do afterwards. Items point to objectives."),
        noun=N_("objective"),
        naming="text",
    ),
    "people": Field(
        N_("People in control of content"),
        Widget.MEMBERS,
        N_(
            "Ask everybody for all financial relationships of the last 24 months, before they begin (ACCME Standard 3)."
        ),
        noun=N_("person"),
        naming="name",
        folded=True,
    ),
    "sessions": Field(
        N_("Sessions"),
        Widget.MEMBERS,
        N_("Only for live activities and series: learners get credit for the sessions that they attended."),
        noun=N_("session"),
        naming="title",
        folded=True,
    ),
    "references": Field(
        N_("References"), Widget.MEMBERS, N_("Sources that items cite."), noun=N_("reference"), naming="citation"
    ),
    "offerings": Field(
        N_("Credit"),
        Widget.MEMBERS,
        N_("One entry for each kind of credit. A learner claims up to the amount."),
        noun=N_("credit"),
        naming="system",
        folded=True,
    ),
    "overrides": Field(
        N_("Overridden findings"),
        Widget.MEMBERS,
        N_("Use “Let stand, with a reason” beside a finding to add one. Remove it here, and the finding counts again."),
        noun=N_("override"),
        naming="code",
    ),
}

_PROVIDER: Mapping[str, Field] = {
    "name": Field(
        N_("Name"), Widget.LINE, N_("Exactly as it is accredited. It is printed in the accreditation statement.")
    ),
    "short_name": Field(N_("Short name"), Widget.LINE, N_("For running text, if the name is long.")),
    "accreditation": Field(N_("Accredited by"), Widget.CHOICE, N_("Decides the accreditation statement.")),
    "state_accreditor": Field(
        N_("State medical society"), Widget.LINE, N_("Its name, if the provider is accredited by a state society.")
    ),
    "providership": Field(N_("Planned"), Widget.CHOICE, N_("Decides the accreditation statement.")),
    "accme_provider_id": Field(N_("ACCME provider id"), Widget.LINE, N_("Seven digits. Used in reports to PARS.")),
    "contact_name": Field(N_("Contact"), Widget.LINE, N_("Whom learners ask.")),
    "contact_email": Field(N_("Contact e-mail"), Widget.LINE, N_("Learners see it.")),
    "contact_url": Field(N_("Contact page"), Widget.LINE, N_("Address beginning with https://")),
    "privacy_url": Field(
        N_("Privacy policy"),
        Widget.LINE,
        N_("Address beginning with https://. Asked for activities on the internet (ACCME)."),
    ),
    "state": Field(N_("State"), Widget.LINE, N_("Two letters, as in NY.")),
    "address": Field(N_("Address"), Widget.AREA, N_("Printed on certificates.")),
    "identifiers": Field(
        N_("Numbers given by other accreditors"),
        Widget.MEMBERS,
        N_("For example an AOA sponsor id."),
        noun=N_("number"),
        naming="name",
    ),
    "joint_providers": Field(
        N_("Joint providers"),
        Widget.MEMBERS,
        N_("Organisations that planned the activity with you. None of them may be an ineligible company."),
        noun=N_("joint provider"),
        naming="name",
    ),
}

_AUDIENCE: Mapping[str, Field] = {
    "description": Field(N_("Target audience"), Widget.AREA, N_("Who the activity was planned for. Learners see it.")),
    "professions": Field(N_("Professions"), Widget.TICKS, N_("Everybody in the audience."), choices="professions"),
}

_NEED: Mapping[str, Field] = {
    "gap": Field(
        N_("Professional practice gap"),
        Widget.AREA,
        N_("The difference between what your learners do or achieve and what they could (ACCME criterion 2)."),
    ),
    "types": Field(
        N_("Why the gap exists"), Widget.TICKS, N_("The educational need that underlies it (ACCME criterion 2).")
    ),
    "evidence": Field(
        N_("Evidence of the gap"), Widget.LINES, N_("Publications, quality data, surveys."), noun=N_("evidence")
    ),
    "designed_to_change": Field(
        N_("Designed to change"), Widget.TICKS, N_("At least one; knowledge alone is not enough (ACCME criterion 3).")
    ),
    "format_rationale": Field(
        N_("Why this format"),
        Widget.AREA,
        N_("How the format fits the setting, the objectives and the change (ACCME criterion 5)."),
    ),
    "competencies": Field(
        N_("Desirable physician attributes"),
        Widget.LINES,
        N_("Competencies of ABMS/ACGME, National Academy of Medicine or IPEC (ACCME criterion 6)."),
        noun=N_("attribute"),
    ),
    "cultural_competency": Field(
        N_("Cultural and linguistic competency, implicit bias"),
        Widget.AREA,
        N_("What the activity does about them. Required in California."),
    ),
}

_SUPPORT: Mapping[str, Field] = {
    "received": Field(
        N_("Did an ineligible company support the activity?"), Widget.CHOICE, N_("Money or in kind (ACCME Standard 4).")
    ),
    "sources": Field(N_("Supporters"), Widget.MEMBERS, "", noun=N_("supporter"), naming="company"),
}

_BASELINE: Mapping[str, Field] = {
    "minutes": Field(N_("Minutes for the baseline"), Widget.WHOLE),
    "introduction": Field(
        N_("Introduction to the baseline"), Widget.RICH, N_("Learners read it above the first question.")
    ),
    "ask_confidence": Field(
        N_("Ask beside each baseline item how sure the learner is"),
        Widget.FLAG,
        N_("It is not scored. It shows who was wrong and sure of it."),
    ),
    "items": Field(
        N_("Baseline items"), Widget.MEMBERS, N_("Never graded."), noun=N_("baseline item"), naming="stem", folded=True
    ),
}

_CONTENT: Mapping[str, Field] = {
    "completion": Field(N_("Counts as worked through when"), Widget.CHOICE),
    "minimum_minutes": Field(N_("Minimum minutes"), Widget.WHOLE, N_("Only with a minimum time.")),
    "minutes": Field(N_("Minutes for the content"), Widget.WHOLE),
    "introduction": Field(N_("Introduction to the content"), Widget.RICH),
    "sections": Field(
        N_("Content blocks"),
        Widget.LINES,
        N_("Name of each CME content block of this course, as in cme_content@guideline."),
        noun=N_("content block"),
    ),
    "gates": Field(
        N_("Keeps closed for learners"),
        Widget.CHOICE,
        N_("Never this activity's own blocks. Takes effect when the course is published."),
    ),
    "opens_after": Field(
        N_("Opens after"), Widget.CHOICE, N_("Content blocks open after both: disclosures first, then the questions.")
    ),
}

_ASSESSMENT: Mapping[str, Field] = {
    "pass_mark": Field(
        N_("Pass mark in per cent"),
        Widget.PERCENT,
        N_("Share of items that must be right. Enduring and journal material needs one (AMA PRA)."),
    ),
    "max_attempts": Field(N_("Attempts"), Widget.WHOLE, N_("Leave empty for no limit.")),
    "feedback": Field(N_("Answers and reasons are shown"), Widget.CHOICE),
    "shuffle_items": Field(N_("Ask the questions in a different order for each learner"), Widget.FLAG),
    "shuffle_options": Field(N_("Show the options in a different order for each learner"), Widget.FLAG),
    "ask_confidence": Field(
        N_("Ask beside each assessment item how sure the learner is"), Widget.FLAG, N_("It is not scored.")
    ),
    "minutes": Field(N_("Minutes for the assessment"), Widget.WHOLE),
    "introduction": Field(N_("Introduction to the assessment"), Widget.RICH),
    "items": Field(
        N_("Assessment items"),
        Widget.MEMBERS,
        N_("At least one must measure each objective."),
        noun=N_("assessment item"),
        naming="stem",
        folded=True,
    ),
}

_EVALUATION: Mapping[str, Field] = {
    "mode": Field(
        N_("Answers are kept"),
        Widget.CHOICE,
        N_("Learners are told before they answer. Fewer dare to report bias with their name."),
    ),
    "required_for_credit": Field(
        N_("Credit can only be claimed after the evaluation"),
        Widget.FLAG,
        N_("Learners are told beforehand. Some credit systems, such as the EACCME, require it in any case."),
    ),
    "follow_up": Field(
        N_("Bring commitments back to the learner after"),
        Widget.TICKS,
        N_("What a learner will do differently is then kept with the name, also of an anonymous evaluation."),
    ),
    "introduction": Field(N_("Introduction to the evaluation"), Widget.RICH),
    "minutes": Field(N_("Minutes for the evaluation"), Widget.WHOLE),
    "items": Field(
        N_("Evaluation items"),
        Widget.MEMBERS,
        N_("In the order in which they are asked."),
        noun=N_("evaluation item"),
        naming="stem library",
        folded=True,
    ),
}

_RETENTION: Mapping[str, Field] = {
    "days": Field(
        N_("Ask the paired questions again after so many days"),
        Widget.WHOLE,
        N_("Counted from passing the assessment, such as 60. Empty: not at all. Not graded, no credit waits for it."),
    ),
    "minutes": Field(N_("Minutes for these questions"), Widget.WHOLE),
    "introduction": Field(N_("Introduction to these questions"), Widget.RICH),
}

_CLAIM: Mapping[str, Field] = {
    "window_days": Field(
        N_("Days to claim after expiry"),
        Widget.WHOLE,
        N_("Who completed in time can still claim for so many days. 30 when empty."),
    ),
    "completion_instructions": Field(
        N_("How to get credit"), Widget.AREA, N_("What a learner must do. Shown before the activity begins (ACCME).")
    ),
}

TABLES: Mapping[type, Mapping[str, Field]] = {
    model.Activity: _ACTIVITY,
    model.Provider: _PROVIDER,
    model.Audience: _AUDIENCE,
    model.Need: _NEED,
    model.Support: _SUPPORT,
    model.Baseline: _BASELINE,
    model.Content: _CONTENT,
    model.Assessment: _ASSESSMENT,
    model.Evaluation: _EVALUATION,
    model.Retention: _RETENTION,
    model.Claim: _CLAIM,
}
