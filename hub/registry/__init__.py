"""The registry 证照库: which certificates there are, in which version and status, who did what to them and why. Nothing in it is ever deleted."""
