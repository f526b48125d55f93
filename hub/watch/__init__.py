"""Watching the hub run: what each request took, whether the process is well, what it measures. It shows nobody's facts."""
