"""Who works here: accounts, second factor, logins, rights and the audit trail. It knows nothing of visitors."""
