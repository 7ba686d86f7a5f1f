"""Addresses under /cme/ in the LMS and in the demo.

Each view says who may ask it: `guarded` in the console, `public` or `own` here. One that says nothing fails a test.
"""

from __future__ import annotations

from django.urls import include, path

from cme_xblock.console.access import own, public
from cme_xblock.parts import (
    views,
    views_badge,
    views_follow_up,
    views_own_answers,
    views_transcript,
    views_verify,
)
from cme_xblock.reporting import metrics

app_name = "cme_xblock"

_holder = public("Whoever holds a certificate's secret code may show it; the learner gave it out.")
_verifier = public("Whoever was given a number may check it; only initials are shown.")
_key = public("The public key and the status list that badges are verified by.")
_learner = own("A learner's own transcript, by the platform's sign-in.")
_answers = own("A learner's own answers, by the platform's sign-in; 404 for whoever has none there.")
_mailed = own("Whoever was mailed the secret code may stop the mails.")
_monitor = public("Numbers without people, for whoever brings the monitor's token; none without it.")

urlpatterns = [
    path("certificates/<slug:code>/", _holder(views.certificate), name="certificate"),
    path("certificates/<slug:code>.pdf", _holder(views.certificate_pdf), name="certificate-pdf"),
    path("certificates/<slug:code>.jwt", _holder(views_badge.credential), name="badge"),
    path("badges/status/<int:number>.jwt", _key(views_badge.status), name="badge-status"),
    path("transcript/", _learner(views_transcript.page), name="transcript"),
    path("transcript.csv", _learner(views_transcript.as_csv), name="transcript-csv"),
    path("transcript.pdf", _learner(views_transcript.as_pdf), name="transcript-pdf"),
    path("answers/<slug:key>/", _answers(views_own_answers.page), name="own-answers"),
    path("did.json", _key(views_badge.did), name="did"),
    path("verify/", _verifier(views_verify.form), name="verify"),
    path("verify/<slug:number>/", _verifier(views_verify.number), name="verify-number"),
    path("follow-up/<slug:code>/stop/", _mailed(views_follow_up.stop), name="follow-up-stop"),
    path("retention/<slug:code>/stop/", _mailed(views_follow_up.stop_retention), name="retention-stop"),
    path("metrics", _monitor(metrics.view), name="metrics"),
    path("", include("cme_xblock.console.urls")),
    path("", include("cme_xblock.console.outcomes.urls")),
    path("", include("cme_xblock.console.desk.urls")),
    path("", include("cme_xblock.console.evidence.urls")),
]
