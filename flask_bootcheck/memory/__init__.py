"""Memory: sizes people write, and what a process really needs."""
