"""Tests of hub/cases, and of the wiring, queue and outbox that carry a case."""
