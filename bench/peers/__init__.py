"""What others offer for the same work, each script runnable alone, and what is durable for each."""
