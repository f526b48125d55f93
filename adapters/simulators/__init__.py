"""Every department's system and the platform as real servers with their own words: for the demo and the tests alone.

Nothing of the hub imports this; the hub meets it over sockets and a drop folder only.
"""

from adapters.simulators.running import Config, Running, start

__all__ = ["Config", "Running", "start"]
