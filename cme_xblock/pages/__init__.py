"""What every page of ours is made with, whoever reads it: our template engine, its tags, and whole documents."""
