"""What the plugin adds to the settings of the LMS and of Studio, and nothing else; loaded while settings are made.

Imports nothing of ours and nothing of Django's: the platform's settings are not ready yet. What each of our own
settings means, and what holds where it is absent, stands beside the line that reads it, annotated; all of them are in
docs/reference/settings.md. So no default is set here that an operator's value could meet.
"""

# Every setting of ours, so that a misspelt one can be told from one of somebody else's.
NAMES = (
    "CME_ADMINISTRATORS",
    "CME_ANCHOR_FILE",
    "CME_API_RATE",
    "CME_AUDIT_FILE_DAYS",
    "CME_BADGE_KEYS",
    "CME_CERTIFICATES",
    "CME_CREDIT_SYSTEMS",
    "CME_DELIVERY_ALERTS",
    "CME_DELIVER_BY_CELERY",
    "CME_DESK_LINK_DAYS",
    "CME_ENDPOINTS",
    "CME_ENDPOINT_ADMIN",
    "CME_EVIDENCE_KEYS",
    "CME_EXPORT_DAYS",
    "CME_EXPORT_FOLDERS",
    "CME_FONT_PATHS",
    "CME_GATE",
    "CME_IDENTIFIER_FORMS",
    "CME_IDENTIFIER_KEEP_DAYS",
    "CME_IDENTIFIER_KEYS",
    "CME_LOOKUP_LIMIT",
    "CME_METRICS_TOKEN",
    "CME_NO_CREDIT_FOR",
    "CME_PSEUDONYM_KEY",
    "CME_PUBLIC_URL",
    "CME_READER",
    "CME_RETAIN_YEARS",
    "CME_ROLES",
    "CME_ROLES_OF",
    "CME_SMALLEST_GROUP",
    "CME_STAFF_ARE_TESTS",
    "CME_TEST_ACCOUNTS",
    "CME_WORKBENCH_AUTHORS",
    "CME_WORKBENCH_LINKS",
)
