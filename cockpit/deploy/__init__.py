"""One module for each way to act on servers and traffic; what is done and when, the agent decides."""
