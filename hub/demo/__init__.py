"""The demo: real servers on one machine, and one matter played through their doors. The only place outside the tests that knows the simulators."""
