"""What Watchword costs and how well it judges. Every module prints its figures as one line of JSON, last."""
