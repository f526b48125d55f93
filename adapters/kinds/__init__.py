"""Wires: soap, rest, filedrop, frontdb and inbox. They know how to talk, never to whom: everything about a department is in its folder."""
