"""What people decide: events, the policy they are judged by, and the fold that makes one truth of them."""
