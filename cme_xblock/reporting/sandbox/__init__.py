"""A rehearsal receiver: PARS played on this machine, for demonstrations, for trying out settings, and for all tests.

It validates what it gets, decides later, answers questions by CreditID, shows what arrived with identifiers masked,
and misbehaves on request. It runs without Django, listens on 127.0.0.1, keeps no identifier in the clear, and passes
nothing on to anybody. It is not PARS: where PARS is not public, it follows `endpoints/pars.toml`, as the sender does.
"""
