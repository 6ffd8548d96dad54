"""Figures: published releases made from counts without people. This slice cannot look at a person (privacy-spec 9)."""
