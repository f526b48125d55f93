"""What the tests share: a PostgreSQL of their own and a guard on sockets. It knows no behaviour of the hub."""
