"""Live sessions: who is acting, from the first key to the end. `engine.py` first."""
