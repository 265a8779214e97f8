"""A small site with music of our own, served on loopback: the embedded default source."""
