"""Rehearsal receivers: accreditors played on this machine, for demonstrations, for trying out settings, for all tests.

One server, a desk for each kind of receiver (`desk.py` says what a desk is). Each checks what it gets, answers
questions, shows in its inbox what arrived with identifiers masked, and misbehaves on request. They run without Django,
listen on 127.0.0.1, keep no identifier in the clear, and pass nothing on to anybody.
"""
