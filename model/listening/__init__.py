"""How emtool hears: clips read one by one, their features, small classifiers, distances between sets."""
