"""Addresses under /cme/ in the LMS and in the demo."""

from __future__ import annotations

from django.urls import path

from cme_xblock.parts import views, views_badge, views_follow_up, views_outcomes, views_transcript, views_verify
from cme_xblock.reporting import metrics

app_name = "cme_xblock"

urlpatterns = [
    path("certificates/<slug:code>/", views.certificate, name="certificate"),
    path("certificates/<slug:code>.pdf", views.certificate_pdf, name="certificate-pdf"),
    path("certificates/<slug:code>.jwt", views_badge.credential, name="badge"),
    path("badges/status/<int:number>.jwt", views_badge.status, name="badge-status"),
    path("transcript/", views_transcript.page, name="transcript"),
    path("transcript.csv", views_transcript.as_csv, name="transcript-csv"),
    path("transcript.pdf", views_transcript.as_pdf, name="transcript-pdf"),
    path("did.json", views_badge.did, name="did"),
    path("verify/", views_verify.form, name="verify"),
    path("verify/<slug:number>/", views_verify.number, name="verify-number"),
    path("follow-up/<slug:code>/stop/", views_follow_up.stop, name="follow-up-stop"),
    path("outcomes/<slug:key>/", views_outcomes.page, name="outcomes"),
    path("outcomes/<slug:key>/<slug:table>.csv", views_outcomes.as_csv, name="outcomes-csv"),
    path("outcomes/<slug:key>.xlsx", views_outcomes.as_xlsx, name="outcomes-xlsx"),
    path("outcomes/<slug:key>.pdf", views_outcomes.as_pdf, name="outcomes-pdf"),
    path("metrics", metrics.view, name="metrics"),
]
