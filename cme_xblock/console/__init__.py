"""The administrators' way: what is owed, what is proved, what leaves, and who may see it.

Reads the records, the outcomes and the reports, and changes them by the functions of those rooms alone. It must know
nothing of the learner's pages; neither page can break the other.
"""
