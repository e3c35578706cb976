"""TLS: the certificate authority, the server's certificate, and the files by which clients trust both."""
