"""The workbench's addresses and ours, as the LMS mounts them."""

from __future__ import annotations

from django.urls import include, path
from workbench.urls import urlpatterns as workbench

urlpatterns = [path("cme/", include("cme_xblock.urls", namespace="cme_xblock")), *workbench]
