"""Django's admin: the endpoints, for those who look after them. Django finds this module by its name.

What may be changed by whom is decided in `reporting/administering.py`. A secret is written here and never shown.
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ImproperlyConfigured
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters

from cme_xblock.records import keyring
from cme_xblock.records.models import EndpointChange, EndpointSetting
from cme_xblock.reporting import administering, config, stored
from cme_xblock.reporting.administering import EVERY, Asked
from cme_xblock.reporting.endpoints import secrets

PERMISSION = "cme_xblock.manage_endpoints"


class EndpointForm(forms.ModelForm):
    """One endpoint. `providers` is set by the admin for who asks."""

    providers: ClassVar[frozenset[str]] = frozenset()

    password = forms.CharField(required=False, strip=True, max_length=2000)
    forget_password = forms.BooleanField(required=False, label="Forget the stored password")
    secret = forms.CharField(required=False, strip=True, max_length=2000)
    forget_secret = forms.BooleanField(required=False, label="Forget the stored secret")

    class Meta:
        """What of the row is in the form."""

        model = EndpointSetting
        fields = ("name", "kind", "provider", "enabled", "settings_text")
        widgets = {"settings_text": forms.Textarea(attrs={"rows": 16, "cols": 100, "spellcheck": "false"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._before = EndpointSetting.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        for name, there in administering.state_of(self.instance).items():
            field = self.fields[name]
            field.widget = forms.PasswordInput(render_value=False, attrs={"autocomplete": "new-password", "size": 60})
            field.help_text = "Set. Leave this empty to keep it." if there else "Not set."
        if "kind" in self.fields:
            self.fields["kind"] = forms.ChoiceField(choices=[(one, one) for one in administering.kinds()])
        if EVERY not in self.providers and "provider" in self.fields:
            # As it is written already, so that opening a form changes nothing.
            written = {
                one.casefold(): one for one in (*self.providers, *([self.instance.provider] if self._before else ()))
            }
            choices = [(one, one) for one in sorted(written.values())]
            self.fields["provider"] = forms.ChoiceField(choices=choices, help_text=self.fields["provider"].help_text)

    def asked(self) -> Asked:
        """What is wanted of the secrets."""
        given = self.cleaned_data
        return Asked(
            typed={name: given[name] for name in secrets.FIELDS if given.get(name)},
            forget=frozenset(name for name in secrets.FIELDS if given.get(f"forget_{name}")),
        )

    def clean_settings_text(self) -> str:
        """JSON, written as everybody's."""
        try:
            return json.dumps(json.loads(self.cleaned_data["settings_text"] or "{}"), indent=2, ensure_ascii=False)
        except ValueError as error:
            raise forms.ValidationError('Write a JSON object: {"url": "https://…"}.') from error

    def _post_clean(self) -> None:
        """Ask the rules when the row is as it shall become."""
        super()._post_clean()
        if self.errors:
            return
        asked = self.asked()
        found = administering.problems(self.instance, asked, before=self._before, providers=self.providers)
        for name, text in found.items():
            self.add_error(name if name in self.fields else None, text)
        if asked.typed and not found:
            try:
                keyring.load()
            except ImproperlyConfigured as error:
                self.add_error(next(iter(asked.typed)), str(error))


class Changes(admin.TabularInline):
    """What was changed by whom, newest first."""

    model = EndpointChange
    fields = readonly_fields = ("at", "by", "what")
    ordering = ("-pk",)
    extra = 0
    can_delete = False
    verbose_name_plural = "history"

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Whoever sees the endpoint."""
        return True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(EndpointSetting)
class EndpointAdmin(admin.ModelAdmin):
    """The endpoints of the providers that somebody looks after; nobody sees another's, not even that it is there."""

    form = EndpointForm
    inlines = (Changes,)
    list_display = ("name", "kind", "provider", "enabled", "password", "secret", "changed_by", "changed_at")
    list_filter = ("enabled",)
    ordering = ("name",)
    actions = ("try_now",)
    fieldsets = (
        (None, {"fields": ("name", "kind", "provider", "enabled", "settings_text")}),
        (
            "Secrets",
            {
                "fields": ("password", "forget_password", "secret", "forget_secret"),
                "description": "What you enter is encrypted and never shown again.",
            },
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[EndpointSetting]:
        """Only those that this person looks after."""
        rows = super().get_queryset(request).prefetch_related("secrets")
        providers = providers_of(request)
        if EVERY in providers:
            return rows
        # A collation may take more names for the same than `may_see` does, and a database's case rules differ.
        mine = [pk for pk, whose in rows.values_list("pk", "provider") if administering.may_see(whose, providers)]
        return rows.filter(pk__in=mine)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The form, for the providers of who asks."""
        made = super().get_form(request, obj, change=change, **kwargs)
        return type("EndpointForm", (made,), {"providers": providers_of(request)})

    def get_readonly_fields(self, request: HttpRequest, obj: EndpointSetting | None = None) -> tuple[str, ...]:
        """Name and kind stay for good."""
        return ("name", "kind") if obj else ()

    @method_decorator(sensitive_post_parameters(*secrets.FIELDS))
    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """The page of one endpoint; what was typed as a secret is in no error report."""
        return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: EndpointSetting, form: EndpointForm, change: bool) -> None:
        """The row with its secrets and its history."""
        administering.save(obj, form.asked(), by=request.user.get_username(), now=timezone.now())

    @admin.action(description="Check: try address and credentials")
    def try_now(self, request: HttpRequest, chosen: QuerySet[EndpointSetting]) -> None:
        """Ask each of them now, and say in words what is wrong. Nothing is changed there."""
        for row in chosen:
            try:
                its = stored.of_row(row, row.secrets.all())
                wrong = config.checked(config.described(its.entry, "settings", its.find))
            except ImproperlyConfigured as error:
                wrong = (str(error),)
            for text in wrong:
                self.message_user(request, f"Endpoint {row.name}: {text}", messages.ERROR)
            if not wrong:
                self.message_user(request, f"Endpoint {row.name}: nothing wrong was found.", messages.SUCCESS)

    @admin.display(description="password")
    def password(self, row: EndpointSetting) -> str:
        """Whether one is stored."""
        return _state(row, "password")

    @admin.display(description="secret")
    def secret(self, row: EndpointSetting) -> str:
        """Whether one is stored."""
        return _state(row, "secret")

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Whoever looks after some provider's endpoints."""
        return bool(providers_of(request))

    def has_view_permission(self, request: HttpRequest, obj: EndpointSetting | None = None) -> bool:
        """Whoever looks after that one's."""
        providers = providers_of(request)
        return administering.may_see(obj.provider, providers) if obj else bool(providers)

    def has_change_permission(self, request: HttpRequest, obj: EndpointSetting | None = None) -> bool:
        """Who sees it changes it."""
        return self.has_view_permission(request, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Whoever looks after some provider's."""
        return bool(providers_of(request))

    def has_delete_permission(self, request: HttpRequest, obj: EndpointSetting | None = None) -> bool:
        """Nobody: deliveries carry the name. Disable it."""
        return False


def providers_of(request: HttpRequest) -> frozenset[str]:
    """Whose endpoints this person looks after: all for a superuser, none without the permission."""
    user = request.user
    if not (user.is_active and user.is_staff and user.has_perm(PERMISSION)):
        return frozenset()
    if user.is_superuser:
        return frozenset({EVERY})
    return administering.providers_of(user.groups.values_list("name", flat=True))


def _state(row: EndpointSetting, name: str) -> str:
    return "set" if any(one.field == name for one in row.secrets.all()) else "not set"
