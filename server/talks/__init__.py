"""Talks of one visitor with one peer worker: waiting, being taken, talking, ending."""
