"""Django's backend for SQLite, that does not wait for the disk."""
