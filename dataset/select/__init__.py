"""One file is one ``--select``: how the accepted comments of a track are ranked.

A rule has ``FILTERS``, the names of the comment filters that it lets drop comments (None for all), ``KEEP``, how many
comments it takes at most (None for what the build wants), and ``score(comment, most_votes)``: the best score becomes
the free-form text, and each caption is drawn in training as often as its share of all scores.
"""
