"""What an app must have from now on: ``bootcheck.lock``, and what has become of it."""
