"""Django's backend for PostgreSQL, with tables that are emptied between tests in a fraction of the time."""
