"""Whether this installation can do its work: a page for operators, a bare sign of life for monitors, and the command
`cme_doctor`. Reads settings and counts of rows, and never a learner.
"""
