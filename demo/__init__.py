"""The demonstration: one real activity in the workbench, with a page for learners, a receiver and a delivery worker.

Not part of the package: nothing in `cme_xblock` may know of it, and it is not installed. `make demo` runs `run.py`.
"""
