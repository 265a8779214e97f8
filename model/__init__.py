"""Stage 3, learn and play: from a dataset to runs, sounds and reports."""
