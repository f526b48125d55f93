"""Electronic seals after GB/T 38540: making one, reading one. Nothing here knows a document format."""
