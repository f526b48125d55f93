"""Proves a department's folder: shows how an answer is read, records exchanges without persons, and plays them again without a socket."""
