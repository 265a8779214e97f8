"""One file is one ``--format``: how accepted comments become the text of a pair."""
