"""What must never be lost: editions, ledgers, claims, consents, identifiers, deliveries.

This is the only room that writes to the database tables of this app. It decides nothing about credit: what may be
written is decided by `participation`, and handed in. It knows no HTTP, no XBlock, no platform and no accreditor.
"""
