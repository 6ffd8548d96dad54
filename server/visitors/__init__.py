"""A stay without account: visit, made-up name, return phrase, and keys that differ per place."""
