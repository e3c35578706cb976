"""The client of the API that tests share: an order, a login and a client over real HTTP."""
