"""The LMS's own doors: what makes the platform itself refuse a component to whoever is not far enough.

A user partition for each activity that keeps something closed, a scheme that says how far a learner is, a wrapper that
sets the rule on each closed block as it is loaded, and a middleware for the one door that asks nobody. Loaded by the
LMS alone (Studio loads `partition` to list what there is); it reads the records, and decides nothing that a content
block would decide otherwise. In doubt everything here says: closed. Decision: docs/decisions/0035.
"""
