"""Getting better: a seeded generator of log-ins and attacks, the baseline to beat, and fitting what is shipped."""
