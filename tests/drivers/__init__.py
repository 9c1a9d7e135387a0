"""Programs that use the demo bank as scripts do, and as a person does: each takes the bank's address."""
