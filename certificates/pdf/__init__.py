"""The PDF carrier: the face drawn by typst, signed in the manner of PAdES, stamped again before its timestamp ends, and checked."""
