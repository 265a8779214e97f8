"""One file is one reason to drop something."""
