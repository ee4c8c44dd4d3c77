"""The base: which model it really is, whether it is whole, and how it is loaded with an adapter on it."""
