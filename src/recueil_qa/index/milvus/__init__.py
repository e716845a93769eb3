"""The engine that is a Milvus server; only `client` knows pymilvus."""
