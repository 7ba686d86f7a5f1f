"""Where each command of the documentation is run, or why it is not. `test_every_command` holds both to be whole.

Command lines stand here as on the page, with one space for several; what is not here makes the test fail.
"""

from __future__ import annotations

_HERE = "tests/docs/test_run.py::"
_BACKUP = "tests/docs/test_backup.py::test_a_dump_in_an_empty_database_verifies"
_INSTALL = "tests/packaging/test_install.py::"
_API = "tests/console/api/test_examples.py::test_a_command_does_what_the_page_says"
_TUTOR = "tests/deploy/test_tutor.py::test_the_lms_gets_usable_keys_and_studio_gets_none"
_MAKE = "tests/docs/test_every_command.py::test_make_starts_what_the_tests_start"
_SURVEY = _HERE + "test_an_audit_file_is_written_and_verified"
_PARS = _HERE + "test_an_activity_is_registered_changed_closed_and_deleted"
_RECEIPT = _HERE + "test_a_receipt_is_tried_and_then_settles"

# A page's command, and the test that runs it.
RUN: dict[tuple[str, str], str] = {
    ("docs/how-to/back-up-and-restore.md", line): _BACKUP
    for line in (
        'mysqldump --single-transaction --hex-blob --default-character-set=utf8mb4 "$DATABASE" > cme-backup.sql',
        'pg_dump --format=custom --file=cme-backup.dump "$DATABASE"',
        'mysql -e "CREATE DATABASE $RESTORED CHARACTER SET utf8mb4"',
        'mysql --default-character-set=utf8mb4 "$RESTORED" < cme-backup.sql',
        'createdb "$RESTORED"',
        'pg_restore --no-owner --dbname="$RESTORED" cme-backup.dump',
    )
}
RUN |= {
    ("docs/how-to/back-up-and-restore.md", line): _HERE + "test_what_was_restored_is_looked_at"
    for line in (
        "python manage.py lms migrate cme_xblock",
        "python manage.py lms cme_verify",
        "python manage.py lms cme_deliveries list",
    )
}
RUN |= {
    ("docs/how-to/cebroker.md", line): _RECEIPT
    for line in (
        "manage.py cme_receipts --endpoint cebroker receipt-2026-11-23.xml --dry-run",
        "manage.py cme_receipts --endpoint cebroker receipt-2026-11-23.xml",
    )
}
RUN |= {
    ("docs/how-to/console.md", line): _HERE + "test_the_consoles_lists_are_brought_up_to_date"
    for line in ("./manage.py lms cme_participants", "./manage.py lms cme_participants --anew")
}
RUN |= {
    ("docs/how-to/pars.md", f"manage.py cme_pars_activity {line}"): _PARS
    for line in (
        "list",
        "show course-v1:Example+CME+2026 opioids",
        'register course-v1:Example+CME+2026 opioids --facts opioids.toml --by "A. Manager" --reason "New"',
        "update …",
        "close …",
        "delete …",
        "facts course-v1:Example+CME+2026 opioids > opioids.toml",
        'behind [--owe --by "A. Manager" --reason "New titles"]',
    )
}
_UPLOAD = 'manage.py cme_pars_file pars learners.xlsx --by "A. Manager" --reason "Upload of March"'
RUN |= {
    ("docs/how-to/pars.md", _UPLOAD): _HERE + "test_credit_is_written_for_an_upload",
    ("docs/how-to/release.md", "python -m build"): _INSTALL + "test_a_package_index_would_take_both",
    ("docs/how-to/release.md", "python -m twine check dist/*"): _INSTALL + "test_a_package_index_would_take_both",
    ("docs/how-to/survey.md", "pip install cme-xblock"): (
        _INSTALL + "test_with_all_that_it_needs_it_works_beside_this_xblock"
    ),
    (
        "docs/how-to/survey.md",
        "python manage.py lms cme_audit_file --activity course-v1:Lake+CME1+2026 opioids --out opioids.zip"
        ' --reason "Reaccreditation 2026" --by 7',
    ): _SURVEY,
    ("docs/how-to/survey.md", "cme-xblock verify opioids.zip --key keys.json"): _SURVEY,
    ("docs/how-to/survey.md", "python manage.py lms cme_anchor"): _HERE + "test_anchors_are_written_and_compared",
    ("docs/how-to/survey.md", "python manage.py lms cme_verify --anchors"): (
        _HERE + "test_anchors_are_written_and_compared"
    ),
}
for _page in ("README.md", "CONTRIBUTING.md", "docs/tutorial/first-credit.md"):
    RUN[_page, "make demo"] = _MAKE
for _page in ("docs/how-to/tutor.md", "deploy/tutor/README.md"):
    RUN[_page, "pip install ./deploy/tutor"] = _HERE + "test_the_plugin_for_tutor_is_installed"
    RUN[_page, "tutor plugins enable cme"] = _TUTOR
    RUN[_page, "tutor config save"] = _TUTOR

# Pages of which a test runs every block of shell, whatever is in it: the page, and the test.
WHOLE = {"docs/reference/api.md": _API}

_ITSELF = "it is what runs this test, and all the others"
_DOCKER = (
    "it needs Docker, a registry of images and some gigabytes; what it would put into the image and the containers is "
    "rendered by Tutor itself in tests/deploy"
)
_PLATFORM = (
    "it runs in a container of a platform that was launched; that Tutor knows the command is shown in "
    "tests/deploy/test_tutor.py, and what it calls in tests/gate/test_doctor.py"
)
# A page's command, and why no test runs it.
NOT_RUN: dict[tuple[str, str], str] = {
    ("README.md", "make test"): _ITSELF,
    ("CONTRIBUTING.md", "make test"): _ITSELF,
    ("docs/how-to/release.md", "CME_REQUIRE_ALL=1 make test"): _ITSELF,
    ("docs/how-to/tutor.md", "tutor local do cme-doctor"): _PLATFORM,
    ("docs/how-to/tutor.md", "tutor local do cme-doctor --repair"): _PLATFORM,
}
for _page in ("docs/how-to/tutor.md", "deploy/tutor/README.md"):
    NOT_RUN[_page, "tutor images build openedx"] = _DOCKER
    NOT_RUN[_page, "tutor local launch"] = _DOCKER
