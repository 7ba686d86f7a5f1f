"""One learner's whole ledger as a timeline, with the texts that were shown, and what staff may correct in it."""
