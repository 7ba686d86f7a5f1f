"""Addresses of the desk: the provider's under /cme/disclosures/, the person's own form under /cme/disclose/."""

from __future__ import annotations

from django.urls import path

from cme_xblock.console.desk import bringing, form, listing, person

urlpatterns = [
    path("disclosures/", listing.providers, name="console-desk"),
    path("disclosures/<slug:provider>/", listing.page, name="desk-list"),
    path("disclosures/<slug:provider>/import/", bringing.page, name="desk-import"),
    path("disclosures/<slug:provider>/import/template.<slug:kind>", bringing.template, name="desk-template"),
    path("disclosures/<slug:provider>/people/<slug:person>/", person.page, name="desk-person"),
    path("disclose/<str:token>/", form.page, name="desk-form"),
    path("disclose/<str:token>/copy.txt", form.copy, name="desk-copy"),
]
