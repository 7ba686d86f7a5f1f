"""Whether it worked: pairs, statistics, suppression and the report.

`stats/` is pure and knows arrays of numbers only; it imports numpy and scipy, which the Open edX image has, inside this
room and nowhere else, because loading them costs a second that no learner's page should pay.
"""
