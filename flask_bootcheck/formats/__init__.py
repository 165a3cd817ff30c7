"""What a report looks like: pure functions from a report to text, one module a format."""
