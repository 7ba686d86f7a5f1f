"""Folders that exports are put into: named by the site's operator, chosen by name, never typed.

.. setting_name: CME_EXPORT_FOLDERS
.. setting_default: {}
.. setting_description: {"<name>": {"path": "/absolute/folder", "providers": ["<provider, as activities name it>"]}}:
    where scheduled exports of these providers may be put, for another system to take. "*" stands for every provider.
    The folder must be there, belong to the workers, and be readable by nobody else.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

from cme_xblock.console.exports import steps
from cme_xblock.console.exports.columns import DICTIONARY, described
from cme_xblock.console.exports.csv_file import CsvFile
from cme_xblock.console.exports.definition import loads
from cme_xblock.host.roles import EVERY
from cme_xblock.records import exports, keys
from cme_xblock.records.models import ExportJob

__all__ = ["known", "put"]


def known(provider_key: str) -> Mapping[str, Path]:
    """The folders of that provider, by name."""
    found = {}
    for name, entry in (getattr(settings, "CME_EXPORT_FOLDERS", None) or {}).items():
        providers = {str(one) for one in entry.get("providers", ())}
        if EVERY in providers or provider_key in {keys.provider_key(one) for one in providers}:
            found[str(name)] = Path(entry["path"])
    return found


def put(job: ExportJob) -> str:
    """Put a finished file and the list of its columns into its folder; what went wrong, or empty.

    The file bears its name only when all of it is on the disk.
    """
    folder = known(job.provider_key).get(job.folder)
    if folder is None:
        return f"There is no folder {job.folder} for this provider in CME_EXPORT_FOLDERS any more."
    definition = loads(job.definition)
    name = steps.file_name(definition, uuid=job.uuid, day=f"{job.created_at:%Y-%m-%d}")
    try:
        _whole(folder / name, exports.read(job))
        columns = steps.columns_of(definition)
        if columns and definition.form.startswith("csv"):
            _whole(folder / f"{Path(name).stem}.columns.csv", iter([dictionary(columns)]))
    except OSError as error:
        return f"The file could not be put into {job.folder}: {error.strerror}. It can be downloaded all the same."
    return ""


def dictionary(columns: tuple[steps.Column, ...]) -> bytes:
    """The list of these columns as a file."""
    writer = CsvFile(DICTIONARY, bom=True)
    return writer.begin() + writer.rows(described(columns))


def _whole(target: Path, pieces: Iterator[bytes]) -> None:
    handle, name = tempfile.mkstemp(prefix=".cme-", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            for piece in pieces:
                file.write(piece)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
