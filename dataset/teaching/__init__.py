"""How the relevance model is trained and judged; nothing here is needed to use it."""
