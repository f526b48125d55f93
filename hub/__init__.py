"""Yijian, the application: doors, cases, pre-fill, exchange, log, store. It knows no wire and no signature format."""
