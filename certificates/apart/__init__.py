"""Verifies bytes from outside in a process of their own, which has little memory and little time and is ended for real. Not on Windows."""
