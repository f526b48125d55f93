"""The hub's database and files: sessions, tables, sealed columns, subjects, the queue of work. It knows no rule of a case."""
