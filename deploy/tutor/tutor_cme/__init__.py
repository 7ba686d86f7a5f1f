"""A Tutor plugin for cme-xblock. `plugin.py` says what it changes."""
