"""One file of pages for each role. They hold no rule of the case."""
