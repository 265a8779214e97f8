"""How the relevance model reads a comment: its words, its n-grams, its sentence vector, and what they add up to."""
