"""OFD (GB/T 33190): the file that a citizen opens and prints; written, sealed, read, judged and drawn."""
