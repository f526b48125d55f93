"""How to talk to the outside: the only package that opens an outgoing connection. It knows wires, never cases."""
