"""Publishing: pages, data, search and checks become one static site."""
