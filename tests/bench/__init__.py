"""The benches: that they measure what they say. What they measured is in README.md."""
