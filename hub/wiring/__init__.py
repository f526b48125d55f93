"""Where the parts meet, and nowhere else: a small typed bundle for each door, and the errands of the worker."""
