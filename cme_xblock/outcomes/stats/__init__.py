"""Statistics of paired answers, on arrays in memory. PURE: no database, no learner, no clock.

Distributions come from scipy; nothing here is an own approximation of one. Every result says how many it rests on and
by which method it was made (`result.METHODS` has the methods in words and formulas). What cannot be estimated is None
with a reason, never 0 and never an exception. Time and memory grow linearly with the number of learners.
"""
