"""The list of one activity's participants: derived from the records, refreshed as they grow, filtered and paged."""
