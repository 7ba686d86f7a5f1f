"""An activity's editions: which there were, what changed from one to the next, and what each showed."""
