"""Which design learns most in the same processor time: ours beside the public ones, see ``__main__.py``."""
