"""Backup and restore: a whole hub as a folder or a tar, and a hub made of it again. See docs/operations.md."""
