"""The disclosure desk: the provider's pages about people in control of content, and the form that these fill in.

The desk holds evidence: what was given is in `records.desk`, what it means in `rules.desk`, and what an activity says
of its people is the activity's own copy.
"""
