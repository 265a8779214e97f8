"""Stage 1, collect: tracks and their top-voted comments, politely, into a store."""
