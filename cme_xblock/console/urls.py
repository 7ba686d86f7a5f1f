"""Addresses of the console: home and activities. Exports, API, desk and evidence have modules of their own."""

from __future__ import annotations

from django.urls import include, path

from cme_xblock.console import activities, activity, course, home, looks, measures, surveyors, tasks
from cme_xblock.console.deliveries import every, listing
from cme_xblock.console.deliveries import one as sending
from cme_xblock.console.editions import pages as editions
from cme_xblock.console.ledger import correct
from cme_xblock.console.ledger import pages as ledger
from cme_xblock.console.participants import pages as participants
from cme_xblock.console.remedies import attendance
from cme_xblock.console.remedies import pages as remedies

_ONE = "activities/<slug:key>/"
_LEARNER = f"{_ONE}learners/<slug:uuid>/"
_REMEDIES = f"{_ONE}corrections/"

urlpatterns = [
    path("", home.page, name="console-home"),
    path("activities/", activities.page, name="console-activities"),
    path("courses/<str:course>/", course.page, name="console-course"),
    path("deliveries/", every.page, name="console-deliveries"),
    path(_ONE, activity.page, name="console-activity"),
    path(f"{_ONE}deliveries/", listing.page, name="console-sendings"),
    path(f"{_ONE}deliveries/<slug:delivery>/", sending.page, name="console-sending"),
    path(f"{_ONE}editions/", editions.page, name="console-editions"),
    path(f"{_ONE}editions/<slug:sha256>/", editions.one, name="console-edition"),
    path(f"{_ONE}bias/", tasks.page, name="console-tasks"),
    path(f"{_ONE}measures/", measures.page, name="console-measures"),
    path(f"{_ONE}looks/", looks.page, name="console-looks"),
    path(f"{_ONE}surveyors/", surveyors.page, name="console-surveyors"),
    path(f"{_ONE}learners/", participants.page, name="console-participants"),
    path(_LEARNER, ledger.page, name="console-participant"),
    path(f"{_LEARNER}correct/<slug:way>/", correct.page, name="console-correct"),
    path(_REMEDIES, remedies.page, name="console-remedies"),
    path(f"{_REMEDIES}attendance/", attendance.page, name="console-attendance"),
    path("exports/", include("cme_xblock.console.exports.urls")),
    path("api/", include("cme_xblock.console.api.urls")),
    path("", include("cme_xblock.console.health.urls")),
]
