"""Booking a verkennend gesprek. Knows places, moments and four-word codes; it cannot know a visitor."""
