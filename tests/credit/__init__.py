"""What a learner takes away, on a real database."""
