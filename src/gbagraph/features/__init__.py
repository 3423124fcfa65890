"""What the kernel can do beside answering queries, one package for each feature."""
