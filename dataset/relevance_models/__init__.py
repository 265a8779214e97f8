"""What judges comments instead of the built-in model: one file a kind, each with ``open(address) -> Judge``."""
