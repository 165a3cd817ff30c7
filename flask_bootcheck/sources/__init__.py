"""The project's files, read and never run: which of them make a blueprint, and what imports them."""
