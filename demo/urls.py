"""Addresses of the demonstration: its own pages, and the workbench's doors that blocks ask for by name."""

from __future__ import annotations

from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import include, path, re_path
from workbench import views as workbench

from demo.site import views

urlpatterns = [
    path("", views.home, name="demo-home"),
    path("learn/<slug:student_id>/", views.begin),
    path("learn/<slug:student_id>/<slug:slug>/", views.unit, name="demo-unit"),
    path("author/", views.author_begin, name="demo-author-begin"),
    path("author/<slug:slug>/<slug:view>/", views.author, name="demo-author"),
    path("office/<slug:role>/", views.office, name="demo-office"),
    path("report/", views.report, name="demo-report"),
    path("favicon.ico", views.no_icon),
    path("cme/", include("cme_xblock.urls")),
    re_path(
        r"^handler/(?P<usage_id>[^/]+)/(?P<handler_slug>[^/]*)(?:/(?P<suffix>.*))?$",
        workbench.handler,
        {"authenticated": True},
        name="handler",
    ),
    re_path(
        r"^unauth_handler/(?P<usage_id>[^/]+)/(?P<handler_slug>[^/]*)(?:/(?P<suffix>.*))?$",
        workbench.handler,
        {"authenticated": False},
        name="unauth_handler",
    ),
    re_path(r"^resource/(?P<block_type>[^/]+)/(?P<resource>.*)$", workbench.package_resource, name="package_resource"),
    *staticfiles_urlpatterns(),
]
