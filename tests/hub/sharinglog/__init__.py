"""The sharing log, tested."""
