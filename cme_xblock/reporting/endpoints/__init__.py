"""The receivers of reports, one kind each: what they want, the words on the wire, and what their answers mean.

An endpoint knows one accreditor and no learner: it gets a `Record`, gives bytes, and turns every answer of the far side
into an `Outcome`. It must not know of Django, rows, leases or retries. Its constants are data (`*.toml`) that an
operator's settings may override. This file imports nothing.
"""
