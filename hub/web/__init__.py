"""The pages that people work on. It decides nothing: it shows frozen views and passes what a person did to the bundle of its door."""
