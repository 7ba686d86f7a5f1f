"""What is owed to receivers, as an administrator looks after it: lists, dry runs, and decisions with a reason."""
