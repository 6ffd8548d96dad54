"""The servers that ours is measured beside, as small as they can be; ours to read, theirs to be fast."""
