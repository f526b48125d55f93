"""Who is at the door: accounts and sessions of people, signed tokens of systems. It opens no door and decides about no case."""
