"""A learner's shell around the blocks: what an LMS's pages would be. Knows no rule of the product."""
