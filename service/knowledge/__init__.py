"""All that the product knows, as a document for reading, made from the data that computes."""
