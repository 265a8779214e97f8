"""Stage 2, curate and build: from a store to a Hugging Face dataset."""
