"""The author's form: an activity as a page for people who are no programmers, and back.

Shows and reads the whole model; knows no learner and keeps nothing. What accreditors demand is asked of `rules/` and
shown beside the field it is about.
"""
