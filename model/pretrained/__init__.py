"""The checkpoint that ships with emtool."""
