"""One file is one ``--format``: how accepted comments become the text of a pair.

A format has ``text(free_form, tags)``, which gives the column ``text``.
"""
