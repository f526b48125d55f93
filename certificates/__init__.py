"""E-certificates: identifier, canonical bytes, suites, seal, verify, status. It imports nothing else of Yijian."""
