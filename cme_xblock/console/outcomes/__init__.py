"""Outcomes reports in the console: of one activity, and of all activities of a provider; as page and as files.

What is said and hidden is decided in `outcomes/`; here it is only shown, to whom `console.access` permits.
"""
