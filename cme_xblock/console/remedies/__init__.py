"""Corrections that begin at an activity: late attendance of somebody who may have no record yet.

What is corrected of one learner begins at their ledger (`console.ledger`); what is corrected of many at once is a
person's command (`cme_regrade`, `cme_merge`, `cme_incident`). The work is done by `credit`; here its
arguments are read from a form, and its answer is told before it is done. Nothing here decides what is right.
"""
