"""How fast it is, measured beside reference servers in the same run: python -m tests.bench, or `make bench`."""
