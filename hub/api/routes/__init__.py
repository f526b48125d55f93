"""The routes of the JSON door, one file per kind of caller. Who may call which is in hub/api/access.py."""
