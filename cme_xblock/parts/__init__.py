"""The learner's way: one module per part, what it shows and what it accepts. All three blocks use this room.

A part module has `context(visit, view)`, the values its template needs, and `accept(visit, data)`, which turns one POST
into a draft of an entry or a refusal. Deciding is `participation/`; writing is `records/` and `credit/`; a part only
parses, asks and words. It never sees the XBlock.
"""
