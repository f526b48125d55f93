"""A matter's run: states, flow, clocks and the official steps. It talks to nobody outside and opens no session."""
