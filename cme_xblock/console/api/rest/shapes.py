"""What goes in and out, for OpenAPI: the fields, their kinds and their meaning."""

from __future__ import annotations

from rest_framework import serializers


class Activity(serializers.Serializer):
    """One activity as it is published now."""

    key = serializers.CharField(help_text="What addresses name it by.")
    activity_id = serializers.CharField()
    course = serializers.CharField()
    title = serializers.CharField()
    language = serializers.CharField()
    provider = serializers.CharField()
    provider_key = serializers.CharField()
    format = serializers.CharField()
    release = serializers.DateField(allow_null=True)
    expiry = serializers.DateField(allow_null=True)
    review_due = serializers.DateField(allow_null=True)
    edition = serializers.CharField(help_text="SHA-256 of the current edition.")
    published_at = serializers.CharField()


class Activities(serializers.Serializer):
    """A page of activities."""

    next = serializers.URLField(allow_null=True, help_text="The next page; null behind the last.")
    results = Activity(many=True)


class Rows(serializers.Serializer):
    """A page of rows; their keys are those of `GET kinds/`."""

    next = serializers.URLField(allow_null=True, help_text="The next page; null behind the last.")
    results = serializers.ListField(child=serializers.DictField())


class ColumnShape(serializers.Serializer):
    """One column."""

    column = serializers.CharField()
    holds = serializers.ChoiceField(["text", "date", "instant", "decimal", "count", "flag"])
    personal = serializers.BooleanField()
    meaning = serializers.CharField()


class Kind(serializers.Serializer):
    """One set of rows, or one preset of it."""

    id = serializers.CharField()
    title = serializers.CharField()
    about = serializers.CharField()
    kind = serializers.CharField(help_text="Of a preset: the set of rows that it takes.")
    filters = serializers.ListField(child=serializers.CharField())
    columns = ColumnShape(many=True)


class Kinds(serializers.Serializer):
    """All of them."""

    kinds = Kind(many=True)
    presets = Kind(many=True)
    receivers = serializers.ListField(child=serializers.CharField(), help_text="As `endpoint:<name>`.")


class NewExport(serializers.Serializer):
    """What to export."""

    kind = serializers.CharField(required=False, help_text="Of `GET kinds/`; or give a preset.")
    preset = serializers.CharField(required=False)
    form = serializers.ChoiceField(["csv", "csv_bom", "xlsx", "jsonl"], required=False)
    provider = serializers.CharField(required=False, help_text="Its key; a key to the API has one already.")
    activities = serializers.ListField(child=serializers.CharField(), required=False)
    columns = serializers.ListField(child=serializers.CharField(), required=False)
    filters = serializers.DictField(required=False)
    why = serializers.CharField(help_text="What for; stands in the access log.")


class Export(serializers.Serializer):
    """One export."""

    uuid = serializers.CharField()
    kind = serializers.CharField()
    preset = serializers.CharField()
    form = serializers.CharField()
    state = serializers.ChoiceField(["waiting", "running", "done", "failed", "cancelled", "expired"])
    percent = serializers.IntegerField()
    rows = serializers.IntegerField()
    size = serializers.IntegerField(help_text="Bytes.")
    trouble = serializers.CharField()
    why = serializers.CharField()
    sha256 = serializers.CharField()
    created_at = serializers.CharField()
    expires_at = serializers.CharField()
    url = serializers.URLField()
    file = serializers.URLField(allow_null=True, help_text="When the state is done.")


class Exports(serializers.Serializer):
    """A page of exports, the newest first."""

    next = serializers.URLField(allow_null=True)
    results = Export(many=True)


class Problem(serializers.Serializer):
    """Why something was refused."""

    detail = serializers.CharField()
    fields = serializers.DictField(child=serializers.CharField(), required=False)
