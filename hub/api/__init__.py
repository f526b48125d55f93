"""The JSON door, /api/v1: people by session token, systems by signed requests. It shows no page and keeps no case."""
