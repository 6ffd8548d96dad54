"""Pages to read: home, tips, house rules, privacy. They know no visitor and set no cookie."""
