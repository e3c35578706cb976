"""TLS without anybody else: who vouches for the mock, whom its clients are to trust, and where that is kept."""
