"""Telling the accreditor: every credit exactly once, or visibly not yet.

`outbox` writes down what is owed, in the claim's own transaction. `engine` sends it under a lease, and asks before it
sends again. `endpoints/` holds what one receiver wants: which people, which credit, which words on the wire. `identity`
and `needs` say what a learner is asked for and check it; `status` says in sentences where each credit stands.
`sandbox/` is a receiver for rehearsal, and the far side in all tests.

The room reads `records` and everything below it. It must not know of pages, blocks or courses, and it keeps no
identifier of a person: it borrows them from the vault for the length of one sending. This file imports nothing, for
`identity`, `endpoints` and `sandbox` work without Django.
"""
